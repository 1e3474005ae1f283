"""
WSGI applications as resources (PEP 3333), each request in a thread.

    pool = ThreadPool(); pool.start()
    site = server.Site(WSGIResource(reactor, pool, application))
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python import log
from twisted.python.failure import Failure
from twisted.web._gateway import asText, headerVariables, hopByHop, portOf
from twisted.web.http import INTERNAL_SERVER_ERROR
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET

__all__ = ["WSGIResource"]

_log = Logger()

_ExcInfo = tuple[type[BaseException], BaseException, "TracebackType | None"]


class _ErrorStream:
    """Where an application writes what went wrong: the server's log."""

    def write(self, data: str) -> None:
        """Log something. Raises: TypeError for what is no text."""
        if not isinstance(data, str):
            raise TypeError(f"write() argument must be str, not {data!r} ({type(data).__name__})")
        log.msg(data, system="wsgi", isError=True)

    def writelines(self, iovec: Iterable[str]) -> None:
        """Log several things as one."""
        self.write("".join(iovec))

    def flush(self) -> None:
        """Nothing waits."""


class _InputStream:
    """
    Where an application reads the body of a request.

    Args: input: the body, as a file.
    """

    def __init__(self, input: Any) -> None:
        self._wrapped = input

    def read(self, size: int | None = None) -> bytes:
        """Returns: that many bytes, or fewer at the end; all for None or a negative size."""
        data: bytes = self._wrapped.read(-1 if size is None else size)
        return data

    def readline(self, size: int | None = None) -> bytes:
        """Returns: a line, cut after ``size`` bytes if that is given."""
        line: bytes = self._wrapped.readline(-1 if size is None else size)
        return line

    def readlines(self, size: int | None = None) -> list[bytes]:
        """Returns: lines, until they have ``size`` bytes together if that is given."""
        lines: list[bytes] = self._wrapped.readlines(-1 if size is None else size)
        return lines

    def __iter__(self) -> Any:
        return iter(self._wrapped)


def _environOf(request: Any) -> dict[str, Any]:
    """What an application is told of a request."""

    def first(name: bytes) -> str:
        values = request.requestHeaders.getRawHeaders(name)
        return asText(values[0]) if values else ""

    def path(parts: Sequence[bytes]) -> str:
        return "/" + "/".join(map(asText, parts)) if parts else ""

    environ: dict[str, Any] = {
        "REQUEST_METHOD": asText(request.method),
        "REMOTE_ADDR": getattr(request.getClientAddress(), "host", None) or "",
        "REMOTE_PORT": portOf(request.getClientAddress()),
        "SCRIPT_NAME": path(request.prepath),
        "PATH_INFO": path(request.postpath),
        "QUERY_STRING": asText(request.uri.partition(b"?")[2]),
        "CONTENT_TYPE": first(b"content-type"),
        "CONTENT_LENGTH": first(b"content-length"),
        "SERVER_NAME": asText(request.getRequestHostname()),
        "SERVER_PORT": portOf(request.getHost()),
        "SERVER_PROTOCOL": asText(request.clientproto),
    }
    for name, values in headerVariables(request):
        environ[name] = ",".join(map(asText, values))
    if not environ["CONTENT_LENGTH"] and "HTTP_TRANSFER_ENCODING" in environ:
        # It came in chunks, and is here as a whole.
        environ["CONTENT_LENGTH"] = str(request.content.seek(0, 2))
        request.content.seek(0)
    environ.update(
        {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https" if request.isSecure() else "http",
            "wsgi.run_once": False,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.errors": _ErrorStream(),
            "wsgi.input": _InputStream(request.content),
        }
    )
    return environ


def _checkHeaders(headers: Any) -> list[tuple[str, str]]:
    """Raises: TypeError for what are no headers. Warns of what is not quite as PEP 3333 says."""
    if not isinstance(headers, list):
        if not isinstance(headers, Sequence):
            raise TypeError(f"headers must be a list, not {headers!r} ({type(headers).__name__})")
        _warn(f"headers should be a list, not {headers!r} ({type(headers).__name__})")
    return [_checkHeader(header) for header in headers]


def _checkHeader(header: Any) -> tuple[str, str]:
    if not isinstance(header, tuple):
        shown = f"a (str, str) tuple, not {header!r} ({type(header).__name__})"
        if not isinstance(header, Sequence):
            raise TypeError(f"header must be {shown}")
        _warn(f"header should be {shown}")
    if len(header) != 2:
        raise TypeError(f"header must be a (str, str) tuple, not {header!r}")
    name, value = header
    if not (isinstance(name, str) and isinstance(value, str)):
        raise TypeError(f"header must be (str, str) tuple, not {header!r}")
    return name, value


def _warn(message: str) -> None:
    warnings.warn(message, category=RuntimeWarning, stacklevel=5)


_withoutBody = ("204", "304")
# The server's own, and those that are about the connection, which is not the application's.
_notTaken = hopByHop | {b"server", b"date"}


