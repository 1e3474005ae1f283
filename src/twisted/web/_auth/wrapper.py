"""What asks a client who it is, and serves what a portal has for that user."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import implementer

from twisted.cred import error
from twisted.cred.credentials import Anonymous
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.components import proxyForInterface
from twisted.python.failure import Failure
from twisted.web import http, util
from twisted.web.resource import IResource, _errorPage

__all__ = ["HTTPAuthSessionWrapper", "UnauthorizedResource"]

_bareParameters = (b"stale",)


def _asBytes(value: bytes | str) -> bytes:
    return value.encode("ascii") if isinstance(value, str) else value


def _challengeLine(scheme: bytes, parameters: dict[str | bytes, bytes | str]) -> bytes:
    """A value of ``WWW-Authenticate`` (RFC 9110, section 11.6.1)."""
    shown = []
    for key, value in parameters.items():
        name, text = _asBytes(key), _asBytes(value)
        if name not in _bareParameters:
            text = b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        shown.append(name + b"=" + text)
    return scheme + b" " + b", ".join(shown)


@implementer(IResource)
class UnauthorizedResource:
    """
    Says 401, and how a client may say who it is; for itself and all that is below it.

    Args: factories: ICredentialFactory, the best first.
    """

    isLeaf = True

    def __init__(self, factories: Iterable[Any]) -> None:
        self._credentialFactories = factories

    def render(self, request: Any) -> bytes:
        """Returns: one word."""
        request.setResponseCode(http.UNAUTHORIZED)
        for factory in self._credentialFactories:
            line = _challengeLine(factory.scheme, factory.getChallenge(request))
            request.responseHeaders.addRawHeader(b"www-authenticate", line)
        return b"" if request.method == b"HEAD" else b"Unauthorized"

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Returns: this."""
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        """Raises: NotImplementedError: nothing is put here."""
        raise NotImplementedError("a page that says 401 has no children")


class _ResourceOfSession(
    proxyForInterface(IResource, "resource")  # type: ignore[misc]  # made at run time
):
    """
    What a user is served, and after it the end of the session.

    Args:
        resource: it.
        logout: ends the session; called once.
    """

    def __init__(self, resource: Any, logout: Callable[[], object]) -> None:
        super().__init__(resource)
        self._logout = logout

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        # Who follows the path asks for children of children; the session ends with the last.
        return _ResourceOfSession(self.resource.getChildWithDefault(name, request), self._logout)

    def render(self, request: Any) -> Any:
        request.notifyFinish().addBoth(lambda _: self._logout())
        return self.resource.render(request)


@implementer(IResource)
class HTTPAuthSessionWrapper:
    """
    Asks a portal what a request is to be served.

    Args:
        portal: is asked for IResource, with the credentials that the client gives; Anonymous if
            it gives none.
        credentialFactories: ICredentialFactory: the ways to give some, the best first.
    """

    isLeaf = False
    _log = Logger()

    def __init__(self, portal: Any, credentialFactories: Iterable[Any]) -> None:
        self._portal = portal
        self._credentialFactories = credentialFactories

    def render(self, request: Any) -> Any:
        """Have the resource of the user answer."""
        return self._resourceFor(request).render(request)

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Returns: what knows the children, once it is clear who asks."""
        request.postpath.insert(0, request.prepath.pop())
        return self._resourceFor(request)

    def putChild(self, path: bytes, child: Any) -> None:
        """Raises: NotImplementedError: the portal says what there is."""
        raise NotImplementedError("put children into the resources that the realm gives")

    def _refused(self) -> UnauthorizedResource:
        return UnauthorizedResource(self._credentialFactories)

    def _failed(self, reason: Failure) -> Any:
        self._log.failure("Could not find out who asks", failure=reason)
        return _errorPage(http.INTERNAL_SERVER_ERROR, "Internal Error", "")

    def _resourceFor(self, request: Any) -> Any:
        header = request.getHeader(b"authorization")
        if not header:
            return util.DeferredResource(self._login(Anonymous()))
        factory, response = self._selectParseHeader(header)
        if factory is None:
            return self._refused()
        try:
            credentials = factory.decode(response, request)
        except error.LoginFailed:
            return self._refused()
        except Exception:
            return self._failed(Failure())
        return util.DeferredResource(self._login(credentials))

    def _selectParseHeader(self, header: bytes) -> tuple[Any, bytes | None]:
        """
        Args: header: the value of ``Authorization``.
        Returns: who understands it, and what stands behind the scheme; two times None if nobody.
        """
        scheme, _, response = header.partition(b" ")
        for factory in self._credentialFactories:
            if factory.scheme == scheme.lower():
                return factory, response
        return None, None

    def _login(self, credentials: Any) -> Deferred[Any]:
        loggingIn: Deferred[Any] = self._portal.login(credentials, None, IResource)
        return loggingIn.addCallbacks(self._loggedIn, self._notLoggedIn)

    def _loggedIn(self, result: tuple[Any, Any, Callable[[], object]]) -> Any:
        _, avatar, logout = result
        return _ResourceOfSession(avatar, logout)

    def _notLoggedIn(self, reason: Failure) -> Any:
        if reason.check(error.Unauthorized, error.LoginFailed):
            return self._refused()
        return self._failed(reason)
