"""The machine of `core` as a protocol, and what is particular to responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._http.coding import PotentialDataLoss, _DataLoss

from .core import (
    BODY,
    CONNECTION_CONTROL_HEADERS,
    DONE,
    HEADER,
    STATUS,
    HeadReader,
    decoderFor,
)
from .errors import ParseError, ResponseFailed, ResponseNeverReceived
from .heads import keepAliveSeconds, parseHeader, parseStatus, parseVersion, wantsClose
from .response import Response

if TYPE_CHECKING:
    from .request import Request

__all__ = ["HTTPClientParser", "HTTPParser"]


class HTTPParser(HeadReader, Protocol):
    """
    Reads one message.

    What it finds it tells its own methods, which subclasses replace.
    """

    CONNECTION_CONTROL_HEADERS = CONNECTION_CONTROL_HEADERS

    _byLine = False
    _partialHeader: list[bytes] | None = None  # the lines of the header that may still go on

    def connectionMade(self) -> None:
        """Begin to read."""
        self._begin()

    def dataReceived(self, data: bytes) -> None:
        """Raises: ParseError for what is no message."""
        self.feed(data)

    def switchToBodyMode(self, decoder: Any) -> None:
        """
        All that follows is the body.

        Args: decoder: given it.
        Raises: RuntimeError if that was said already.
        """
        if self.state == BODY:
            raise RuntimeError("the body of this message has begun already")
        self.bodyDecoder = decoder
        self.state = BODY

    def headerReceived(self, name: bytes, value: bytes) -> None:
        """A header has come; the headers are kept before that, unless they come line by line."""
        if self._byLine:
            fields = self.headers
            if self.isConnectionControlHeader(name.lower()):
                fields = self.connHeaders
            fields.addRawHeader(name, value)

    def lineReceived(self, line: bytes) -> None:
        """
        One line of the head, without its end; an empty one ends it.

        The head is read as a whole, unless a class replaces this method, as Scrapy does to pass
        over lines without a colon: then it is called for each line of the headers, and calls
        `headerReceived` and `allHeadersReceived`.
        """
        if self.state == STATUS:
            self.statusReceived(line)
            self.state = HEADER
            return
        partial = self._partialHeader
        if line[:1] in (b" ", b"\t") and partial is not None:
            partial.append(line)
            return
        if partial is not None:
            for name, values in parseHeader(b"\r\n".join(partial), 1).items():
                self.headerReceived(name, values[0])
        self._partialHeader = [line]
        if not line:
            self.allHeadersReceived()

    def _takeBlock(self, block: bytes) -> None:
        if type(self).lineReceived is HTTPParser.lineReceived:
            super()._takeBlock(block)
            return
        lines = block.split(b"\r\n") if block else []
        breaks = max(len(lines) - 1, 0)
        if block.count(b"\n") != breaks or block.count(b"\r") != breaks or 0 in block:
            raise ParseError("a header has CR, LF or NUL in it", block[:1000])
        if len(lines) > self.maxHeaders:
            raise ParseError(f"a message has more than {self.maxHeaders} headers", block[:100])
        self._byLine = True
        self._partialHeader = None
        for line in lines:
            self.lineReceived(line)
        self.lineReceived(b"")

    def _takeFields(self, fields: dict[bytes, list[bytes]]) -> None:
        received = self.headerReceived
        told = getattr(received, "__func__", None) is not HTTPParser.headerReceived
        each = (
            [(name, value) for name, values in fields.items() for value in values] if told else ()
        )
        super()._takeFields(fields)
        for name, value in each:
            received(name, value)

    def allHeadersReceived(self) -> None:
        """All headers have come: by default, the body follows, and is thrown away."""
        self.switchToBodyMode(None)

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line is too long: close the connection."""
        assert self.transport is not None
        self.transport.loseConnection()


