"""
Processes that are measured: each on its own core, each with a bounded life.

Nothing here ends a process that it did not start.
"""

from __future__ import annotations

import os
import resource
import select
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType

__all__ = ["ChildFailed", "Cores", "Running", "chooseCores"]

patienceSeconds = 60.0
"""How long a process may be silent beyond what it was asked to do."""
endingSeconds = 5.0
mostComplaint = 4000
"""Characters of what a process that failed wrote to its standard error."""


class ChildFailed(Exception):
    """A process ended, or said nothing, where it should have spoken."""


class Cores:
    """
    Where what runs.

    Attributes:
        server: the core of what is measured.
        load: the core of what keeps it busy; the same one on a machine with one core.
    """

    def __init__(self, server: int, load: int) -> None:
        self.server = server
        self.load = load


def chooseCores() -> Cores:
    """The first and the last of the cores that we may use, as far apart as they can be."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(-1, -1)
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[-1])


def _prepare(core: int) -> None:
    """In the new process: run on that core only, with all the files that we may have."""
    if core >= 0:
        os.sched_setaffinity(0, {core})
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _wholeSeconds(process: int) -> float:
    """Of a process, as `Running.wholeSeconds` says."""
    seconds = 0.0
    for thread in Path(f"/proc/{process}/task").glob("*"):
        try:
            seconds += int((thread / "schedstat").read_text().split()[0]) / 1e9
            children = (thread / "children").read_text().split()
        except OSError:
            continue  # it has ended meanwhile
        seconds += sum(_wholeSeconds(int(child)) for child in children)
    return seconds


class Running:
    """
    A process that runs until the block ends.

    Args:
        words: its command.
        core: where it runs; anywhere where that is negative.
    """

    def __init__(self, words: Sequence[str], core: int) -> None:
        self._words = words
        self._core = core
        self._buffer = b""

    def __enter__(self) -> Running:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        # Neither shall find another Twisted, nor compile what it imports again and again.
        for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        # A server may complain of the load that goes away; that is shown only when it fails.
        self._complaints = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self._words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env=environment,
            preexec_fn=lambda: _prepare(self._core),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.terminate()
        try:
            process.wait(endingSeconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        self._complaints.close()

    def line(self, seconds: float = 0.0) -> list[str]:
        """
        The next line that it prints, in words.

        Args:
            seconds: how long it is known to take.
        Raises: ChildFailed if none comes.
        """
        assert self._process.stdout is not None
        stdout = self._process.stdout.fileno()
        until = monotonic() + seconds + patienceSeconds
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([stdout], [], [], max(0.0, until - monotonic()))
            if not ready:
                raise self._failure("says nothing")
            some = os.read(stdout, 65536)
            if not some:
                raise self._failure(f"ended with {self._process.wait(endingSeconds)}")
            self._buffer += some
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode().split()

    def _failure(self, what: str) -> ChildFailed:
        self._complaints.seek(0)
        said = self._complaints.read().decode(errors="replace")[-mostComplaint:].strip()
        return ChildFailed(f"{' '.join(self._words)} {what}\n{said}".rstrip())

    def tell(self, words: str) -> None:
        """Give it a line to read."""
        assert self._process.stdin is not None
        self._process.stdin.write(words.encode() + b"\n")
        self._process.stdin.flush()

    def processorSeconds(self) -> float:
        """How long its first thread has run on a processor (Linux; 0 elsewhere)."""
        return self._schedule()[0]

    def wholeSeconds(self) -> float:
        """How long all of its threads have run, and those of the processes that it started."""
        return _wholeSeconds(self._process.pid)

    def waitedSeconds(self) -> float:
        """How long it could have run while others did (Linux; 0 elsewhere)."""
        return self._schedule()[1]

    def _schedule(self) -> tuple[float, float]:
        try:
            ran, waited, _times = Path(f"/proc/{self._process.pid}/schedstat").read_text().split()
        except OSError:
            return 0.0, 0.0
        return int(ran) / 1e9, int(waited) / 1e9

    def residentBytes(self) -> int | None:
        """Its memory that is in use (Linux; None elsewhere)."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        except OSError:
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
