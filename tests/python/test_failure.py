"""Failures: errors as values."""

from __future__ import annotations

import io
import pdb
import pickle
import sys
import traceback
import warnings
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from twisted.python import failure
from twisted.python.failure import Failure, NoCurrentExceptionError


class Broken(Exception):
    """What the tests raise; two are equal if they say the same."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.args == other.args

    __hash__ = Exception.__hash__


class Speechless(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def innermost(secret: str) -> None:
    raise Broken("so it is")


def broken(**kw: Any) -> Failure:
    try:
        innermost("hidden")
    except Broken:
        return Failure(**kw)
    raise AssertionError


# Making one


def test_itHoldsTheExceptionBeingHandled() -> None:
    it = broken()
    assert (it.type, it.value.args) == (Broken, ("so it is",))
    assert it.tb is it.value.__traceback__ is not None


def test_itHoldsAnExceptionThatIsGiven() -> None:
    error = Broken()
    it = Failure(error)
    assert (it.type, it.value, it.tb) == (Broken, error, None)
    assert it.frames == []
    other = Failure(error, KeyError)
    assert other.type is KeyError


def test_aFailureOfAFailureIsItsCopy() -> None:
    first = broken()
    second = Failure(first)
    assert second.__dict__ == first.__dict__
    try:
        raise first
    except Failure:
        third = Failure()
    assert third.value is first.value


def test_withNothingToHoldItIsRefused() -> None:
    with pytest.raises(NoCurrentExceptionError):
        Failure()


def test_theyAreNumbered() -> None:
    first, second = Failure(Broken()), Failure._withoutTraceback(Broken())
    assert second.count == first.count + 1 == failure.count


def test_whatWasNeverRaisedIsMadeTheShortWay() -> None:
    error = Broken()
    short, long = Failure._withoutTraceback(error).__dict__, Failure(error).__dict__
    assert {**short, "count": 0} == {**long, "count": 0}


# Finding out


def test_checkFindsTheFirstThatMatches() -> None:
    it = broken()
    assert it.check(KeyError, Exception, Broken) is Exception
    assert it.check(KeyError) is None
    assert it.check("builtins.Exception") == "builtins.Exception"
    assert it.check("Exception") is None
    assert it.check(f"{__name__}.Broken") == f"{__name__}.Broken"


def test_trapAcceptsOrRaises() -> None:
    it = broken()
    assert it.trap(KeyError, Broken) is Broken
    assert it.trap("builtins.Exception") == "builtins.Exception"
    with pytest.raises(Broken) as caught:
        it.trap(KeyError)
    assert caught.value is it.value
    with pytest.raises(Broken):
        it.trap("builtins.KeyError")


class FromElsewhere(Failure):
    """A failure that came over the wire as foolscap makes them: names, and a class of its own."""

    def __init__(self) -> None:
        self.type = type("ValueError", (), {"__module__": "builtins"})
        self.value = "no good"  # type: ignore[assignment]  # all that came is text
        self.tb = None
        self.parents = ["builtins.ValueError", "builtins.Exception", "builtins.object"]


def test_aFailureFromElsewhereIsKnownByTheNamesOfItsParents() -> None:
    it = FromElsewhere()
    assert it.check(KeyError) is None
    assert it.check(KeyError, ValueError) is ValueError
    assert it.trap(KeyError, Exception) is Exception
    assert it.trap("builtins.ValueError") == "builtins.ValueError"


def test_parentsAreTheNamesOfTheClassAndItsBases() -> None:
    assert broken().parents == [
        f"{__name__}.Broken",
        "builtins.Exception",
        "builtins.BaseException",
        "builtins.object",
    ]


# Raising it again


def test_itIsRaisedWithItsOwnTraceback() -> None:
    with pytest.raises(Broken) as caught:
        broken().raiseException()
    names = [entry.name for entry in caught.traceback]
    assert names[-1] == "innermost"


def test_itIsRaisedInsideAGenerator() -> None:
    seen: list[Any] = []

    def generator() -> Generator[int, None, None]:
        try:
            yield 1
        except Broken as error:
            seen.append(traceback.extract_tb(error.__traceback__)[-1].name)
        yield 2

    running = generator()
    next(running)
    assert broken().throwExceptionIntoGenerator(running) == 2
    assert seen == ["innermost"]


def test_aFailureMadeWhereItWasThrownHasTheGeneratorsFrame() -> None:
    def generator() -> Generator[None, None, None]:
        try:
            yield
        except Broken:
            made.append(Failure())

    made: list[Failure] = []
    original = broken()
    before = original.getTraceback()
    running = generator()
    next(running)
    with pytest.raises(StopIteration):
        original.throwExceptionIntoGenerator(running)
    assert [frame[0] for frame in made[0].frames][-1] == "innermost"
    assert "generator" in [frame[0] for frame in made[0].frames]
    assert original.getTraceback() == before


# Telling


def test_framesAreOldestFirst() -> None:
    frames = broken().frames
    assert [frame[0] for frame in frames] == ["broken", "innermost"]
    _, filename, line, mine, shared = frames[-1]
    assert filename == __file__
    assert line == innermost.__code__.co_firstlineno + 1
    assert (mine, shared) == ((), ())


def test_theTracebackReadsAsTheInterpreters() -> None:
    lines = broken().getTraceback().splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-3].startswith(f'  File "{__file__}", line ')
    assert lines[-3].endswith(", in innermost")
    assert lines[-2] == '    raise Broken("so it is")'
    assert lines[-1] == f"{__name__}.Broken: so it is"


def test_theBriefOneHasALineForAFrame() -> None:
    it = broken()
    lines = it.getBriefTraceback().splitlines()
    assert lines[0] == f"Traceback: {Broken}: so it is"
    assert lines[1:] == [f"{file}:{line}:{name}" for name, file, line, _, _ in it.frames]
    assert str(it) == f"[Failure instance: {it.getBriefTraceback()}]"


def test_theVerboseOneHasVariablesIfTheyWereKept() -> None:
    kept, bare = broken(captureVars=True), broken()
    assert "  secret : 'hidden'\n" in kept.getTraceback(detail="verbose")
    assert " [ Locals ]\n" in kept.getTraceback(detail="verbose")
    told = bare.getTraceback(detail="verbose")
    assert "hidden" not in told
    assert "Capture of Locals and Globals disabled (use captureVars=True)" in told
    assert told.startswith(f"*--- Failure #{bare.count} ---\n")
    assert told.endswith(f"*--- End of Failure #{bare.count} ---\n")


def test_anErrorWithoutFramesSaysSo() -> None:
    it = Failure(Broken("x"))
    assert it.getBriefTraceback() == f"Traceback (failure with no frames): {Broken}: x\n"
    assert it.getTraceback().splitlines()[-1] == f"Failure: {__name__}.Broken: x"


def test_framesOfTheLibraryCanBeLeftOut() -> None:
    from twisted.internet import task

    clock = task.Clock()
    clock.callLater(0, innermost, "")
    try:
        clock.advance(0)
    except Broken:
        it = Failure()
    assert "in advance" in it.getTraceback()
    assert "in advance" not in it.getTraceback(elideFrameworkCode=1)
    assert "in innermost" in it.getTraceback(elideFrameworkCode=1)


def test_itIsWrittenToAFile() -> None:
    it = broken()
    for write, detail in (
        (it.printTraceback, "default"),
        (it.printBriefTraceback, "brief"),
        (it.printDetailedTraceback, "verbose"),
    ):
        out = io.StringIO()
        write(file=out)
        assert out.getvalue() == it.getTraceback(detail=detail)


def test_anUnknownDetailIsRefused() -> None:
    for use in (
        lambda: failure.format_frames([], print, "loud"),
        lambda: Failure(Broken()).getTraceback(detail="loud"),
    ):
        with pytest.raises(ValueError, match="loud"):
            use()


@pytest.mark.parametrize("detail", ["brief", "default", "verbose"])
def test_anExceptionWithoutWordsIsStillTold(detail: str) -> None:
    assert "Speechless" in Failure(Speechless()).getTraceback(detail=detail)
    assert "Speechless" in Failure(Speechless()).getErrorMessage()


def test_reprNamesTheError() -> None:
    it = broken()
    assert repr(it) == f"<twisted.python.failure.Failure {__name__}.Broken: so it is>"
    assert it.getErrorMessage() == "so it is"


def test_theStackIsEmptyAndDeprecated() -> None:
    it = broken()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert it.stack == []
        it.stack = []
    assert [each.category for each in seen] == [DeprecationWarning] * 2


# Keeping


@pytest.mark.parametrize("captureVars", [False, True])
def test_cleaningKeepsThePlacesAndLetsGoOfTheFrames(captureVars: bool) -> None:
    it = broken(captureVars=captureVars)
    told = it.getTraceback()
    it.cleanFailure()
    assert it.tb is None
    assert it.value.__traceback__ is None
    assert it.getTraceback() == told
    if captureVars:
        assert ("secret", "'hidden'") in it.frames[-1][3]


@pytest.mark.parametrize(
    "make", [broken, lambda: Failure(Broken()), lambda: broken(captureVars=True)]
)
def test_pickling(make: Any) -> None:
    it = make()
    state = it.__getstate__()
    assert state["parents"] == it.parents
    copy = pickle.loads(pickle.dumps(it))
    assert copy.getTraceback() == it.getTraceback()
    assert (copy.type, copy.value, copy.tb, copy.pickled) == (Broken, it.value, None, 1)
    assert copy.check(Broken) is Broken
    assert (copy.count, copy.parents) == (it.count, it.parents)
    assert pickle.loads(pickle.dumps(copy)).frames == copy.frames


def test_framesAndParentsCanBeSet() -> None:
    it = broken()
    it.frames = it.frames[:1]
    it.parents = ["one"]
    copy = pickle.loads(pickle.dumps(it))
    assert len(copy.frames) == 1
    assert copy.parents == ["one"]


def test_aTracebackIsMadeUpWhereTheRealOneIsGone() -> None:
    it = broken()
    real = traceback.extract_tb(it.getTracebackObject())
    it.cleanFailure()
    madeUp = it.getTracebackObject()
    assert [tuple(entry) for entry in traceback.extract_tb(madeUp)] == [
        tuple(entry) for entry in real
    ]
    assert madeUp.tb_next.tb_frame.f_back is madeUp.tb_frame
    assert Failure(Broken()).getTracebackObject() is None


def test_theyCompareByIdentity() -> None:
    it = broken()
    assert it == it
    assert it != Failure(it.value)
    assert len({it, it, Failure(it.value)}) == 2


def test_subclassesAreFailuresToo() -> None:
    class Own(Failure):
        pass

    it = Own(Broken())
    assert Failure(it).value is it.value
    assert pickle.loads(pickle.dumps(Failure(it))).type is Broken
    assert Own in failure._failureClasses


# Debugging


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    seen: list[Any] = []
    monkeypatch.setattr(Failure, "__init__", Failure.__init__)
    monkeypatch.setattr(pdb, "post_mortem", seen.append)
    failure.startDebugMode()
    yield seen


def test_debugModeOpensTheDebuggerFirst(
    opened: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        innermost("")
    except Broken:
        it = Failure(captureVars=True)
        assert opened == [sys.exc_info()[2]]
    assert it.captureVars
    assert "so it is" in capsys.readouterr().err


# Cost


def test_framesAreWalkedOnlyWhenSomebodyLooks() -> None:
    it = broken()
    assert "_frames" not in it.__dict__
    assert it.frames is it.frames


def test_itsDictionaryHasAllThatItHolds() -> None:
    failure = Failure(ValueError("x"))
    held = dict(vars(failure))
    assert (held["type"], held["value"], held["tb"]) == (ValueError, failure.value, None)
    failure.note = "kept"  # type: ignore[attr-defined]  # programs put things there
    other = Failure(KeyError("y"))
    other.__dict__ = failure.__dict__
    assert (other.type, other.value, other.__dict__["note"]) == (ValueError, failure.value, "kept")
    assert other.count == failure.count
    assert vars(Failure(failure)) == vars(failure)
