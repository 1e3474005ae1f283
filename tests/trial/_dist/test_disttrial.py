"""Tests shared out among workers, which here are in this process."""

from __future__ import annotations

import io
from typing import Any

import pytest

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial import runner as trialRunner
from twisted.trial._dist.distreporter import DistReporter
from twisted.trial._dist.disttrial import DistTrialRunner
from twisted.trial._dist.functional import (
    compose,
    countingCalls,
    discardResult,
    flip,
    fromOptional,
    iterateWhile,
    sequence,
    takeWhile,
)
from twisted.trial.reporter import Reporter, TreeReporter, UncleanWarningsReporterWrapper
from twisted.trial.unittest import SynchronousTestCase


class Case(SynchronousTestCase):
    __test__ = False
    runs = 0

    def test_pass(self) -> None: ...

    test_alsoPass = test_pass

    def test_fail(self) -> None:
        self.fail("no")

    def test_failLater(self) -> None:
        self.runs += 1
        self.assertLess(self.runs, 3)


class HereWorker:
    """Runs tests right here."""

    async def run(self, case: Any, result: Any) -> None:
        case.run(result)


class BrokenWorker:
    async def run(self, case: Any, result: Any) -> None:
        raise ConnectionError("gone")


class Pool:
    """A pool of workers in this process; it ends when ``ended`` fires."""

    made: list[Pool] = []

    def __init__(self, config: Any, worker: Any = HereWorker, ended: Any = None) -> None:
        self.config, self.worker, self.ended = config, worker, ended
        self.made.append(self)

    async def start(self, reactor: Any) -> Pool:
        return self

    async def run(self, action: Any) -> None:
        for _ in range(self.config.numWorkers):
            await action(self.worker())

    async def join(self) -> None:
        if self.ended is not None:
            await self.ended


class Reactor(MemoryReactorClock):
    """Calls what waits for it to run, and stops."""

    stops = 0

    def run(self) -> None:
        for f, args, kwargs in self.whenRunningHooks:
            f(*args, **kwargs)
        self.end()

    def end(self) -> None:
        for f, args, kwargs in self.triggers["before"]["shutdown"]:
            f(*args, **kwargs)

    def stop(self) -> None:
        self.stops += 1


def makeRunner(**given: Any) -> Any:
    settings: dict[str, Any] = {
        "reporterFactory": Reporter,
        "maxWorkers": 4,
        "workerArguments": [],
        "reactor": Reactor(),
        "stream": io.StringIO(),
        "workerPoolFactory": Pool,
    }
    return DistTrialRunner(**{**settings, **given})


def suite(*names: str) -> trialRunner.TestSuite:
    return trialRunner.TestSuite([Case(name) for name in names])


def test_testsAreRunAndReported() -> None:
    runner = makeRunner()
    result = runner.run(suite("test_pass", "test_fail", "test_alsoPass"))
    assert not result.wasSuccessful()
    assert (result.successes, len(result.failures)) == (2, 1)
    text = runner.stream.getvalue()
    assert text.startswith("Running 3 tests.\n")
    assert text.endswith("FAILED (failures=1, successes=2)\n")
    assert runner._reactor.stops == 1


@pytest.mark.parametrize("count, wanted", [(0, 0), (2, 2), (9, 4)])
def test_noMoreWorkersAreMadeThanThereAreTests(count: int, wanted: int) -> None:
    makeRunner().run(suite(*["test_pass"] * count))
    assert Pool.made[-1].config.numWorkers == wanted


def test_whatCouldNotBeLoadedIsReported() -> None:
    runner = makeRunner()
    result = runner.run(trialRunner.ErrorHolder("broken", Failure(ImportError("no module"))))
    assert len(result.errors) == 1
    assert "Running 0 tests" in runner.stream.getvalue()


def test_aWorkerThatCannotRunATestIsReportedWithTheTest() -> None:
    runner = makeRunner(workerPoolFactory=lambda config: Pool(config, BrokenWorker))
    result = runner.run(suite("test_pass"))
    [(test, error)] = result.errors
    assert test.id().endswith("test_pass") and error.check(ConnectionError)


def test_theRunStopsAtTheFirstFailureIfAsked() -> None:
    runner = makeRunner(exitFirst=True, maxWorkers=2)
    result = runner.run(suite("test_pass", "test_fail", "test_alsoPass"))
    assert (result.successes, len(result.failures), result.testsRun) == (1, 1, 2)


def test_roundsAreRunUntilOneFails() -> None:
    runner = makeRunner()
    result = runner.runUntilFailure(suite("test_failLater"))
    assert not result.wasSuccessful()
    text = runner.stream.getvalue()
    assert [f"Test Pass {number}\n" in text for number in range(1, 5)] == [True] * 3 + [False]
    assert text.count("PASSED") == 2


def test_aReactorThatIsStoppedCancelsTheRun() -> None:
    runner = makeRunner(workerPoolFactory=lambda config: Pool(config, ended=Deferred()))
    with pytest.raises(CancelledError):
        runner.run(suite("test_pass"))


def test_anErrorOfThePoolIsRaised() -> None:
    def broken(config: Any) -> Any:
        raise ZeroDivisionError()

    with pytest.raises(ZeroDivisionError):
        makeRunner(workerPoolFactory=broken).run(suite())


def test_dirtyReactorsAreOnlyWarnedAboutIfAsked() -> None:
    result = makeRunner(uncleanWarnings=True).run(suite("test_pass"))
    assert isinstance(result.original, UncleanWarningsReporterWrapper)


def test_aTestIsToldOfAllAtOnce() -> None:
    stream = io.StringIO()
    reporter = DistReporter(TreeReporter(stream))
    one, two = Case("test_pass"), Case("test_fail")
    for test in (one, two):
        reporter.startTest(test)
    reporter.addSuccess(one)
    reporter.addSkip(two, "because")
    assert stream.getvalue() == ""
    reporter.stopTest(two)
    assert "test_fail ..." in stream.getvalue() and "test_pass" not in stream.getvalue()
    reporter.stopTest(one)
    assert (reporter.successes, reporter.testsRun, reporter.running) == (1, 2, {})


def now(awaitable: Any) -> Any:
    results: list[Any] = []
    Deferred.fromCoroutine(awaitable).addBoth(results.append)
    return results


def test_functionsAreMadeOfFunctions() -> None:
    assert (fromOptional(1, None), fromOptional(1, 0)) == (1, 0)
    assert compose(str, abs)(-3) == "3"
    assert flip(divmod)(2, 7) == (3, 1)
    counted = countingCalls(lambda number: number * 10)
    assert [counted(), counted(), counted()] == [0, 10, 20]
    seen: list[int] = []
    for number in takeWhile(lambda: len(seen) < 2, range(9)):
        seen.append(number)
    assert seen == [0, 1]


def test_waitsAreMadeOfWaits() -> None:
    first: Deferred[str] = Deferred()
    both = now(sequence(first, succeed(5)))
    assert both == []
    first.callback("a")
    assert both == [5]
    numbers = iter([1, 2, 3])
    assert now(iterateWhile(lambda n: n < 2, lambda: succeed(next(numbers)))) == [2]
    done: list[None] = []
    discardResult(succeed(3)).addCallback(done.append)
    assert done == [None]
