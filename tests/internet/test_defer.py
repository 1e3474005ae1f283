"""The Deferred: adding functions, firing, holding on, giving up, and telling about it."""

from __future__ import annotations

import gc
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twisted.internet import defer, task
from twisted.internet.defer import AlreadyCalledError, CancelledError, Deferred, fail, succeed
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure, NoCurrentExceptionError


class Broken(Exception):
    """What a callback of a test raises."""


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """Everything that is logged during the test."""
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


@pytest.fixture
def debugging() -> Iterator[None]:
    """Debug mode, for the time of the test."""
    defer.setDebugging(True)
    yield
    defer.setDebugging(False)


def outcome(deferred: Deferred[Any]) -> Any:
    """Take the result or the Failure of a Deferred that has one."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got[0]


def raiseBroken(_: object) -> None:
    raise Broken("so it is")


# Adding functions and firing


def test_aCallbackGetsTheResultAndItsOwnArguments() -> None:
    seen: list[Any] = []
    deferred: Deferred[int] = Deferred()
    deferred.addCallback(lambda *a, **kw: seen.append((a, kw)), 2, three=3)
    deferred.callback(1)
    assert seen == [((1, 2), {"three": 3})]


def test_anErrbackGetsTheFailureAndItsOwnArguments() -> None:
    seen: list[Any] = []
    deferred: Deferred[int] = Deferred()
    deferred.addErrback(lambda f, *a, **kw: seen.append((f.type, a, kw)), 2, three=3)
    deferred.errback(Broken())
    assert seen == [(Broken, (2,), {"three": 3})]


def test_whatAFunctionReturnsGoesToTheNext() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.addCallback(lambda n: n + 1).addCallback(lambda n: n * 10).addCallback(str)
    deferred.callback(1)
    assert outcome(deferred) == "20"


@pytest.mark.parametrize("early", [True, False], ids=["added before", "added after"])
@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([("cb", raiseBroken), ("eb", lambda f: f.type)], Broken),
        (
            [("cb", raiseBroken), ("cb", lambda _: "not called"), ("eb", lambda f: "mended")],
            "mended",
        ),
        ([("eb", lambda f: "not called"), ("cb", lambda n: n + 1)], 2),
        ([("cb", lambda _: Failure(Broken())), ("eb", lambda f: f.type)], Broken),
        ([("both", lambda n: n + 1), ("both", raiseBroken), ("both", lambda f: f.type)], Broken),
        ([("cb", lambda _: succeed(5)), ("cb", lambda n: n + 1)], 6),
        ([("cb", lambda _: fail(Broken())), ("eb", lambda f: f.type)], Broken),
        ([("cb", lambda _: None)], None),
        ([("cb", lambda _: ())], ()),
    ],
)
def test_resultsAndErrorsTakeTheirOwnWay(
    early: bool, steps: list[tuple[str, Callable[..., Any]]], wanted: Any
) -> None:
    deferred: Deferred[int] = Deferred()
    if not early:
        deferred.callback(1)
    for kind, function in steps:
        add: dict[str, Any] = {
            "cb": deferred.addCallback,
            "eb": deferred.addErrback,
            "both": deferred.addBoth,
        }
        add[kind](function)
    if early:
        deferred.callback(1)
    assert outcome(deferred) == wanted


def test_addCallbacksGivesEachSideItsArgumentsAndNotTheOthersErrors() -> None:
    seen: list[Any] = []

    def good(result: int, *a: Any, **kw: Any) -> None:
        seen.append((result, a, kw))
        raise Broken

    def bad(failure: Failure, *a: Any, **kw: Any) -> None:
        seen.append((failure.type, a, kw))

    for start in (1, Failure(KeyError())):
        deferred: Deferred[Any] = Deferred()
        deferred.addCallbacks(good, bad, (2,), {"x": 3}, (4,), {"y": 5})
        deferred.callback(start)
        deferred.addErrback(lambda f: None)
    assert seen == [(1, (2,), {"x": 3}), (KeyError, (4,), {"y": 5})]


def test_addCallbacksTakesNoneForWhatIsNotThere() -> None:
    deferred: Deferred[int] = Deferred()
    nothing: Any = None
    deferred.addCallbacks(lambda n: n + 1, nothing, nothing, nothing, nothing, nothing)
    deferred.callback(1)
    assert outcome(deferred) == 2


def test_firingTwiceIsAnError() -> None:
    deferred: Deferred[int] = succeed(1)
    with pytest.raises(AlreadyCalledError):
        deferred.callback(2)
    with pytest.raises(AlreadyCalledError):
        deferred.errback(Broken())
    assert outcome(deferred) == 1


def test_anErrbackWithNothingTakesTheExceptionBeingHandled() -> None:
    deferred: Deferred[int] = Deferred()
    try:
        raise Broken
    except Broken:
        deferred.errback()
    assert outcome(deferred).type is Broken
    with pytest.raises(NoCurrentExceptionError):
        Deferred().errback()


def test_aFunctionAddedWhileOthersRunComesAfterThem() -> None:
    order: list[int] = []
    deferred: Deferred[None] = Deferred()

    def first(_: None) -> None:
        deferred.addCallback(lambda _: order.append(3))
        order.append(1)

    deferred.addCallback(first).addCallback(lambda _: order.append(2))
    deferred.callback(None)
    assert order == [1, 2, 3]


def test_aFunctionAddedByTheOnlyOneIsCalledAfterIt() -> None:
    order: list[Any] = []
    deferred: Deferred[int] = Deferred()

    def first(n: int) -> int:
        deferred.addCallback(order.append)
        order.append("first")
        return n + 1

    deferred.addCallback(first)
    deferred.callback(1)
    assert order == ["first", 2]


def test_attributesOfOnesOwnCanBeSet() -> None:
    deferred: Any = Deferred()
    deferred.whatFor = "a test"
    assert deferred.__dict__ == {"whatFor": "a test"}
    assert weakref.ref(deferred)() is deferred


def test_resultIsThereOnlyAfterFiring() -> None:
    deferred: Deferred[int] = Deferred()
    assert not hasattr(deferred, "result")
    assert (deferred.called, deferred.paused) == (False, 0)
    deferred.callback(3)
    assert (deferred.called, deferred.result) == (True, 3)


# Waiting for each other


def test_aCallbackThatGivesADeferredMakesTheRestWait() -> None:
    inner: Deferred[str] = Deferred()
    seen: list[Any] = []
    outer = succeed(1).addCallback(lambda _: inner).addCallback(seen.append)
    assert (seen, outer.paused) == ([], 1)
    inner.callback("now")
    assert (seen, outer.paused) == (["now"], 0)
    assert outcome(inner) is None


def test_anErrorOfTheInnerOneGoesToTheOuterAlone(logged: list[Any]) -> None:
    them: list[Deferred[Any]] = [Deferred()]
    them.append(succeed(1).addCallback(lambda _: them[0]))
    them[0].errback(Broken())
    assert outcome(them[1]).type is Broken
    them.clear()
    gc.collect()
    assert logged == []


def test_chainDeferredFiresTheOther() -> None:
    first: Deferred[int] = Deferred()
    second: Deferred[int] = Deferred()
    first.chainDeferred(second)
    assert repr(second) == f"<Deferred at 0x{id(second):x} waiting on Deferred at 0x{id(first):x}>"
    first.callback(5)
    assert (outcome(first), outcome(second)) == (None, 5)


def test_aDeferredThatIsPausedHoldsItsResultBack() -> None:
    seen: list[Any] = []
    deferred: Deferred[int] = Deferred()
    deferred.pause()
    deferred.pause()
    deferred.addCallback(seen.append)
    deferred.callback(1)
    deferred.unpause()
    assert seen == []
    deferred.unpause()
    assert seen == [1]


def test_aCallbackMayPauseItsOwnDeferred() -> None:
    seen: list[Any] = []
    deferred: Deferred[int] = Deferred()

    def pauses(n: int) -> int:
        deferred.pause()
        return n

    deferred.addCallback(pauses).addCallback(seen.append)
    deferred.callback(1)
    assert seen == []
    deferred.unpause()
    assert seen == [1]


def test_aDeferredGivenBackToItselfIsWarnedAbout() -> None:
    deferred: Deferred[Any] = Deferred()
    deferred.addCallback(lambda _: deferred)
    with pytest.warns(DeprecationWarning, match="Callback returned the Deferred it was attached"):
        deferred.callback(1)
    deferred.cancel()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        other: Deferred[Any] = Deferred()
        other.addCallback(lambda _: other)
        other.callback(1)
    assert outcome(other).type is DeprecationWarning


# Depth

deep = 100_000


def give(_: object, thing: Any) -> Any:
    return thing


def test_aHundredThousandDeferredsInAChainNeedNoStack() -> None:
    last: Deferred[Any] = Deferred()
    chain: list[Any] = [last]
    for _ in range(deep):
        waits = succeed(None)
        waits.addCallback(give, chain[-1])
        chain.append(waits)
    last.callback("through")
    assert outcome(chain[-1]) == "through"


def test_theSameChainIsCancelledWithoutStack() -> None:
    cancelled: list[Any] = []
    last: Deferred[Any] = Deferred(cancelled.append)
    waits: Any = last
    for _ in range(deep):
        waits = succeed(None).addCallback(give, waits)
    waits.cancel()
    assert cancelled == [last]
    assert outcome(waits).type is CancelledError


def test_aHundredThousandCallbacksThatGiveFiredDeferreds() -> None:
    deferred: Deferred[int] = Deferred()
    for _ in range(deep):
        deferred.addCallback(lambda n: succeed(n + 1))
    deferred.callback(0)
    assert outcome(deferred) == deep


# Giving up


def test_cancellingWithoutACancellerFailsAndForgivesOneFiring() -> None:
    deferred: Deferred[int] = Deferred()
    deferred.cancel()
    deferred.callback(1)
    with pytest.raises(AlreadyCalledError):
        deferred.callback(2)
    assert outcome(deferred).type is CancelledError


def test_aCancellerMayFireTheDeferredOrLeaveIt() -> None:
    assert outcome(cancelledWith(lambda d: d.callback("saved"))) == "saved"
    assert outcome(cancelledWith(lambda d: d.errback(Broken()))).type is Broken
    left = cancelledWith(lambda d: None)
    with pytest.raises(AlreadyCalledError):
        left.callback(1)
    assert outcome(left).type is CancelledError


def cancelledWith(canceller: Callable[[Deferred[Any]], object]) -> Deferred[Any]:
    deferred: Deferred[Any] = Deferred(canceller)
    deferred.cancel()
    return deferred


def test_whatACancellerRaisesComesOutOfCancel() -> None:
    deferred: Deferred[Any] = Deferred(raiseBroken)
    with pytest.raises(Broken):
        deferred.cancel()
    assert not deferred.called


def test_cancellingAfterTheEndDoesNothing() -> None:
    deferred: Deferred[int] = Deferred(raiseBroken)
    deferred.callback(1)
    deferred.cancel()
    assert outcome(deferred) == 1


def test_cancellingReachesTheOneThatIsWaitedFor() -> None:
    asked: list[Any] = []
    inner: Deferred[Any] = Deferred(asked.append)
    outer = succeed(1).addCallback(lambda _: inner)
    outer.cancel()
    assert asked == [inner]
    assert outcome(outer).type is CancelledError


def test_deferredsThatWaitForEachOtherInACircleCanBeCancelled() -> None:
    ring: list[Deferred[Any]] = [Deferred() for _ in range(3)]
    for index, one in enumerate(ring):
        one.addCallback(give, ring[(index + 1) % 3])
    for one in ring:
        one.callback(None)
    entrance = succeed(None).addCallback(lambda _: ring[0])
    entrance.cancel()
    assert [one.paused for one in ring] == [1, 1, 1]


def test_aCancellerAndItsDeferredGoWithoutTheCollector() -> None:
    class Canceller:
        deferred: Any = None

        def __call__(self, _: object) -> None: ...

    gc.disable()
    try:
        for fire in (lambda d: d.callback(1), lambda d: (d.errback(Broken()), outcome(d))):
            canceller = Canceller()
            deferred: Deferred[Any] = Deferred(canceller)
            canceller.deferred = deferred
            gone = weakref.ref(deferred), weakref.ref(canceller)
            fire(deferred)
            del deferred, canceller
            assert [ref() for ref in gone] == [None, None]
    finally:
        gc.enable()


# Timeouts


def test_aTimeoutCancelsAndSaysSo() -> None:
    clock = task.Clock()
    deferred: Deferred[int] = Deferred()
    deferred.addTimeout(5, clock)
    clock.advance(4.9)
    assert not deferred.called
    clock.advance(0.2)
    failure = outcome(deferred)
    assert failure.type is defer.TimeoutError
    assert failure.value.args[0] == 5


def test_aResultInTimeEndsTheTimeout() -> None:
    clock = task.Clock()
    deferred: Deferred[int] = Deferred()
    deferred.addTimeout(5, clock)
    deferred.callback(1)
    assert clock.getDelayedCalls() == []
    assert outcome(deferred) == 1


def test_whatATimeoutLeadsToCanBeChosen() -> None:
    clock = task.Clock()
    deferred: Deferred[int] = Deferred()
    deferred.addTimeout(5, clock, lambda value, seconds: (value.type, seconds))
    clock.advance(5)
    assert outcome(deferred) == (CancelledError, 5)


def test_anErrorThatCancellingLedToIsNotHidden() -> None:
    clock = task.Clock()
    deferred: Deferred[int] = Deferred(lambda d: d.errback(Broken()))
    deferred.addTimeout(5, clock)
    clock.advance(5)
    assert outcome(deferred).type is Broken


# Telling about it


def test_reprTellsWhereItStands() -> None:
    deferred: Deferred[str] = Deferred()
    place = f"Deferred at 0x{id(deferred):x}"
    assert repr(deferred) == f"<{place}>"
    deferred.callback("orange")
    assert repr(deferred) == f"<{place} current result: 'orange'>"


def test_anErrorThatNobodyTakesIsLoggedWhenItsDeferredGoes(logged: list[Any]) -> None:
    fail(Broken("lost"))
    assert [event["log_format"] for event in logged] == ["Unhandled error in Deferred:", ""]
    assert logged[0]["isError"]
    assert logged[1]["log_failure"].type is Broken
    assert logged[1]["log_namespace"] == "twisted.internet.defer"


@pytest.mark.parametrize(
    "take",
    [
        lambda d: d.addErrback(lambda f: None),
        lambda d: succeed(1).addCallback(lambda _: d).addErrback(lambda f: None),
        lambda d: d.addErrback(lambda f: Deferred()),
    ],
)
def test_anErrorThatWasTakenIsNotLogged(logged: list[Any], take: Callable[[Any], Any]) -> None:
    take(fail(Broken()))
    gc.collect()
    assert logged == []


def test_anErrorTakenAfterAWhileIsNotLogged(logged: list[Any]) -> None:
    deferred = fail(Broken())
    gc.collect()
    deferred.addErrback(lambda f: None)
    del deferred
    gc.collect()
    assert logged == []


@pytest.mark.usefixtures("debugging")
def test_inDebugModeTheLogSaysWhereItWasMadeAndFired(logged: list[Any]) -> None:
    def maker() -> Deferred[None]:
        return Deferred()

    def firer(deferred: Deferred[None]) -> None:
        deferred.errback(Broken())

    firer(maker())
    told = logged[1]["debugInfo"]
    assert " C: Deferred was created:" in told
    assert "in maker" in told
    assert " I: First Invoker was:" in told
    assert "in firer" in told
    assert "/_defer/" not in told


@pytest.mark.usefixtures("debugging")
def test_inDebugModeFiringTwiceSaysWhereItWasFiredBefore() -> None:
    def earlier(deferred: Deferred[int]) -> None:
        deferred.callback(1)

    deferred: Deferred[int] = Deferred()
    earlier(deferred)
    with pytest.raises(AlreadyCalledError, match="in earlier"):
        deferred.callback(2)


def test_withoutDebugModeFiringTwiceSaysNothing() -> None:
    with pytest.raises(AlreadyCalledError) as caught:
        succeed(1).callback(2)
    assert caught.value.args == ()


@pytest.mark.usefixtures("debugging")
def test_inDebugModeFailuresHaveTheVariables() -> None:
    def broken(_: object) -> None:
        secret = "seen"
        raise Broken(secret)

    failure = outcome(succeed(1).addCallback(broken))
    assert ("secret", "seen") in failure.frames[-1][3]
    defer.setDebugging(False)
    assert outcome(succeed(1).addCallback(broken)).frames[-1][3] == ()


def test_theTracebackOfACallbackShowsItsOwnLinesOnly() -> None:
    def outer(_: object) -> None:
        inner()

    def inner() -> None:
        raise Broken

    failure = outcome(succeed(1).addCallback(outer))
    assert [frame[0] for frame in failure.frames] == ["outer", "inner"]


def test_aCallbackThatCannotTakeItsArgumentsFails() -> None:
    takesNothing: Any = lambda: None  # noqa: E731  # one that the type checker believes in
    failure = outcome(succeed(1).addCallback(takesNothing))
    assert failure.type is TypeError


def test_callbacksShowsWhatIsToCome() -> None:
    deferred: Any = Deferred()
    deferred.addCallback(str)
    deferred.addErrback(raiseBroken, 1, x=2)
    with pytest.warns(DeprecationWarning, match=r"Deferred.callbacks was deprecated"):
        shown = deferred.callbacks
    assert shown == [
        ((str, (), {}), (defer._failthru, (), {})),
        ((defer.passthru, (), {}), (raiseBroken, (1,), {"x": 2})),
    ]


# Small functions


def test_maybeDeferredTakesWhateverComes() -> None:
    async def coroutine() -> str:
        return "awaited"

    there: Deferred[int] = Deferred()
    assert defer.maybeDeferred(lambda: there) is there
    assert outcome(defer.maybeDeferred(lambda a, b: a + b, 1, b=2)) == 3
    assert outcome(defer.maybeDeferred(coroutine)) == "awaited"
    assert outcome(defer.maybeDeferred(raiseBroken, None)).type is Broken
    failure = Failure(Broken())
    assert outcome(defer.maybeDeferred(lambda: failure)) is failure


def test_executeCallsAtOnce() -> None:
    assert outcome(defer.execute(lambda n: n + 1, 1)) == 2
    assert outcome(defer.execute(raiseBroken, None)).type is Broken


def test_logErrorLogsAndGivesBack(logged: list[Any]) -> None:
    failure = Failure(Broken())
    assert defer.logError(failure) is failure
    assert logged[0]["log_failure"] is failure


def test_subclassesAreKnown() -> None:
    class Special(Deferred[int]):
        pass

    assert defer._DEFERRED_SUBCLASSES[:2] == [Deferred, defer.DeferredList]
    assert defer._DEFERRED_SUBCLASSES.pop() is Special
    inner = Special()
    outer = succeed(0).addCallback(lambda _: inner)
    inner.callback(7)
    assert outcome(outer) == 7


def test_aDeferredIsGenericAndAwaitableToTheEye() -> None:
    from collections.abc import Awaitable

    assert isinstance(Deferred(), Awaitable)
    assert issubclass(Deferred, Awaitable)
    made = Deferred[int]()
    made.callback(1)
    assert outcome(made) == 1


def test_manyDeferredsLeaveNothingBehind() -> None:
    import tracemalloc

    def coroutine(waits: Deferred[Any]) -> Deferred[Any]:
        async def run() -> Any:
            return await waits

        return defer.ensureDeferred(run())

    @defer.inlineCallbacks
    def generator(waits: Deferred[Any]) -> Any:
        return (yield waits)

    def round() -> None:
        for _ in range(500):
            one: Deferred[Any] = Deferred()
            one.addCallback(lambda n: n).addErrback(lambda f: None)
            one.callback(1)
            two: Deferred[Any] = Deferred()
            succeed(None).addCallback(give, two).addErrback(lambda f: None)
            two.errback(Broken())
            three: Deferred[Any] = Deferred().addErrback(lambda f: None)
            three.cancel()
            for start in (coroutine, generator):
                for end in (
                    lambda d: d.callback(1),
                    lambda d: d.errback(Broken()),
                    Deferred.cancel,
                ):
                    waits: Deferred[Any] = Deferred()
                    start(waits).addErrback(lambda f: None)
                    end(waits)

    round()
    gc.collect()
    tracemalloc.start()
    try:
        round()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        round()
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - before < 10_000
    finally:
        tracemalloc.stop()


def test_aFailureOfADeferredIsAnOddFailureAndNoMore() -> None:
    deferred: Deferred[None] = Deferred()
    odd: Any = Deferred()
    deferred.errback(odd)
    assert outcome(deferred).value is odd


def test_inDebuggerModeErrorsOfCallbacksOpenIt(monkeypatch: pytest.MonkeyPatch) -> None:
    import pdb

    from twisted.python import failure

    opened: list[Any] = []
    monkeypatch.setattr(Failure, "__init__", Failure.__init__)
    monkeypatch.setattr(pdb, "post_mortem", opened.append)
    failure.startDebugMode()
    outcome(succeed(1).addCallback(raiseBroken))
    assert len(opened) == 1
