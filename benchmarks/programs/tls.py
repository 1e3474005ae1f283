"""
TLS and connecting, both ends in one process, for the Twisted API.

    python tls.py handshakes|bulk|connects SECONDS SIZE [REACTOR]

SIZE is the number of connections at work at the same time; for bulk the bytes of one write.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from harness import Done, Watch, runTwisted

bulkConnections = 4


def identity() -> Any:
    """A certificate for localhost with its key, on the curve that everybody uses."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    from twisted.internet.ssl import PrivateCertificate

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    secret = key.private_bytes(
        form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PrivateCertificate.loadPEM(certificate.public_bytes(form) + secret)


def handshakes(reactor: Any, seconds: float, size: int, done: Done) -> None:
    """Clients connect, check the name, hear one byte, and go; each is followed by another."""
    from twisted.internet.protocol import ClientFactory, Factory, Protocol
    from twisted.internet.ssl import optionsForClientTLS

    counted = 0
    stopped = False

    class Greeter(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.write(b"x")

    class Visitor(Protocol):
        transport: Any

        def dataReceived(self, data: bytes) -> None:
            self.transport.loseConnection()

        def connectionLost(self, reason: object = None) -> None:
            nonlocal counted, stopped
            counted += 1
            if watch.seconds() < seconds:
                reactor.connectSSL("127.0.0.1", port, visitors, options)
            elif not stopped:
                stopped = True
                done(watch.rates(counted))

    mine = identity()
    greeters: Any = Factory.forProtocol(Greeter)
    visitors: Any = ClientFactory()
    visitors.protocol = Visitor
    greeters.noisy = visitors.noisy = False
    listening = reactor.listenSSL(0, greeters, mine.options(), interface="127.0.0.1")
    port = listening.getHost().port
    options = optionsForClientTLS("localhost", trustRoot=mine)
    watch = Watch()
    for _ in range(size):
        reactor.connectSSL("127.0.0.1", port, visitors, options)


def bulk(reactor: Any, seconds: float, size: int, done: Done) -> None:
    """Writes of some size are echoed on a few connections, without Nagle's algorithm."""
    from twisted.internet.protocol import ClientFactory, Factory, Protocol
    from twisted.internet.ssl import optionsForClientTLS

    counted = 0

    class Echo(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.setTcpNoDelay(True)

        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)

    class Source(Echo):
        missing = 0

        def connectionMade(self) -> None:
            super().connectionMade()
            self.missing = size
            self.transport.write(piece)

        def dataReceived(self, data: bytes) -> None:
            nonlocal counted
            counted += len(data)
            self.missing -= len(data)
            if not self.missing:
                self.missing = size
                self.transport.write(piece)

    def begin() -> None:
        nonlocal counted
        counted = 0
        watch = Watch()
        reactor.callLater(seconds, lambda: done(watch.rates(counted)))

    piece = b"x" * size
    mine = identity()
    echoes: Any = Factory.forProtocol(Echo)
    sources: Any = ClientFactory()
    sources.protocol = Source
    echoes.noisy = sources.noisy = False
    listening = reactor.listenSSL(0, echoes, mine.options(), interface="127.0.0.1")
    options = optionsForClientTLS("localhost", trustRoot=mine)
    for _ in range(bulkConnections):
        reactor.connectSSL("127.0.0.1", listening.getHost().port, sources, options)
    reactor.callLater(0.3, begin)


def connects(reactor: Any, seconds: float, size: int, done: Done) -> None:
    """Clients connect to another process and go at once; each is followed by another."""
    from twisted.internet.protocol import ClientFactory, Protocol

    counted = 0
    stopped = False

    class Visitor(Protocol):
        transport: Any

        def connectionMade(self) -> None:
            self.transport.abortConnection()

        def connectionLost(self, reason: object = None) -> None:
            nonlocal counted, stopped
            counted += 1
            if watch.seconds() < seconds:
                reactor.connectTCP("127.0.0.1", port, visitors)
            elif not stopped:
                stopped = True
                done(watch.rates(counted))

    port = acceptor()
    visitors: Any = ClientFactory()
    visitors.protocol = Visitor
    visitors.noisy = False
    watch = Watch()
    for _ in range(size):
        reactor.connectTCP("127.0.0.1", port, visitors)


def acceptor() -> int:
    """Start a process that accepts and closes until ours is gone. Returns: its port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
    port: int = listening.getsockname()[1]
    parent = os.getpid()
    if os.fork():
        listening.close()
        return port
    listening.settimeout(1)
    while os.getppid() == parent:
        try:
            listening.accept()[0].close()
        except OSError:
            pass
    os._exit(0)


runTwisted(inReactor={"handshakes": handshakes, "bulk": bulk, "connects": connects})
