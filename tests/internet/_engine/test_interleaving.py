"""A reactor whose turns are taken by the main loop of something else."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

from tests.support.streams import loggedFailures
from twisted.internet import error
from twisted.internet._threadedselect import ThreadedSelectReactor
from twisted.internet.protocol import ClientFactory, Factory, Protocol

patienceSeconds = 10.0


class SomebodysLoop:
    """A main loop such as toolkits have: it runs functions, its own and those from threads."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self.callSoon = self._calls.put
        self.ran = 0

    def runUntil(self, isDone: Callable[[], object]) -> None:
        until = monotonic() + patienceSeconds
        while not isDone():
            self._calls.get(timeout=max(0.0, until - monotonic()))()
            self.ran += 1


@pytest.fixture
def loop() -> SomebodysLoop:
    return SomebodysLoop()


@pytest.fixture
def woven(makeReactor: Callable[..., Any], loop: SomebodysLoop) -> Iterator[Any]:
    """A reactor that runs in `loop`."""
    reactor = makeReactor(ThreadedSelectReactor)
    reactor.interleave(loop.callSoon, installSignalHandlers=False)
    yield reactor
    if reactor.running:
        reactor.stop()
        loop.runUntil(lambda: not reactor.running)


def waiters() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "reactor-waits"]


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)


def test_runIsThatOfEveryReactor(makeReactor: Callable[..., Any]) -> None:
    reactor = makeReactor(ThreadedSelectReactor)
    told: list[str] = []
    reactor.callWhenRunning(told.append, "running")
    reactor.callLater(0.01, reactor.stop)
    reactor.addSystemEventTrigger("before", "shutdown", told.append, "shutdown")
    reactor.run(installSignalHandlers=False)
    assert told == ["running", "shutdown"]
    assert not waiters()


def test_anInterruptBetweenTwoTurnsEndsTheThread(
    makeReactor: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reactor = makeReactor(ThreadedSelectReactor)

    class Interrupted(queue.SimpleQueue):  # type: ignore[type-arg]  # of turns
        def get(self, *args: Any, **kw: Any) -> Any:
            if any(each.name == "reactor-waits" for each in threading.enumerate()):
                raise KeyboardInterrupt
            return super().get(*args, **kw)

    class ThreadsQueue(queue.SimpleQueue):  # type: ignore[type-arg]  # of orders
        pass

    made = iter([Interrupted, ThreadsQueue])
    monkeypatch.setattr(queue, "SimpleQueue", lambda: next(made)())
    with pytest.raises(KeyboardInterrupt):
        reactor.run(installSignalHandlers=False)
    assert not waiters()


def test_connectionsLiveBetweenTheOthersEvents(woven: Any, loop: SomebodysLoop) -> None:
    came: list[bytes] = []

    class Client(Protocol):
        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(b"round and round")

        def dataReceived(self, data: bytes) -> None:
            came.append(data)

    port = woven.listenTCP(0, Factory.forProtocol(Echo), interface="127.0.0.1")
    woven.connectTCP("127.0.0.1", port.getHost().port, ClientFactory.forProtocol(Client))
    theirs: list[int] = []
    loop.callSoon(lambda: theirs.append(loop.ran))
    loop.runUntil(lambda: b"".join(came) == b"round and round")
    assert theirs


def test_whatTheOtherLoopAsksForIsDoneThoughTheThreadWaits(woven: Any, loop: SomebodysLoop) -> None:
    came: list[str] = []
    woven.callLater(0, came.append, "at once")
    loop.runUntil(lambda: came)
    # Nothing is left to do, and the thread may wait for ever.
    woven.callLater(0.001, came.append, "later")
    loop.runUntil(lambda: len(came) == 2)
    assert came == ["at once", "later"]


def test_aDescriptorThatIsAddedInBetweenIsWatched(woven: Any, loop: SomebodysLoop) -> None:
    from twisted.internet.abstract import FileDescriptor

    ours, theirs = os.pipe()
    came: list[bytes] = []

    class Reading(FileDescriptor):
        def fileno(self) -> int:
            return ours

        def doRead(self) -> None:
            came.append(os.read(ours, 10))

    reading = Reading(woven)
    try:
        woven.addReader(reading)
        os.write(theirs, b"x")
        loop.runUntil(lambda: came)
    finally:
        woven.removeReader(reading)
        os.close(ours)
        os.close(theirs)
    assert came == [b"x"]


def test_oneTurnIsShortHoweverMuchThereIsToDo(woven: Any, loop: SomebodysLoop) -> None:
    turns = [0]

    def again() -> None:
        turns[0] += 1
        woven.callLater(0, again)

    woven.callLater(0, again)
    loop.runUntil(lambda: turns[0] > 100)
    assert loop.ran > 20


def test_threadsCallIntoIt(woven: Any, loop: SomebodysLoop) -> None:
    came: list[int] = []
    threading.Thread(
        target=woven.callFromThread, args=(lambda: came.append(threading.get_ident()),)
    ).start()
    loop.runUntil(lambda: came)
    assert came == [threading.get_ident()]


def test_stoppingEndsTheThread(woven: Any, loop: SomebodysLoop) -> None:
    told: list[str] = []
    woven.addSystemEventTrigger("after", "shutdown", told.append, "over")
    woven.stop()
    loop.runUntil(lambda: not woven.running)
    assert told == ["over"]
    assert not waiters()
    with pytest.raises(error.ReactorNotRestartable):
        woven.interleave(loop.callSoon)


def test_aCallThatRaisesIsLoggedAndTheTurnsGoOn(woven: Any, loop: SomebodysLoop) -> None:
    came: list[str] = []

    def broken() -> None:
        raise ZeroDivisionError("in a turn")

    with loggedFailures() as logged:
        woven.callLater(0, broken)
        woven.callLater(0.001, came.append, "next")
        loop.runUntil(lambda: came)
    assert [failure.type for failure in logged] == [ZeroDivisionError]


def test_withoutAWakerItSaysWhatItNeeds(makeReactor: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="has your loop call"):
        makeReactor(ThreadedSelectReactor).interleave()


def test_tclsLoopTakesTheTurns(makeReactor: Callable[..., Any]) -> None:
    """Tcl's event loop, which is that of tkinter, without a window."""
    tkinter = pytest.importorskip("tkinter")
    tcl = tkinter.Tcl()
    pending: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
    ours, theirs = os.pipe()

    def wakeTcl(turn: Callable[[], object]) -> None:
        pending.put(turn)
        os.write(theirs, b"!")

    def takeTurn(*_: object) -> None:
        os.read(ours, 1)
        pending.get()()

    reactor = makeReactor(ThreadedSelectReactor)
    told: list[str] = []
    reactor.interleave(wakeTcl, installSignalHandlers=False)
    tcl.createfilehandler(ours, tkinter.READABLE, takeTurn)
    try:
        tcl.after(1, lambda: told.append("tcl"))
        reactor.callLater(0.01, told.append, "reactor")
        reactor.callLater(0.02, reactor.stop)
        until = monotonic() + patienceSeconds
        while reactor.running and monotonic() < until:
            tcl.dooneevent(0)
    finally:
        tcl.deletefilehandler(ours)
        os.close(ours)
        os.close(theirs)
    assert sorted(told) == ["reactor", "tcl"]
    assert not reactor.running
