"""Which loop each reactor runs on."""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet._engine.loops import currentLoop, selectorLoop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.kqreactor import KQueueReactor
from twisted.internet.pollreactor import PollReactor
from twisted.internet.selectreactor import SelectReactor, win32select

uvloop = pytest.importorskip("uvloop")


@pytest.mark.parametrize("kind", [EPollReactor, KQueueReactor])
def test_theFastestLoopIsTheDefault(makeReactor: Callable[..., Any], kind: Any) -> None:
    assert isinstance(makeReactor(kind)._asyncioEventloop, uvloop.Loop)


@pytest.mark.parametrize(
    ("kind", "selector"),
    [(PollReactor, selectors.PollSelector), (SelectReactor, selectors.SelectSelector)],
)
def test_selectAndPollAreStockLoops(
    makeReactor: Callable[..., Any], kind: Any, selector: type[selectors.BaseSelector]
) -> None:
    loop = makeReactor(kind)._asyncioEventloop
    assert isinstance(loop, asyncio.SelectorEventLoop)
    assert isinstance(loop._selector, selector)  # type: ignore[attr-defined]  # the loop's own


def test_aSelectorThatTheSystemLacksIsAnImportError() -> None:
    with pytest.raises(ImportError, match="NoSuchSelector"):
        selectorLoop("NoSuchSelector")


def test_theAsyncioReactorTakesTheRunningLoop() -> None:
    async def main() -> bool:
        return AsyncioSelectorReactor()._asyncioEventloop is asyncio.get_running_loop()

    assert asyncio.run(main())


def test_theAsyncioReactorTakesTheLoopThatWasSet() -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        assert AsyncioSelectorReactor()._asyncioEventloop is loop
        assert currentLoop() is loop
    finally:
        loop.close()
    fresh = currentLoop()
    assert fresh is not loop
    assert not fresh.is_closed()
    fresh.close()
    asyncio.set_event_loop(None)


def test_aLoopThatCannotWatchDescriptorsIsRefused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Proactor(asyncio.SelectorEventLoop):
        pass

    monkeypatch.setattr(asyncio, "ProactorEventLoop", Proactor, raising=False)
    loop = Proactor()
    with pytest.raises(TypeError, match="SelectorEventLoop"):
        AsyncioSelectorReactor(loop)
    loop.close()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (EPollReactor, "doPoll"),
        (EPollReactor, "doIteration"),
        (PollReactor, "doPoll"),
        (SelectReactor, "doSelect"),
        (AsyncioSelectorReactor, "iterate"),
    ],
)
def test_theLoopCanBeTurnedByHandByTheOlderNames(
    makeReactor: Callable[..., Any], kind: Any, name: str
) -> None:
    reactor = makeReactor(kind)
    came: list[str] = []
    reactor.callLater(0, came.append, "called")
    turn = getattr(reactor, name)
    turn(timeout=0.01)
    assert came == ["called"]


def test_doIterationWithoutATimeIsOneTurn(makeReactor: Callable[..., Any]) -> None:
    reactor = makeReactor(PollReactor)
    came: list[str] = []
    reactor.callFromThread(came.append, "called")
    reactor.doIteration(None)
    assert came == ["called"]


def test_installingAWakerChangesNothing(makeReactor: Callable[..., Any]) -> None:
    reactor = makeReactor()
    before = dict(vars(reactor))
    reactor.installWaker()
    assert vars(reactor) == before


class TestSelectOfWindows:
    """`win32select` looks at errors where others look at writers, and takes nothing at all."""

    def test_whatCanBeReadAndWritten(self) -> None:
        one, other = socket.socketpair()
        with one, other:
            assert win32select([one], [one], [], 0) == ([], [one], [])
            other.send(b"x")
            assert win32select([one], [], [], 5) == ([one], [], [])

    def test_nothingToWatchIsAShortSleep(self) -> None:
        assert win32select([], [], [], 0.001) == ([], [], [])
