"""
The older way to log, over `twisted.logger`.

What is logged here is seen there and the other way round: there is one publisher, and each event
is given the keys of the other kind as it passes. New programs use `twisted.logger`.

An event is a dictionary with these keys, and whatever its caller added:

message: a tuple of what was said; its text is that, with blanks between.
time: seconds since the epoch.
system: who speaks.
isError: 1 if it tells of an error.
failure, why: a `Failure`, and words on what was being done, if there are any.
format: words with ``%(key)s``, for an event without a message.
"""

from __future__ import annotations

import sys
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from io import BufferedIOBase, RawIOBase, UnsupportedOperation
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from zope.interface import Interface

from twisted.logger import LogBeginner as _NewBeginner
from twisted.logger import Logger as _NewLogger
from twisted.logger import LoggingFile, LogLevel
from twisted.logger import LogPublisher as _NewPublisher
from twisted.logger import formatTime as _formatTime
from twisted.logger import globalLogBeginner as _globalLogBeginner
from twisted.logger import globalLogPublisher as _globalLogPublisher
from twisted.logger._legacy import LegacyLogObserverWrapper, publishToNewObserver
from twisted.python import context
from twisted.python.failure import Failure
from twisted.python.reflect import safe_str
from twisted.python.threadable import isInIOThread, synchronize

if TYPE_CHECKING:
    from typing import IO

_R = TypeVar("_R")

EventDict = dict[str, Any]


class ILogContext:
    """The key under which `twisted.python.context` has what is added to every event."""


class ILogObserver(Interface):
    """Somebody who is told of every event, as `LogPublisher` makes them."""

    def __call__(eventDict: EventDict) -> None:
        """
        Take note of an event.

        What is raised here is reported to the other observers. The event may be kept: it is this
        observer's own.
        """


class _Defaults(dict[str, Any]):
    """What holds where no context says otherwise: the system is whoever the reactor calls."""

    def __getitem__(self, key: str) -> Any:
        if key == "system":
            who = context.speaker.who
            if who is not None and isInIOThread():
                return who.logPrefix()
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  # it would call itself

    def __iter__(self) -> Iterator[str]:
        # Without this, a copy would take the values past __getitem__.
        return super().__iter__()


context.setDefault(ILogContext, _Defaults(system="-"))


def callWithContext(ctx: dict[str, Any], func: Callable[..., _R], *args: Any, **kw: Any) -> _R:
    """
    Call a function; what it logs by `msg` and `err` carries the keys of the context too.

    Returns: what the function returns.
    """
    around = context.get(ILogContext) or {}
    return context.call({ILogContext: {**around, **ctx}}, func, *args, **kw)


def callWithLogger(logger: Any, func: Callable[..., _R], *args: Any, **kw: Any) -> _R | None:
    """
    Call a function in the name of an object, and log what it raises.

    Args:
        logger: its ``logPrefix()`` is the system of what is logged meanwhile.
        func: called with the other arguments.
    Returns: what the function returns; None if it raises.
    Raises: KeyboardInterrupt, which is no affair of the function.
    """
    try:
        prefix = logger.logPrefix()
    except KeyboardInterrupt:
        raise
    except BaseException:
        prefix = "(buggy logPrefix method)"
        err(system=prefix)
    try:
        return callWithContext({"system": prefix}, func, *args, **kw)
    except KeyboardInterrupt:
        raise
    except BaseException:
        err(system=prefix)
        return None


def err(_stuff: object = None, _why: str | None = None, **kw: object) -> None:
    """
    Log an error.

    Args:
        _stuff: a `Failure` or an exception; anything else is shown with ``repr``. None for the
            exception that is being handled.
        _why: what was being done.
        kw: more keys for the event.
    """
    if _stuff is None:
        _stuff = Failure()
    elif isinstance(_stuff, Exception):
        _stuff = Failure(_stuff)
    if isinstance(_stuff, Failure):
        msg(failure=_stuff, why=_why, isError=1, **kw)
    else:
        msg(repr(_stuff), why=_why, isError=1, **kw)


