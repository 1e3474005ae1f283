"""What a program that is debugged says about its errors and its slow callbacks."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

import pytest

from twisted.internet import defer
from twisted.internet._defer.generators import GeneratorDeferred
from twisted.internet.defer import Deferred, ensureDeferred, inlineCallbacks
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Broken(Exception):
    """What a callback of a test raises."""


@pytest.fixture(autouse=True)
def asBefore() -> Iterator[None]:
    plain = Deferred.__dict__["addCallback"], GeneratorDeferred.resume
    yield
    defer.setSlowCallbackSeconds(None)
    defer.setStepRecording(False)
    defer.setDebugging(False)
    assert (Deferred.__dict__["addCallback"], GeneratorDeferred.resume) == plain


@pytest.fixture
def events() -> Iterator[list[Any]]:
    seen: list[Any] = []
    globalLogPublisher.addObserver(seen.append)
    yield seen
    globalLogPublisher.removeObserver(seen.append)


def good(result: Any) -> Any:
    return result


def bad(_: Any) -> None:
    raise Broken("so")


def handOn(failure: Failure) -> Failure:
    return failure


def replace(_: Failure) -> None:
    raise KeyError("instead")


def stories(events: list[Any]) -> list[str]:
    gc.collect()
    return [event["story"] for event in events if event.get("story")]


def test_anUnhandledErrorTellsTheCallbacksThatLedToIt(events: list[Any]) -> None:
    defer.setStepRecording(True)

    def run() -> None:
        inner: Deferred[Any] = Deferred()
        inner.addCallback(good).addCallback(bad).addErrback(handOn)
        outer: Deferred[Any] = Deferred()
        outer.addCallback(lambda _: inner).addErrback(replace)
        outer.callback(None)
        inner.callback(1)

    run()
    (story,) = stories(events)
    names = [line.split("(")[0].split(". ")[1].strip() for line in story.splitlines()[1:]]
    assert names == [
        "callback good",
        "callback bad",
        "errback handOn",
        f"callback {run.__qualname__}.<locals>.<lambda>",
        "errback replace",
    ]
    assert story.splitlines()[-1].endswith(" raised KeyError")
    assert f"{__file__}:{bad.__code__.co_firstlineno}" in story


def test_anUnhandledErrorTellsItsCoroutinesInTheOrderOfReading(events: list[Any]) -> None:
    async def load(waits: Deferred[None]) -> None:
        await waits

    @inlineCallbacks
    def between(waits: Deferred[None]) -> Generator[Any, Any, None]:
        yield ensureDeferred(load(waits))

    async def main(waits: Deferred[None]) -> None:
        await between(waits)

    defer.setDebugging(True)
    waits: Deferred[None] = Deferred()
    running = ensureDeferred(main(waits))
    waits.errback(Broken())
    del running, waits
    (story,) = stories(events)
    assert [line.split()[0].split(".")[-1] for line in story.splitlines()[1:]] == [
        "main",
        "between",
        "load",
    ]


def test_withoutDebuggingNothingOfItIsTold(events: list[Any]) -> None:
    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(bad)
    deferred.callback(None)
    del deferred
    assert not stories(events)


def test_theStepsOfAnEndlessChainAreBounded() -> None:
    defer.setStepRecording(True)
    deferred: Deferred[Any] = Deferred()
    deferred.addErrback(lambda _: None)
    for _ in range(200):
        deferred.addCallback(good)
    caught: list[Any] = []
    deferred.addCallback(bad).addErrback(caught.append)
    deferred.callback(1)
    assert len(caught[0].value._deferredSteps) == defer.DebugInfo.mostSteps


class Slow:
    """A callable object that takes its time, on a clock of the test."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self._clock, self._seconds = clock, seconds

    def __call__(self, result: Any = None) -> Any:
        self._clock[0] += self._seconds
        return result


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def warnings(events: list[Any]) -> list[tuple[str, float]]:
    return [
        (event["name"].split(" (")[0], event["seconds"]) for event in events if "seconds" in event
    ]


def test_aSlowCallbackIsLoggedWithItsName(events: list[Any], clock: list[float]) -> None:
    defer.setSlowCallbackSeconds(0.5)
    work = Slow(clock, 0.6)

    def named(result: Any) -> Any:
        return work(result)

    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(named).addBoth(Slow(clock, 0.4)).addCallback(partial(named))
    deferred.addCallbacks(work).addCallback(bad).addErrback(lambda _: work())
    deferred.callback(1)
    at = "test_aSlowCallbackIsLoggedWithItsName.<locals>."
    assert [name for name, _ in warnings(events)] == [
        at + "named",
        at + "named",
        "Slow",
        at + "<lambda>",
    ]


def test_aSlowStepOfACoroutineIsLoggedWithItsName(events: list[Any], clock: list[float]) -> None:
    defer.setSlowCallbackSeconds(0.5)
    work = Slow(clock, 0.6)

    async def coroutine() -> None:
        work()
        await waits
        await waits

    @inlineCallbacks
    def generator() -> Generator[Any, Any, None]:
        yield waits
        work()

    waits: Deferred[None] = Deferred()
    ensureDeferred(coroutine())
    generator()
    waits.callback(None)
    names = [name.split(".")[-1] for name, _ in warnings(events)]
    assert names == ["coroutine", "generator"]


def test_oneCanAskWhatIsSlow() -> None:
    assert defer.getSlowCallbackSeconds() is None
    defer.setSlowCallbackSeconds(2.0)
    assert defer.getSlowCallbackSeconds() == 2.0


def test_contextsAndWatchingGoTogether(events: list[Any], clock: list[float]) -> None:
    from contextvars import ContextVar

    variable: ContextVar[str] = ContextVar("variable", default="none")
    defer.setCallbackContext(True)
    defer.setSlowCallbackSeconds(0.5)
    try:
        deferred: Deferred[Any] = Deferred()
        token = variable.set("where it was added")
        seen: list[str] = []

        def look(_: Any) -> None:
            Slow(clock, 1.0)()
            seen.append(variable.get())

        deferred.addCallback(look)
        variable.reset(token)
        deferred.callback(None)
    finally:
        defer.setCallbackContext(False)
    assert seen == ["where it was added"]
    assert [name.split(".")[-1] for name, _ in warnings(events)] == ["look"]


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, (False, None)),
        ({"TORSION_DEBUG": "0"}, (False, None)),
        ({"TORSION_DEBUG": "1"}, (True, 0.1)),
        ({"TORSION_DEBUG": "1", "TORSION_SLOW_SECONDS": "2"}, (True, 2.0)),
        ({"TORSION_SLOW_SECONDS": "3"}, (False, 3.0)),
        ({"TORSION_SLOW_SECONDS": "slow"}, (False, 0.1)),
    ],
)
def test_theEnvironmentCanAskForAll(variables: dict[str, str], wanted: Any) -> None:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TORSION_")}
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from twisted.internet import defer as d;"
            "print((d.getDebugging(), d.getSlowCallbackSeconds()))",
        ],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout.strip() == repr(wanted), ended.stderr