class HTTPClientParser(HTTPParser):
    """
    Reads a response.

    Args:
        request: what was asked.
        finisher: called with what follows the response, when it is over.
        waiting: fires with the response; made here by default.

    Attributes:
        response: its head, once the first line has come.
        persistent: whether the connection may be used after it.
        keepAliveSeconds: how long the server will keep the connection, where it says that.
        NO_BODY_CODES: responses that have no body, whatever their headers say.
    """

    NO_BODY_CODES = frozenset((204, 304))

    _log = Logger()
    _everReceivedData = False
    _interim = 0
    _held = False  # whether the transport was paused

    response: Response | None = None
    persistent = True
    keepAliveSeconds: float | None = None

    def __init__(
        self,
        request: Request,
        finisher: Callable[[bytes], object],
        waiting: Deferred[Response] | None = None,
    ) -> None:
        self.request = request
        self.finisher = finisher
        self._responseDeferred: Deferred[Response] = Deferred() if waiting is None else waiting
        self._trace = getattr(request, "_trace", None)

    def dataReceived(self, data: bytes) -> None:
        """Raises: ParseError for what is no response."""
        if not self._everReceivedData:
            self._everReceivedData = True
            if self._trace is not None:
                self._trace("firstByte")
        self.feed(data)
        if self.state == BODY and self.response is not None:
            self._holdUntilWanted(self.response)

    def _holdUntilWanted(self, response: Response) -> None:
        """Read no more of a body that nobody wants yet."""
        if response._state == "INITIAL" and not self._held:
            self._held = True
            self.transport.pauseProducing()  # type: ignore[union-attr]  # a producer, while connected

    def isBodyComing(self) -> bool:
        """Whether the head has come, and not all of the body."""
        return self.state == BODY

    def lineLengthExceeded(self, line: bytes) -> None:
        """Close the connection. The request fails with that, so the cause is said here."""
        self._log.warn(
            "A line of the response to {request} has more than {most} bytes; it is given up",
            request=self.request,
            most=self.maxLineBytes,
        )
        super().lineLengthExceeded(line)

    def parseVersion(self, strversion: bytes) -> tuple[bytes, int, int]:
        """
        Returns: name, major and minor number.
        Raises: BadResponseVersion.
        """
        return parseVersion(strversion)

    def statusReceived(self, status: bytes) -> None:
        """Raises: ParseError."""
        version, code, phrase = parseStatus(status)
        self.response = Response._construct(
            version, code, phrase, self.headers, self.transport, self.request
        )

    def isConnectionControlHeader(self, name: bytes) -> bool:
        """To HEAD, the length of the body is news about what was asked for."""
        if name == b"content-length" and self.request.method == b"HEAD":
            return False
        return name in CONNECTION_CONTROL_HEADERS

    def allHeadersReceived(self) -> None:
        """Find out what follows, and give the response to whoever waits for it."""
        response = self.response
        assert response is not None
        code = response.code
        if code < 200:
            self._skipInterim(code)
            return
        waiting = self._responseDeferred
        length: int | None
        if code in self.NO_BODY_CODES or self.request.method == b"HEAD":
            length, decoder = 0, None
            self.persistent = not wantsClose(response.version, self.connHeaders._rawHeaders)
        else:
            length, decoder, self.persistent = decoderFor(
                response.version, self.connHeaders, response._bodyDataReceived, self._finished
            )
        if self.persistent and b"Keep-Alive" in self.connHeaders._rawHeaders:
            self.keepAliveSeconds = keepAliveSeconds(self.connHeaders._rawHeaders)
        del self._responseDeferred
        if self._trace is not None:
            self._trace("head")
        if length is not None:
            response.length = length
        if decoder is None:
            self._finished(self.clearLineBuffer())
            response._bodyDataFinished()
        else:
            self.switchToBodyMode(decoder)
        waiting.callback(response)

    def _skipInterim(self, code: int) -> None:
        """Another response will follow this one (RFC 9110, section 15.2)."""
        self._interim += 1
        if code == _switchingProtocols:
            raise ParseError("the server speaks another protocol from here on", b"101")
        if self._interim > self.maxInterim:
            raise ParseError(f"more than {self.maxInterim} interim responses", b"%d" % code)
        self._log.info("Ignoring unexpected {code} response", code=code)
        self.response = None
        self._begin()

    def _finished(self, rest: bytes) -> None:
        self.state = DONE
        if self._trace is not None:
            self._trace("body")
        self.finisher(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """
        There will be no more: whoever waits for the response, or for the rest of its body, is told.

        Args: reason: why; the response may be whole nevertheless.
        """
        if self.bodyDecoder is not None:
            try:
                self._endBody(reason)
            except BaseException:
                self._log.failure("The reader of a response raised when it was told of its end")
            self.bodyDecoder = None  # it knows us, and the collector should have nothing to do
        elif self.state != DONE or not self._isAnswered():
            kind = ResponseFailed if self._everReceivedData else ResponseNeverReceived
            waiting = self._responseDeferred
            del self._responseDeferred
            waiting.errback(Failure(kind([reason])))

    def _isAnswered(self) -> bool:
        return "_responseDeferred" not in self.__dict__

    def _endBody(self, reason: Failure) -> None:
        response = self.response
        assert response is not None
        try:
            self.bodyDecoder.noMoreData()
        except PotentialDataLoss:
            response._bodyDataFinished(Failure())
        except _DataLoss:
            response._bodyDataFinished(Failure(ResponseFailed([reason, Failure()], response)))
        else:
            response._bodyDataFinished()


_switchingProtocols = 101
