"""
A part of a site that only some may enter, by names and passwords.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.cred.portal import IRealm
from twisted.web.resource import IResource

if TYPE_CHECKING:
    from .routes import Route

__all__ = ["guarded"]


@implementer(IRealm)
class _OneResource:
    """A realm where everybody who comes in finds the same."""

    def __init__(self, resource: Any) -> None:
        self._resource = resource

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        if IResource not in interfaces:
            raise NotImplementedError("this realm has resources only")
        return IResource, self._resource, _leave


def _leave() -> None:
    """Nothing is kept of those who came in."""


def guarded(resource: Any, route: Route) -> Any:
    """
    Put a door before a resource, where its route wants one.

    Returns: the resource, or what asks for a name and a password first.
    """
    if route.cred is None:
        return resource
    from twisted.web.guard import (
        BasicCredentialFactory,
        DigestCredentialFactory,
        HTTPAuthSessionWrapper,
    )

    realm = route.realm.encode("utf-8")
    if route.scheme == "digest":
        factory: Any = DigestCredentialFactory(b"md5", realm)
    else:
        factory = BasicCredentialFactory(realm)
    return HTTPAuthSessionWrapper(route.cred.portal(_OneResource(resource)), [factory])
