"""A connection with a transport in memory, what was asked by it, and what became of that."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import HTTP11ClientProtocol, Request
from twisted.web.http_headers import Headers

__all__ = ["Body", "Talk", "failureOf", "response"]


def response(*fields: bytes, body: bytes = b"", status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """Returns: a response, as it comes."""
    return b"\r\n".join((status, *fields, b"", body))


def failureOf(result: Deferred[Any]) -> Any:
    """Returns: what a Deferred has failed with, or None."""
    failures: list[Failure] = []
    result.addErrback(failures.append)
    return failures[0] if failures else None


class Body(Protocol):
    """Keeps what it is given."""

    reason: Any = None

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        self.pieces.append(data)

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008
        assert self.reason is None
        self.reason = reason

    @property
    def data(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def ended(self) -> type[BaseException] | None:
        """How it ended, or None."""
        return None if self.reason is None else self.reason.type


class Talk:
    """
    One connection.

    Attributes:
        freed: how often it was free again.
        response: to the last request, or None.
        failure: of the last request, or None.
        body: of the last response.
    """

    def __init__(self) -> None:
        self.freed = 0
        self.transport = StringTransport(lenient=True)
        self.connection = HTTP11ClientProtocol(self._free)
        self.connection.makeConnection(self.transport)
        self._forget()

    def _free(self, connection: HTTP11ClientProtocol) -> None:
        assert connection.state == "QUIESCENT"
        self.freed += 1

    def _forget(self) -> None:
        self.response: Any = None
        self.failure: Any = None
        self.body = Body()

    def ask(
        self, method: bytes = b"GET", producer: Any = None, persistent: bool = True
    ) -> Deferred[Any]:
        """Send a request, and have its body delivered."""
        self._forget()
        headers = Headers({b"Host": [b"a.example"]})
        request = Request(method, b"/", headers, producer, persistent=persistent)
        asked: Deferred[Any] = self.connection.request(request)
        asked.addCallbacks(self._answered, self._failed)
        return asked

    def _answered(self, response: Any) -> None:
        self.response = response
        response.deliverBody(self.body)

    def _failed(self, reason: Failure) -> None:
        self.failure = reason

    def hear(self, *parts: bytes) -> Talk:
        """Let the client have ``parts``, one after the other."""
        for part in parts:
            self.connection.dataReceived(part)
        return self

    def end(self) -> Talk:
        """The server closes."""
        self.connection.connectionLost(Failure(ConnectionDone()))
        return self

    @property
    def closed(self) -> bool:
        """Whether the client has closed."""
        return bool(self.transport.disconnecting)

    @property
    def reasons(self) -> list[type[BaseException]]:
        """What is behind the failure of the request or of the body."""
        failure = self.failure or self.body.reason
        assert failure is not None
        return [reason.type for reason in failure.value.reasons]
