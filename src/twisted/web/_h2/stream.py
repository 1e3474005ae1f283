"""One stream of a connection of HTTP/2: for its request it is the channel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from .exchange import Exchange
from .requests import RequestHead
from .writing import plainFields, responseFields

if TYPE_CHECKING:
    from twisted.web._http2 import H2Connection

__all__ = ["H2Stream"]


class H2Stream(Exchange):
    """
    Takes a request from one stream, and its response.

    Attributes:
        bodyCame: bytes of the body that came, counted where there is a limit.
        trailers: fields that came after the body of the request.

    Args:
        streamID: as the attribute.
        connection: what it belongs to.
        site, factory: what a request finds on its channel.
    """

    _version = b"HTTP/2"
    _bodyCall: Any = None

    def __init__(self, streamID: int, connection: H2Connection, site: Any, factory: Any) -> None:
        super().__init__(streamID, connection)
        self.site, self.factory = site, factory
        self.transport: Any = self
        self.trailers: dict[bytes, list[bytes]] = {}
        self.bodyCame = 0
        self._request: Any = None
        self._command = self._path = b""
        self._headersSent = False

    def __repr__(self) -> str:
        return f"<H2Stream {self.streamID} queued={self._queued} over={self._over}>"

    # What comes

    def _begin(self, request: Any, head: RequestHead, ended: bool) -> None:
        self._request = request
        self._command, self._path = head.method, head.path
        fields = head.fields
        request.requestHeaders = Headers._of(fields)
        length = head.length
        request.gotLength(0 if ended and length is None else length)
        expected = fields.get(b"Expect")
        if expected and expected[0].lower() == b"100-continue":
            self._send100Continue()
        if b"Cookie" in fields:
            request.parseCookies()

    def _stopBodyCall(self) -> None:
        call, self._bodyCall = self._bodyCall, None
        if call is not None:
            call.cancel()

    def _wantsNoMore(self) -> bool:
        return self._ending

    def _deliver(self, data: bytes) -> None:
        self._request.handleContentChunk(data)

    def _end(self) -> None:
        self._stopBodyCall()
        super()._end()

    def _deliverEnd(self) -> None:
        self._request.requestReceived(self._command, self._path, self._version)

    def connectionLost(self, reason: Failure) -> None:
        """The stream is over before its response. Args: reason: why."""
        if self._over:
            return
        self._close()
        if self._request is not None:
            self._request.connectionLost(reason)

    def _refused(self, body: bytes, reason: Failure) -> None:
        """Answer with ``body``; the request, where there is one, is over."""
        request, self._request = self._request, None
        self._aside.clear()
        self.write(body)
        self._finish([])
        if request is not None:
            request.connectionLost(reason)

    def _sent(self) -> None:
        """The response was sent to its end."""
        if not getattr(self._request, "finished", True):
            # It was cut short by `loseConnection`; its handler may still be at work.
            self._request.connectionLost(Failure(ConnectionDone()))

    # For requests: the connection

    def isSecure(self) -> bool:
        """Whether the connection speaks TLS."""
        secure: bool = self._conn._isSecure()
        return secure

    def loseConnection(self) -> None:
        """End the stream when what was written is sent; others go on."""
        self._finish([])

    def abortConnection(self) -> None:
        """End the stream at once; the client sees that the response is not whole."""
        self._conn.abortRequest(self.streamID)

    def breakOff(self) -> None:
        """What was written of the response is all that there will be: the client is told so."""
        self.abortConnection()

    def requestDone(self, request: object) -> None:
        """The response is complete."""
        self._finish([])

    def _send100Continue(self) -> None:
        self._conn._writeHeaders(self.streamID, [(b":status", b"100")], False)

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Tell the client that its request is none."""
        self._conn._respondToBadRequestAndDisconnect(self.streamID)

    # For requests: the response

    def writeHeaders(
        self,
        version: bytes,
        code: bytes,
        reason: bytes,
        headers: Headers | Iterable[tuple[bytes, bytes]],
    ) -> None:
        """
        Send the head of a response.

        Args:
            version, reason: not sent; HTTP/2 has neither.
            code: such as ``b"200"``.
            headers: `Headers`, or names and values.
        """
        if not self._over:
            self._headersSent = code[:1] != b"1"
            self._conn._writeHeaders(self.streamID, responseFields(code, headers), False)

    def sendTrailers(self, trailers: Iterable[tuple[bytes, bytes]]) -> None:
        """End the response with fields after its body (RFC 9110, section 6.5)."""
        self._finish(plainFields(trailers))
