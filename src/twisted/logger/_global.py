"""The logger of the whole program, before and after somebody says where events go."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Any

from zope.interface import implementer

from ._buffer import LimitedHistoryLogObserver
from ._format import eventAsText
from ._interfaces import ILogObserver, LogEvent, Observer
from ._levels import LogLevel
from ._logger import Logger
from ._observer import LogPublisher
from ._observer import globalLogPublisher as globalLogPublisher

if TYPE_CHECKING:
    from types import FrameType

#: What a second `LogBeginner.beginLoggingTo` is answered with.
MORE_THAN_ONCE_WARNING = (
    "Logging began a second time at <{fileNow}:{lineNow}>, and the observers given there were "
    "added; it had begun at <{fileThen}:{lineThen}>. A program should say once where its log goes."
)


class LogBeginner:
    """
    Keeps the events of a program that has not said yet where they go.

    Until `beginLoggingTo` is called the latest events are kept, and those on the critical level
    are shown at once, lest a program that fails early does so in silence.

    Args:
        publisher: whose events these are.
        errorStream: where critical events are shown until logging begins.
        stdio: has the ``stdout`` and ``stderr`` that can be redirected; the `sys` module.
        warningsModule: has the ``showwarning`` that is redirected; the `warnings` module.
        initialBufferSize: how many events are kept.
    """

    _DEFAULT_BUFFER_SIZE = 200

    def __init__(
        self,
        publisher: LogPublisher,
        errorStream: IO[Any],
        stdio: object,
        warningsModule: Any,
        initialBufferSize: int | None = None,
    ) -> None:
        if initialBufferSize is None:
            initialBufferSize = self._DEFAULT_BUFFER_SIZE
        self._initialBuffer = LimitedHistoryLogObserver(initialBufferSize)
        self._publisher = publisher
        self._log = Logger(observer=publisher)
        self._stdio: Any = stdio
        self._warningsModule = warningsModule
        self._temporaryObserver: Observer | None = _Waiting(self._initialBuffer, errorStream)
        self._previousBegin = ("", 0)
        self._oldshowwarning = warningsModule.showwarning
        publisher.addObserver(self._temporaryObserver)

    def beginLoggingTo(
        self,
        observers: Iterable[Observer],
        discardBuffer: bool = False,
        redirectStandardIO: bool = True,
    ) -> None:
        """
        Say where events go from now on.

        The kept events go to the observers first. Warnings become events. To be called once, by
        the program and not by a library: a second call adds its observers, and logs a warning.

        Args:
            observers: who is told of events.
            discardBuffer: forget the kept events.
            redirectStandardIO: make events of what is written to standard output and error.
        """
        here = _placeOf(sys._getframe(1))
        then, self._previousBegin = self._previousBegin, here
        observers = list(observers)
        for observer in observers:
            self._publisher.addObserver(observer)
        if self._temporaryObserver is not None:
            self._endWaiting(observers, discardBuffer)
        else:
            self._log.warn(
                MORE_THAN_ONCE_WARNING,
                fileNow=here[0],
                lineNow=here[1],
                fileThen=then[0],
                lineThen=then[1],
            )
        if redirectStandardIO:
            self._redirect("stdout", LogLevel.info)
            self._redirect("stderr", LogLevel.error)

    def _endWaiting(self, observers: list[Observer], discardBuffer: bool) -> None:
        assert self._temporaryObserver is not None
        self._publisher.removeObserver(self._temporaryObserver)
        self._temporaryObserver = None
        if not discardBuffer:
            self._initialBuffer.replayTo(LogPublisher(*observers))
        self._warningsModule.showwarning = self.showwarning

    def _redirect(self, name: str, level: Any) -> None:
        from ._io import LoggingFile

        encoding = getattr(getattr(self._stdio, name), "encoding", None)
        logger = Logger(namespace=name, observer=self._publisher)
        setattr(self._stdio, name, LoggingFile(logger, level, encoding))

    def showwarning(
        self,
        message: str | Warning,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: IO[Any] | None = None,
        line: str | None = None,
    ) -> None:
        """
        Make an event of a warning; one that is meant for a file goes there.

        Args: those of `warnings.showwarning`.
        """
        if file is not None:
            self._oldshowwarning(message, category, filename, lineno, file, line)
            return
        self._log.warn(
            "{filename}:{lineno}: {category}: {warning}",
            warning=message,
            category=f"{category.__module__}.{category.__name__}",
            filename=filename,
            lineno=lineno,
        )


def _placeOf(caller: FrameType) -> tuple[str, int]:
    """File and line of a caller; who calls by way of the older log is meant himself."""
    while caller.f_globals.get("__name__") == "twisted.python.log" and caller.f_back is not None:
        caller = caller.f_back
    return caller.f_code.co_filename, caller.f_lineno


@implementer(ILogObserver)
class _Waiting:
    """Keeps events; shows the critical ones on a stream."""

    def __init__(self, keep: LimitedHistoryLogObserver, stream: IO[Any]) -> None:
        self._keep = keep
        self._stream = stream

    def __call__(self, event: LogEvent) -> None:
        self._keep(event)
        if event.get("log_level") is LogLevel.critical:
            text = eventAsText(event, includeTimestamp=False, includeSystem=False)
            self._stream.write(f"{text}\n")
            self._stream.flush()


globalLogBeginner = LogBeginner(globalLogPublisher, sys.stderr, sys, warnings)
