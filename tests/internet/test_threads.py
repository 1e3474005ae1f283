"""From the reactor into threads, and back."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.support import drive
from twisted.internet import defer, threads
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater


class Broken(Exception):
    """What a function of a test raises."""


def breaks() -> None:
    raise Broken("x")


def inThread(reactor: Any, function: Any, *args: Any, **kw: Any) -> Deferred[Any]:
    return threads.deferToThreadPool(reactor, reactor.getThreadPool(), function, *args, **kw)


def test_theFunctionRunsInAThreadAndTheAnswerComesToTheReactor(reactor: Any) -> None:
    async def main() -> Any:
        here = threading.get_ident()
        there = await inThread(reactor, threading.get_ident)
        return here, there, threading.get_ident()

    before, there, after = drive(reactor, main)
    assert before == after != there


def test_argumentsAndErrorsGoThrough(reactor: Any) -> None:
    async def main() -> Any:
        with pytest.raises(Broken):
            await inThread(reactor, breaks)
        return await inThread(reactor, lambda a, b: (a, b), 1, b=2)

    assert drive(reactor, main) == (1, 2)


def test_aHundredCallsAtOnce(reactor: Any) -> None:
    async def main() -> Any:
        return await defer.gatherResults([inThread(reactor, lambda n=n: n * n) for n in range(100)])

    assert drive(reactor, main) == [n * n for n in range(100)]


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (lambda r: "plain", "plain"),
        (lambda r: defer.succeed("fired"), "fired"),
        (lambda r: deferLater(r, 0.001, lambda: "later"), "later"),
        (lambda r: breaks(), Broken),
        (lambda r: defer.fail(Broken()), Broken),
    ],
)
def test_aThreadWaitsForTheReactor(reactor: Any, function: Any, wanted: Any) -> None:
    def thread() -> Any:
        try:
            return threads.blockingCallFromThread(reactor, function, reactor)
        except Broken as error:
            return type(error)

    assert drive(reactor, inThread, reactor, thread) == wanted


def test_aThreadWaitsForACoroutine(reactor: Any) -> None:
    async def coroutine(a: int, b: int) -> tuple[int, int, bool]:
        await deferLater(reactor, 0.001)
        return a, b, threading.current_thread() is threading.main_thread()

    def thread() -> Any:
        return threads.blockingCallFromThread(reactor, coroutine, 1, b=2)

    assert drive(reactor, inThread, reactor, thread) == (1, 2, True)


class FakeReactor:
    """Says that it is the reactor, and calls at once what is for a thread."""

    def __init__(self, pool: Any = None) -> None:
        self.pool = pool

    def callInThread(self, function: Any, *args: Any) -> None:
        function(*args)

    def callFromThread(self, function: Any, *args: Any) -> None:
        function(*args)

    def getThreadPool(self) -> Any:
        return self.pool


def test_manyCallsInOneThreadKeepTheirOrder(monkeypatch: pytest.MonkeyPatch) -> None:
    import twisted.internet

    seen: list[Any] = []
    monkeypatch.setattr(twisted.internet, "reactor", FakeReactor(), raising=False)
    threads.callMultipleInThread([(seen.append, [n], {}) for n in range(3)])
    assert seen == [0, 1, 2]


def test_deferToThreadUsesThePoolOfTheReactor(monkeypatch: pytest.MonkeyPatch) -> None:
    import twisted.internet

    class FakePool:
        def callInThreadWithCallback(self, onResult: Any, function: Any, *args: Any) -> None:
            onResult(True, function(*args))

    monkeypatch.setattr(twisted.internet, "reactor", FakeReactor(FakePool()), raising=False)
    got: list[Any] = []
    threads.deferToThread(lambda n: n + 1, 1).addCallback(got.append)
    assert got == [2]