deferr = err


class Logger:
    """To be inherited by what can be a logger for `callWithLogger`."""

    def logPrefix(self) -> str:
        """The system of what is logged in this object's name."""
        return "-"


class LogPublisher:
    """
    Makes events and tells observers of them.

    Args:
        observerPublisher: has the observers that are added here; a new one if None.
        publishPublisher: gets the events that are made here; the same if both are None.
        logBeginner: told when logging starts.
        warningsModule: whose warnings it takes over.
    """

    synchronized = ["msg"]

    def __init__(
        self,
        observerPublisher: _NewPublisher | None = None,
        publishPublisher: _NewPublisher | None = None,
        logBeginner: _NewBeginner | None = None,
        warningsModule: Any = warnings,
    ) -> None:
        if publishPublisher is None:
            publishPublisher = _NewPublisher()
            if observerPublisher is None:
                observerPublisher = publishPublisher
        if observerPublisher is None:
            observerPublisher = _NewPublisher()
        if logBeginner is None:
            # A beginner of its own, which shows nothing: this is not the program's log.
            stream: Any = NullFile()
            logBeginner = _NewBeginner(publishPublisher, stream, sys, warningsModule)
        self._observerPublisher = observerPublisher
        self._publishPublisher = publishPublisher
        self._legacyObservers: list[LegacyLogObserverWrapper] = []
        self._logBeginner = logBeginner
        self._warningsModule = warningsModule
        self._oldshowwarning = warningsModule.showwarning
        self.showwarning = logBeginner.showwarning

    @property
    def observers(self) -> list[Callable[[EventDict], object]]:
        """The observers that were added here."""
        return [wrapped.legacyObserver for wrapped in self._legacyObservers]

    def _startLogging(self, other: Callable[[EventDict], object], setStdout: bool) -> None:
        wrapped = LegacyLogObserverWrapper(other)
        self._legacyObservers.append(wrapped)
        self._logBeginner.beginLoggingTo([wrapped], True, setStdout)

    def _stopLogging(self) -> None:
        """Give warnings back to who had them, unless somebody else took them meanwhile."""
        if self._warningsModule.showwarning == self.showwarning:
            self._warningsModule.showwarning = self._oldshowwarning

    def addObserver(self, other: Callable[[EventDict], object]) -> None:
        """
        Tell an observer of all events from now on; as often as it is added.

        Raises: TypeError if it cannot be called.
        """
        if not callable(other):
            raise TypeError(f"{other!r} cannot be called, so it cannot observe")
        wrapped = LegacyLogObserverWrapper(other)
        self._legacyObservers.append(wrapped)
        self._observerPublisher.addObserver(wrapped)

    def removeObserver(self, other: Callable[[EventDict], object]) -> None:
        """Take back one `addObserver`; nothing happens where there was none."""
        for wrapped in self._legacyObservers:
            if wrapped.legacyObserver == other:
                self._legacyObservers.remove(wrapped)
                self._observerPublisher.removeObserver(wrapped)
                return

    def msg(self, *message: Any, **kw: Any) -> None:
        """
        Make an event.

        Args:
            message: what is said; best one string.
            kw: more keys for the event, above those of the context.
        """
        event: EventDict = {**(context.get(ILogContext) or {}), **kw}
        event["message"] = message
        event["time"] = time.time()
        event.setdefault("isError", 0)
        publishToNewObserver(self._publishPublisher, event, textFromEventDict)


synchronize(LogPublisher)


class NullFile:
    """A file that forgets what is written to it."""

    softspace = 0

    def read(self) -> None:
        """Give nothing."""

    def write(self, bytes: object) -> None:
        """Forget it."""

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


theLogPublisher = LogPublisher(_globalLogPublisher, _globalLogPublisher, _globalLogBeginner)

