"""
What the soak's clients do: one class for each temper.

A client lives once: `Client.begin` connects, ``ended`` is called when its connection is over, and
`Client.wrong` says what went wrong where that was not what had to happen.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from zope.interface import implementer

from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from .servers import Servers, UpgradingEcho

longest = 40_000
"""Bytes of the longest piece of talk."""


class Client(Protocol):
    """
    The base of all: connects, and hears of the end.

    Attributes:
        port: which one it visits.
        tls: whether it speaks TLS from the first byte.
        mayEnd: how the connection may end; None for whichever way.
    """

    port = "plain"
    tls = False
    mayEnd: type[BaseException] | None = None
    transport: Any
    wrong: str | None = None
    _over = False

    def __init__(self, reactor: Any, random: Random, ended: Callable[[Client], None]) -> None:
        self.reactor = reactor
        self.random = random
        self.begun = reactor.seconds()
        self._ended = ended
        self._later: list[Any] = []

    def begin(self, servers: Servers, options: Any) -> None:
        endpoint: Any = TCP4ClientEndpoint(self.reactor, "127.0.0.1", servers.number(self.port))
        self.options = options
        self.patience = servers.patience
        if self.tls:
            endpoint = wrapClientTLS(options, endpoint)
        factory: Any = Factory.forProtocol(lambda: self)
        factory.noisy = False
        self.connecting = endpoint.connect(factory)
        self.connecting.addErrback(self._notConnected)

    def _notConnected(self, reason: Failure) -> None:
        self._end(reason)

    def later(self, seconds: float, what: Callable[[], object]) -> None:
        """Do something, unless the connection is over by then."""
        self._later.append(self.reactor.callLater(seconds, what))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._end(reason)

    def _end(self, reason: Failure) -> None:
        if self._over:
            self.wrong = f"ended twice, now with {reason.value!r}"
        elif self.mayEnd is not None and not reason.check(self.mayEnd):
            self.wrong = self.wrong or f"ended with {reason.value!r}"
        self._over = True
        for call in self._later:
            if call.active():
                call.cancel()
        self._later = []
        self._ended(self)

    def piece(self) -> bytes:
        """Something to say."""
        return self.random.randbytes(self.random.randint(1, longest))


class Talker(Client):
    """Says something, waits for the echo, says the next, and leaves in order."""

    mayEnd = ConnectionDone

    def connectionMade(self) -> None:
        self.left = self.random.randint(1, 20)
        self._say()

    def _say(self) -> None:
        self.wanted = self.piece()
        # In pieces, so that they are gathered, cut and joined on the way.
        cut = self.random.randint(0, len(self.wanted))
        self.transport.write(self.wanted[:cut])
        self.transport.writeSequence([self.wanted[cut:]])

    def dataReceived(self, data: bytes) -> None:
        if not self.wanted.startswith(data):
            self.wrong = "the echo is not what was said"
            self.transport.abortConnection()
            return
        self.wanted = self.wanted[len(data) :]
        if self.wanted:
            return
        self.left -= 1
        if self.left:
            self.later(self.random.random() / 10, self._say)
        else:
            self.transport.loseConnection()


class SecretTalker(Talker):
    port, tls = "tls", True


class UpgradingTalker(Talker):
    """Talks in clear, then over TLS, with the first of that written at once."""

    port = "upgrading"
    upgraded = False

    def _say(self) -> None:
        if self.left == 1 and not self.upgraded:
            self.wanted = UpgradingEcho.word
            self.transport.write(self.wanted)
        else:
            super()._say()

    def dataReceived(self, data: bytes) -> None:
        if self.left != 1 or self.upgraded or data != self.wanted:
            super().dataReceived(data)
            return
        self.upgraded = True
        self.transport.startTLS(self.options)
        self._say()


@implementer(IHalfCloseableProtocol)
class HalfCloser(Client):
    """Says all, closes its side, and hears the echo to its end."""

    port = "patient"
    mayEnd = ConnectionDone

    def connectionMade(self) -> None:
        said = [self.piece() for _ in range(self.random.randint(1, 10))]
        self.missing = sum(map(len, said))
        self.transport.writeSequence(said)
        self.transport.loseWriteConnection()

    def dataReceived(self, data: bytes) -> None:
        self.missing -= len(data)

    def writeConnectionLost(self) -> None:
        pass

    def readConnectionLost(self) -> None:
        if self.missing:
            self.wrong = f"{self.missing} bytes of the echo were lost"
        self.transport.loseConnection()


class SecretHalfCloser(HalfCloser):
    port, tls = "patient-tls", True


class Resetter(Client):
    """Hangs up at some moment, with a reset."""

    def connectionMade(self) -> None:
        for _ in range(self.random.randint(0, 5)):
            self.transport.write(self.piece())
        if self.random.random() < 0.3:
            self.transport.abortConnection()
        else:
            self.later(self.random.random(), self.transport.abortConnection)


class SecretResetter(Resetter):
    port, tls = "tls", True


class Cutter(Resetter):
    """Ends the stream below its TLS, without a word."""

    port, tls = "tls", True

    def connectionMade(self) -> None:
        self.transport.write(self.piece())
        self.later(self.random.random(), self.transport.transport.loseConnection)


class Staller(Client):
    """Says much, reads nothing, and waits to be dropped."""

    def connectionMade(self) -> None:
        self.transport.pauseProducing()
        for _ in range(self.random.randint(1, 30)):
            self.transport.write(self.piece())
        # What it has not read keeps the news from it that it was dropped, too.
        self.later(1.5 * self.patience, self.transport.resumeProducing)


class SecretStaller(Staller):
    port, tls = "tls", True


class Silent(Client):
    """Connects, and that is all. On a port of TLS it is half a handshake."""

    def connectionMade(self) -> None:
        if self.port == "tls":
            self.transport.write(bytes.fromhex("16030100c8010000c40303"))


class SecretSilent(Silent):
    port = "tls"


class Babbler(Client):
    """Says to a port of TLS what is none."""

    port = "tls"

    def connectionMade(self) -> None:
        self.transport.write(self.random.choice([b"GET / HTTP/1.0\r\n\r\n", self.piece()]))


class Waverer(Client):
    """Gives up while it connects, or a moment later."""

    def begin(self, servers: Servers, options: Any) -> None:
        super().begin(servers, options)
        self.later(self.random.random() / 100, self._giveUp)

    def _giveUp(self) -> None:
        self.connecting.cancel()
        if self.transport is not None:
            self.transport.loseConnection()


class SecretWaverer(Waverer):
    port, tls = "tls", True


@implementer(IPushProducer)
class Producer(Client):
    """Produces a lot as fast as the transport takes it, and hears all of it."""

    mayEnd = ConnectionDone
    producing = False

    def connectionMade(self) -> None:
        self.toSay = self.toHear = self.random.randint(1, 30) * 50_000
        self.transport.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self) -> None:
        if not self.producing:
            self.producing = True
            self.later(0, self._produce)

    def pauseProducing(self) -> None:
        self.producing = False

    def stopProducing(self) -> None:
        self.producing = False

    def _produce(self) -> None:
        if not self.producing:
            return
        size = min(self.toSay, 50_000)
        self.toSay -= size
        self.transport.write(b"." * size)
        if not self.toSay:
            self.producing = False
            self.transport.unregisterProducer()
        else:
            self.later(0, self._produce)

    def dataReceived(self, data: bytes) -> None:
        self.toHear -= len(data)
        if not self.toHear:
            self.transport.loseConnection()


class SecretProducer(Producer):
    port, tls = "tls", True


tempers: tuple[type[Client], ...] = (
    Talker,
    SecretTalker,
    UpgradingTalker,
    HalfCloser,
    SecretHalfCloser,
    Resetter,
    SecretResetter,
    Cutter,
    Staller,
    SecretStaller,
    Silent,
    SecretSilent,
    Babbler,
    Waverer,
    SecretWaverer,
    Producer,
    SecretProducer,
)
