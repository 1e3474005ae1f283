"""
The assertions that tests make.
"""

from __future__ import annotations

import unittest as pyunit
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import NoReturn

    from incremental import Version

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure


def _names(exceptions: Any) -> str:
    """
    Name one class of exception or several.
    """
    if isinstance(exceptions, tuple):
        return " or ".join(map(_names, exceptions))
    return getattr(exceptions, "__name__", str(exceptions))


class _AssertRaisesContext:
    """
    What `assertRaises` gives for a ``with`` statement.

    Attributes:
        exception: what was raised, once the statement is left.
    """

    exception: Any

    def __init__(self, testCase: pyunit.TestCase, expected: Any) -> None:
        self._testCase = testCase
        self._expected = expected

    def _returned(self, result: object) -> NoReturn:
        raise self._testCase.failureException(
            f"{_names(self._expected)} not raised ({result!r} returned)"
        )

    def _raised(self, exception: BaseException) -> Any:
        self.exception = exception
        if isinstance(exception, self._expected):
            return exception
        from twisted.python.failure import Failure

        traceback = Failure(exception, type(exception), exception.__traceback__).getTraceback()
        raise self._testCase.failureException(
            f"{type(exception)} raised instead of {_names(self._expected)}:\n {traceback}"
        ) from exception

    def call(self, f: Callable[..., object], args: Any, kwargs: Any) -> Any:
        """
        Call a function, and give what it raised.
        """
        try:
            result = f(*args, **kwargs)
        except BaseException as e:
            return self._raised(e)
        self._returned(result)

    def __enter__(self) -> _AssertRaisesContext:
        return self

    def __exit__(
        self,
        exceptionType: type[BaseException] | None,
        exceptionValue: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if exceptionValue is None:
            self._returned(None)
        self._raised(exceptionValue)
        return True


def _asDeferred(thing: Any) -> Deferred[Any]:
    from twisted.internet.defer import Deferred, ensureDeferred

    return thing if isinstance(thing, Deferred) else ensureDeferred(thing)


def _now(deferred: Any) -> list[Any]:
    """
    Give a list of the result that a Deferred or coroutine has now; empty if it has none yet.
    """
    results: list[Any] = []
    _asDeferred(deferred).addBoth(results.append)
    return results


class _Assertions(pyunit.TestCase):
    """
    The assertions of the standard library's test cases, and more.

    Each one that compares gives its first argument back.
    """

    def fail(self, msg: object = None) -> NoReturn:
        """Fail the test, with these words."""
        raise self.failureException(msg)

    # Truth and sameness.

    def assertFalse(self, condition: Any, msg: object = None) -> Any:
        """The condition does not hold. Gives it back."""
        super().assertFalse(condition, msg)
        return condition

    def assertTrue(self, condition: Any, msg: object = None) -> Any:
        """The condition holds. Gives it back."""
        super().assertTrue(condition, msg)
        return condition

    def assertEqual(self, first: Any, second: Any, msg: object = None) -> Any:
        """Both are equal. Gives the first back."""
        super().assertEqual(first, second, msg)
        return first

    def assertNotEqual(self, first: Any, second: Any, msg: object = None) -> Any:
        """The two differ, as ``!=`` sees it. Gives the first back."""
        if not first != second:
            raise self.failureException(msg or f"{first!r} == {second!r}")
        return first

    def assertIs(self, first: Any, second: Any, msg: object = None) -> Any:
        """Both are one object. Gives it back."""
        if first is not second:
            raise self.failureException(msg or f"{first!r} is not {second!r}")
        return first

    def assertIsNot(self, first: Any, second: Any, msg: object = None) -> Any:
        """The two are not one object. Gives the first back."""
        if first is second:
            raise self.failureException(msg or f"{first!r} is {second!r}")
        return first

    def assertIn(self, containee: Any, container: Any, msg: object = None) -> Any:
        """The first is in the second. Gives the first back."""
        if containee not in container:
            raise self.failureException(msg or f"{containee!r} not in {container!r}")
        return containee

    def assertNotIn(self, containee: Any, container: Any, msg: object = None) -> Any:
        """The first is not in the second. Gives the first back."""
        if containee in container:
            raise self.failureException(msg or f"{containee!r} in {container!r}")
        return containee

    def assertSubstring(self, substring: Any, astring: Any, msg: object = None) -> Any:
        """The first text or bytes is within the second. Gives the first back."""
        return self.assertIn(substring, astring, msg)

    def assertNotSubstring(self, substring: Any, astring: Any, msg: object = None) -> Any:
        """The first text or bytes is not within the second. Gives the first back."""
        return self.assertNotIn(substring, astring, msg)

    # Numbers.

    def assertAlmostEqual(
        self, first: Any, second: Any, places: Any = 7, msg: object = None, delta: Any = None
    ) -> Any:
        """The two are equal when rounded, or within delta. Gives the first back."""
        if delta is not None:
            places = None
        super().assertAlmostEqual(first, second, places, msg, delta)
        return first

    def assertNotAlmostEqual(
        self, first: Any, second: Any, places: Any = 7, msg: object = None, delta: Any = None
    ) -> Any:
        """The two differ, also when rounded, or by more than delta. Gives the first back."""
        if delta is not None:
            places = None
        super().assertNotAlmostEqual(first, second, places, msg, delta)
        return first

    def assertApproximates(
        self, first: Any, second: Any, tolerance: Any, msg: object = None
    ) -> Any:
        """The two differ by no more than the tolerance. Gives the first back."""
        if abs(first - second) > tolerance:
            raise self.failureException(msg or f"{first} ~== {second}")
        return first

    # Classes.

    def assertIsInstance(self, instance: Any, classOrTuple: Any, message: object = None) -> None:
        """The object is an instance of the class, or of one of several."""
        if not isinstance(instance, classOrTuple):
            words = f"{instance!r} is not an instance of {classOrTuple}"
            raise self.failureException(f"{message}: {words}" if message else words)

    def assertNotIsInstance(self, instance: Any, classOrTuple: Any) -> None:  # type: ignore[override]
        """The object is an instance neither of the class nor of any of several."""
        if isinstance(instance, classOrTuple):
            raise self.failureException(f"{instance!r} is an instance of {classOrTuple}")

    # Exceptions.

    def assertRaises(  # type: ignore[override]  # gives the exception, and takes any callable
        self, exception: Any, f: Callable[..., object] | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """
        A call raises an exception.

        Args:
            exception: the class of it, or a tuple of classes.
            f: called with what follows; None for a ``with`` statement, whose body is to raise.
        Returns: the exception; for a ``with`` statement, something with it as ``exception``.
        """
        context = _AssertRaisesContext(self, exception)
        return context if f is None else context.call(f, args, kwargs)

    # Deferreds.

    def successResultOf(self, deferred: Any) -> Any:
        """
        A Deferred or coroutine has a result now, and it is no failure. Gives the result.
        """
        from twisted.python.failure import Failure

        results = _now(deferred)
        if not results:
            self.fail(f"Success result expected on {deferred!r}, found no result instead")
        if isinstance(results[0], Failure):
            self.fail(
                f"Success result expected on {deferred!r}, found failure result instead:\n"
                f"{results[0].getTraceback()}"
            )
        return results[0]

    def failureResultOf(
        self, deferred: Any, *expectedExceptionTypes: type[BaseException]
    ) -> Failure:
        """
        A Deferred or coroutine has failed by now. Gives the failure.

        Args:
            deferred: the Deferred or coroutine.
            expectedExceptionTypes: what it may have failed with; none for anything.
        """
        from twisted.python.failure import Failure

        results = _now(deferred)
        if not results:
            self.fail(f"Failure result expected on {deferred!r}, found no result instead")
        result = results[0]
        if not isinstance(result, Failure):
            self.fail(
                f"Failure result expected on {deferred!r}, "
                f"found success result ({result!r}) instead"
            )
        if expectedExceptionTypes and not result.check(*expectedExceptionTypes):
            from twisted.python.reflect import qual

            wanted = " or ".join(map(qual, expectedExceptionTypes))
            self.fail(
                f"Failure of type ({wanted}) expected on {deferred!r}, found type {result.type!r} "
                f"instead: {result.getTraceback()}"
            )
        return result

    def assertNoResult(self, deferred: Any) -> None:
        """
        A Deferred or coroutine has no result yet. What it gets later goes on along its chain.
        """
        results: list[Any] = []
        isLater = False

        def look(result: Any) -> Any:
            results.append(result)
            # A failure that is reported here is not reported a second time as unhandled.
            return result if isLater else None

        _asDeferred(deferred).addBoth(look)
        isLater = True
        if results:
            self.fail(f"No result expected on {deferred!r}, found {results[0]!r} instead")

    # Warnings.

    def assertWarns(  # type: ignore[override]  # the API's own arguments
        self,
        category: type[Warning],
        message: str,
        filename: str,
        f: Callable[..., Any],
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """
        A call gives a warning, and no different one. Gives the result of the call.

        Args:
            category: the class of the warning.
            message: its whole text.
            filename: the file that it points to.
            f: called with what follows.
        """
        from ._warnings import _collectWarnings, _Warning

        seen: list[_Warning] = []
        result = _collectWarnings(seen.append, f, *args, **kwargs)
        different = {(warning.category, warning.message) for warning in seen}
        if not different:
            self.fail("No warnings emitted")
        if len(different) > 1:
            self.fail("Can't handle different warnings")
        self.assertEqual(seen[0].message, message)
        self.assertIs(seen[0].category, category)
        where = _source(seen[0].filename)
        if where != _source(filename):
            self.fail(f"Warning in {where!r}, expected {filename!r}")
        return result

    def callDeprecated(
        self,
        version: Version | tuple[Version, str],
        f: Callable[..., Any],
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """
        A call gives the warning of a deprecated function. Gives the result of the call.

        Args:
            version: since when it is deprecated; or a tuple of that and what to use instead.
            f: the function, called with what follows.
        """
        from twisted.python.deprecate import getDeprecationWarningString

        since, replacement = version if isinstance(version, tuple) else (version, None)
        result = f(*args, **kwargs)
        shown = self.flushWarnings([self.callDeprecated])
        if not shown:
            self.fail(f"{f!r} is not deprecated.")
        wanted = getDeprecationWarningString(f, since, replacement=replacement)
        self.assertEqual(shown[0]["message"], wanted)
        for extra in shown[1:]:
            warnings.warn_explicit(**extra)
        return result

    def getDeprecatedModuleAttribute(
        self, moduleName: str, name: str, version: Version, message: str | None = None
    ) -> Any:
        """
        A module's attribute is deprecated. Gives the attribute.

        Args:
            moduleName: the module.
            name: the attribute.
            version: since when.
            message: what the warning goes on with after the usual words, at least in part.
        """
        from incremental import getVersionString

        from twisted.python.reflect import namedModule

        fqpn = f"{moduleName}.{name}"
        value = getattr(namedModule(moduleName), name)
        shown = self.flushWarnings([self.getDeprecatedModuleAttribute])
        start = f"{fqpn} was deprecated in {getVersionString(version)}"
        if message is not None:
            start += ": " + message
        for warning in shown:
            if warning["category"] is DeprecationWarning and warning["message"].startswith(start):
                return value
        self.fail(f"{fqpn} is not deprecated since {version}: {[w['message'] for w in shown]}")

    def flushWarnings(self, offendingFunctions: Any = None) -> list[dict[str, Any]]:
        """To be given by the test case."""
        raise NotImplementedError()

    # The same under other names.

    assertEquals = failUnlessEqual = failUnlessEquals = assertEqual
    assertNotEquals = failIfEqual = failIfEquals = assertNotEqual
    assertNot = failIf = failUnlessFalse = assertFalse  # type: ignore[assignment]
    assert_ = failUnless = failUnlessTrue = assertTrue  # type: ignore[assignment]
    assertIdentical = failUnlessIdentical = assertIs
    assertNotIdentical = failIfIdentical = assertIsNot
    failUnlessIn = assertIn
    failIfIn = assertNotIn
    failUnlessSubstring = assertSubstring
    failIfSubstring = assertNotSubstring
    assertAlmostEquals = failUnlessAlmostEqual = assertAlmostEqual
    assertNotAlmostEquals = failIfAlmostEqual = failIfAlmostEquals = assertNotAlmostEqual
    failUnlessApproximates = assertApproximates
    failUnlessIsInstance = assertIsInstance
    failIfIsInstance = assertNotIsInstance
    failUnlessRaises = assertRaises  # type: ignore[assignment]
    failUnlessWarns = assertWarns


def _source(filename: str) -> str:
    # Compiled files are named for what they were compiled from.
    stem, dot, ending = filename.rpartition(".")
    return f"{stem}.py" if dot and ending in ("pyc", "pyo") else filename
