"""From run to stop: what a reactor may be asked when, and what it does then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support import drive
from tests.support.streams import Maker, Recorder, loggedFailures
from twisted.internet import defer
from twisted.internet.error import (
    ReactorAlreadyRunning,
    ReactorNotRestartable,
    ReactorNotRunning,
)
from twisted.internet.interfaces import IReactorCore
from twisted.internet.protocol import Factory


def runOnce(reactor: Any) -> None:
    reactor.run(installSignalHandlers=False)


def test_aReactorProvidesIReactorCore(eachReactor: Any) -> None:
    assert IReactorCore.providedBy(eachReactor)
    assert not eachReactor.running


def test_runReturnsWhenStopped(eachReactor: Any) -> None:
    running: list[bool] = []

    def stop() -> None:
        running.append(eachReactor.running)
        eachReactor.stop()

    eachReactor.callWhenRunning(stop)
    runOnce(eachReactor)
    assert running == [True]
    assert not eachReactor.running


def test_aStoppedReactorIsNotRestarted(reactor: Any) -> None:
    reactor.callWhenRunning(reactor.stop)
    runOnce(reactor)
    with pytest.raises(ReactorNotRestartable):
        runOnce(reactor)


def test_aStoppedReactorIsNotRestartedFromItsOwnShutdown(reactor: Any) -> None:
    errors: list[type[BaseException]] = []

    def again() -> None:
        try:
            runOnce(reactor)
        except Exception as error:
            errors.append(type(error))

    reactor.addSystemEventTrigger("after", "shutdown", again)
    reactor.callWhenRunning(reactor.stop)
    runOnce(reactor)
    assert errors == [ReactorNotRestartable]


def test_aRunningReactorIsNotRunAgain(reactor: Any) -> None:
    errors: list[type[BaseException]] = []

    def again() -> None:
        try:
            runOnce(reactor)
        except Exception as error:
            errors.append(type(error))
        reactor.stop()

    reactor.callWhenRunning(again)
    runOnce(reactor)
    assert errors == [ReactorAlreadyRunning]


def test_whatDoesNotRunIsNotStopped(reactor: Any) -> None:
    with pytest.raises(ReactorNotRunning):
        reactor.stop()


def test_whatIsStoppingIsNotStoppedAgain(reactor: Any) -> None:
    errors: list[type[BaseException]] = []

    def twice() -> None:
        reactor.stop()
        try:
            reactor.stop()
        except Exception as error:
            errors.append(type(error))

    reactor.callWhenRunning(twice)
    runOnce(reactor)
    assert errors == [ReactorNotRunning]


def test_aCrashedReactorRunsAgain(eachReactor: Any) -> None:
    came: list[str] = []
    eachReactor.addSystemEventTrigger("during", "shutdown", came.append, "shutdown")
    for _ in range(3):
        eachReactor.callWhenRunning(came.append, "running")
        eachReactor.callWhenRunning(eachReactor.crash)
        runOnce(eachReactor)
        assert not eachReactor.running
    assert came == ["running"] * 3


def test_callWhenRunningCallsAtOnceInARunningReactor(reactor: Any) -> None:
    came: list[str] = []

    def running() -> None:
        assert reactor.callWhenRunning(came.append, "at once") is None
        came.append("after")
        reactor.stop()

    reactor.callWhenRunning(running)
    runOnce(reactor)
    assert came == ["at once", "after"]


def test_callWhenRunningKeepsTheOrder(reactor: Any) -> None:
    came: list[int] = []
    for number in range(5):
        reactor.callWhenRunning(came.append, number)
    reactor.callWhenRunning(reactor.stop)
    runOnce(reactor)
    assert came == [0, 1, 2, 3, 4]


def test_whatIsToBeCalledWhenRunningCanBeTakenBack(reactor: Any) -> None:
    came: list[str] = []
    handle = reactor.callWhenRunning(came.append, "no")
    reactor.removeSystemEventTrigger(handle)
    reactor.callWhenRunning(reactor.stop)
    runOnce(reactor)
    assert came == []


def test_shutdownHasThreePhases(eachReactor: Any) -> None:
    came: list[str] = []
    for phase in ("before", "during", "after"):
        eachReactor.addSystemEventTrigger(phase, "shutdown", came.append, phase)
    eachReactor.callWhenRunning(eachReactor.stop)
    runOnce(eachReactor)
    assert came == ["before", "during", "after"]


def test_shutdownWaitsForDeferreds(eachReactor: Any) -> None:
    came: list[str] = []

    def before() -> defer.Deferred[None]:
        waiting: defer.Deferred[None] = defer.Deferred()

        def finish() -> None:
            came.append("finished")
            waiting.callback(None)

        eachReactor.callLater(0.01, finish)
        return waiting

    eachReactor.addSystemEventTrigger("before", "shutdown", before)
    eachReactor.addSystemEventTrigger("during", "shutdown", came.append, "during")
    eachReactor.callWhenRunning(eachReactor.stop)
    runOnce(eachReactor)
    assert came == ["finished", "during"]


def test_startupWaitsForDeferredsToo(reactor: Any) -> None:
    waiting: defer.Deferred[None] = defer.Deferred()
    running: list[bool] = []

    def finish() -> None:
        running.append(reactor.running)
        waiting.callback(None)
        running.append(reactor.running)
        reactor.stop()

    reactor.addSystemEventTrigger("before", "startup", lambda: waiting)
    reactor.callLater(0, finish)
    runOnce(reactor)
    assert running == [False, True]


def test_eventsOfOnesOwnAreFired(reactor: Any) -> None:
    came: list[str] = []
    reactor.addSystemEventTrigger("before", "harvest", came.append, "mow")
    reactor.fireSystemEvent("harvest")
    reactor.fireSystemEvent("unheard of")
    assert came == ["mow"]


def test_aTriggerMustBeCallable(reactor: Any) -> None:
    with pytest.raises(AssertionError):
        reactor.addSystemEventTrigger("before", "startup", "not callable")


@pytest.mark.parametrize(
    ("handle", "error"),
    [(None, TypeError), (("unknown", ()), KeyError), (("startup", 1), ValueError)],
)
def test_whatIsNoTriggerIsRefused(reactor: Any, handle: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        reactor.removeSystemEventTrigger(handle)


def test_stoppingLosesConnectionsAndClosesPorts(eachReactor: Any) -> None:
    server, client = Recorder(), Recorder()
    port = eachReactor.listenTCP(0, Maker(lambda: server), interface="127.0.0.1")
    eachReactor.connectTCP("127.0.0.1", port.getHost().port, Maker(lambda: client))
    client.onMade = lambda: eachReactor.callLater(0.01, eachReactor.stop)
    runOnce(eachReactor)
    assert server.events == client.events == ["made", "lost"]
    assert not eachReactor._streams
    assert port.fileno() == -1


def test_iterateTurnsTheLoopOnce(eachReactor: Any) -> None:
    came: list[str] = []
    eachReactor.callLater(0, came.append, "first")
    eachReactor.iterate()
    eachReactor.iterate()
    assert came == ["first"]


def test_iterateWithADelayWaitsForWhatComes(eachReactor: Any) -> None:
    came: list[str] = []
    eachReactor.callLater(0.01, came.append, "first")
    eachReactor.iterate(0.05)
    assert came == ["first"]


def test_theLoopCannotBeTurnedFromWithin(reactor: Any) -> None:
    def inner() -> str:
        with pytest.raises(RuntimeError, match="cannot be entered twice"):
            reactor.iterate()
        return "done"

    assert drive(reactor, inner) == "done"


def test_anErrorOfAStartupTriggerStopsNothing(reactor: Any) -> None:
    reactor.callWhenRunning(lambda: 1 / 0)
    reactor.callWhenRunning(reactor.stop)
    with loggedFailures() as logged:
        runOnce(reactor)
    assert [type(each.value) for each in logged] == [ZeroDivisionError]


def test_aSystemExitInACallbackDoesNotTearTheLoopDown(eachReactor: Any) -> None:
    came: list[str] = []

    def leave() -> None:
        raise SystemExit(3)

    eachReactor.callLater(0, leave)
    eachReactor.callLater(0.01, came.append, "alive")
    eachReactor.callLater(0.02, eachReactor.stop)
    with loggedFailures() as logged:
        runOnce(eachReactor)
    assert came == ["alive"]
    assert [type(each.value) for each in logged] == [SystemExit]


@pytest.mark.parametrize(
    "name", ["connectTCP", "listenTCP", "callLater", "callFromThread", "stop", "run", "resolve"]
)
def test_methodsMayBeReplacedOnTheInstance(reactor: Any, name: str) -> None:
    def stand_in(*args: Any, **kw: Any) -> str:
        return "replaced"

    setattr(reactor, name, stand_in)
    assert getattr(reactor, name)() == "replaced"


def test_aReplacedMethodIsUsedByTheEngineItself(reactor: Any) -> None:
    asked: list[Any] = []
    former = reactor.callLater

    def callLater(delay: float, *rest: Any, **kw: Any) -> Any:
        asked.append(delay)
        return former(delay, *rest, **kw)

    reactor.callLater = callLater
    reactor.connectTCP("127.0.0.1", 1, Maker(), timeout=77)
    assert asked == [77]


def test_startRunningServesALoopThatRunsAlready() -> None:
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    async def main() -> list[Any]:
        reactor: Any = AsyncioSelectorReactor()
        assert reactor._asyncioEventloop is asyncio.get_running_loop()
        with pytest.raises(RuntimeError, match="startRunning"):
            reactor.run()
        reactor.startRunning(installSignalHandlers=False)
        assert reactor.running
        served, client = Recorder(), Recorder()
        served.onData = lambda data: served.transport.write(data.upper())
        port = reactor.listenTCP(0, Maker(lambda: served), interface="127.0.0.1")
        reactor.connectTCP("127.0.0.1", port.getHost().port, Maker(lambda: client))
        client.onMade = lambda: client.transport.write(b"question")
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        client.onData = answered.set_result
        got = await asyncio.wait_for(answered, 10)
        slept: defer.Deferred[str] = defer.Deferred()
        reactor.callLater(0.001, slept.callback, "slept")
        waited = await slept.asFuture(asyncio.get_running_loop())
        stopped = port.stopListening()
        await stopped.asFuture(asyncio.get_running_loop())
        reactor.disconnectAll()
        await asyncio.sleep(0)
        return [got, waited, port.fileno(), client.lost]

    assert asyncio.run(main()) == [b"QUESTION", "slept", -1, True]


def test_runServesACallersOwnLoop() -> None:
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    loop = asyncio.new_event_loop()
    try:
        reactor: Any = AsyncioSelectorReactor(loop)
        came: list[str] = []

        async def onTheLoop() -> None:
            await asyncio.sleep(0.001)
            came.append("task")
            reactor.stop()

        task = loop.create_task(onTheLoop())
        reactor.run(installSignalHandlers=False)
        assert came == ["task"]
        assert task.done()
        assert not loop.is_closed()
    finally:
        loop.close()


def test_aFactoryIsServedInsideAsyncioRun() -> None:
    from twisted.internet.asyncioreactor import AsyncioSelectorReactor

    async def main() -> bytes:
        reactor: Any = AsyncioSelectorReactor()
        served = Recorder()
        served.onMade = lambda: served.transport.write(b"hello")
        factory = Factory()
        factory.buildProtocol = lambda addr: served  # type: ignore[method-assign]
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
        got = await reader.readexactly(5)
        writer.close()
        await writer.wait_closed()
        reactor.disconnectAll()
        return got

    assert asyncio.run(main()) == b"hello"
