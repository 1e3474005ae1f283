"""
One request and its response, on a stream of a connection that others share.

It is the transport of the request's body, which the windows of the server pace, and of whoever
reads the response's. What nobody reads is not acknowledged, so that the server stops; what happens
to one stream happens to no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._client.errors import (
    RequestGenerationFailed,
    RequestTransmissionFailed,
    ResponseFailed,
    ResponseNeverReceived,
)
from twisted.web._client.response import Response, TransportProxyProducer
from twisted.web._h2.exchange import Exchange
from twisted.web._http.coding import _DataLoss
from twisted.web._responses import RESPONSES
from twisted.web.http_headers import Headers

from .fields import UnframedEncoder

if TYPE_CHECKING:
    from twisted.web._client.request import Request
    from twisted.web._h2.responses import ResponseHead

    from .connection import H2ClientConnection

__all__ = ["RequestStream"]

_version = (b"HTTP", 2, 0)


class RequestStream(Exchange):
    """
    Attributes:
        request: what is asked.
        fields: of the request, as they are sent.
        answer: fires with the response; None when it has.
        response: its head, once it has come.
        isAnswered: whether anything at all came.

    Args:
        request, fields: as the attributes.
        connection: what it belongs to.
    """

    _log = Logger(namespace="twisted.web.client")
    response: Response | None = None
    isAnswered = False
    _writing: Deferred[None] | None = None
    _proxy: TransportProxyProducer | None = None
    _leaving = False

    def __init__(
        self, request: Request, fields: list[tuple[bytes, bytes]], connection: H2ClientConnection
    ) -> None:
        super().__init__(0, connection)
        self.request = request
        self.fields = fields
        self.answer: Deferred[Response] | None = Deferred(self._cancelled)
        self._trace = getattr(request, "_trace", None)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.streamID} of {self.request!r}>"

    # The request

    def begin(self, streamID: int) -> None:
        """Its head is sent. Args: streamID: its number from now on."""
        self.streamID = streamID
        request = self.request
        if request.bodyProducer is None:
            if self._trace is not None:
                self._trace("sent")
            return
        try:
            writing = request._writeBody(
                self, request.bodyProducer, request._length(), UnframedEncoder
            )
        except BaseException:
            writing = fail(Failure())
        self._writing = writing
        writing.addCallbacks(self._written, self._notWritten)

    def _written(self, _: object) -> None:
        self._writing = None
        self._finish([])
        if self._trace is not None and not self._over:
            self._trace("sent")

    def _notWritten(self, reason: Failure) -> None:
        self._writing = None
        if self._over:
            self._log.failure(
                "The body of {request} failed, and was given up before",
                reason,
                request=self.request,
            )
        else:
            self._giveUp(Failure(RequestGenerationFailed([reason])))

    def stopSending(self) -> None:
        """The response is whole: nobody reads the rest of the request."""
        self._ending = True
        self._queue.clear()
        writing, self._writing = self._writing, None
        self.producer = None
        if writing is not None:
            self.request.stopWriting()

    def _cancelled(self, _: object) -> None:
        if self._writing is not None:
            self._writing.cancel()
        if self.answer is not None:
            self._giveUp(Failure(CancelledError()))

    # The response

    def receiveSomething(self) -> None:
        """A response came, perhaps one that another will follow."""
        if self._trace is not None and not self.isAnswered:
            self._trace("firstByte")
        self.isAnswered = True

    def receiveHead(self, head: ResponseHead, ended: bool) -> None:
        """
        The head of the response came.

        Args: ended: whether there is no body.
        """
        self.receiveSomething()
        if self._trace is not None:
            self._trace("head")
        toHead = self.request.method == b"HEAD"
        fields = head.fields
        if not toHead:
            fields.pop(b"Content-Length", None)
        self._proxy = TransportProxyProducer(self)
        self.response = response = Response._construct(
            _version,
            head.code,
            RESPONSES.get(head.code, b""),
            Headers._of(fields),
            self._proxy,
            self.request,
        )
        if ended or toHead or head.code in (204, 304):
            response.length = 0
        elif head.length is not None:
            response.length = head.length
        if ended:
            self._deliverEnd()
        else:
            self._paused = True  # until somebody wants the body
        answer, self.answer = self.answer, None
        if answer is not None:
            answer.callback(response)

    def receiveEnd(self, trailers: dict[bytes, list[bytes]] | None) -> None:
        """The response is whole, though a reader that has paused it may not have all of it."""
        if trailers and self.response is not None:
            self.response.trailers = Headers._of(trailers)
        self._end()

    def _wantsNoMore(self) -> bool:
        return self._over or self._leaving

    def _deliver(self, data: bytes) -> None:
        assert self.response is not None
        try:
            self.response._bodyDataReceived(data)
        except BaseException:
            self._giveUp(Failure())

    def _deliverEnd(self) -> None:
        if self._trace is not None:
            self._trace("body")
        self._endBody(None)

    def _endBody(self, reason: Failure | None) -> None:
        response, proxy = self.response, self._proxy
        assert response is not None and proxy is not None
        self._over = True
        proxy.stopProxying()
        try:
            response._bodyDataFinished(reason)
        except BaseException:
            self._log.failure("The reader of a response raised when it was told of its end")

    # Ends that are none

    def lost(self, reason: Failure) -> None:
        """There will be no more: whoever waits for the response, or for the rest, is told."""
        if self._over:
            return
        wasWriting, self._writing = self._writing is not None, None
        answer, self.answer = self.answer, None
        response = self.response
        if response is not None and response._state == "INITIAL":
            for data, _ in self._aside:
                response._bodyDataReceived(data)
        self._close()
        if answer is not None:
            answer.errback(self._noResponse(reason, wasWriting))
        elif response is not None:
            missing = Failure(_DataLoss("the body of the response is not whole"))
            self._endBody(Failure(ResponseFailed([reason, missing], response)))

    def _noResponse(self, reason: Failure, wasWriting: bool) -> Failure:
        if reason.check(RequestGenerationFailed):
            return reason
        if wasWriting and not getattr(reason.value, "isUnprocessed", False):
            return Failure(RequestTransmissionFailed([reason]))
        kind = ResponseFailed if self.isAnswered else ResponseNeverReceived
        return Failure(kind([reason]))

    def _giveUp(self, reason: Failure) -> None:
        self._conn.drop(self)
        self.lost(reason)

    def _leave(self, reason: BaseException) -> None:
        if not self._over and not self._leaving:
            self._leaving = True
            self._queue.clear()
            self._conn.drop(self)
            # As the end of a connection is never told before this returns.
            self._conn._reactor.callLater(0, self.lost, Failure(reason))

    def loseConnection(self) -> None:
        """The reader has enough: the stream ends, others go on."""
        self._leave(ConnectionDone())

    def abortConnection(self) -> None:
        """As `loseConnection`."""
        self._leave(ConnectionAborted())

    def getPeerCertificate(self) -> Any:
        """Returns: the certificate of the server, where there is TLS."""
        return self._conn.transport.getPeerCertificate()
