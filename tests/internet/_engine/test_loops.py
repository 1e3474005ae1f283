"""Which loop each reactor runs on."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

import pytest

from twisted.internet._engine.loops import currentLoop, selectorLoop
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.kqreactor import KQueueReactor
from twisted.internet.pollreactor import PollReactor
from twisted.internet.selectreactor import SelectReactor

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
