"""What comes in the very turn in which a connection is made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import drive
from twisted.internet import defer
from twisted.internet.protocol import ClientCreator, ClientFactory, Factory, Protocol
from twisted.internet.task import deferLater


class Greeter(Protocol):
    """Speaks first, and may go at once."""

    goes = False
    transport: Any

    def connectionMade(self) -> None:
        self.transport.write(b"hello")
        if self.goes:
            self.transport.loseConnection()


class Listener(Protocol):
    """Keeps what happened, in its order."""

    transport: Any
    pauses = True

    def __init__(self) -> None:
        self.events: list[Any] = []

    def connectionMade(self) -> None:
        self.events.append("made")
        if self.pauses:
            self.transport.pauseProducing()

    def dataReceived(self, data: bytes) -> None:
        self.events.append(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.events.append("lost")


def greeting(reactor: Any, goes: bool) -> int:
    class This(Greeter):
        pass

    This.goes = goes
    port = reactor.listenTCP(0, Factory.forProtocol(This), interface="127.0.0.1")
    number: int = port.getHost().port
    return number


async def turns(reactor: Any, seconds: float = 0.05) -> None:
    await deferLater(reactor, seconds)


@pytest.mark.parametrize("goes", [False, True], ids=["stays", "goes"])
def test_whoPausesWhenItIsConnectedHearsNothingBeforeItResumes(
    eachReactor: Any, goes: bool
) -> None:
    heard = Listener()
    factory: Any = ClientFactory()
    factory.buildProtocol = lambda addr: heard
    factory.noisy = False

    async def main() -> None:
        eachReactor.connectTCP("127.0.0.1", greeting(eachReactor, goes), factory)
        await turns(eachReactor)
        assert heard.events == ["made"]
        heard.transport.resumeProducing()
        await turns(eachReactor)
        assert heard.events == ["made", b"hello"] + (["lost"] if goes else [])
        heard.transport.abortConnection()

    drive(eachReactor, lambda: defer.ensureDeferred(main()))


def test_whoPausesAgainWhileHeldBytesComeIsLeftAlone(eachReactor: Any) -> None:
    heard = Listener()
    factory: Any = ClientFactory()
    factory.buildProtocol = lambda addr: heard
    factory.noisy = False

    async def main() -> None:
        eachReactor.connectTCP("127.0.0.1", greeting(eachReactor, False), factory)
        await turns(eachReactor)
        heard.transport.resumeProducing()
        heard.transport.pauseProducing()
        await turns(eachReactor)
        assert b"hello" not in heard.events[2:]
        heard.transport.resumeProducing()
        await turns(eachReactor)
        assert heard.events == ["made", b"hello"]
        heard.transport.write(b"x")
        heard.transport.abortConnection()

    drive(eachReactor, lambda: defer.ensureDeferred(main()))


def test_aClientCreatorTellsBeforeTheServerIsHeard(eachReactor: Any) -> None:
    class Quick(Listener):
        pauses = False

    async def main() -> None:
        port = greeting(eachReactor, False)
        connected = ClientCreator(eachReactor, Quick).connectTCP("127.0.0.1", port)
        protocol: Any = await connected
        assert protocol.events == ["made"]
        await turns(eachReactor)
        assert protocol.events == ["made", b"hello"]
        protocol.transport.abortConnection()

    drive(eachReactor, lambda: defer.ensureDeferred(main()))
