"""The client's end of a data connection."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet import error, protocol
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from .contracts import IFinishableConsumer
from .errors import FTPError


class ProtocolWrapper(protocol.Protocol):
    """
    Has a protocol receive, and tells when that has ended.

    Attributes:
        original: the protocol.
        deferred: fires when the connection is lost.
    """

    def __init__(self, original: Any, deferred: Deferred[Any]) -> None:
        self.original = original
        self.deferred = deferred

    def makeConnection(self, transport: Any) -> None:
        """Pass on."""
        self.transport = transport
        self.original.makeConnection(transport)

    def dataReceived(self, data: bytes) -> None:
        """Pass on."""
        self.original.dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Pass on, and tell."""
        self.original.connectionLost(reason)
        if not self.deferred.called:
            self.deferred.callback(None)


@implementer(IFinishableConsumer)
class SenderProtocol(protocol.Protocol):
    """
    Sends a file to the server: write it, and then call `finish`.

    Attributes:
        connectedDeferred: fires with this when it is connected.
        deferred: fires when all was sent and the connection has ended; fails if it ended by
            itself.
    """

    transport: Any

    def __init__(self) -> None:
        self.connectedDeferred: Deferred[Any] = Deferred()
        self.deferred: Deferred[Any] = Deferred()

    def makeConnection(self, transport: Any) -> None:
        """Tell."""
        protocol.Protocol.makeConnection(self, transport)
        self.connectedDeferred.callback(self)

    def dataReceived(self, data: bytes) -> None:
        """A server has nothing to send here."""
        self.transport.loseConnection()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Tell how it ended."""
        if self.deferred.called:
            return
        if reason.check(error.ConnectionDone):
            self.deferred.callback("connection done")
        else:
            self.deferred.errback(reason)

    def write(self, data: bytes) -> None:
        """Send."""
        self.transport.write(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have something send."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """It is done. That is not the end of the file: see `finish`."""
        self.transport.unregisterProducer()

    def finish(self) -> None:
        """That was all: end the connection, which ends the file."""
        self.transport.loseConnection()


class _PassiveConnectionFactory(protocol.ClientFactory[Any]):
    """Connects a protocol that is there already."""

    noisy = False

    def __init__(self, protoInstance: Any) -> None:
        self.protoInstance = protoInstance

    def buildProtocol(self, addr: Any) -> Any:
        self.protoInstance.factory = self
        return self.protoInstance

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        waiting = self.protoInstance.deferred
        if not waiting.called:
            waiting.errback(Failure(FTPError("The data connection failed", reason)))


class FTPDataPortFactory(protocol.ServerFactory[Any]):
    """
    Takes one connection from the server.

    Attributes:
        protocol: what is connected; not a class, but the very protocol.
        port: the listening port, which is closed then.
    """

    noisy: bool = False
    port: Any

    def buildProtocol(self, addr: Any) -> Any:
        """Give the protocol to the first who comes."""
        connection: Any = self.protocol
        connection.factory = self
        self.port.loseConnection()
        return connection
