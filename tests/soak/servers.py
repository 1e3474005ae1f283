"""The ports that the soak's clients visit: each echoes, in clear, over TLS, or from STARTTLS on."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet import error
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.policies import TimeoutMixin
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

expected = (error.ConnectionClosed, "OpenSSL.SSL.Error")
"""How connections may end here; anything else is counted as strange."""


class Echo(Protocol, TimeoutMixin):
    """
    Sends back what comes, and reads no more while its peer does not.

    Attributes:
        idleSeconds: after which a silent client is dropped.
    """

    idleSeconds = 8.0
    transport: Any
    factory: EchoFactory

    def connectionMade(self) -> None:
        self.factory.open += 1
        self.setTimeout(self.idleSeconds)
        # Reads as fast as its peer does: each is the other's producer.
        self.transport.registerProducer(self.transport, True)

    def dataReceived(self, data: bytes) -> None:
        self.resetTimeout()
        self.factory.echoed += len(data)
        self.transport.write(data)

    def timeoutConnection(self) -> None:
        self.factory.timedOut += 1
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.setTimeout(None)
        self.factory.open -= 1
        if not reason.check(*expected):
            self.factory.strange.append(reason.getErrorMessage())


@implementer(IHalfCloseableProtocol)
class PatientEcho(Echo):
    """The same for peers that say all first, and read then."""

    def readConnectionLost(self) -> None:
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def writeConnectionLost(self) -> None:
        pass


class UpgradingEcho(Echo):
    """Echoes in clear until the word, answers that, and goes on over TLS."""

    word = b"STARTTLS\n"
    upgraded = False

    def dataReceived(self, data: bytes) -> None:
        if not self.upgraded and data.endswith(self.word):
            self.upgraded = True
            super().dataReceived(data)
            self.transport.startTLS(self.factory.options)
        else:
            super().dataReceived(data)


class EchoFactory(Factory):
    """
    Attributes:
        open, echoed, timedOut: connections now, bytes, and clients that were dropped.
        strange: how connections ended that should not end like that.
        options: for STARTTLS.
    """

    noisy = False

    def __init__(self, protocol: type[Echo], options: Any) -> None:
        self.protocol = protocol
        self.options = options
        self.open = self.echoed = self.timedOut = 0
        self.strange: list[str] = []


class HastyTLS(TLSMemoryBIOFactory):
    """A soak of a minute must see handshakes and farewells time out, too."""

    handshakeTimeoutSeconds = 4.0
    closeTimeoutSeconds = 4.0


class Servers:
    """All ports, by name: ``plain``, ``patient``, ``upgrading``, ``tls``, ``patient-tls``."""

    def __init__(self, reactor: Any, options: Any) -> None:
        self.factories = {
            "plain": EchoFactory(Echo, options),
            "patient": EchoFactory(PatientEcho, options),
            "upgrading": EchoFactory(UpgradingEcho, options),
            "tls": EchoFactory(Echo, options),
            "patient-tls": EchoFactory(PatientEcho, options),
        }
        self.ports: dict[str, Any] = {}
        for name, factory in self.factories.items():
            listening: Any = factory
            if name.endswith("tls"):
                listening = HastyTLS(options, False, factory)
            self.ports[name] = reactor.listenTCP(0, listening, 500, "127.0.0.1")

    def number(self, name: str) -> int:
        """The number of a port."""
        return int(self.ports[name].getHost().port)

    def open(self) -> int:
        """Connections that the ports' protocols know of."""
        return sum(factory.open for factory in self.factories.values())

    def strange(self) -> list[str]:
        return [each for factory in self.factories.values() for each in factory.strange]

    def totals(self) -> dict[str, int]:
        """Bytes echoed, and clients that were dropped."""
        factories = self.factories.values()
        return {
            "echoed": sum(factory.echoed for factory in factories),
            "timed out": sum(factory.timedOut for factory in factories),
        }

    async def close(self) -> None:
        for port in self.ports.values():
            await port.stopListening()