@implementer(IPushProducer)
class _WSGIResponse:
    """
    The response of an application to a request.

    `run` is called in a thread; all that touches the request happens in the reactor's. The thread
    waits while more than `mostWaiting` bytes are on their way, or the client takes no more.

    Args: reactor, threadpool, application: as of `WSGIResource`. request: whose response it is.
    """

    mostWaiting = 65536
    """Bytes that the application may be ahead of the reactor."""

    _requestFinished = False

    def __init__(self, reactor: Any, threadpool: Any, application: Any, request: Any) -> None:
        self.started = False
        self.reactor = reactor
        self.threadpool = threadpool
        self.application = application
        self.request = request
        self.status: str | None = None
        self.headers: list[tuple[str, str]] = []
        self._turn = threading.Condition()
        self._waiting = 0
        self._paused = False
        self._registered = False
        request.notifyFinish().addBoth(self._finished)
        request.defaultContentType = None
        self.environ = _environOf(request)

    def start(self) -> None:
        """Have the application called."""
        self.threadpool.callInThread(self.run)

    # In the reactor's thread

    def _finished(self, _ignored: object) -> None:
        with self._turn:
            self._requestFinished = True
            self._turn.notify_all()

    def pauseProducing(self) -> None:
        """The client has enough for now."""
        self._paused = True

    def resumeProducing(self) -> None:
        """The client takes more."""
        with self._turn:
            self._paused = False
            self._turn.notify_all()

    def stopProducing(self) -> None:
        """The client has gone; `_finished` is about to be called."""
        self.resumeProducing()

    def _sendHead(self, status: str, headers: list[tuple[str, str]]) -> None:
        code, _, message = status.partition(" ")
        self.request.setResponseCode(int(code), message.strip().encode("iso-8859-1"))
        for name, value in headers:
            key = name.encode("iso-8859-1")
            if key.lower() not in _notTaken:
                self.request.responseHeaders.addRawHeader(key, value.encode("iso-8859-1"))

    def _write(self, head: Any, data: bytes, last: bool) -> None:
        if not self._requestFinished:
            try:
                self._writeNow(head, data, last)
            except BaseException:
                # A status or a header that is none: the thread may be far on by now.
                self._fail(bool(self.request.startedWriting), Failure())
        with self._turn:
            self._waiting -= len(data)
            self._turn.notify_all()

    def _writeNow(self, head: Any, data: bytes, last: bool) -> None:
        request = self.request
        if head is not None:
            self._sendHead(*head)
        elif not last and not self._registered:
            # The second part shows that there are several.
            self._registered = True
            request.registerProducer(self, True)
        if data:
            request.write(data)
        if last and not self._requestFinished:
            self._unregister()
            request.finish()

    def _unregister(self) -> None:
        if self._registered:
            self._registered = False
            self.request.unregisterProducer()

    def _fail(self, started: bool, failure: Failure) -> None:
        """The application raised: say so, if that is still possible."""
        _log.failure("WSGI application error", failure=failure)
        if self._requestFinished:
            return
        self._unregister()
        if started:
            self.request.loseConnection()
        else:
            self.request.setHeader(b"content-length", b"0")
            self.request.setResponseCode(INTERNAL_SERVER_ERROR)
            self.request.finish()

    # In the application's thread

    def startResponse(
        self, status: str, headers: list[tuple[str, str]], excInfo: _ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """
        What an application is given as ``start_response``.

        Returns: writes a part of the body.
        Raises: TypeError; or the error of ``excInfo`` if the headers have been sent.
        """
        if self.started and excInfo is not None:
            try:
                raise excInfo[1].with_traceback(excInfo[2])
            finally:
                excInfo = None
        if not isinstance(status, str):
            raise TypeError(f"status must be str, not {status!r} ({type(status).__name__})")
        self.headers = _checkHeaders(headers)
        self.status = status
        return self.write

    def write(self, data: bytes) -> None:
        """Send a part of the body. Raises: TypeError for what is not bytes."""
        if not isinstance(data, bytes):
            raise TypeError(f"Can only write bytes to a transport, not {data!r}")
        self._hand(data)

    def _hand(self, data: bytes, last: bool = False) -> None:
        """Have the reactor write something, when there is room for it."""
        if self.status is None:
            raise RuntimeError("the application has not called start_response()")
        with self._turn:
            while (self._paused or self._waiting > self.mostWaiting) and not self._requestFinished:
                self._turn.wait()
            if self._requestFinished:
                return
            self._waiting += len(data)
        head = None if self.started else (self.status, self.headers)
        self.started = True
        self.reactor.callFromThread(self._write, head, data, last)

    def run(self) -> None:
        """Call the application, and send what it gives."""
        try:
            parts = self.application(self.environ, self.startResponse)
            if type(parts) in (list, tuple) and len(parts) == 1 and not self.started:
                self._sendOne(parts[0])
                return
            try:
                for part in parts:
                    if part:
                        self.write(part)
                    if self._requestFinished:
                        break
            finally:
                close = getattr(parts, "close", None)
                if close is not None:
                    close()
            self._hand(b"", last=True)
        except BaseException:
            self.reactor.callFromThread(self._fail, self.started, Failure())

    def _sendOne(self, data: bytes) -> None:
        """Send a body that is there as a whole: its length is known (PEP 3333)."""
        if not isinstance(data, bytes):
            raise TypeError(f"Can only write bytes to a transport, not {data!r}")
        known = any(name.lower() == "content-length" for name, _ in self.headers)
        if not known and self.status is not None and self.status[:3] not in _withoutBody:
            self.headers = [*self.headers, ("Content-Length", str(len(data)))]
        self._hand(data, last=True)


@implementer(IResource)
class WSGIResource:
    """
    A WSGI application, for itself and all that is below it.

    Args:
        reactor: writes the responses.
        threadpool: in which the application is called.
        application: it.
    """

    isLeaf = True

    def __init__(self, reactor: Any, threadpool: Any, application: Any) -> None:
        self._reactor = reactor
        self._threadpool = threadpool
        self._application = application

    def render(self, request: Any) -> int:
        """Have the application called. Returns: ``NOT_DONE_YET``."""
        _WSGIResponse(self._reactor, self._threadpool, self._application, request).start()
        return NOT_DONE_YET

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        """Raises: RuntimeError: the application answers for all that is below it."""
        raise RuntimeError("a WSGI application has no child resources")

    def putChild(self, path: bytes, child: Any) -> None:
        """Raises: RuntimeError: the application answers for all that is below it."""
        raise RuntimeError("a WSGI application has no child resources")
