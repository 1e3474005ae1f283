"""Rules that change where a request leads, before it is followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web import resource

__all__ = ["RewriterResource", "alias", "tildeToUsers"]


class RewriterResource(resource.Resource):
    """
    Applies rules to a request, and hands it on.

    Args:
        orig: the resource that is asked.
        rewriteRules: functions that are given the request, and change its ``postpath`` and
            ``path``.
    """

    def __init__(self, orig: Any, *rewriteRules: Callable[[Any], object]) -> None:
        super().__init__()
        self.resource = orig
        self.rewriteRules = list(rewriteRules)

    def _rewrite(self, request: Any) -> None:
        for rule in self.rewriteRules:
            rule(request)

    def getChild(self, path: bytes, request: Any) -> Any:
        """Returns: what the changed path leads to."""
        # The rules see the path as it was before this part of it was taken.
        request.postpath.insert(0, path)
        request.prepath.pop()
        self._rewrite(request)
        name = request.postpath.pop(0)
        request.prepath.append(name)
        return self.resource.getChildWithDefault(name, request)

    def render(self, request: Any) -> Any:
        """Answer as the resource does."""
        self._rewrite(request)
        return self.resource.render(request)


def _showPath(request: Any) -> None:
    request.path = b"/" + b"/".join(request.prepath + request.postpath)


def tildeToUsers(request: Any) -> None:
    """Rule: ``/~name`` becomes ``/users/name``."""
    postpath = request.postpath
    if postpath and postpath[0][:1] == b"~":
        postpath[:1] = [b"users", postpath[0][1:]]
        _showPath(request)


def alias(aliasPath: str | bytes, sourcePath: str | bytes) -> Callable[[Any], None]:
    """
    Make a rule for another name of the same place.

    Args:
        aliasPath: the new name.
        sourcePath: what it stands for.
    Returns: the rule. For both, ``a/b`` is two parts of a path; str is sent as UTF-8.
    """
    new, old = _parts(aliasPath), _parts(sourcePath)

    def rewriteAlias(request: Any) -> None:
        if request.postpath[: len(new)] == new:
            request.postpath[: len(new)] = old
            _showPath(request)

    return rewriteAlias


def _parts(path: str | bytes) -> list[bytes]:
    return (path.encode("utf-8") if isinstance(path, str) else path).split(b"/")
