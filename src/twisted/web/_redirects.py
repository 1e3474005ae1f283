"""Resources that lead elsewhere, or that are found later."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from twisted.web.resource import Resource

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure
    from twisted.web.iweb import IRequest

__all__ = ["DeferredResource", "ParentRedirect", "Redirect", "redirectTo"]

_NOT_DONE_YET = 1

# For browsers that do not follow the header. Programs compare it.
_page = """
<html>
    <head>
        <meta http-equiv="refresh" content="0;URL={url}">
    </head>
    <body bgcolor="#FFFFFF" text="#000000">
    <a href="{url}">click here</a>
    </body>
</html>
"""


def redirectTo(URL: bytes, request: IRequest) -> bytes:
    """
    Answer a request by sending the client elsewhere (302 Found).

    Args:
        URL: where to.
        request: it.
    Returns: a page that says so too, with the URL quoted in it; to be returned by ``render``.
    Raises: TypeError if the URL is not bytes.
    """
    if not isinstance(URL, bytes):
        raise TypeError(f"an URL to redirect to was given as {type(URL).__name__}: it is bytes")
    request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
    request.redirect(URL)
    # What is no text, such as a lone byte or a line end, has no place in the page: in an URL it is
    # written with a percent sign.
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else f"%{byte:02X}" for byte in URL)
    return _page.format(url=escape(shown)).encode("ascii")


class Redirect(Resource):
    """
    Sends everybody elsewhere, also from all that is below it.

    Attributes:
        url: where to.
    """

    isLeaf = True
    url: bytes

    def __init__(self, url: bytes) -> None:
        super().__init__()
        self.url = url

    def render(self, request: IRequest) -> bytes:
        """Returns: the page of `redirectTo`."""
        return redirectTo(self.url, request)

    def getChild(self, name: bytes, request: Any) -> Any:
        """Returns: this."""
        return self


class ParentRedirect(Resource):
    """Sends everybody to the folder that the request is in, without its query."""

    isLeaf = 1

    def render(self, request: IRequest) -> bytes:
        """Returns: the page of `redirectTo`."""
        from twisted.python.urlpath import URLPath

        folder = URLPath.fromRequest(request).here(keepQuery=False)
        return redirectTo(str(folder).encode("ascii"), request)


class DeferredResource(Resource):
    """
    Stands for a resource that is not there yet, and answers when it is.

    Attributes:
        d: fires with the resource.
    """

    isLeaf = 1

    def __init__(self, d: Deferred[Any]) -> None:
        super().__init__()
        self.d = d

    def getChild(self, name: bytes, request: Any) -> Any:
        """Returns: this."""
        return self

    def render(self, request: Any) -> int:
        """Returns: ``NOT_DONE_YET``."""
        self.d.addCallback(self._found, request).addErrback(self._failed, request)
        return _NOT_DONE_YET

    def _found(self, child: Any, request: Any) -> None:
        from twisted.web.resource import getChildForRequest

        request.render(getChildForRequest(child, request))

    def _failed(self, reason: Failure, request: Any) -> None:
        request.processingFailed(reason)
