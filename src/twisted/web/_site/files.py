"""
A route that serves files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.web.resource import Resource
from twisted.web.static import File

if TYPE_CHECKING:
    from .routes import PathRoute

__all__ = ["SiteFile", "filesOf"]


class SiteFile(File):
    """
    A file or folder, of which less is shown than `twisted.web.static.File` does.

    Attributes:
        listing: whether a folder without an index shows what is in it.
        hidden: whether names that begin with a dot are served. Those below ``.well-known`` always
            are, since they are meant for everybody (RFC 8615).
        maxAge: seconds for which a client need not ask again; None to say nothing of it.
        mostCompressedBytes: larger files are sent as they are: all others would wait meanwhile.
    """

    listing = False
    hidden = False
    maxAge: int | None = None
    mostCompressedBytes = 4 * 1024 * 1024

    def getChild(self, path: bytes | str, request: Any) -> Any:
        """Find a file, unless its name is one of those that are not shown."""
        if not self.hidden and _isHidden(path):
            return self.childNotFound
        return super().getChild(path, request)

    def listNames(self) -> list[Any]:
        """Returns: the names that are shown."""
        names = super().listNames()
        return names if self.hidden else [name for name in names if not _isHidden(name)]

    def directoryListing(self) -> Any:
        """Returns: what answers for a folder without an index."""
        return super().directoryListing() if self.listing else self.forbidden

    def createSimilarFile(self, path: Any) -> File:
        """Returns: a resource for another path, which shows as much as this one."""
        similar: Any = super().createSimilarFile(path)
        similar.listing, similar.hidden, similar.maxAge = self.listing, self.hidden, self.maxAge
        return similar  # type: ignore[no-any-return]  # of the class of this one

    def render_GET(self, request: Any) -> Any:
        """Send the file."""
        if self.isfile():
            if self.maxAge is not None:
                request.setHeader(b"cache-control", b"max-age=%d" % self.maxAge)
            self._compress(request)
        return super().render_GET(request)

    render_HEAD = render_GET

    def _compress(self, request: Any) -> None:
        """Have the file compressed, if it is worth it: all others go the shortest way."""
        encoders = getattr(request, "fileEncoders", None)
        if encoders is None or request._encoder is not None:
            return
        self._findType()
        kind = (self.type or "").encode("ascii", "replace")
        if kind.startswith(encoders.types) and self.getFileSize() <= self.mostCompressedBytes:
            request._encoder = encoders.encoderForRequest(request)


def _isHidden(name: bytes | str) -> bool:
    if isinstance(name, str):
        return name.startswith(".") and name != ".well-known"
    return name.startswith(b".") and name != b".well-known"


class _NotFoundPage(Resource):
    """
    A page of the site's own for what is not there.

    Args:
        path: of the page. It is read each time, as it may be changed.
    """

    isLeaf = True

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def render(self, request: Any) -> bytes:
        try:
            with open(self._path, "rb") as file:
                page = file.read()
        except OSError:
            page = b"<!DOCTYPE html><title>Not found</title><h1>Not found</h1>"
        request.setResponseCode(404)
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return page


def filesOf(route: PathRoute) -> SiteFile:
    """
    Returns: a resource for the files of a route.
    """
    made = SiteFile(route.path, route.defaultType)
    made.indexNames = list(route.index)
    made.listing, made.hidden, made.maxAge = route.listing, route.hidden, route.maxAge
    if route.notFound is not None:
        made.childNotFound = _NotFoundPage(route.notFound)
    if route.scripts:
        from twisted.web.script import ResourceScript

        made.processors = {".rpy": ResourceScript}  # type: ignore[misc]  # of this one only
        made.indexNames.append("index.rpy")
    return made
