"""
A Python prompt beside a running reactor.

Lines are read in a thread of their own, and what they say is run in the reactor's: a prompt that
waits for its reader holds nothing up, and what is typed may touch everything. A line may await, at
its top level, Deferreds and asyncio awaitables alike.
"""

from __future__ import annotations

import ast
import code
import inspect
import sys
import threading
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.threads import blockingCallFromThread

__all__ = ["Prompt"]


class Prompt:
    """
    A prompt.

    Args:
        reactor: what runs.
        names: what can be used at once, by name.
        ended: called in the reactor's thread when the reader has had enough.
        banner: what is said first to somebody at a terminal.
    Attributes:
        failed: whether a line raised; of use where lines come from a file.
    """

    def __init__(
        self, reactor: Any, names: dict[str, Any], ended: Callable[[], object], banner: str
    ) -> None:
        self.failed = False
        self.names = {"__name__": "__console__", "__doc__": None, "reactor": reactor, **names}
        self._reactor = reactor
        self._ended = ended
        self._banner = banner
        self._awaited: Deferred[Any] | None = None

    def start(self) -> None:
        """
        Begin to read. To be called in the reactor's thread.
        """
        threading.Thread(target=self._read, name="console", daemon=True).start()

    def interrupt(self) -> bool:
        """
        Cancel what a line waits for.

        Returns: whether there was something.
        """
        if self._awaited is None:
            return False
        self._awaited.cancel()
        return True

    def _read(self) -> None:
        lines = _Lines(self.names, self._run)
        people = sys.stdin.isatty()
        if people:
            _completing(self.names)
        try:
            lines.interact(banner=self._banner if people else "", exitmsg="")
        finally:
            self.failed = lines.failed
            self._reactor.callFromThread(self._ended)

    def _run(self, compiled: CodeType) -> None:
        blockingCallFromThread(self._reactor, self._runHere, compiled)

    def _runHere(self, compiled: CodeType) -> Deferred[Any]:
        # Whoever wants to leave says so to the thread that reads, not to the reactor.
        self._awaited = awaited = maybeDeferred(_call, compiled, self.names)

        def over(result: Any) -> Any:
            self._awaited = None
            return result

        return awaited.addBoth(over)


class _Leaving(Exception):
    """Carries SystemExit past the reactor, which would end at it."""


def _call(compiled: CodeType, names: dict[str, Any]) -> Any:
    try:
        made = FunctionType(compiled, names)()
    except SystemExit as end:
        raise _Leaving(end) from None
    return Deferred.fromCoroutine(made) if inspect.iscoroutine(made) else None


class _Lines(code.InteractiveConsole):
    """
    What the standard library's prompt does, with each command run elsewhere.
    """

    def __init__(self, names: dict[str, Any], run: Callable[[CodeType], None]) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.failed = False
        self._run = run

    def runcode(self, compiled: CodeType) -> None:
        try:
            self._run(compiled)
        except _Leaving as leaving:
            raise leaving.args[0] from None
        except CancelledError:
            self.write("cancelled\n")
        except BaseException:
            self.failed = True
            self.showtraceback()
        sys.stdout.flush()

    def interact(self, banner: str | None = None, exitmsg: str | None = None) -> None:
        try:
            super().interact(banner, exitmsg)
        except SystemExit:
            pass

    def showsyntaxerror(self, filename: str | None = None, **more: Any) -> None:
        self.failed = True
        super().showsyntaxerror(filename, **more)

    def raw_input(self, prompt: str = "") -> str:
        if sys.stdin.isatty():
            return input(prompt)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\n")

    def write(self, data: str) -> None:
        if data.strip():
            super().write(data)


def _completing(names: dict[str, Any]) -> None:
    try:
        import readline
        import rlcompleter
    except ImportError:
        return
    readline.set_completer(rlcompleter.Completer(names).complete)
    readline.parse_and_bind("tab: complete")
