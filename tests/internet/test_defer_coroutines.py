"""Coroutines of every kind, and what runs them."""

from __future__ import annotations

import contextvars
import gc
import traceback
import weakref
from collections.abc import Callable, Generator
from typing import Any

import pytest

from twisted.internet import defer
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    ensureDeferred,
    fail,
    inlineCallbacks,
    succeed,
)
from twisted.python.failure import Failure


class Broken(Exception):
    """What a coroutine of a test raises."""


def outcome(deferred: Deferred[Any]) -> Any:
    """Take the result or the Failure of a Deferred that has one."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


def byInlineCallbacks(things: list[Any]) -> Deferred[Any]:
    @inlineCallbacks
    def run() -> Generator[Any, Any, Any]:
        results = []
        for thing in things:
            results.append((yield thing))
        return results

    return run()


def byCoroutine(things: list[Any]) -> Deferred[Any]:
    async def run() -> Any:
        return [await thing for thing in things]

    return ensureDeferred(run())


def byYieldFrom(things: list[Any]) -> Deferred[Any]:
    def run() -> Generator[Any, Any, Any]:
        results = []
        for thing in things:
            results.append((yield from thing))
        return results

    return Deferred.fromCoroutine(run())


eachWay = pytest.mark.parametrize("run", [byInlineCallbacks, byCoroutine, byYieldFrom])


@eachWay
def test_resultsComeBack(run: Callable[..., Deferred[Any]]) -> None:
    later: Deferred[int] = Deferred()
    running = run([succeed(1), later, succeed(3)])
    assert not running.called
    later.callback(2)
    assert outcome(running) == [1, 2, 3]


@eachWay
@pytest.mark.parametrize("there", [True, False], ids=["there already", "later"])
def test_errorsAreRaisedWhereItWaits(run: Callable[..., Deferred[Any]], there: bool) -> None:
    waits: Deferred[Any] = Deferred()
    if there:
        waits.errback(Broken("x"))
    running = run([waits])
    if not there:
        waits.errback(Broken("x"))
    failure = outcome(running)
    assert failure.type is Broken
    assert "run" in [frame[0] for frame in failure.frames]
    assert outcome(waits) is None or there


@eachWay
def test_cancellingReachesWhatIsWaitedFor(run: Callable[..., Deferred[Any]]) -> None:
    asked: list[Any] = []
    waits: Deferred[Any] = Deferred(asked.append)
    running = run([waits])
    running.cancel()
    assert asked == [waits]
    assert outcome(running).type is CancelledError


def test_aCancellationThatIsCaughtGoesOn() -> None:
    first: Deferred[Any] = Deferred()
    second: Deferred[Any] = Deferred()

    async def run() -> str:
        try:
            await first
        except CancelledError:
            pass
        await second
        return "went on"

    running = ensureDeferred(run())
    running.cancel()
    assert not running.called
    second.callback(None)
    assert outcome(running) == "went on"


def test_aCancelledWaitMayComeToAResult() -> None:
    waits: Deferred[Any] = Deferred(lambda d: d.callback("in time"))
    running = byCoroutine([waits])
    running.cancel()
    assert outcome(running) == ["in time"]


def test_cancellingFromWithinIsFeltAtTheNextWait() -> None:
    waits: Deferred[Any] = Deferred()
    holder: list[Deferred[Any]] = []

    async def run() -> None:
        await gate
        holder[0].cancel()
        await waits

    gate: Deferred[Any] = Deferred()
    holder.append(ensureDeferred(run()))
    gate.callback(None)
    assert outcome(holder[0]).check(CancelledError)


@eachWay
def test_aHundredThousandImmediateResultsNeedNoStack(run: Callable[..., Deferred[Any]]) -> None:
    fired = [succeed(n) for n in range(100_000)]
    assert outcome(run(fired)) == list(range(100_000))


@pytest.mark.parametrize("kind", ["generator", "coroutine"])
def test_aHundredThousandCoroutinesInAChainNeedNoStack(kind: str) -> None:
    async def coroutine(before: Deferred[int]) -> int:
        return await before + 1

    @inlineCallbacks
    def generator(before: Deferred[int]) -> Generator[Any, Any, int]:
        result: int = yield before
        return result + 1

    def link(before: Deferred[int]) -> Deferred[int]:
        return ensureDeferred(coroutine(before)) if kind == "coroutine" else generator(before)

    ends: list[Any] = [(lambda d: d.callback(0), 100_000), (lambda d: d.errback(Broken()), None)]
    for end, wanted in ends:
        first: Deferred[int] = Deferred()
        last = first
        for _ in range(100_000 if wanted else 2_000):
            last = link(last)
        end(first)
        result = outcome(last)
        assert result == wanted if wanted else result.type is Broken


def test_aLongChainOfCoroutinesIsCancelledWithoutStack() -> None:
    async def link(before: Deferred[Any]) -> None:
        try:
            await before
        except CancelledError:
            return

    last: Deferred[Any] = Deferred()
    first = last
    for _ in range(100_000):
        last = ensureDeferred(link(last))
    last.cancel()
    assert first.called
    assert outcome(last) is None


def test_theTracebackOfAnErrorShowsTheUsersLinesAlone() -> None:
    gate: Deferred[None] = Deferred()

    async def innermost() -> None:
        await gate
        raise Broken

    @inlineCallbacks
    def middle() -> Generator[Any, Any, None]:
        yield innermost()

    async def outermost() -> None:
        await middle()

    running = ensureDeferred(outermost())
    gate.callback(None)
    failure = outcome(running)
    assert [frame[0] for frame in failure.frames] == ["outermost", "middle", "innermost"]
    shown = [frame.name for frame in traceback.extract_tb(failure.tb)]
    assert shown[0] == "outermost"


@pytest.mark.parametrize("fireLate", [True, False])
def test_noErrorOfTheDriversOwnIsSeenAsContext(fireLate: bool) -> None:
    gate: Deferred[None] = Deferred() if fireLate else succeed(None)

    @inlineCallbacks
    def inner() -> Generator[Any, Any, int]:
        yield gate
        return 1

    @inlineCallbacks
    def outer() -> Generator[Any, Any, Any]:
        yield inner()
        try:
            raise Broken
        except Broken as error:
            return error.__context__

    running = outer()
    if fireLate:
        gate.callback(None)
    assert outcome(running) is None


variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)


def test_contextVariablesBelongToTheCoroutine() -> None:
    gate: Deferred[None] = Deferred()
    seen: list[int] = []

    async def run() -> None:
        variable.set(2)
        await gate
        seen.append(variable.get())

    @inlineCallbacks
    def generator() -> Generator[Any, Any, None]:
        seen.append(variable.get())
        token = variable.set(3)
        yield gate
        seen.append(variable.get())
        variable.reset(token)

    variable.set(1)
    ensureDeferred(run())
    generator()
    assert variable.get() == 1
    variable.set(9)
    gate.callback(None)
    assert seen == [1, 2, 3]
    assert variable.get() == 9


def test_inlineCallbacksTakesWhateverIsYielded() -> None:
    async def coroutine() -> str:
        return "awaited"

    class Own:
        pass

    own = Own()
    assert outcome(byInlineCallbacks([1, None, own, [2], coroutine()])) == [
        1,
        None,
        own,
        [2],
        "awaited",
    ]
    failure = outcome(byInlineCallbacks([Failure(Broken())]))
    assert failure.type is Broken


def test_inlineCallbacksWantsAGenerator() -> None:
    def plain() -> Any:
        return 5

    with pytest.raises(TypeError, match="inlineCallbacks"):
        inlineCallbacks(plain)()


def test_inlineCallbacksKeepsTheLookOfItsFunction() -> None:
    @inlineCallbacks
    def documented(a: int) -> Generator[Any, Any, None]:
        """Words."""
        yield

    shown: Any = documented
    assert (shown.__name__, shown.__doc__) == ("documented", "Words.")
    assert shown.__wrapped__.__name__ == "documented"


def test_returnValueStillEndsAGenerator() -> None:
    @inlineCallbacks
    def run() -> Generator[Any, Any, Any]:
        yield 1
        defer.returnValue(6)

    with pytest.warns(DeprecationWarning, match=r"returnValue was deprecated"):
        assert outcome(run()) == 6


def test_returnValueFromAFunctionBelowIsWarnedAbout() -> None:
    def below() -> None:
        defer.returnValue(6)

    @inlineCallbacks
    def run() -> Generator[Any, Any, Any]:
        yield 1
        below()

    with (
        pytest.warns(DeprecationWarning, match=r"'below' causing 'run' to exit"),
        pytest.warns(DeprecationWarning, match=r"returnValue was deprecated"),
    ):
        assert outcome(run()) == 6


def test_whatIsNoCoroutineIsRefused() -> None:
    things: list[Any] = [1, None, lambda: None, test_whatIsNoCoroutineIsRefused, [], defer]
    for thing in things:
        with pytest.raises(defer.NotACoroutineError):
            Deferred.fromCoroutine(thing)
        with pytest.raises(defer.NotACoroutineError):
            ensureDeferred(thing)


def test_ensureDeferredLetsADeferredPass() -> None:
    deferred: Deferred[int] = Deferred()
    assert ensureDeferred(deferred) is deferred


def test_aFiredDeferredCanBeAwaitedAgainAndAgain() -> None:
    good, bad = succeed(4), fail(Broken())

    async def run() -> list[Any]:
        got: list[Any] = [await good, await good]
        for _ in range(2):
            try:
                await bad
            except Broken:
                got.append("broken")
        return got

    assert outcome(ensureDeferred(run())) == [4, 4, "broken", "broken"]
    assert outcome(good) == 4
    bad.addErrback(lambda f: None)


def test_aYieldedDeferredKeepsNoResult() -> None:
    good = succeed(4)
    assert outcome(byInlineCallbacks([good])) == [4]
    assert outcome(good) is None


def test_whatACoroutineHeldGoesWithItWithoutTheCollector() -> None:
    class Thing:
        pass

    async def coroutine(thing: Thing) -> Thing:
        return thing

    @inlineCallbacks
    def generator(thing: Thing) -> Generator[Any, Any, Thing]:
        yield None
        return thing

    gc.disable()
    try:
        starts: list[Any] = [lambda t: ensureDeferred(coroutine(t)), generator]
        for start in starts:
            thing = Thing()
            reference = weakref.ref(thing)
            deferred = start(thing)
            assert outcome(deferred) is thing
            del thing, deferred
            assert reference() is None
    finally:
        gc.enable()


def test_aReplacedInlineCallbacksIsUsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defer, "inlineCallbacks", lambda f: f)

    @defer.inlineCallbacks
    def run() -> Generator[Any, Any, None]:
        yield 1

    bare: Any = run()
    assert next(bare) == 1


@pytest.mark.parametrize("run", [byInlineCallbacks, byCoroutine])
def test_itSaysWhatItsCoroutineWaitsFor(run: Callable[..., Deferred[Any]]) -> None:
    waits: Deferred[None] = Deferred()
    running = run([waits])
    assert repr(running) == (
        f"<Deferred at 0x{id(running):x} waiting on Deferred at 0x{id(waits):x}>"
    )
    waits.callback(None)
    assert repr(running) == f"<Deferred at 0x{id(running):x} current result: [None]>"


def test_theDeferredOfAGeneratorLooksLikeAnyOther() -> None:
    waits: Deferred[None] = Deferred()
    running = byInlineCallbacks([waits])
    assert isinstance(running, Deferred)
    assert type(running).__name__ == "Deferred"
    assert running.__dict__ == {}
    waits.callback(None)


def test_afterAnErrorWithoutTracebackTheCoroutinesLineIsShown() -> None:
    async def run() -> None:
        await waits

    waits: Deferred[None] = Deferred()
    running = ensureDeferred(run())
    waits.errback(Broken())
    assert [frame[0] for frame in outcome(running).frames] == ["run"]
