"""
What trial's parts share: looking after the reactor, attributes, folders and words.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import ParamSpec, TextIO, TypeVar

    from twisted.python.failure import Failure
    from twisted.python.filepath import FilePath
    from twisted.python.lockfile import FilesystemLock

    P = ParamSpec("P")
    R = TypeVar("R")
    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

__all__ = [
    "DEFAULT_TIMEOUT",
    "DEFAULT_TIMEOUT_DURATION",
    "DirtyReactorAggregateError",
    "acquireAttribute",
    "excInfoOrFailureToExcInfo",
    "openTestLog",
    "profiled",
    "suppress",
]

#: Stands for the default where a time limit is looked for.
DEFAULT_TIMEOUT = object()

#: Seconds that a test may wait for a Deferred, if nothing says otherwise.
DEFAULT_TIMEOUT_DURATION = 120.0

_required: Any = object()


def acquireAttribute(objects: Iterable[object], attr: str, default: Any = _required) -> Any:
    """
    Give an attribute of the first object that has it.

    Args:
        objects: where to look, in this order.
        attr: the attribute's name.
        default: what to give if none has it.
    Raises: AttributeError if none has it and there is no default.
    """
    for thing in objects:
        # Cheaper than an AttributeError each time: this is asked thrice for each test.
        found = getattr(thing, attr, _required)
        if found is not _required:
            return found
    if default is _required:
        raise AttributeError(f"{attr!r} is on none of {objects!r}")
    return default


def excInfoOrFailureToExcInfo(err: Failure | ExcInfo) -> ExcInfo:
    """
    Give a (class, exception, traceback) tuple for a Failure, or for such a tuple itself.
    """
    if isinstance(err, tuple):
        return err
    return (err.type, err.value, err.getTracebackObject())


def suppress(action: str = "ignore", **kwarg: Any) -> tuple[tuple[str], dict[str, Any]]:
    """
    Describe warnings that a test is not to show, for the ``suppress`` attribute of a test.

    The arguments are those of `warnings.filterwarnings`.
    """
    return ((action,), kwarg)


def profiled(f: Callable[P, R], outputFile: str) -> Callable[P, R]:
    """
    Make a function that does the same, and writes a profile of it.

    Args:
        f: the function.
        outputFile: the path of the file, which `pstats` can read.
    """
    from cProfile import Profile

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        profile = Profile()
        try:
            return profile.runcall(f, *args, **kwargs)
        finally:
            profile.dump_stats(outputFile)

    return run


def _listToPhrase(things: object, finalDelimiter: str, delimiter: str = ", ") -> str:
    """
    Join things with words between them: ``a, b, and c``.

    Raises: TypeError if they are in anything but a list or a tuple.
    """
    if not isinstance(things, (list, tuple)):
        raise TypeError("Things must be a list or a tuple")
    words = [str(thing) for thing in things]
    if len(words) < 3:
        return f" {finalDelimiter} ".join(words)
    return delimiter.join([*words[:-1], f"{finalDelimiter} {words[-1]}"])


# What a test leaves behind in the reactor.


class DirtyReactorAggregateError(Exception):
    """
    A test left something in the reactor.

    Attributes:
        delayedCalls: calls that were still to come.
        selectables: transports and ports that were still open.
    """

    def __init__(
        self, delayedCalls: Iterable[object], selectables: Iterable[object] | None = None
    ) -> None:
        self.delayedCalls = delayedCalls
        self.selectables = selectables

    def __str__(self) -> str:
        lines = ["Reactor was unclean."]
        if self.delayedCalls:
            lines.append(
                "DelayedCalls: (set twisted.internet.base.DelayedCall.debug = True to debug)"
            )
            lines.extend(map(str, self.delayedCalls))
        if self.selectables:
            lines.append("Selectables:")
            lines.extend(map(str, self.selectables))
        return "\n".join(lines)


def _theReactor() -> Any:
    from twisted.internet import reactor

    return reactor


def _takeTwoTurns(reactor: Any) -> None:
    """
    Let the reactor do what it has to do now, and then what that has caused.
    """
    loop = getattr(reactor, "_asyncioEventloop", None)
    if loop is None or loop.is_running() or "iterate" in vars(reactor):
        reactor.iterate(0)
        reactor.iterate(0)
        return
    # Entering the loop costs ten times as much as a turn of it (measured: 25 us on uvloop, which
    # makes a pair of sockets each time), so it is entered once.
    loop.call_soon(loop.call_soon, loop.stop)
    loop.run_forever()


class _Janitor:
    """
    Clears out what a test left in the reactor, and says what it was.

    Args:
        test: the test.
        result: told of what was left.
        reactor: None for the one that is installed.

    Attributes:
        isSettled: whether what was to happen at once has happened already.
        threadGraceSeconds: how long threads may take, in real time, to come to rest.
    """

    isSettled = False
    threadGraceSeconds = 0.1

    def __init__(self, test: object, result: Any, reactor: Any = None) -> None:
        self.test = test
        self.result = result
        self.reactor = reactor

    def postCaseCleanup(self) -> bool:
        """
        Cancel the calls that are still to come after a test.

        Returns: whether there were none.
        """
        calls = self._cleanPending()
        if calls:
            self._complain(DirtyReactorAggregateError(calls))
        return not calls

    def postClassCleanup(self) -> None:
        """
        After the last test of a class, close and cancel everything, and stop the threads.
        """
        selectables = self._cleanReactor() + self._threadsAtWork()
        calls = self._cleanPending()
        if selectables or calls:
            self._complain(DirtyReactorAggregateError(calls, selectables))
        self._cleanThreads()

    def _complain(self, error: Exception) -> None:
        from twisted.python.failure import Failure

        self.result.addError(self.test, Failure(error))

    def _getReactor(self) -> Any:
        return _theReactor() if self.reactor is None else self.reactor

    def _cleanPending(self) -> list[str]:
        reactor = self._getReactor()
        if not self.isSettled:
            # What is to happen at once is no fault: let it, and what that causes too.
            _takeTwoTurns(reactor)
        self.isSettled = False
        left = []
        for call in reactor.getDelayedCalls():
            if call.active():
                # A cancelled call knows less about where it came from.
                left.append(str(call))
                call.cancel()
        return left

    def _cleanReactor(self) -> list[str]:
        from twisted.internet.interfaces import IProcessTransport

        reactor = self._getReactor()
        left = []
        for selectable in reactor.removeAll():
            if IProcessTransport.providedBy(selectable):
                selectable.signalProcess("KILL")
            left.append(repr(selectable))
        if left:
            self._closeAll(reactor)
        return left

    def _closeAll(self, reactor: Any) -> None:
        """
        Close ports and connections, which stay open until somebody closes them, so that the
        next class is not blamed for them.
        """
        closeAll = getattr(reactor, "disconnectAll", None)
        if closeAll is not None:
            closeAll()
            self._cleanPending()

    def _threadsAtWork(self) -> list[str]:
        """
        Name the threads of the reactor's pool that still do something for the test.
        """
        pool: Any = getattr(self._getReactor(), "threadpool", None)
        # A thread hands its result over a moment before it counts as idle.
        until = time.monotonic() + self.threadGraceSeconds
        while getattr(pool, "working", None):
            if time.monotonic() > until:
                return [f"<{len(pool.working)} at work of the threads of {pool!r}>"]
            time.sleep(0.001)
        return []

    def _cleanThreads(self) -> None:
        reactor = self._getReactor()
        if getattr(reactor, "threadpool", None) is not None:
            reactor._stopThreadPool()


# The folder that a run works in.


class _NoTrialMarker(Exception):
    """
    A folder that was to be removed was not made by trial.
    """


class _WorkingDirectoryBusy(Exception):
    """
    The folder is in use by another run.
    """


def _removeSafely(path: FilePath[Any]) -> None:
    """
    Remove a folder that trial made; move it out of the way where that does not work.

    Raises: _NoTrialMarker if there is nothing in it that says that trial made it.
    """
    if not os.path.exists(os.path.join(os.fsdecode(path.path), "_trial_marker")):
        raise _NoTrialMarker(f"{path!r} was not made by trial, and is not removed")
    try:
        path.remove()
    except OSError as e:
        import time

        print(f"could not remove {path!r}, error {e.errno}: {e.strerror}; moving it away")
        away = f"_trial_temp_old{time.time():.0f}"
        path.moveTo(path.asTextMode().sibling(away))


def _unusedTestDirectory(base: FilePath[Any]) -> tuple[FilePath[Any], FilesystemLock]:
    """
    Make an empty folder that no other run uses.

    Args:
        base: the path to use, with a number added to its name if it is in use.
    Returns: the folder, and the lock to release when it is no longer used.
    """
    from twisted.python.lockfile import FilesystemLock

    base.parent().makedirs(ignoreExistingDirectory=True)
    count = 0
    while True:
        folder = base if not count else base.sibling(f"{base.basename()}-{count}")
        lock = FilesystemLock(folder.path + ".lock")
        if lock.lock():
            break
        if base.basename() != "_trial_temp":
            # A name that somebody chose is not changed.
            raise _WorkingDirectoryBusy()
        count += 1
    if folder.exists():
        _removeSafely(folder)
    folder.makedirs()
    folder.child("_trial_marker").touch()
    return folder, lock


def openTestLog(path: FilePath[Any]) -> TextIO:
    """
    Open a run's log for adding to it, as UTF-8.
    """
    return open(path.path, "a", encoding="utf-8", errors="strict")
