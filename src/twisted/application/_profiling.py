"""
Running a reactor under a profiler.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = ["AppProfiler", "CProfileRunner", "ProfileRunner"]


class _Runner:
    """
    Args:
        profileOutput: the file that the result goes to.
        saveStats: True to save what `pstats` reads, False to save a table for people.
    """

    module: ClassVar[str]

    def __init__(self, profileOutput: str, saveStats: bool) -> None:
        self.profileOutput = profileOutput
        self.saveStats = saveStats

    def run(self, reactor: Any) -> None:
        """
        Run the reactor, and write what was measured.

        Raises: SystemExit if this Python lacks the profiler.
        """
        try:
            profiler = __import__(self.module).Profile()
        except ImportError as error:
            raise SystemExit(f"The profiler {self.module} cannot be imported: {error}") from error
        profiler.runcall(reactor.run)
        if self.saveStats:
            profiler.dump_stats(self.profileOutput)
            return
        # Both profilers print to standard output, and take no other file.
        before = sys.stdout
        with open(self.profileOutput, "a", encoding="utf-8") as file:
            sys.stdout = file
            try:
                profiler.print_stats()
            finally:
                sys.stdout = before


class ProfileRunner(_Runner):
    """
    Runs a reactor under `profile`, which is slow and written in Python.
    """

    module = "profile"


class CProfileRunner(_Runner):
    """
    Runs a reactor under `cProfile`.
    """

    module = "cProfile"


class AppProfiler:
    """
    The profiler that options ask for; its ``run`` is that of the one chosen.

    Args:
        options: ``profiler`` is a key of `profilers` in any case, ``profile`` the file to write,
            ``savestats`` whether to write raw numbers.
    Raises: SystemExit if there is no such profiler.
    """

    profiler: str
    """The name of the one chosen, in small letters."""

    profilers: ClassVar[dict[str, Any]] = {"profile": ProfileRunner, "cprofile": CProfileRunner}

    def __init__(self, options: Mapping[str, Any]) -> None:
        name = options.get("profiler", "cprofile")
        self.profiler = name.lower()
        self.profileOutput = options.get("profile", None)
        self.saveStats = options.get("savestats", False)
        if self.profiler not in self.profilers:
            raise SystemExit(f"Unsupported profiler name: {name}")
        self.run = self.profilers[self.profiler](self.profileOutput, self.saveStats).run
