"""
Files as resources.

    from twisted.web.static import File
    site = server.Site(File("/srv/www"))

`File` serves a directory and all below it: types by the ends of names, ranges, listings, and index
pages. Names come from the client: one that would lead out of the directory is not found. Links in
the file system are followed, as whoever put them there wanted.
"""

from __future__ import annotations

import errno
import os
import re
import warnings
from collections.abc import Sequence
from typing import IO, Any, ClassVar

from twisted._faces import handOn
from twisted.logger import Logger
from twisted.python import components, filepath, log
from twisted.python.deprecate import deprecated
from twisted.python.versions import Version
from twisted.web import resource
from twisted.web._http.dates import datetimeToString
from twisted.web._http.request import CACHED
from twisted.web._responses import OK, PARTIAL_CONTENT, REQUESTED_RANGE_NOT_SATISFIABLE
from twisted.web._static.listing import DirectoryLister, formatFileSize
from twisted.web._static.producers import (
    MultipleRangeStaticProducer,
    NoRangeStaticProducer,
    SingleRangeStaticProducer,
    StaticProducer,
)
from twisted.web._static.ranges import Span, parseRange, spansOf
from twisted.web._static.types import LazyTypes, getTypeAndEncoding, loadMimeTypes
from twisted.web.server import NOT_DONE_YET

__all__ = [
    "ASISProcessor",
    "Data",
    "DirectoryLister",
    "File",
    "MultipleRangeStaticProducer",
    "NoRangeStaticProducer",
    "Redirect",
    "Registry",
    "SingleRangeStaticProducer",
    "StaticProducer",
    "addSlash",
    "dangerousPathError",
    "formatFileSize",
    "getTypeAndEncoding",
    "isDangerous",
    "loadMimeTypes",
]

handOn(
    __name__,
    DirectoryLister,
    MultipleRangeStaticProducer,
    NoRangeStaticProducer,
    SingleRangeStaticProducer,
    StaticProducer,
    formatFileSize,
    getTypeAndEncoding,
    loadMimeTypes,
)

_log = Logger()

dangerousPathError = resource._noResource("Invalid request URL.")


# One part of a path that every system takes for no more than that.
_isPlain = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_. -]*[A-Za-z0-9_-]|[A-Za-z0-9_-]").fullmatch


def isDangerous(path: str) -> bool:
    """Whether a part of a path would lead elsewhere than to a child of that name."""
    return path == os.pardir or "/" in path or os.sep in path


class Data(resource.Resource):
    """
    A resource that is always the same.

    Args:
        data: its body.
        type: its media type.
    """

    def __init__(self, data: bytes, type: str) -> None:
        super().__init__()
        self.data = data
        self.type = type

    def render_GET(self, request: Any) -> bytes:
        """Returns: the body; for HEAD, only its headers are set."""
        request.setHeader(b"content-type", self.type.encode("ascii"))
        request.setHeader(b"content-length", b"%d" % len(self.data))
        return b"" if request.method == b"HEAD" else self.data

    render_HEAD = render_GET


def _addSlash(request: Any) -> bytes:
    """
    The URI of a request with a slash after its path.

    Two slashes before a path would make a host of its first part, and so does a backslash for
    browsers: neither is left.
    """
    uri: bytes = request.uri
    end = min((at for at in map(uri.find, (b"?", b"#")) if at >= 0), default=len(uri))
    path = uri[:end].replace(b"\\", b"%5C")
    if path[:1] == b"/":
        path = b"/" + path.lstrip(b"/")
    return path + b"/" + uri[end:]


@deprecated(Version("Twisted", 16, 0, 0))
def addSlash(request: Any) -> bytes:
    """Returns: the URI of a request with a slash after its path."""
    return _addSlash(request)


def _redirectTo(url: bytes, request: Any) -> bytes:
    # Templates, which are behind it, are not needed to serve files.
    from twisted.web.util import redirectTo

    return redirectTo(url, request)


class Redirect(resource.Resource):
    """
    Sends the client to the same place with a slash after it.

    Args: request: whose URI counts.
    """

    def __init__(self, request: Any) -> None:
        super().__init__()
        self.url = _addSlash(request)

    def render(self, request: Any) -> bytes:
        """Returns: a page that says so, for clients that do not follow."""
        return _redirectTo(self.url, request)


