"""
A request on its way out.

Nothing is written before all of the head is known to be in order: a method, a target or a header
with CR, LF or NUL in it would let whoever has a say in it write headers or requests of his own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer, IProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._abnf import _istoken
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IClientRequest

from .errors import BadHeaders, ExcessWrite, WrongBodyLength

if TYPE_CHECKING:
    from twisted.web.iweb import IBodyProducer

    from .phases import Trace
    from .uri import URI

__all__ = ["ChunkedEncoder", "LengthEnforcingConsumer", "Request"]

_usualMethods = frozenset(
    (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT")
)
_isVisible = re.compile(rb"[\x21-\x7e]+").fullmatch

# Fields that say where the body ends: what we write of them must be all that there is.
_framing = frozenset((b"Content-Length", b"Transfer-Encoding"))
_needLength = frozenset((b"PUT", b"POST"))


def _ensureValidMethod(method: bytes) -> bytes:
    """
    Returns: ``method``.
    Raises: ValueError if it is no token (RFC 9110, section 9.1).
    """
    if method in _usualMethods or _istoken(method):
        return method
    raise ValueError(f"Invalid method {method!r:.100}: a method is a token")


def _ensureValidURI(uri: bytes) -> bytes:
    """
    Returns: ``uri``.
    Raises: ValueError if it has anything but visible ASCII.
    """
    if _isVisible(uri) is not None:
        return uri
    raise ValueError(f"Invalid URI {uri!r:.100}: it is made of visible ASCII")


@implementer(IClientRequest)
class Request:
    """
    A request, and how it is written.

    Args:
        method: such as ``b"GET"``.
        uri: the target: what stands in the first line.
        headers: exactly one ``Host`` among them.
        bodyProducer: writes the body, or None.
        persistent: whether the connection may be used again.

    Raises: ValueError for a method or a target with what cannot stand there.
    """

    _log = Logger()
    _parsedURI: URI | None = None
    _trace: Trace | None = None

    def __init__(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers,
        bodyProducer: IBodyProducer | None,
        persistent: bool = False,
    ) -> None:
        self.method = _ensureValidMethod(method)
        self.uri = self._checkedURI = _ensureValidURI(uri)
        self.headers = headers
        self.bodyProducer = bodyProducer
        self.persistent = persistent

    @classmethod
    def _construct(
        cls,
        method: bytes,
        uri: bytes,
        headers: Headers,
        bodyProducer: IBodyProducer | None,
        persistent: bool = False,
        parsedURI: URI | None = None,
    ) -> Request:
        """As the constructor, with the whole of the URI, for `absoluteURI`."""
        request = cls(method, uri, headers, bodyProducer, persistent)
        request._parsedURI = parsedURI
        return request

    def __repr__(self) -> str:
        method, uri = self.method.decode("ascii"), self.uri.decode("ascii")
        return f"<{type(self).__name__} {method} {uri:.100}>"

    @property
    def absoluteURI(self) -> bytes | None:
        """All of the URI, where it is known."""
        return None if self._parsedURI is None else self._parsedURI.toBytes()

    def _head(self, framing: bytes | None) -> bytes:
        """
        Args: framing: the field that says how long the body is.
        Returns: all that stands before the body.
        Raises: BadHeaders; ValueError for CR, LF or NUL where they cannot be.
        """
        fields = self.headers._rawHeaders
        if len(fields.get(b"Host", ())) != 1:
            raise BadHeaders("a request needs exactly one Host, and this one has another number")
        method, uri = _ensureValidMethod(self.method), self.uri
        if uri is not self._checkedURI:  # somebody has put another in its place
            _ensureValidURI(uri)
        lines = [b"%b %b HTTP/1.1" % (method, uri)]
        if not self.persistent:
            lines.append(b"Connection: close")
        if framing is not None:
            lines.append(framing)
        # A class of its own may hold fields back.
        plain = type(self.headers) is Headers
        for name, values in fields.items() if plain else self.headers.getAllRawHeaders():
            if name in _framing and (framing is not None or values != [b"0"]):
                continue
            for value in values:
                lines.append(b"%b: %b" % (name, value))
        lines += (b"", b"")
        head = b"\r\n".join(lines)
        breaks = len(lines) - 1
        if head.count(b"\n") != breaks or head.count(b"\r") != breaks or 0 in head:
            raise ValueError("Invalid header: CR, LF or NUL stands in a name or a value")
        return head

    def writeTo(self, transport: Any) -> Deferred[None]:
        """
        Write the request.

        Args: transport: an ITransport and IConsumer.
        Returns: fires when all is written, fails if the body cannot be made.
        Raises:
            BadHeaders: for a request without a ``Host``, or with two.
            ValueError: if something would end its line before its time.
        """
        length = self._length()
        framing: bytes | None = None
        if length is not None:
            framing = b"Content-Length: %d" % length
        elif self.bodyProducer is not None:
            framing = b"Transfer-Encoding: chunked"
        transport.write(self._head(framing))
        if self.bodyProducer is None:
            return succeed(None)
        return self._writeBody(transport, self.bodyProducer, length, ChunkedEncoder)

    def _length(self) -> int | None:
        """Returns: bytes of the body; None where that is not known, or need not be said."""
        producer = self.bodyProducer
        if producer is None:
            return 0 if self.method in _needLength else None
        length = producer.length
        return None if length is UNKNOWN_LENGTH or length == UNKNOWN_LENGTH else length

    def _writeBody(
        self,
        transport: Any,
        producer: IBodyProducer,
        length: int | None,
        encoding: Callable[[Any], ChunkedEncoder],
    ) -> Deferred[None]:
        """
        Args: encoding: writes to ``transport`` what has no known length.
        Returns: fires when all is written, fails if the body cannot be made.
        """
        if length is None:
            return self._writeEncoded(transport, producer, encoding(transport))
        return self._writeWithLength(transport, producer)

    def _writeEncoded(
        self, transport: Any, producer: IBodyProducer, encoder: ChunkedEncoder
    ) -> Deferred[None]:
        encoder.registerProducer(producer, True)

        def done(_: object) -> None:
            encoder.unregisterProducer()

        def failed(reason: Failure) -> Any:
            # Without the last chunk the other side sees that something is missing.
            encoder._allowNoMoreWrites()
            transport.unregisterProducer()
            return reason

        producing: Deferred[Any] = producer.startProducing(encoder)
        written: Deferred[None] = producing.addCallbacks(done, failed)
        return written

    def _writeWithLength(self, transport: Any, producer: IBodyProducer) -> Deferred[None]:
        """
        Whichever comes first decides: the last byte, a byte too much, or what the producer says.

        Many a producer says that it is done a turn after its last byte; the response may have come
        by then, and should not be taken for one that came too early.
        """
        written: Deferred[None] = Deferred(lambda _: producing.cancel())

        def end(result: Failure | None) -> bool:
            """Whether this is what decides."""
            if written.called:
                return False
            transport.unregisterProducer()
            if result is None:
                written.callback(None)
            else:
                written.errback(result)
            return True

        def tooMuch(reason: Failure) -> None:
            if not end(reason):
                self._log.failure("A finished body was found to be too long", reason)

        def produced(_: object) -> None:
            try:
                consumer._noMoreWritesExpected()
            except WrongBodyLength:
                end(Failure())
            else:
                end(None)

        def broken(reason: Failure) -> None:
            consumer._allowNoMoreWrites()
            if not end(reason):
                self._log.failure("The body of a request failed after it was given up", reason)

        excess: Deferred[None] = Deferred()
        excess.addErrback(tooMuch)
        consumer = LengthEnforcingConsumer(producer, transport, excess)
        consumer._whenFull = lambda: end(None)
        transport.registerProducer(producer, True)
        taker: Any = consumer  # it only takes what is written: the transport knows the producer
        producing: Deferred[Any] = producer.startProducing(taker)
        producing.addCallbacks(produced, broken)
        if not producer.length:
            end(None)
        return written

    def stopWriting(self) -> None:
        """Write no more of the body: the connection is gone."""
        _stop(self.bodyProducer, self._log)


def _stop(producer: Any, log: Logger) -> None:
    """Stop a body's producer, whatever it says to that."""
    try:
        producer.stopProducing()
    except Exception:
        log.failure("stopProducing of {producer} raised", producer=producer)


