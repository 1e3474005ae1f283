"""One request to an application, and its response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._responses import SERVICE_UNAVAILABLE
from twisted.web.http_headers import _cr, _lf, _nameEncoder

from .beginning import begin
from .lifespan import Lifespan
from .scope import Application, Message, httpScope
from .waiting import ClientDisconnected, Gate

__all__ = ["Exchange"]

_log = Logger(namespace="twisted.web.asgi")
_noBody = (204, 304)


def setFields(request: Any, given: Any) -> None:
    """Give a response the header fields of a message."""
    headers = request.responseHeaders
    fields = headers._rawHeaders
    known = _nameEncoder._canonicalHeaderCache
    for name, value in given:
        usual = known.get(name)
        if usual is None or _cr in value or _lf in value or usual == b"Set-Cookie":
            headers.addRawHeader(bytes(name), bytes(value))
        elif usual in fields and usual not in (b"Server", b"Date"):
            fields[usual].append(value)
        else:
            fields[usual] = [value]


@implementer(IPushProducer)
class Exchange:
    """
    Runs an application for one request.

    Attributes:
        chunkBytes: of a body that was received before, given at a time.
        maxAsideBytes: of a body that is being received, and waits for the application: then the
            client is made to wait.

    Args:
        application, lifespan: for which site.
        request: for what.
        loop: of asyncio.
        held: what is at work.
    """

    chunkBytes = 65536
    maxAsideBytes = 65536

    _head: Message | None = None
    _disconnected = _complete = _started = _trailersFollow = False
    _isWhole = _bodyComplete = _bodyGiven = False
    _trailers: Sequence[tuple[bytes, bytes]] = ()
    _aside = 0
    _paused: Any = None
    # Room for sending, and something for `receive`: a part of the body, or that it is over.
    _room: Gate | None = None
    _something: Gate | None = None
    _task: Any = None

    def __init__(
        self,
        application: Application,
        lifespan: Lifespan,
        request: Any,
        loop: Any,
        held: set[Any],
    ) -> None:
        self._application, self._lifespan = application, lifespan
        self._request: Any = request
        self._loop = loop
        self._held = held
        self._parts: list[bytes] = []

    def start(self, isWhole: bool) -> None:
        """
        Begin.

        Args: isWhole: whether the body is there, as the request's ``content``; otherwise `feed` is
            called with it.
        """
        # This is less than a Deferred of `notifyFinish`, and is told the same.
        self._request.notifications.append(self)
        self._held.add(self)
        if isWhole:
            self._isWhole = self._bodyComplete = True
            self._task = begin(self._run(), self._loop)
        else:
            # The connection is not ready for a response before it knows how the body is sent.
            self._task = self._loop.create_task(self._run())

    def callback(self, result: None) -> None:
        """The response is complete."""
        self._over()

    def errback(self, reason: Failure) -> None:
        """The connection has ended before."""
        self._over()

    async def _run(self) -> None:
        request = self._request
        try:
            if not self._lifespan.isReady:
                await self._lifespan.ready()
            if self._lifespan.failed:
                self._refuse()
                return
            scope = httpScope(request, self._lifespan.state)
            await self._application(scope, self.receive, self.send)
            if not self._complete and not self._disconnected:
                raise RuntimeError("the application returned without a complete response")
        except ClientDisconnected:
            pass
        except Exception:
            failure = Failure()
            if self._complete or self._disconnected:
                _log.failure("An application failed after its response", failure=failure)
            else:
                self._fail(failure)
        finally:
            # Tasks of asyncio are held by those who want their end.
            self._held.discard(self)

    def _refuse(self) -> None:
        if not self._disconnected:
            request = self._request
            request.setResponseCode(SERVICE_UNAVAILABLE)
            request.setHeader(b"content-length", b"0")
            self._finish()

    def _fail(self, failure: Failure) -> None:
        request = self._request
        self._unregister()
        self._complete = True
        if self._head is not None and not self._started:
            # Nothing of it was sent: it can still be another one.
            fields = request.responseHeaders._rawHeaders
            for name in [name for name in fields if name not in (b"Server", b"Date")]:
                del fields[name]
        self._closeUnlessRead()
        abort = getattr(request.channel, "abortConnection", None)
        request.processingFailed(failure)
        if self._started and abort is not None:
            # By HTTP/2, an end is an end: that this is none has to be said.
            abort()

    def _over(self) -> None:
        self._disconnected = True
        self._parts.clear()
        if self._something is not None:
            self._something.open()
        if self._room is not None:
            self._room.open()

    # The body of the request

    def feed(self, data: bytes) -> None:
        """A part of the body came."""
        if self._complete or self._disconnected:
            return
        self._parts.append(data)
        self._aside += len(data)
        if self._aside > self.maxAsideBytes and self._paused is None:
            self._pause()
        if self._something is not None:
            self._something.open()

    def feedEnd(self) -> None:
        """The body is whole."""
        self._bodyComplete = True
        if self._something is not None:
            self._something.open()

    def _pause(self) -> None:
        channel = self._request.channel
        self._paused = channel if hasattr(channel, "streamID") else channel.transport
        self._paused.pauseProducing()
        if self._paused is not channel:
            # It is us who are slow, not the client.
            channel._savedTimeOut = channel.setTimeout(None)

    def _resume(self) -> None:
        paused, self._paused = self._paused, None
        if paused is None or self._disconnected:
            return
        channel = self._request.channel
        if channel is not None and paused is not channel and channel._savedTimeOut is not None:
            channel.setTimeout(channel._savedTimeOut)
            channel._savedTimeOut = None
        paused.resumeProducing()

    async def receive(self) -> Message:
        """Returns: what came, as soon as something did."""
        while True:
            if self._disconnected or self._complete:
                return {"type": "http.disconnect"}
            if not self._bodyGiven:
                message = self._nextPart()
                if message is not None:
                    return message
            if self._something is None:
                self._something = Gate(self._loop, False)
            self._something.shut()
            await self._something.passed()

    def _nextPart(self) -> Message | None:
        if self._isWhole:
            data = self._request.content.read(self.chunkBytes)
            more = len(data) == self.chunkBytes
            self._bodyGiven = not more
            return {"type": "http.request", "body": data, "more_body": more}
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            self._aside = 0
            self._resume()
        elif self._bodyComplete:
            data = b""
        else:
            return None
        self._bodyGiven = self._bodyComplete and not self._parts
        return {"type": "http.request", "body": data, "more_body": not self._bodyGiven}

    # The response

    async def send(self, message: Message) -> None:
        """
        Take a message of the response.

        Raises:
            ClientDisconnected: when nobody is there to have it.
            RuntimeError: for a message that does not come then.
        """
        kind = message["type"]
        if self._disconnected and not self._complete:
            raise ClientDisconnected("the client has closed the connection")
        if kind == "http.response.body":
            self._body(message)
            if self._room is not None and not self._room.isOpen and not self._complete:
                await self._room.passed()
        elif kind == "http.response.start":
            if self._head is not None:
                raise RuntimeError("an application began its response twice")
            self._head = message
            self._setHead(message)
        elif kind == "http.response.trailers" and self._trailersFollow:
            self._trailers = [*self._trailers, *message.get("headers", ())]
            if not message.get("more_trailers", False):
                self._request.channel.sendTrailers(self._trailers)
                self._finish()
        else:
            raise RuntimeError(f"an application sent {kind!r}, which is no part of a response here")

    def _setHead(self, message: Message) -> None:
        request = self._request
        request.setResponseCode(message["status"])
        # What is no text stays as it is; it is the application that knows.
        request.defaultContentType = None
        setFields(request, message.get("headers", ()))
        if message.get("trailers", False):
            self._trailersFollow = hasattr(request.channel, "sendTrailers")

    def _body(self, message: Message) -> None:
        head = self._head
        if head is None or self._complete:
            raise RuntimeError("an application sent a body before or after its response")
        request = self._request
        data = message.get("body", b"")
        more = message.get("more_body", False)
        if not self._started:
            self._started = True
            if more:
                self._room = Gate(self._loop, True)
                request.registerProducer(self, True)
            elif not self._trailersFollow:
                fields = request.responseHeaders._rawHeaders
                if (
                    b"Content-Length" not in fields
                    and request._encoder is None
                    and request.code not in _noBody
                ):
                    fields[b"Content-Length"] = [b"%d" % len(data)]
            request.write(data if type(data) is bytes else bytes(data))
        elif data:
            request.write(data if type(data) is bytes else bytes(data))
        if not more and not self._trailersFollow:
            self._finish()

    def _finish(self) -> None:
        self._unregister()
        self._complete = True
        self._closeUnlessRead()
        self._request.finish()

    def _unregister(self) -> None:
        if self._room is not None and self._request.producer is not None:
            self._request.unregisterProducer()

    def _closeUnlessRead(self) -> None:
        """A response before the end of the request is the last one of a connection of HTTP/1."""
        if not self._bodyComplete:
            channel = self._request.channel
            if not hasattr(channel, "streamID"):
                channel.persistent = False

    # The connection paces us

    def pauseProducing(self) -> None:
        """There is enough to send."""
        if self._room is not None:
            self._room.shut()

    def resumeProducing(self) -> None:
        """There is room for more."""
        if self._room is not None:
            self._room.open()

    def stopProducing(self) -> None:
        """Nobody takes any more; `Request.notifyFinish` says why."""
        if self._room is not None:
            self._room.open()
