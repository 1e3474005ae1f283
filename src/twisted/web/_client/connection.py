"""
One connection to an HTTP/1.1 server, for one request after the other.

::

    QUIESCENT --request--> TRANSMITTING --all written--> WAITING --whole response--> QUIESCENT
                                |                           |
             whole response     |                           |
    TRANSMITTING_AFTER_RECEIVING_RESPONSE                   |
                                |                           |
          the body failed: GENERATION_FAILED        abort: ABORTING (from any)
                                |                           |
                                +----> CONNECTION_LOST <----+

A response that comes before the request is written, or that more bytes follow than it should, says
that the two sides do not mean the same: the connection is closed, so that nobody takes the rest for
the answer to his own request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from .errors import (
    ConnectionAborted,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
)
from .parser import HTTPClientParser
from .response import TransportProxyProducer

if TYPE_CHECKING:
    from .request import Request
    from .response import Response

__all__ = ["HTTP11ClientProtocol"]

_Quiescent = Callable[["HTTP11ClientProtocol"], object]


def _nothing(_: HTTP11ClientProtocol) -> None:
    pass


class HTTP11ClientProtocol(Protocol):
    """
    Sends requests and reads their responses, one at a time.

    Args:
        quiescentCallback: called with this when the connection is free for the next request.
    """

    _state = "QUIESCENT"
    _parser: HTTPClientParser | None = None
    _finishedRequest: Deferred[Response] | None = None
    _currentRequest: Request | None = None
    _transportProxy: TransportProxyProducer | None = None
    _responseDeferred: Deferred[Response] | None = None
    _writing: Deferred[None] | None = None

    keepAliveSeconds: float | None = None
    """For how long the server said that it keeps the connection, from the last response on."""

    _log = Logger()

    def __init__(self, quiescentCallback: _Quiescent = _nothing) -> None:
        self._quiescentCallback = quiescentCallback
        self._abortDeferreds: list[Deferred[None]] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._state}>"

    @property
    def state(self) -> str:
        """What the connection is doing; ``QUIESCENT`` means that it is free."""
        return self._state

    def request(self, request: Request) -> Deferred[Response]:
        """
        Send a request.

        Returns: fires with the response when its head has come. It fails with `RequestNotSent` if
            the connection is not free, `RequestGenerationFailed`, `RequestTransmissionFailed`, or
            `ResponseFailed`. Cancelling it closes the connection.
        """
        if self._state != "QUIESCENT":
            return fail(RequestNotSent(f"the connection is not free: {self._state}"))
        self._state = "TRANSMITTING"
        transport: Any = self.transport
        self._currentRequest = request
        finished: Deferred[Response] = Deferred(self._cancelled)
        self._finishedRequest = finished
        self._transportProxy = proxy = TransportProxyProducer(transport)
        # Without a body there is no time between the request and its end, in which a response would
        # have to wait: what the parser finds goes straight to the caller.
        bodyless = getattr(request, "bodyProducer", self) is None
        self._parser = parser = HTTPClientParser(
            request, self._finishResponse, finished if bodyless else None
        )
        parser.makeConnection(proxy)  # type: ignore[arg-type]  # as much of a transport as it needs
        self._responseDeferred = parser._responseDeferred
        try:
            writing = request.writeTo(transport)
        except BaseException:
            writing = fail(Failure())
        if bodyless and writing.called and not isinstance(writing.result, (Failure, Deferred)):
            self._state = "WAITING"
            if parser._trace is not None:
                parser._trace("sent")
            return finished
        self._writing = writing
        writing.addCallbacks(self._written, self._notWritten)
        return finished

    def _cancelled(self, _: object) -> None:
        if self._state == "TRANSMITTING" and self._writing is not None:
            self._writing.cancel()
        else:
            transport: Any = self.transport
            transport.abortConnection()
            self._disconnectParser(Failure(CancelledError()))

    def _written(self, _: object) -> None:
        self._writing = None
        if self._state == "TRANSMITTING":
            self._state = "WAITING"
            parser = self._parser
            if parser is not None and parser._trace is not None:
                parser._trace("sent")
            self._answer()

    def _answer(self) -> None:
        """What the parser finds is what the caller gets; saying so twice does nothing."""
        waiting, finished = self._responseDeferred, self._finishedRequest
        self._responseDeferred = None
        if waiting is not None and finished is not None and waiting is not finished:
            waiting.addCallbacks(finished.callback, finished.errback)

    def _notWritten(self, reason: Failure) -> None:
        self._writing = None
        finished = self._finishedRequest
        if self._state == "TRANSMITTING" and finished is not None:
            self._state = "GENERATION_FAILED"
            transport: Any = self.transport
            transport.abortConnection()
            self._failUnlessAnswered(finished, Failure(RequestGenerationFailed([reason])))
        else:
            self._log.failure(
                "Error writing request, but not in valid state to finalize request: {state}",
                reason,
                state=self._state,
            )

    def _failUnlessAnswered(self, finished: Deferred[Response], reason: Failure) -> None:
        if finished.called:
            self._disconnectParser(reason)
        else:
            finished.errback(reason)

    def _finishResponse(self, rest: bytes) -> None:
        """
        A response is whole.

        Args: rest: what follows it; nothing should.
        """
        request, parser = self._currentRequest, self._parser
        if request is None or parser is None:
            return  # it was the end of the connection that ended it
        if self._state == "TRANSMITTING":
            self._state = "TRANSMITTING_AFTER_RECEIVING_RESPONSE"
            self.transport.loseConnection()  # type: ignore[union-attr]  # there is one
            self._answer()
            self._disconnectParser(Failure(ConnectionDone("the response came before the request")))
            return
        free = self._state == "WAITING"
        if free:
            self._state = "QUIESCENT"
        if not (free and request.persistent and parser.persistent) or rest:
            self._giveUp(Failure(ConnectionDone("the connection is not to be used again")))
            return
        self._forget()
        self.keepAliveSeconds = parser.keepAliveSeconds
        try:
            if parser._held:
                self.transport.resumeProducing()  # type: ignore[union-attr]  # a producer
            self._quiescentCallback(self)
        except BaseException:
            self._log.failure("The callback for a connection that is free raised")
            self.transport.loseConnection()  # type: ignore[union-attr]  # there is one
        parser.connectionLost(connectionDone)

    def _forget(self) -> None:
        """The request that was at work is none of ours any more."""
        if self._transportProxy is not None:
            self._transportProxy.stopProxying()
        self._parser = self._finishedRequest = self._currentRequest = None
        self._transportProxy = self._responseDeferred = None

    def _disconnectParser(self, reason: Failure) -> None:
        """Tell whoever waits for the response, or for the rest of it, that there is no more."""
        parser = self._parser
        if parser is not None:
            self._forget()
            parser.connectionLost(reason)

    def _giveUp(self, reason: Failure) -> None:
        """Close the connection, and give its reader this reason."""
        self.transport.loseConnection()  # type: ignore[union-attr]  # there is one
        self._disconnectParser(reason)

    def dataReceived(self, data: bytes) -> None:
        """Read on; what is no response closes the connection."""
        parser = self._parser
        if parser is None:
            # Nothing was asked. Whoever asks next must not take this for his answer.
            if self._state == "QUIESCENT":
                self.transport.loseConnection()  # type: ignore[union-attr]  # there is one
                self._state = "ABORTING"
            return
        try:
            parser.dataReceived(data)
        except BaseException:
            self._giveUp(Failure())
            return
        if self._state == "TRANSMITTING" and parser.isBodyComing():
            # A server that has enough, and says so at length, may wait for us to read that before
            # it takes more. RFC 9112, section 9.3, leaves it to us to go on writing.
            self._answer()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell everybody who waits."""
        state, self._state = self._state, "CONNECTION_LOST"
        if state == "WAITING":
            self._disconnectParser(reason)
        elif state == "TRANSMITTING":
            self._lostWhileWriting(reason)
        elif state == "ABORTING":
            self._disconnectParser(Failure(ConnectionAborted()))
        waiting, self._abortDeferreds = self._abortDeferreds, []
        for each in waiting:
            each.callback(None)

    def _lostWhileWriting(self, reason: Failure) -> None:
        finished, request = self._finishedRequest, self._currentRequest
        if finished is not None:
            self._failUnlessAnswered(finished, Failure(RequestTransmissionFailed([reason])))
        self._forget()
        if request is not None:
            request.stopWriting()

    def abort(self) -> Deferred[None]:
        """
        Close the connection. A request that is at work fails with `ConnectionAborted`.

        Returns: fires when the connection is closed.
        """
        if self._state == "CONNECTION_LOST":
            return succeed(None)
        self.transport.loseConnection()  # type: ignore[union-attr]  # there is one
        self._state = "ABORTING"
        closed: Deferred[None] = Deferred()
        self._abortDeferreds.append(closed)
        return closed