msg = theLogPublisher.msg
addObserver = theLogPublisher.addObserver
removeObserver = theLogPublisher.removeObserver
showwarning = theLogPublisher.showwarning


def _safeFormat(fmtString: Any, fmtDict: EventDict) -> str:
    """Fill in a format by ``%``, or say with as many details as there can be why not."""
    try:
        return str(fmtString % fmtDict)
    except Exception:
        pass
    try:
        return f"Invalid format string, or what it shall show: {fmtString!r}, {fmtDict}"
    except Exception:
        pass
    try:
        return f"UNFORMATTABLE OBJECT in a log message, which is lost; its format: {fmtString!r}"
    except Exception:
        pass
    return "PATHOLOGICAL ERROR: neither the format nor the objects of a log message can be shown"


def textFromEventDict(eventDict: EventDict) -> str | None:
    """
    Make the text of an event. Never raises for one that has message and isError.

    Returns: the text; None for an event that has nothing to say.
    """
    message = eventDict["message"]
    if message:
        return " ".join(map(safe_str, message))
    if eventDict["isError"] and "failure" in eventDict:
        why = eventDict.get("why")
        return f"{safe_str(why) if why else 'Unhandled Error'}\n{_tracebackOf(eventDict)}"
    if "format" in eventDict:
        return _safeFormat(eventDict["format"], eventDict)
    return None


def _tracebackOf(eventDict: EventDict) -> str:
    try:
        return str(eventDict["failure"].getTraceback())
    except Exception as error:
        return f"(unable to obtain traceback): {safe_str(error)}"


class _GlobalStartStopObserver(ABC):
    """An observer that adds itself to the program's publisher, by whatever name that goes now."""

    @abstractmethod
    def emit(self, eventDict: EventDict) -> None:
        """Take note of an event."""

    def start(self) -> None:
        """Begin to observe."""
        addObserver(self.emit)

    def stop(self) -> None:
        """Cease to observe."""
        removeObserver(self.emit)


class FileLogObserver(_GlobalStartStopObserver):
    """
    Writes events to a file, one line or more each: time, ``[system]``, text.

    Args:
        f: a file open for writing; bytes in UTF-8 are written to a binary one.

    Attributes:
        timeFormat: how times are shown, in the manner of strftime; None for the usual.
    """

    timeFormat: str | None = None

    def __init__(self, f: IO[Any]) -> None:
        plain = f.write
        self.write: Callable[[str], object] = plain
        # A file of unknown make is taken to want text.
        if isinstance(f, (BufferedIOBase, RawIOBase)):
            self.write = lambda text: plain(text.encode("utf-8", "backslashreplace"))
        self.flush = f.flush

    def getTimezoneOffset(self, when: float) -> int:
        """Seconds that local time was behind UTC at some time: positive west of Greenwich."""
        return -time.localtime(when).tm_gmtoff

    def formatTime(self, when: float) -> str:
        """
        Show a time.

        Args:
            when: seconds since the epoch.
        Returns: by `timeFormat` if there is one, else as 2001-02-03 04:05:06+0100.
        """
        if self.timeFormat is not None:
            return _formatTime(when, self.timeFormat)
        behind = self.getTimezoneOffset(when)
        hours, minutes = divmod(abs(behind) // 60, 60)
        local = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(when - behind))
        return f"{local}{'-' if behind > 0 else '+'}{hours:02}{minutes:02}"

    def emit(self, eventDict: EventDict) -> None:
        """Write an event, and flush. Lines after its first are indented."""
        text = textFromEventDict(eventDict)
        if text is None:
            return
        when = self.formatTime(eventDict["time"])
        said = _safeFormat("[%(system)s] %(text)s", {"system": eventDict["system"], "text": text})
        indented = said.replace("\n", "\n\t")
        self.write(f"{when} {indented}\n")
        self.flush()


