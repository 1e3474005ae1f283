"""
TLS in the middle of a stream.

`startTLS` puts a TLS machine between a connection and its protocol. The protocol goes on holding
the same `Connection` as its transport; the machine holds a `_Plain`, the same connection seen
from below.

    user's protocol --write--> Connection._stream (_Encrypted) --> TLS machine --> _Plain --> loop
    user's protocol <-- TLS machine <-- Connection.data_received
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import directlyProvides, implementer, providedBy

from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import ISSLTransport, ITCPTransport
from twisted.python.failure import Failure

from .streams import _Above, bytesToSend

if TYPE_CHECKING:
    from twisted.internet.address import IPv4Address, IPv6Address

    from .streams import Connection

__all__ = ["startTLS"]


def startTLS(connection: Connection, contextFactory: Any, normal: bool) -> None:
    """See `Connection.startTLS`."""
    from twisted.internet._tls.layer import BufferingTLSTransport, TLSMemoryBIOFactory

    if connection.disconnected:
        return  # as whatever is asked of a connection that was lost
    isClient = connection._isClient == bool(normal)
    nothingToBuild: Any = None
    factory = TLSMemoryBIOFactory(contextFactory, isClient, nothingToBuild)
    machine = BufferingTLSTransport(factory, connection.protocol, False)
    plain = _Plain(connection)
    if connection.producer is not None:
        # It produced plain text; from now on it produces for the machine.
        producer, streaming = connection.producer, connection.streamingProducer
        connection._unregisterPlain()
    else:
        producer = None
    connection.TLS = True
    connection._standOn(_Encrypted(machine, connection._stream))
    connection.protocol = machine
    directlyProvides(connection, ISSLTransport, providedBy(connection))
    # On the instance: programs ask ``hasattr(transport, "getPeerCertificate")`` to know TLS.
    connection.__dict__["getPeerCertificate"] = machine.getPeerCertificate
    machine.makeConnection(plain)
    if producer is not None:
        machine.registerProducer(producer, streaming)


class _Encrypted(_Above):
    """What stands at ``Connection._stream``: writes go into the machine."""

    def __init__(self, machine: Any, below: Any) -> None:
        super().__init__(below)
        self.write = machine.write


@implementer(ITCPTransport)
class _Plain:
    """A connection as its TLS machine sees it: the stream of encrypted bytes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._below = connection._bottom()

    def write(self, data: bytes) -> None:
        if self._connection.connected:
            self._below.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join([bytesToSend(part) for part in data]))

    def loseConnection(self) -> None:
        connection = self._connection
        connection.disconnecting = 1
        connection._belowTLSEnded = True
        connection._losePlain()

    def abortConnection(self) -> None:
        connection = self._connection
        if not connection.disconnected and connection._reason is None:
            connection._abort(Failure(ConnectionAborted()))

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self._connection._registerPlain(producer, streaming)

    def unregisterProducer(self) -> None:
        self._connection._unregisterPlain()

    def loseWriteConnection(self) -> None:
        self._connection.loseWriteConnection()

    def getHost(self) -> IPv4Address | IPv6Address:
        return self._connection.getHost()

    def getPeer(self) -> IPv4Address | IPv6Address:
        return self._connection.getPeer()

    @property
    def disconnecting(self) -> int:
        return self._connection.disconnecting

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
