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
    """Sends back what comes, and reads no more while its peer does not."""

    transport: Any
    factory: EchoFactory

    def connectionMade(self) -> None:
        self.factory.open += 1
        self.setTimeout(self.factory.patience)
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
        patience: seconds after which a silent client is dropped.
    """

    noisy = False

    def __init__(self, protocol: type[Echo], options: Any, patience: float) -> None:
        self.protocol = protocol
        self.patience = patience
        self.options = options
        self.open = self.echoed = self.timedOut = 0
        self.strange: list[str] = []


class Servers:
    """
    All ports, by name: ``plain``, ``patient``, ``upgrading``, ``tls``, ``patient-tls``.

    Args:
        patience: seconds after which they drop a client that does nothing, and half of which they
            wait for a handshake, and for the answer to a farewell.
    """

    def __init__(self, reactor: Any, options: Any, patience: float) -> None:
        self.patience = patience
        kinds: dict[str, type[Echo]] = {
            "plain": Echo,
            "patient": PatientEcho,
            "upgrading": UpgradingEcho,
            "tls": Echo,
            "patient-tls": PatientEcho,
        }
        self.factories = {
            name: EchoFactory(protocol, options, patience) for name, protocol in kinds.items()
        }
        self.ports: dict[str, Any] = {}
        for name, factory in self.factories.items():
            listening: Any = factory
            if name.endswith("tls"):
                listening = TLSMemoryBIOFactory(options, False, factory)
                listening.handshakeTimeoutSeconds = listening.closeTimeoutSeconds = patience / 2
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
