"""
Running a program for its output or its exit code, and keeping warnings quiet meanwhile.
"""

from __future__ import annotations

import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from twisted.internet.interfaces import IReactorProcess

    # The positional and keyword arguments for `warnings.filterwarnings`.
    Filter = tuple[tuple[Any, ...], Mapping[str, Any]]


# Programs


class _UnexpectedErrorOutput(IOError):
    """
    A program wrote to its standard error, where nothing was expected.

    Attributes:
        processEnded: a Deferred that fails with the reason when the program has ended.
    """

    def __init__(self, text: bytes, processEnded: Deferred[Any]) -> None:
        super().__init__(f"the program wrote to its standard error: {text!r}")
        self.processEnded = processEnded


class _BackRelay(ProcessProtocol):
    """
    Gives a program's output.

    Attributes:
        deferred: fires with the output; None once it has.
        onProcessEnded: set when `deferred` has failed before the program's end.
    """

    onProcessEnded: Deferred[Any] | None = None

    def __init__(self, deferred: Deferred[bytes], errortoo: bool | int = 0) -> None:
        """
        Args:
            deferred: what to fire.
            errortoo: whether standard error belongs to the output, rather than being a failure.
        """
        self.deferred: Deferred[bytes] | None = deferred
        self._output: list[bytes] = []
        self._errorToo = bool(errortoo)

    def outReceived(self, text: bytes) -> None:
        """Keep it."""
        self._output.append(text)

    def errReceived(self, text: bytes) -> None:
        """Keep it, or fail."""
        if self._errorToo:
            self._output.append(text)
        elif self.deferred is not None:
            waiting, self.deferred = self.deferred, None
            self.onProcessEnded = Deferred()
            waiting.errback(_UnexpectedErrorOutput(text, self.onProcessEnded))
            if self.transport is not None:
                self.transport.loseConnection()

    def processEnded(self, reason: Failure) -> None:
        """Fire."""
        if self.deferred is not None:
            self.deferred.callback(b"".join(self._output))
        elif self.onProcessEnded is not None:
            self.onProcessEnded.errback(reason)


class _EverythingGetter(ProcessProtocol):
    """Gives a program's output, what it wrote to standard error, and its exit code."""

    def __init__(self, deferred: Deferred[Any], stdinBytes: bytes | None = None) -> None:
        """
        Args:
            deferred: fires with the three, or fails with output, error and signal number.
            stdinBytes: what the program shall read from its standard input.
        """
        self.deferred = deferred
        self.stdinBytes = stdinBytes
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        self.outReceived = self._out.append  # type: ignore[method-assign,assignment]
        self.errReceived = self._err.append  # type: ignore[method-assign,assignment]

    def connectionMade(self) -> None:
        """Feed the program."""
        if self.stdinBytes is not None and self.transport is not None:
            self.transport.writeToChild(0, self.stdinBytes)
            # Programs read on until this is closed.
            self.transport.closeStdin()

    def processEnded(self, reason: Failure) -> None:
        """Fire."""
        out, err, how = b"".join(self._out), b"".join(self._err), reason.value
        if getattr(how, "signal", None):
            self.deferred.errback(Failure((out, err, how.signal)))  # type: ignore[attr-defined]
        else:
            self.deferred.callback((out, err, how.exitCode))  # type: ignore[attr-defined]


class _ValueGetter(ProcessProtocol):
    """Gives a program's exit code."""

    def __init__(self, deferred: Deferred[int]) -> None:
        self.deferred = deferred

    def processEnded(self, reason: Failure) -> None:
        """Fire."""
        self.deferred.callback(reason.value.exitCode)  # type: ignore[attr-defined]


def _start(
    protocol: ProcessProtocol,
    executable: str | bytes,
    args: Sequence[str | bytes],
    env: Mapping[Any, Any] | None,
    path: str | bytes | None,
    reactor: IReactorProcess | Any,
) -> None:
    if reactor is None:
        from twisted.internet import reactor
    reactor.spawnProcess(protocol, executable, (executable, *args), env, path)


