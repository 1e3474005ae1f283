"""
An echo server for the Twisted API, the same on Torsion and on genuine Twisted.

    python server.py PROTOCOL TRANSPORT [REACTOR]

PROTOCOL is bytes or lines; TRANSPORT is tcp, unix:PATH or tls:FILE (a certificate and its key);
REACTOR the module of one to install first. Prints "ready PORT" (0 for a UNIX socket).
"""

from __future__ import annotations

import resource
import signal
import sys
from importlib import import_module

lifeSeconds = 600


def factoryFor(kind: str) -> object:
    """A factory of protocols that echo ``bytes`` or ``lines``."""
    from twisted.internet.protocol import Factory, Protocol
    from twisted.protocols.basic import LineReceiver

    class Echo(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)  # type: ignore[union-attr]  # there is one while data comes

    class LineEcho(LineReceiver):
        def lineReceived(self, line: bytes) -> None:
            self.sendLine(line)

    factory: Factory = Factory.forProtocol({"bytes": Echo, "lines": LineEcho}[kind])
    factory.noisy = False
    return factory


def listen(reactor, transport: str, factory: object) -> int:  # type: ignore[no-untyped-def]
    """Listen on ``transport``. Returns: the TCP port, or 0."""
    kind, _, path = transport.partition(":")
    if kind == "unix":
        reactor.listenUNIX(path, factory)
        return 0
    if kind == "tcp":
        listening = reactor.listenTCP(0, factory, interface="127.0.0.1")
    else:
        from twisted.internet.ssl import PrivateCertificate

        with open(path, "rb") as file:
            options = PrivateCertificate.loadPEM(file.read()).options()
        listening = reactor.listenSSL(0, factory, options, interface="127.0.0.1")
    port: int = listening.getHost().port
    return port


def main() -> None:
    signal.alarm(lifeSeconds)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    protocol, transport, *reactors = sys.argv[1:]
    for name in reactors:
        import_module(f"twisted.internet.{name}").install()
    from twisted.internet import reactor

    print("ready", listen(reactor, transport, factoryFor(protocol)), flush=True)
    reactor.run()  # type: ignore[attr-defined]  # the module is replaced by the reactor


main()
