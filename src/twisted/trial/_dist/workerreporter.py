"""
What comes of a test, written down in a worker and read by the one who told it to run the test.

Errors travel as what can be shown of them: a `Failure` with its frames is written as a JSON
document, and read as a `Failure` whose value is a `WorkerException` with the same words.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.python.reflect import namedAny, qual
from twisted.trial._results import _asFailure
from twisted.trial.reporter import TestResult
from twisted.trial.unittest import makeTodo

from .managercommands import Report
from .stream import chunk, pieceBytes, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters of an error's own words that are passed on.
longestWords = 1 << 20


class WorkerException(Exception):
    """
    Stands for an exception that was raised in a worker, and has its words.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WorkerException):
            return NotImplemented
        return self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


# Documents.


def describeFailure(failure: Failure) -> dict[str, Any]:
    """
    Write an error down.

    Returns: what JSON can hold: the exception's class and words, and the frames.
    """
    words = failure.getErrorMessage()
    if len(words) > longestWords:
        words = f"{words[:longestWords]} ... ({len(words)} characters)"
    kind: Any = failure.type
    return {
        "class": kind if isinstance(kind, str) else qual(kind),
        "words": words,
        "frames": [list(frame[:3]) for frame in failure.frames],
    }


def readFailure(document: dict[str, Any]) -> Failure:
    """
    Make a Failure of what `describeFailure` wrote.

    Its type is the class itself where that can be found here.
    """
    failure = Failure(WorkerException(document["words"]))
    failure.type = _exceptionNamed(document["class"])
    failure.frames = [
        (function, filename, line, [], []) for function, filename, line in document["frames"]
    ]
    return failure


def _exceptionNamed(name: str) -> Any:
    try:
        found = namedAny(name)
    except Exception:
        # Made within a function, for one; the name is still worth showing.
        found = None
    if isinstance(found, type) and issubclass(found, BaseException):
        return found
    module, _, own = name.rpartition(".")
    return type(own, (WorkerException,), {"__module__": module})


def tell(result: Any, test: Any, kind: str, document: Any) -> None:
    """
    Tell a reporter what a worker has told.

    Args:
        result: the reporter.
        test: the test, as it is known here.
        kind: which method of the reporter.
        document: what came with it, None if nothing did.
    """
    if kind == "addSuccess":
        result.addSuccess(test)
    elif kind == "addSkip":
        result.addSkip(test, document)
    elif kind == "addUnexpectedSuccess":
        result.addUnexpectedSuccess(test, _readTodo(document))
    elif kind == "addExpectedFailure":
        result.addExpectedFailure(test, readFailure(document), _readTodo(document["todo"]))
    elif kind in ("addError", "addFailure"):
        getattr(result, kind)(test, readFailure(document))
    else:
        raise ValueError(f"a worker reports {kind!r}, which no reporter knows")


def _readTodo(reason: str | None) -> Any:
    return None if reason is None else makeTodo(reason)


# In the worker.


class WorkerReporter(TestResult):
    """
    Passes what happens on, from a worker.

    Args:
        ampProtocol: where to.
    """

    def __init__(self, ampProtocol: Any) -> None:
        super().__init__()
        self.ampProtocol = ampProtocol
        self._waiting: list[Deferred[Any]] | None = None

    @contextmanager
    def gatherReportingResults(self) -> Iterator[list[Deferred[Any]]]:
        """
        Let things be reported.

        Gives: a list, to which a Deferred is added for each report; it fires when the report
            has arrived.
        """
        waiting: list[Deferred[Any]] = []
        self._waiting = waiting
        try:
            yield waiting
        finally:
            self._waiting = None

    def _report(self, kind: str, test: Any, document: Any = None) -> None:
        """
        Send a report.

        Raises: ValueError if it is not the time for that.
        """
        if self._waiting is None:
            raise ValueError(f"{kind}() of {test!r} came when no test was running")
        name = test.id()
        self._waiting.append(Deferred.fromCoroutine(self._send(kind, name, document)))

    async def _send(self, kind: str, name: str, document: Any) -> None:
        more = {}
        if document is not None:
            data = json.dumps(document).encode("ascii")
            more["streamId"] = await stream(self.ampProtocol, chunk(data, pieceBytes))
        await self.ampProtocol.callRemote(Report, testName=name, kind=kind, **more)

    def addSuccess(self, test: Any) -> None:
        """Send it."""
        super().addSuccess(test)
        self._report("addSuccess", test)

    def addError(self, test: Any, error: Any) -> None:
        """Send it, with the error."""
        super().addError(test, error)
        self._report("addError", test, describeFailure(_asFailure(error)))

    def addFailure(self, test: Any, fail: Any) -> None:
        """Send it, with the error."""
        super().addFailure(test, fail)
        self._report("addFailure", test, describeFailure(_asFailure(fail)))

    def addSkip(self, test: Any, reason: Any) -> None:
        """Send it, with the reason."""
        super().addSkip(test, reason)
        self._report("addSkip", test, str(reason))

    def addExpectedFailure(self, test: Any, error: Any, todo: Any = None) -> None:
        """Send it, with the error and why it was expected."""
        super().addExpectedFailure(test, error, todo)
        document = describeFailure(_asFailure(error))
        document["todo"] = _reasonOf(todo)
        self._report("addExpectedFailure", test, document)

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """Send it, with why it was not expected."""
        super().addUnexpectedSuccess(test, todo)
        self._report("addUnexpectedSuccess", test, _reasonOf(todo))


def _reasonOf(todo: Any) -> str | None:
    return None if todo is None else str(todo.reason)
