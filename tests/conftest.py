"""Fixtures for every test."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest


def _close(reactor: Any) -> None:
    """End what a test left open, and let the loop close what it ended."""
    for call in reactor.getDelayedCalls():
        call.cancel()
    reactor.disconnectAll()
    pool = reactor.threadpool
    if pool is not None:
        pool.stop()
    loop = reactor._asyncioEventloop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    for _ in range(3):
        loop.call_soon(loop.stop)
        loop.run_forever()
    loop.close()


@pytest.fixture
def makeReactor() -> Iterator[Callable[..., Any]]:
    """Makes fresh reactors, each on a loop of its own: ``makeReactor(kind)``."""
    made: list[Any] = []

    def make(kind: type[Any] | None = None) -> Any:
        if kind is None:
            from twisted.internet.epollreactor import EPollReactor as kind
        made.append(kind())
        return made[-1]

    yield make
    for reactor in made:
        _close(reactor)
    gc.collect(0)


@pytest.fixture
def reactor(makeReactor: Callable[..., Any]) -> Any:
    """A fresh reactor on uvloop, which is not the installed one."""
    return makeReactor()


@pytest.fixture(params=["uvloop", "select"])
def eachReactor(request: pytest.FixtureRequest, makeReactor: Callable[..., Any]) -> Any:
    """A fresh reactor: once on uvloop and once on a stock asyncio loop."""
    if request.param == "uvloop":
        return makeReactor()
    from twisted.internet.selectreactor import SelectReactor

    return makeReactor(SelectReactor)