class PythonLoggingObserver(_GlobalStartStopObserver):
    """
    Hands events on to the standard library's logging.

    Args:
        loggerName: of the logger that gets them.
    """

    def __init__(self, loggerName: str = "twisted") -> None:
        from twisted.logger import STDLibLogObserver

        self._newObserver = STDLibLogObserver(loggerName)

    def emit(self, eventDict: EventDict) -> None:
        """Make a record of an event, on its logLevel if it has one."""
        if "log_format" in eventDict:
            self._newObserver(eventDict)
        elif textFromEventDict(eventDict) is not None:
            publishToNewObserver(self._newObserver, eventDict.copy(), textFromEventDict)


class StdioOnnaStick:
    """
    Looks like a text file open for writing; each line that is written is logged.

    Args:
        isError: what the events have under that key.
        encoding: how bytes that are written are read; the interpreter's default if None.
    """

    closed = 0
    softspace = 0
    mode = "wb"
    name = "<stdio (log)>"

    def __init__(self, isError: int | bool = 0, encoding: str | None = None) -> None:
        self.isError = isError
        self.encoding = encoding or sys.getdefaultencoding()
        self.buf = ""

    def close(self) -> None:
        """Do nothing: a log stays open."""

    def fileno(self) -> NoReturn:
        """There is no descriptor. Raises: UnsupportedOperation."""
        raise UnsupportedOperation(f"{self.name} has no file descriptor")

    def flush(self) -> None:
        """Do nothing: a line is logged when it ends."""

    def read(self) -> NoReturn:
        """It cannot be read. Raises: OSError."""
        raise OSError(f"{self.name} can only be written to")

    readline = read
    readlines = read
    seek = read
    tell = read

    def write(self, data: str | bytes) -> None:
        """Log each line that ends here; keep what follows the last line end."""
        *lines, self.buf = (self.buf + self._textOf(data)).split("\n")
        for line in lines:
            self._log(line)

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        """Log each of them as a line."""
        for line in lines:
            self._log(self._textOf(line))

    def _textOf(self, data: str | bytes) -> str:
        if isinstance(data, bytes):
            return data.decode(self.encoding, "backslashreplace")
        return data

    def _log(self, line: str) -> None:
        msg(line, printed=1, isError=self.isError)


def startLogging(file: IO[Any] | LoggingFile, *a: Any, **kw: Any) -> FileLogObserver | None:
    """
    Write the program's log to a file from now on.

    Args:
        file: open for writing.
        a, kw: those of `startLoggingWithObserver`.
    Returns: the observer that writes; None if the file is itself one whose lines are logged.
    """
    if isinstance(file, LoggingFile):
        return None
    observer = FileLogObserver(file)
    startLoggingWithObserver(observer.emit, *a, **kw)
    return observer


def startLoggingWithObserver(
    observer: Callable[[EventDict], object], setStdout: int | bool = 1
) -> None:
    """
    Tell an observer of the program's log from now on.

    Args:
        observer: called with each event.
        setStdout: log what is written to standard output and error, too.
    """
    theLogPublisher._startLogging(observer, bool(setStdout))
    msg("Log opened.")


class DefaultObserver(_GlobalStartStopObserver):
    """Shows errors, and nothing else, on standard error."""

    stderr: Any = sys.stderr

    def emit(self, eventDict: EventDict) -> None:
        """Show an event that is an error."""
        if eventDict["isError"]:
            text = textFromEventDict(eventDict)
            if text is not None:
                self.stderr.write(text)
                self.stderr.flush()


defaultObserver = DefaultObserver()

#: Files for programs that want to print into the log.
logfile: LoggingFile | NullFile = LoggingFile(
    _NewLogger(), LogLevel.info, getattr(sys.stdout, "encoding", None)
)
logerr = LoggingFile(_NewLogger(), LogLevel.error, getattr(sys.stderr, "encoding", None))


def discardLogs() -> None:
    """Let `logfile` forget what is written to it."""
    global logfile
    logfile = NullFile()
