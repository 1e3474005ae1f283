"""
Two ends of a TLS connection in memory, and transports that remember what was asked of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from OpenSSL import SSL
from zope.interface import implementer

from twisted.internet import ssl
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IOpenSSLContextFactory, ITransport
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure

Cut = Callable[[bytes], Iterator[bytes]]


def cutEvery(size: int) -> Cut:
    def cut(data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]

    return cut


whole = cutEvery(1 << 30)


@implementer(ITransport)
class Wire:
    """One end of a wire: what is written waits in ``sent`` until somebody carries it over."""

    producer: Any = None
    replacesProducer = False
    """Whether it takes another producer in the place of one, which only doubles do."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.calls: list[str] = []

    def write(self, data: bytes) -> None:
        assert type(data) is bytes
        self.sent.append(data)

    def writeSequence(self, data: Any) -> None:
        self.write(b"".join(data))

    def take(self) -> bytes:
        data = b"".join(self.sent)
        self.sent.clear()
        return data

    def loseConnection(self) -> None:
        self.calls.append("lose")

    def abortConnection(self) -> None:
        self.calls.append("abort")

    def getPeer(self) -> Any:
        return "peer"

    def getHost(self) -> Any:
        return "host"

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        if self.producer is not None and not self.replacesProducer:
            raise RuntimeError(f"{self.producer!r} was not unregistered")
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None


class Recorder(Protocol):
    """Remembers what happened to it."""

    transport: Any
    reason: Failure | None = None

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    @property
    def received(self) -> bytes:
        return b"".join(self.chunks)

    def dataReceived(self, data: bytes) -> None:
        self.chunks.append(data)

    def connectionLost(self, reason: Failure = Failure(ConnectionDone())) -> None:  # noqa: B008
        self.reason = reason


class Echo(Recorder):
    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data)


@lru_cache
def authority() -> ssl.PrivateCertificate:
    return ssl.KeyPair.generate().selfSignedCert(1, CN="an authority", O="tests")


@lru_cache
def identity() -> ssl.PrivateCertificate:
    return ssl.KeyPair.generate().selfSignedCert(2, CN="a server", O="tests")


def serverOptions(**more: Any) -> ssl.CertificateOptions:
    shown = identity()
    return ssl.CertificateOptions(
        privateKey=shown.privateKey.original, certificate=shown.original, **more
    )


@implementer(IOpenSSLContextFactory)
class OldContexts:
    """A context factory of the older kind."""

    def __init__(self, server: bool, options: int = 0) -> None:
        self.context = SSL.Context(SSL.TLS_METHOD)
        self.context.set_options(options)
        if server:
            key: Any = identity().privateKey.original.to_cryptography_key()
            self.context.use_certificate(identity().original.to_cryptography())
            self.context.use_privatekey(key)

    def getContext(self) -> SSL.Context:
        return self.context


class End:
    """One end: a protocol, the TLS around it, and its wire."""

    tls: TLSMemoryBIOProtocol

    def __init__(
        self,
        creator: Any,
        isClient: bool,
        protocol: Protocol,
        clock: Clock,
        factory: Factory | None = None,
        wire: Any = None,
    ) -> None:
        inner = factory or Factory()
        # Gives the protocol away: a function that kept it would be part of a circle.
        inner.protocol = [protocol].pop
        self.protocol: Any = protocol
        self.factory = TLSMemoryBIOFactory(creator, isClient, inner, clock)
        built = self.factory.buildProtocol(None)
        assert built is not None
        self.tls = built
        self.wire: Any = Wire() if wire is None else wire

    def connect(self) -> None:
        self.tls.makeConnection(self.wire)

    def lose(self, error: Exception | None = None) -> Failure:
        """The transport has gone; what was the protocol told?"""
        self.tls.connectionLost(Failure(error or ConnectionDone("below")))
        reason: Failure = self.protocol.reason
        return reason


class Pair:
    """A client and a server with a wire between them."""

    def __init__(
        self,
        client: Protocol | None = None,
        server: Protocol | None = None,
        *,
        clientCreator: Any = None,
        serverCreator: Any = None,
        clientFactory: Factory | None = None,
        serverFactory: Factory | None = None,
        cut: Cut = whole,
    ) -> None:
        self.clock = Clock()
        self.cut = cut
        self.server = End(
            serverCreator or serverOptions(), False, server or Recorder(), self.clock, serverFactory
        )
        self.client = End(
            clientCreator or ssl.CertificateOptions(),
            True,
            client or Recorder(),
            self.clock,
            clientFactory,
        )
        self.server.connect()
        self.client.connect()

    def carry(self, source: End, target: End) -> bool:
        """Carry what waits from one end to the other; whether there was anything."""
        data = source.wire.take()
        for piece in self.cut(data):
            target.tls.dataReceived(piece)
        return bool(data)

    def settle(self) -> Pair:
        """Carry bytes and let time pass until nothing moves any more."""
        for _ in range(1000):
            moved = self.carry(self.client, self.server)
            moved = self.carry(self.server, self.client) or moved
            if self.clock.getDelayedCalls():
                self.clock.advance(0)
                moved = moved or bool(self.client.wire.sent or self.server.wire.sent)
            if not moved:
                return self
        raise AssertionError("this never comes to rest")