class LengthEnforcingConsumer:
    """
    Takes from a producer exactly as much as it said that there would be.

    Args:
        producer: an IBodyProducer with its ``length`` in bytes.
        consumer: where the bytes go.
        finished: fails with `WrongBodyLength` when there are too many.
    """

    _log = Logger()

    def __init__(self, producer: Any, consumer: Any, finished: Deferred[None]) -> None:
        self._length: int = producer.length
        self._producer = producer
        self._consumer = consumer
        self._finished: Deferred[None] | None = finished
        self._whenFull: Callable[[], object] | None = None

    def _allowNoMoreWrites(self) -> None:
        self._finished = None

    def write(self, bytes: bytes) -> None:
        """Raises: ExcessWrite after the end."""
        finished = self._finished
        if finished is None:
            self._producer.stopProducing()
            raise ExcessWrite("a body was written to after its end")
        if len(bytes) <= self._length:
            self._length -= len(bytes)
            self._consumer.write(bytes)
            if not self._length and self._whenFull is not None:
                self._whenFull()
            return
        # None of it goes out: the server could act upon what we call a failure here.
        self._finished = None
        _stop(self._producer, self._log)
        finished.errback(WrongBodyLength("more was written of a body than its length says"))

    def _noMoreWritesExpected(self) -> None:
        """The producer has ended. Raises: WrongBodyLength if something is missing."""
        if self._finished is None:
            return
        self._finished = None
        if self._length:
            raise WrongBodyLength(f"{self._length} bytes of a body were not written")


@implementer(IConsumer)
class ChunkedEncoder:
    """
    Writes what it is given in chunks (RFC 9112, section 7.1).

    Args: transport: an ITransport and IConsumer.
    """

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self._open = True

    def _allowNoMoreWrites(self) -> None:
        self._open = False

    def _frame(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data)

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Let the transport pace ``producer``."""
        self.transport.registerProducer(producer, streaming)

    def write(self, data: bytes) -> None:
        """Raises: ExcessWrite after the last chunk."""
        if not self._open:
            raise ExcessWrite("a body in chunks was written to after its end")
        if data:  # an empty chunk would be the last
            self.transport.write(self._frame(data))

    def unregisterProducer(self) -> None:
        """Write the last chunk, and let the producer go."""
        self.transport.write(self._frame(b""))
        self.transport.unregisterProducer()
        self._open = False