def getProcessOutput(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] = {},  # never changed, and public
    path: str | bytes | None = None,
    reactor: IReactorProcess | None = None,
    errortoo: bool | int = 0,
) -> Deferred[bytes]:
    """
    Run a program for its output.

    Args:
        executable: its path.
        args: its arguments, without its own name.
        env: its environment; nothing of ours is added.
        path: the directory it starts in; None for ours.
        reactor: starts it; None for the global one.
        errortoo: whether what it writes to standard error belongs to the output.
    Returns: a Deferred of what it wrote to standard output. It fails with an OSError as soon as
        something comes by standard error, unless ``errortoo``; that error has a Deferred
        ``processEnded``.
    """
    done: Deferred[bytes] = Deferred()
    _start(_BackRelay(done, errortoo), executable, args, env, path, reactor)
    return done


def getProcessValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] = {},  # never changed, and public
    path: str | bytes | None = None,
    reactor: IReactorProcess | None = None,
) -> Deferred[int]:
    """
    Run a program for its exit code. The arguments are those of `getProcessOutput`.

    Returns: a Deferred of the exit code, which is None where a signal ended the program.
    """
    done: Deferred[int] = Deferred()
    _start(_ValueGetter(done), executable, args, env, path, reactor)
    return done


def getProcessOutputAndValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] = {},  # never changed, and public
    path: str | bytes | None = None,
    reactor: IReactorProcess | None = None,
    stdinBytes: bytes | None = None,
) -> Deferred[tuple[bytes, bytes, int]]:
    """
    Run a program for its output and its exit code.

    Args:
        stdinBytes: what it reads from standard input; the others are as in `getProcessOutput`.
    Returns: a Deferred of standard output, standard error and exit code. Where a signal ended
        the program it fails with such a triple, with the signal's number.
    """
    done: Deferred[tuple[bytes, bytes, int]] = Deferred()
    _start(_EverythingGetter(done, stdinBytes), executable, args, env, path, reactor)
    return done


# Warnings


def _quieten(filters: Iterable[Filter]) -> Callable[[], None]:
    """Add warning filters, the first one foremost. Returns: a function that takes them away."""
    added: list[Any] = []
    for positional, keywords in reversed(list(filters)):
        warnings.filterwarnings(*positional, **keywords)
        added.append(warnings.filters[0])

    def restore() -> None:
        # One by one, since others may have come and gone while a Deferred was waited for.
        present: Any = warnings.filters
        for filter in added:
            if filter in present:
                present.remove(filter)

    return restore


def runWithWarningsSuppressed(
    suppressedWarnings: Iterable[Filter], f: Callable[..., Any], *a: Any, **kw: Any
) -> Any:
    """
    Call a function while some warnings are filtered.

    Args:
        suppressedWarnings: pairs of positional and keyword arguments for
            `warnings.filterwarnings`.
        f: called with the rest of the arguments.
    Returns: its result. Where that is a Deferred, the filters stay until it has fired.
    """
    restore = _quieten(suppressedWarnings)
    try:
        result = f(*a, **kw)
    except BaseException:
        restore()
        raise
    if not isinstance(result, Deferred):
        restore()
        return result

    def fired(outcome: Any) -> Any:
        restore()
        return outcome

    return result.addBoth(fired)


def suppressWarnings(f: Callable[..., Any], *suppressedWarnings: Filter) -> Callable[..., Any]:
    """Make a function like ``f``, during which some warnings are filtered."""

    @wraps(f)
    def quiet(*a: Any, **kw: Any) -> Any:
        return runWithWarningsSuppressed(suppressedWarnings, f, *a, **kw)

    return quiet


__all__ = [
    "getProcessOutput",
    "getProcessOutputAndValue",
    "getProcessValue",
    "runWithWarningsSuppressed",
    "suppressWarnings",
]
