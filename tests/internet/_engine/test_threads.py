"""Calls from threads into the loop, and out of it into threads."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

import pytest

from tests.support import drive
from tests.support.streams import eventually, loggedFailures
from twisted.internet.interfaces import IReactorThreads
from twisted.python import threadable


def test_callsFromAThreadComeInTheReactorsThread(eachReactor: Any) -> None:
    assert IReactorThreads.providedBy(eachReactor)
    came: list[Any] = []

    def work() -> None:
        eachReactor.callFromThread(
            lambda *a, **k: came.append((threading.get_ident(), a, k)), 1, b=2
        )

    thread = threading.Thread(target=work)
    drive(eachReactor, thread.start)
    eventually(eachReactor, lambda: came)
    thread.join()
    assert came == [(threading.get_ident(), (1,), {"b": 2})]


def test_callsOfManyThreadsAllComeInEachThreadsOrder(eachReactor: Any) -> None:
    came: list[tuple[int, int]] = []
    each, threads = 500, 8

    def work(who: int) -> None:
        for number in range(each):
            eachReactor.callFromThread(came.append, (who, number))

    workers = [threading.Thread(target=work, args=(who,)) for who in range(threads)]
    for worker in workers:
        worker.start()
    eventually(eachReactor, lambda: len(came) == each * threads)
    for worker in workers:
        worker.join()
    for who in range(threads):
        assert [number for by, number in came if by == who] == list(range(each))


def test_aCallFromAThreadWakesASleepingLoop(eachReactor: Any) -> None:
    came: list[int] = []
    timer = threading.Timer(0.02, eachReactor.callFromThread, (came.append, 1))

    def sleepUntilWoken() -> Any:
        timer.start()
        from twisted.internet.defer import Deferred

        woken: Deferred[None] = Deferred()
        eachReactor.callFromThread(lambda: None)
        threading.Timer(0.03, eachReactor.callFromThread, (woken.callback, None)).start()
        return woken

    drive(eachReactor, sleepUntilWoken)
    assert came == [1]


def test_anErrorIsLoggedAndTheOthersCome(eachReactor: Any) -> None:
    came: list[int] = []
    eachReactor.callFromThread(lambda: 1 / 0)
    eachReactor.callFromThread(came.append, 1)
    with loggedFailures() as logged:
        eventually(eachReactor, lambda: came)
    assert [type(each.value) for each in logged] == [ZeroDivisionError]


def test_whatCannotBeCalledIsRefusedAtOnce(reactor: Any) -> None:
    with pytest.raises(AssertionError):
        reactor.callFromThread("not callable")


def test_callInThreadRunsElsewhere(reactor: Any) -> None:
    came: list[int] = []
    reactor.callInThread(lambda: came.append(threading.get_ident()))
    eventually(reactor, lambda: came)
    assert came != [threading.get_ident()]


def test_thePoolIsMadeOnceWhenFirstAskedFor(reactor: Any) -> None:
    assert reactor.threadpool is None
    pool = reactor.getThreadPool()
    assert reactor.getThreadPool() is pool is reactor.threadpool


def test_thePoolStopsWithTheReactor(reactor: Any) -> None:
    reactor.callInThread(lambda: reactor.callFromThread(reactor.stop))
    pool = reactor.getThreadPool()
    reactor.run(installSignalHandlers=False)
    assert reactor.threadpool is None
    assert not pool.started
    assert not [each for each in threading.enumerate() if each.name.startswith("PoolThread")]


def test_thePoolsSizeCanBeSuggestedBeforeAndAfterItIsMade(reactor: Any) -> None:
    reactor.suggestThreadPoolSize(3)
    assert reactor.getThreadPool().max == 3
    reactor.suggestThreadPoolSize(5)
    assert reactor.getThreadPool().max == 5


def test_theRunningThreadIsTheIOThread(reactor: Any) -> None:
    assert drive(reactor, threadable.isInIOThread)
    elsewhere: list[bool] = []
    thread = threading.Thread(target=lambda: elsewhere.append(threadable.isInIOThread()))
    thread.start()
    thread.join()
    assert elsewhere == [False]


def test_callsSeeTheContextOfWhoeverStartedTheReactorAndNotTheThreads(eachReactor: Any) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="none")
    seen: list[str] = []

    def work() -> None:
        variable.set("the thread")
        eachReactor.callFromThread(lambda: seen.append(variable.get()))

    token = variable.set("the program")
    try:
        thread = threading.Thread(target=work)
        drive(eachReactor, thread.start)
        eventually(eachReactor, lambda: seen)
    finally:
        variable.reset(token)
    thread.join()
    assert seen == ["the program"]


def test_aCallMadeInACallFromAThreadWaitsForTheNextTurn(eachReactor: Any) -> None:
    came: list[str] = []

    def first() -> None:
        eachReactor.callFromThread(came.append, "third")
        came.append("first")

    eachReactor.callFromThread(first)
    eachReactor.callFromThread(came.append, "second")
    eventually(eachReactor, lambda: len(came) == 3)
    assert came == ["first", "second", "third"]


def test_onceTheLoopIsClosedEachCallIsRefused() -> None:
    from twisted.internet.epollreactor import EPollReactor

    reactor: Any = EPollReactor()
    reactor._asyncioEventloop.close()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            reactor.callFromThread(print)
