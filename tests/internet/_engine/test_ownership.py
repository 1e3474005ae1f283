"""Each descriptor is closed once, by whoever has it: the loop, or we."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support import drive
from twisted.internet import defer
from twisted.internet.error import UserError
from twisted.internet.protocol import ClientFactory, Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure


class Aborting(Protocol):
    transport: Any

    def __init__(self) -> None:
        self.lost: defer.Deferred[None] = defer.Deferred()

    def connectionMade(self) -> None:
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.callback(None)


def once(protocol: Protocol, factory: Factory) -> Any:
    factory.protocol = lambda: protocol
    return factory


@contextmanager
def filesStayOpen() -> Iterator[Any]:
    """Whoever closes a number for the second time closes one of these; gives what opens them."""
    held: list[int] = []

    def open(count: int = 4) -> None:
        held.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(count))

    try:
        yield open
        gc.collect()
        device = os.stat(os.devnull).st_rdev
        for number in held:
            assert os.fstat(number).st_rdev == device
    finally:
        for number in held:
            try:
                os.close(number)
            except OSError:
                pass  # as the assertion has told


def test_aClientThatAbortsAtOnceIsClosedOnce(eachReactor: Any) -> None:
    port = eachReactor.listenTCP(0, once(Protocol(), Factory()), interface="127.0.0.1")
    client = Aborting()

    async def main() -> None:
        with filesStayOpen() as openFiles:
            factory = once(client, ClientFactory())
            eachReactor.connectTCP("127.0.0.1", port.getHost().port, factory)
            await client.lost
            openFiles()
            for _ in range(5):
                await deferLater(eachReactor, 0)
                gc.collect()
                openFiles()

    drive(eachReactor, lambda: defer.ensureDeferred(main()))


def test_anAdoptedConnectionThatAbortsAtOnceIsClosedOnce(eachReactor: Any) -> None:
    ours, theirs = socket.socketpair()
    adopted = Aborting()

    async def main() -> None:
        with filesStayOpen() as openFiles, ours, theirs:
            factory = once(adopted, Factory())
            eachReactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, factory)
            await adopted.lost
            openFiles()
            for _ in range(5):
                await deferLater(eachReactor, 0)
                gc.collect()
                openFiles()

    drive(eachReactor, lambda: defer.ensureDeferred(main()))


@pytest.mark.parametrize("turns", range(5))
def test_aTryThatIsGivenUpInAnyTurnIsClosedOnce(eachReactor: Any, turns: int) -> None:
    port = eachReactor.listenTCP(0, once(Protocol(), Factory()), interface="127.0.0.1")
    failures: list[Failure] = []

    class Watching(ClientFactory):
        def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
            failures.append(reason)

    async def main() -> None:
        with filesStayOpen() as openFiles:
            factory = once(Protocol(), Watching())
            connector = eachReactor.connectTCP("127.0.0.1", port.getHost().port, factory)
            for _ in range(turns):
                await deferLater(eachReactor, 0)
            connector.disconnect()
            for _ in range(5):
                openFiles()
                await deferLater(eachReactor, 0)
                gc.collect()
        assert connector.state == "disconnected"

    drive(eachReactor, lambda: defer.ensureDeferred(main()))
    assert all(failure.check(UserError) for failure in failures)
