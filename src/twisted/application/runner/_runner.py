"""
From the first log line of a process to the end of its reactor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import kill
from signal import SIGTERM
from sys import stderr
from typing import Any, TextIO

import attr

from twisted.logger import (
    FilteringLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

from ._exit import ExitStatus, exit
from ._pidfile import AlreadyRunningError, InvalidPIDFileError, NoPIDFound, nonePIDFile

__all__ = ["Runner"]


def _nothing(**given: Any) -> None:
    """What is done where nothing was asked for."""


@attr.s(frozen=True, auto_attribs=True)
class Runner:
    """
    Runs a reactor.

    Args:
        reactor: the reactor.
        pidFile: the `IPIDFile` that has this process's number while it runs.
        kill: True to end the process of that file, and not run anything.
        defaultLogLevel: the least important level that is logged.
        logFile: where the log goes.
        fileLogObserverFactory: makes an observer that writes to such a file.
        whenRunning: called when the reactor runs.
        whenRunningArguments: its keyword arguments.
        reactorExited: called when the reactor has run.
        reactorExitedArguments: its keyword arguments.
    """

    _log = Logger()

    _reactor: Any
    _pidFile: Any = nonePIDFile
    _kill: bool = False
    _defaultLogLevel: Any = LogLevel.info
    # Standard error as it is when a runner is made.
    _logFile: TextIO = attr.Factory(lambda: stderr)
    _fileLogObserverFactory: Callable[[TextIO], Any] = textFileLogObserver
    _whenRunning: Callable[..., object] = _nothing
    _whenRunningArguments: Mapping[str, Any] = attr.Factory(dict)
    _reactorExited: Callable[..., object] = _nothing
    _reactorExitedArguments: Mapping[str, Any] = attr.Factory(dict)

    def run(self) -> None:
        """
        Run the reactor to its end; or end another process, if that was asked for.
        """
        self.killIfRequested()
        try:
            with self._pidFile:
                self.startLogging()
                self.startReactor()
                self.reactorExited()
        except AlreadyRunningError:
            exit(ExitStatus.EX_CONFIG, "Already running.")

    def killIfRequested(self) -> None:
        """
        Ask the process of the file to end, if so told, and end this one.
        """
        if not self._kill:
            return
        status, message = self._killOther()
        exit(status, message)

    def _killOther(self) -> tuple[Any, str | None]:
        if self._pidFile is nonePIDFile:
            return ExitStatus.EX_USAGE, "No PID file specified."
        try:
            pid = self._pidFile.read()
        except (OSError, NoPIDFound):
            return ExitStatus.EX_IOERR, "Unable to read PID file."
        except InvalidPIDFileError:
            return ExitStatus.EX_DATAERR, "Invalid PID file."
        self.startLogging()
        self._log.info("Ending process {pid}", pid=pid)
        kill(pid, SIGTERM)
        return ExitStatus.EX_OK, None

    def startLogging(self) -> None:
        """
        Begin to write the log.
        """
        predicate = LogLevelFilterPredicate(defaultLogLevel=self._defaultLogLevel)
        observer = self._fileLogObserverFactory(self._logFile)
        globalLogBeginner.beginLoggingTo([FilteringLogObserver(observer, [predicate])])

    def startReactor(self) -> None:
        """
        Run the reactor.
        """
        self._reactor.callWhenRunning(self.whenRunning)
        self._log.info("The reactor starts.")
        self._reactor.run()

    def whenRunning(self) -> None:
        """
        Do what was asked for when the reactor runs.
        """
        self._whenRunning(**self._whenRunningArguments)

    def reactorExited(self) -> None:
        """
        Do what was asked for when the reactor has run.
        """
        self._reactorExited(**self._reactorExitedArguments)