class Registry(components.Componentized):
    """What the files of a site share: components, and the resources that scripts made."""

    def __init__(self) -> None:
        super().__init__()
        self._pathCache: dict[Any, Any] = {}

    def cachePath(self, path: Any, rsrc: Any) -> None:
        """Remember a resource as that of a path."""
        self._pathCache[path] = rsrc

    def getCachedPath(self, path: Any) -> Any:
        """Returns: the resource that was remembered for a path, or None."""
        return self._pathCache.get(path)


class File(resource.Resource, filepath.FilePath[Any]):  # type: ignore[misc]  # both have children
    """
    A file, or a directory with all that is below it.

    Attributes:
        contentTypes: media types by the ends of names, as `loadMimeTypes` gives them.
        contentEncodings: the same for encodings.
        processors: for ends of names, such as ``.rpy``, what makes a resource of a file: called
            with the path and the `registry`.
        indexNames: files that are shown for a directory, the first that exists.
        type: the media type of this one; None to take it from its name.
        childNotFound, forbidden: resources that answer for what is not there, or not to be read.
        ignoredExts: ends of names that may be left out in URLs; ``*`` for all.
        registry: what the files of a site share.

    Args:
        path: of the file or directory.
        defaultType: the media type of names that say nothing.
        ignoredExts, registry: as the attributes.
        allowExt: old; true is ``ignoredExts=["*"]``.
    """

    contentTypes: Any = LazyTypes()
    contentEncodings: dict[str, str] = {".gz": "gzip", ".bz2": "bzip2"}
    processors: ClassVar[dict[str, Any]] = {}
    indexNames: list[str] = ["index", "index.html", "index.htm", "index.rpy"]
    type: str | None = None
    encoding: str | None = None
    childNotFound: Any = resource._noResource("File not found.")
    forbidden: Any = resource._forbidden()
    _looked = False

    def __init__(
        self,
        path: Any,
        defaultType: str = "text/html",
        ignoredExts: Sequence[str] | bool = (),
        registry: Registry | None = None,
        allowExt: bool | int = 0,
    ) -> None:
        resource.Resource.__init__(self)
        filepath.FilePath.__init__(self, path)
        self.defaultType = defaultType
        if isinstance(ignoredExts, int) or allowExt:
            warnings.warn(
                "File takes the extensions that are to be ignored as a list, ['*'] for all: "
                "no boolean",
                stacklevel=2,
            )
            ignoredExts = ["*"] if ignoredExts or allowExt else []
        self.ignoredExts = list(ignoredExts)
        self.registry = Registry() if registry is None else registry

    def ignoreExt(self, ext: str) -> None:
        """Let the end of a name be left out in URLs, too. Args: ext: with its dot."""
        self.ignoredExts.append(ext)

    # Finding

    def getChild(self, path: bytes | str, request: Any) -> Any:
        """
        Args:
            path: a name in this directory; nothing for the directory itself.
            request: who asks.
        Returns: what is there, or `childNotFound`.
        """
        if isinstance(path, bytes):
            try:
                # File systems take names as bytes; URLs have them in UTF-8.
                path = path.decode("utf-8")
            except UnicodeDecodeError:
                _log.failure("A name in an URL is not UTF-8: {name!r}", name=path)
                return self.childNotFound
        self.restat(reraise=False)
        if not self.isdir():
            return self.childNotFound
        found: Any = self._childNamed(path) if path else self._indexPage()
        if found is None:
            return self.childNotFound if path else self.directoryListing()
        processor = self._processorOf(found.path)
        if processor is not None:
            return resource.IResource(processor(found.path, self.registry))
        similar = self.createSimilarFile(found.path)
        if type(similar) is type(self):
            # What was just looked at needs no second look, if it is rendered next.
            similar._statinfo = found._statinfo
            similar._looked = found._statinfo is not None
        return similar

    def _childNamed(self, name: str) -> filepath.FilePath[Any] | None:
        child: filepath.FilePath[Any] | None
        if os.sep == "/" and _isPlain(name) and type(self).child is filepath.FilePath.child:
            # `child` makes sure that a name is such a one, at ten times the cost of this.
            child = self.clonePath(os.path.join(os.fsdecode(self.path), name))
        else:
            try:
                child = self.child(name)
            except filepath.InsecurePath:
                return None
        if not child.exists():
            child = child.siblingExtensionSearch(*self.ignoredExts)
        return child

    def _indexPage(self) -> filepath.FilePath[Any] | None:
        return self.childSearchPreauth(*self.indexNames)

    def _processorOf(self, path: Any) -> Any:
        if not self.processors:
            return None
        return self.processors.get(os.path.splitext(os.fsdecode(path))[1].lower())

    def directoryListing(self) -> Any:
        """Returns: a resource that shows what is in this directory."""
        # Where nothing says what a file is, nor does the listing.
        return DirectoryLister(
            self.path,
            self.listNames(),
            self.contentTypes,
            self.contentEncodings,
            self.defaultType,
        )

    def createSimilarFile(self, path: Any) -> File:
        """Returns: a resource for another path that is set up as this one."""
        similar = self.__class__(path, self.defaultType, self.ignoredExts, self.registry)
        similar.processors = self.processors  # type: ignore[misc]  # as this one has them
        similar.indexNames = self.indexNames[:]
        similar.childNotFound = self.childNotFound
        return similar

    def listNames(self) -> list[Any]:
        """Returns: the names in this directory, in order; nothing for what is none."""
        return sorted(self.listdir()) if self.isdir() else []

    def listEntities(self) -> Any:
        """Returns: a resource for each name in this directory."""
        return [self.createSimilarFile(os.path.join(self.path, name)) for name in self.listNames()]

    # Serving

    def openForReading(self) -> IO[bytes]:
        """Returns: the file. Raises: OSError."""
        return self.open()

    def getFileSize(self) -> int:
        """Returns: its bytes."""
        return self.getsize()

    def render_GET(self, request: Any) -> Any:
        """
        Send the file, or the parts of it that are asked for.

        Returns: ``NOT_DONE_YET``, or a body where there is no file to send.
        """
        if self._looked:
            self._looked = False
        else:
            self.restat(False)
        if not self.isfile():
            return self._renderOther(request)
        self._findType()
        request.setHeader(b"accept-ranges", b"bytes")
        try:
            fileForReading = self.openForReading()
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                return self.forbidden.render(request)
            raise
        if request.setLastModified(self.getModificationTime()) is CACHED:
            fileForReading.close()
            return b""
        if request.method == b"HEAD":
            # Ranges are for GET only (RFC 9110, section 14.2).
            fileForReading.close()
            self._setContentHeaders(request, self.getFileSize())
            request.write(b"")
            request.finish()
        else:
            self.makeProducer(request, fileForReading).start()
        return NOT_DONE_YET

    render_HEAD = render_GET

    def _renderOther(self, request: Any) -> Any:
        if not self.exists():
            return self.childNotFound.render(request)
        if self.isdir():
            return self.redirect(request)
        # Opening a pipe would wait for somebody who writes to it, and all would wait with us.
        return self.forbidden.render(request)

    def redirect(self, request: Any) -> bytes:
        """Returns: a page that sends the client to this directory, with a slash after it."""
        return _redirectTo(_addSlash(request), request)

    def _findType(self) -> None:
        if self.type is None:
            self.type, self.encoding = getTypeAndEncoding(
                self.path, self.contentTypes, self.contentEncodings, self.defaultType
            )

    def _setContentHeaders(self, request: Any, size: int) -> None:
        request.setHeader(b"content-length", b"%d" % size)
        if self.type:
            request.setHeader(b"content-type", self.type.encode("ascii"))
        if self.encoding:
            request.setHeader(b"content-encoding", self.encoding.encode("ascii"))

    def _parseRangeHeader(self, range: bytes) -> list[tuple[int | None, int | None]]:
        """Returns: what a header asks for. Raises: ValueError for what is no range."""
        return parseRange(range)

    def makeProducer(self, request: Any, fileForReading: IO[bytes]) -> StaticProducer:
        """
        Look at what is asked for, and say so in the headers of the response.

        Args:
            request: its code and headers are set.
            fileForReading: what is sent of.
        Returns: what writes that, once it is started.
        """
        size = self.getFileSize()
        ranges = self._rangesOf(request)
        spans = None if ranges is None else spansOf(ranges, size)
        if ranges is None or (spans and len(spans) > 1 and sum(s.size for s in spans) > size):
            # To send more than the file, since parts of it are asked for again and again, is
            # nothing that anybody needs (RFC 9110, section 17.15).
            self._setContentHeaders(request, size)
            request.setResponseCode(OK)
            producer = NoRangeStaticProducer(request, fileForReading)
            producer._left = size
            return producer
        if not spans:
            return self._unsatisfiable(request, fileForReading, size, several=len(ranges) > 1)
        request.setResponseCode(PARTIAL_CONTENT)
        if len(ranges) == 1:
            offset, length = spans[0]
            self._setContentHeaders(request, length)
            request.setHeader(b"content-range", _contentRange(spans[0], size))
            return SingleRangeStaticProducer(request, fileForReading, offset, length)
        return self._severalParts(request, fileForReading, size, spans)

    def _rangesOf(self, request: Any) -> list[tuple[int | None, int | None]] | None:
        """The ranges that a request asks for; None for the whole file."""
        header = request.getHeader(b"range")
        if header is None or not self._isStill(request.getHeader(b"if-range"), request):
            return None
        try:
            return self._parseRangeHeader(header)
        except ValueError:
            log.msg(f"Ignoring malformed Range header {_text(header)!r}")
            return None

    def _isStill(self, validator: bytes | None, request: Any) -> bool:
        """Whether the client has parts of this very state (RFC 9110, section 13.1.5)."""
        if validator is None:
            return True
        etag = getattr(request, "etag", None)
        if validator[:1] == b'"' or validator[:2] == b"W/":
            return etag is not None and validator == etag and validator[:2] != b"W/"
        changed = getattr(request, "lastModified", None)
        if changed is None:
            changed = self.getModificationTime()
        return validator.strip() == datetimeToString(changed)

    def _unsatisfiable(
        self, request: Any, fileForReading: IO[bytes], size: int, several: bool
    ) -> StaticProducer:
        request.setResponseCode(REQUESTED_RANGE_NOT_SATISFIABLE)
        self._setContentHeaders(request, 0)
        request.setHeader(b"content-range", b"bytes */%d" % size)
        if several:
            return MultipleRangeStaticProducer(request, fileForReading, [])
        return SingleRangeStaticProducer(request, fileForReading, 0, 0)

    def _severalParts(
        self, request: Any, fileForReading: IO[bytes], size: int, spans: Sequence[Span]
    ) -> StaticProducer:
        """Parts with a boundary before each, and a header that says where it is from."""
        boundary = os.urandom(16).hex().encode("ascii")
        mediaType = (self.type or self.defaultType).encode("ascii")
        parts = [
            (
                b"\r\n--%b\r\nContent-Type: %b\r\nContent-Range: %b\r\n\r\n"
                % (boundary, mediaType, _contentRange(span, size)),
                *span,
            )
            for span in spans
        ]
        parts.append((b"\r\n--%b--\r\n" % boundary, 0, 0))
        request.setHeader(
            b"content-length", b"%d" % sum(len(before) + length for before, _, length in parts)
        )
        request.setHeader(b"content-type", b'multipart/byteranges; boundary="%b"' % boundary)
        return MultipleRangeStaticProducer(request, fileForReading, parts)


def _contentRange(span: Span, size: int) -> bytes:
    return b"bytes %d-%d/%d" % (span.offset, span.offset + span.size - 1, size)


def _text(value: Any) -> str:
    return value.decode("ascii", "backslashreplace") if isinstance(value, bytes) else str(value)


class ASISProcessor(resource.Resource):
    """
    Sends a file that has a whole response in it, with its headers, as it is.

    Args:
        path: of the file.
        registry: as of `File`.
    """

    def __init__(self, path: Any, registry: Registry | None = None) -> None:
        super().__init__()
        self.path = path
        self.registry = Registry() if registry is None else registry

    def render(self, request: Any) -> Any:
        """Send it. Returns: ``NOT_DONE_YET``, or a body where there is no such file."""
        request.startedWriting = 1
        return File(self.path, registry=self.registry).render(request)
