"""A response, and how its body gets to whoever wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web.iweb import UNKNOWN_LENGTH, IResponse

from .errors import ResponseDone

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol
    from twisted.web.http_headers import Headers
    from twisted.web.iweb import IClientRequest

__all__ = ["Response", "TransportProxyProducer", "makeStatefulDispatcher"]


def makeStatefulDispatcher(name: str, template: Any) -> Any:
    """
    Make a method that does what the state of its object asks for.

    Args:
        name: ``_NAME_STATE`` is called, with what the object's ``_state`` says for STATE.
        template: gives the method its name and its documentation.
    Returns: a method. It raises RuntimeError in a state for which there is nothing.
    """

    def dispatcher(self: Any, *args: Any, **kwargs: Any) -> Any:
        chosen = getattr(self, f"_{name}_{self._state}", None)
        if chosen is None:
            raise RuntimeError(f"{self!r} has no {name} in the state {self._state}")
        return chosen(*args, **kwargs)

    dispatcher.__name__, dispatcher.__doc__ = template.__name__, template.__doc__
    return dispatcher


@implementer(IPushProducer)
class TransportProxyProducer:
    """
    Stands between a transport and the readers of one response.

    When the response is over, others may use the connection, and nobody who still has this may
    meddle with them.
    """

    disconnecting = False

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    def stopProxying(self) -> None:
        """Let go of the transport: all that follows does nothing."""
        self._producer = None

    def stopProducing(self) -> None:
        """As the transport's, while this stands for it."""
        if self._producer is not None:
            self._producer.stopProducing()

    def resumeProducing(self) -> None:
        """As the transport's, while this stands for it."""
        if self._producer is not None:
            self._producer.resumeProducing()

    def pauseProducing(self) -> None:
        """As the transport's, while this stands for it."""
        if self._producer is not None:
            self._producer.pauseProducing()

    def loseConnection(self) -> None:
        """As the transport's, while this stands for it."""
        if self._producer is not None:
            self._producer.loseConnection()

    def abortConnection(self) -> None:
        """As the transport's, or its `loseConnection` where it has none."""
        producer = self._producer
        if producer is not None:
            getattr(producer, "abortConnection", producer.loseConnection)()


@implementer(IResponse)
class Response:
    """
    The head of a response; the body comes by `deliverBody`.

    Attributes:
        version: ``(b"HTTP", 1, 1)``.
        code: such as 200.
        phrase: what stands behind it.
        headers: the `Headers` that came.
        length: bytes of the body, or `UNKNOWN_LENGTH`.
        request: what was asked.
        previousResponse: the one that led here by a redirect, or None.
        trailers: fields that came after the body, which HTTP/2 may have, or None.
    """

    # INITIAL: nobody wants the body yet, and what has come of it is kept. CONNECTED: it goes to a
    # protocol. DEFERRED_CLOSE: it is whole, and nobody has wanted it yet. FINISHED.
    _state = "INITIAL"
    _bodyProtocol: Any = None
    _bodyBuffer: list[bytes] | None
    _reason: Failure | None = None

    length: Any = UNKNOWN_LENGTH
    request: IClientRequest | None = None
    previousResponse: IResponse | None = None
    trailers: Headers | None = None

    def __init__(
        self,
        version: tuple[bytes, int, int],
        code: int,
        phrase: bytes,
        headers: Headers,
        _transport: Any,
    ) -> None:
        self.version = version
        self.code = code
        self.phrase = phrase
        self.headers = headers
        self._transport = _transport
        self._bodyBuffer = []

    @classmethod
    def _construct(
        cls,
        version: tuple[bytes, int, int],
        code: int,
        phrase: bytes,
        headers: Headers,
        _transport: Any,
        request: IClientRequest | None,
    ) -> Response:
        """As the constructor, with the request."""
        response = cls(version, code, phrase, headers, _transport)
        response.request = request
        return response

    def __repr__(self) -> str:
        phrase = self.phrase.decode("latin-1")
        return f"<{type(self).__name__} {self.code} {phrase} {self._state}>"

    def setPreviousResponse(self, previousResponse: IResponse) -> None:
        """Args: previousResponse: the one that led here by a redirect."""
        self.previousResponse = previousResponse

    def deliverBody(self, protocol: IProtocol) -> None:
        """
        Hand the body on.

        Args: protocol: given the body as it comes, also what has come already. Its
            ``connectionLost`` has `ResponseDone` if the body is whole, `PotentialDataLoss` if
            nobody can tell, and otherwise what went wrong.
        Raises: RuntimeError if it is not the first that asks.
        """
        if self._state == "INITIAL":
            self._connect(protocol)
            self._state = "CONNECTED"
            self._transport.resumeProducing()
        elif self._state == "DEFERRED_CLOSE":
            self._connect(protocol)
            self._finish(self._reason)
        else:
            raise RuntimeError(f"{self!r} has given its body away already")

    def _connect(self, protocol: IProtocol) -> None:
        protocol.makeConnection(self._transport)
        self._bodyProtocol = protocol
        early, self._bodyBuffer = self._bodyBuffer or (), None
        for data in early:
            protocol.dataReceived(data)

    def _bodyDataReceived(self, data: bytes) -> None:
        """A part of the body has come. Raises: RuntimeError after its end."""
        if self._state == "CONNECTED":
            self._bodyProtocol.dataReceived(data)
        elif self._state == "INITIAL" and self._bodyBuffer is not None:
            self._bodyBuffer.append(data)
        else:
            raise RuntimeError(f"{self!r} was given more of a body after its end")

    def _bodyDataFinished(self, reason: Failure | None = None) -> None:
        """
        The body is over.

        Args: reason: what went wrong, or None.
        Raises: RuntimeError if it was over already.
        """
        if self._state == "CONNECTED":
            self._finish(reason)
        elif self._state == "INITIAL":
            self._state = "DEFERRED_CLOSE"
            self._reason = reason
        else:
            raise RuntimeError(f"the body of {self!r} ended twice")

    def _finish(self, reason: Failure | None) -> None:
        protocol, self._bodyProtocol = self._bodyProtocol, None
        self._state = "FINISHED"
        self._reason = None
        protocol.connectionLost(
            Failure(ResponseDone("all of the body has come")) if reason is None else reason
        )
