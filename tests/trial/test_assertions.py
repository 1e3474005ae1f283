"""What the assertions accept, refuse and give back."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from incremental import Version

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.deprecate import deprecated
from twisted.python.failure import Failure
from twisted.trial.unittest import FailTest, SynchronousTestCase

case = SynchronousTestCase()
LIST = [1]

HOLD: list[tuple[str, tuple[Any, ...]]] = [
    ("assertTrue", (1,)),
    ("assertFalse", (0,)),
    ("assertEqual", ("a", "a")),
    ("assertNotEqual", (1, 2)),
    ("assertIs", (LIST, LIST)),
    ("assertIsNot", ([1], [1])),
    ("assertIn", (1, LIST)),
    ("assertNotIn", (2, LIST)),
    ("assertSubstring", ("a", "cat")),
    ("assertNotSubstring", ("x", "cat")),
    ("assertAlmostEqual", (8.000001, 8.000002, 5)),
    ("assertNotAlmostEqual", (8.000001, 8.00001, 5)),
    ("assertApproximates", (1.0, 1.1, 0.2)),
]

FAIL: list[tuple[str, tuple[Any, ...]]] = [
    ("assertTrue", ([],)),
    ("assertFalse", ("cat",)),
    ("assertEqual", ("a", "b")),
    ("assertNotEqual", (LIST, [1])),
    ("assertIs", ([1], [1])),
    ("assertIsNot", (LIST, LIST)),
    ("assertIn", (2, LIST)),
    ("assertNotIn", (1, LIST)),
    ("assertSubstring", ("x", "cat")),
    ("assertNotSubstring", ("a", "cat")),
    ("assertAlmostEqual", (8.000001, 8.00001, 5)),
    ("assertNotAlmostEqual", (8.000001, 8.000002, 5)),
    ("assertApproximates", (1.0, 1.2, 0.1)),
    ("assertIsInstance", (1, (str, bytes))),
    ("assertNotIsInstance", (1, (str, int))),
]


@pytest.mark.parametrize("name, args", HOLD)
def test_whatHoldsGivesTheFirstArgumentBack(name: str, args: Any) -> None:
    assert getattr(case, name)(*args) is args[0]


@pytest.mark.parametrize("name, args", FAIL)
def test_whatDoesNotHoldFailsWithTheWordsGiven(name: str, args: Any) -> None:
    with pytest.raises(FailTest):
        getattr(case, name)(*args)
    if "IsInstance" not in name:
        with pytest.raises(FailTest, match="the words"):
            getattr(case, name)(*args, "the words")


@pytest.mark.parametrize(
    "old, new",
    [
        ("failUnless", "assertTrue"),
        ("assert_", "assertTrue"),
        ("failIf", "assertFalse"),
        ("assertNot", "assertFalse"),
        ("assertEquals", "assertEqual"),
        ("failUnlessEqual", "assertEqual"),
        ("failIfEquals", "assertNotEqual"),
        ("assertIdentical", "assertIs"),
        ("failIfIn", "assertNotIn"),
        ("failUnlessApproximates", "assertApproximates"),
        ("failUnlessRaises", "assertRaises"),
        ("failIfAlmostEquals", "assertNotAlmostEqual"),
    ],
)
def test_oldNamesMeanTheSame(old: str, new: str) -> None:
    assert getattr(SynchronousTestCase, old) is getattr(SynchronousTestCase, new)


class TestRaises:
    def test_theExceptionIsGivenBack(self) -> None:
        error = case.assertRaises(ValueError, int, "x")
        assert isinstance(error, ValueError)
        with case.assertRaises((KeyError, ValueError)) as context:
            raise KeyError("a")
        assert context.exception.args == ("a",)

    def test_noneOrAnotherFailsTheTest(self) -> None:
        with pytest.raises(FailTest, match=r"ValueError not raised \(3 returned\)"):
            case.assertRaises(ValueError, lambda: 3)
        with pytest.raises(FailTest, match=r"TypeError.*raised instead of KeyError or ValueError"):
            case.assertRaises((KeyError, ValueError), int, [])
        with pytest.raises(FailTest, match="ValueError not raised"), case.assertRaises(ValueError):
            pass
        with pytest.raises(FailTest, match="no reason"), case.assertRaises(ValueError):
            raise KeyError("no reason")


async def coroutine(result: Any) -> Any:
    if isinstance(result, Exception):
        raise result
    return await result if isinstance(result, Deferred) else result


class TestResults:
    def test_aResultThatIsThereIsGiven(self) -> None:
        assert case.successResultOf(succeed(3)) == 3
        assert case.successResultOf(coroutine(3)) == 3
        failure = Failure(KeyError())
        assert case.failureResultOf(fail(failure)) is failure
        assert case.failureResultOf(coroutine(KeyError()), OSError, KeyError).check(KeyError)

    def test_aResultThatIsNotThereOrAnotherFailsTheTest(self) -> None:
        waiting: Deferred[None] = Deferred()
        refusals: list[tuple[Any, str]] = [
            (lambda: case.successResultOf(waiting), "found no result instead"),
            (lambda: case.successResultOf(fail(KeyError("why"))), "found failure result"),
            (lambda: case.failureResultOf(Deferred()), "found no result instead"),
            (lambda: case.failureResultOf(succeed(3)), r"found success result \(3\) instead"),
            (
                lambda: case.failureResultOf(fail(KeyError("why")), OSError, ValueError),
                r"Failure of type \(builtins.OSError or builtins.ValueError\) expected on",
            ),
            (lambda: case.assertNoResult(succeed(3)), "found 3 instead"),
            (lambda: case.assertNoResult(fail(KeyError())), "No result expected"),
        ]
        for call, words in refusals:
            with pytest.raises(FailTest, match=words):
                call()

    def test_aLaterResultGoesOn(self) -> None:
        for result in (3, Failure(KeyError())):
            deferred: Deferred[Any] = Deferred()
            case.assertNoResult(deferred)
            deferred.callback(result)
            seen: list[Any] = []
            deferred.addBoth(seen.append)
            assert seen == [result]


@deprecated(Version("Twisted", 8, 0, 0), "newThing")
def oldThing() -> int:
    return 5


class TestWarnings:
    def runIn(self, function: Any) -> Any:
        """Run a function as a test, which collects warnings."""
        from twisted.trial.reporter import TestResult

        class Case(SynchronousTestCase):
            def test(self) -> None:
                function(self)

        result = TestResult()
        Case("test").run(result)
        return result

    def test_aWarningIsAskedForByClassTextAndFile(self) -> None:
        def warn(text: str, *more: str) -> str:
            for each in (text, *more):
                warnings.warn(each, UserWarning, stacklevel=1)
            return text

        assert case.assertWarns(UserWarning, "careful", __file__, warn, "careful") == "careful"
        case.assertWarns(UserWarning, "careful", __file__, warn, "careful", "careful")
        refusals: list[Any] = [
            (UserWarning, "other", __file__, warn, "careful"),
            (RuntimeWarning, "careful", __file__, warn, "careful"),
            (UserWarning, "careful", "other.py", warn, "careful"),
            (UserWarning, "careful", __file__, warn, "careful", "another"),
            (UserWarning, "careful", __file__, len, ""),
        ]
        for args in refusals:
            with pytest.raises(FailTest):
                case.assertWarns(*args)

    def test_theWarningOfADeprecatedFunctionIsTakenAway(self) -> None:
        def test(self: Any) -> None:
            since = Version("Twisted", 8, 0, 0)
            self.assertEqual(self.callDeprecated((since, "newThing"), oldThing), 5)
            self.assertEqual(self.flushWarnings(), [])
            self.assertRaises(FailTest, self.callDeprecated, since, oldThing)
            self.assertRaises(FailTest, self.callDeprecated, since, len, "")

        assert self.runIn(test).successes == 1

    def test_theWarningOfADeprecatedAttributeIsTakenAway(self) -> None:
        def test(self: Any) -> None:
            since = Version("Twisted", 15, 5, 0)
            found = self.getDeprecatedModuleAttribute("twisted.python.util", "OrderedDict", since)
            self.assertEqual(found.__name__, "OrderedDict")
            self.assertEqual(self.flushWarnings(), [])
            with self.assertRaises(FailTest):
                self.getDeprecatedModuleAttribute("twisted.python.util", "println", since)

        assert self.runIn(test).successes == 1
