"""
The object by which programs log.

The way of an event is short on purpose: a level method adds the six ``log_`` keys to the
dictionary that its own keyword arguments came in, and hands that to one observer. Measured on
CPython 3.11, to pass keyword arguments on to a second function costs as much as all the rest, so
that is done only where a subclass has an `emit` of its own to be heard.
"""

from __future__ import annotations

import sys
from time import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from . import _interest
from ._constants import NamedConstant
from ._interfaces import LogEvent, Observer
from ._levels import InvalidLogLevelError, LogLevel, allLevels
from ._observer import globalLogPublisher

if TYPE_CHECKING:
    from types import TracebackType

    from twisted.python.failure import Failure

_debug = LogLevel.debug
_info = LogLevel.info
_warn = LogLevel.warn
_error = LogLevel.error
_critical = LogLevel.critical


class Operation(Protocol):
    """How the body of a ``with log.failuresHandled(...)`` went."""

    @property
    def succeeded(self) -> bool:
        """Has it ended without an exception?"""

    @property
    def failure(self) -> Failure | None:
        """What it ended with, if not well."""

    @property
    def failed(self) -> bool:
        """Has it ended with an exception?"""


class Logger:
    """
    Makes events, and says where they come from.

    Made at the top of a module it has the module's name as its namespace. Made in the body of a
    class it is a descriptor: read from the class or from an instance it has the class's name as
    its namespace and that class or instance as its source.

    Attributes:
        namespace: a dotted name for the part of the program that speaks.
        source: the object that speaks, or None.
        observer: who is told; the global publisher unless another one was given.
    """

    namespace: str
    source: Any
    observer: Observer

    def __init__(
        self,
        namespace: str | None = None,
        source: object = None,
        observer: Observer | None = None,
    ) -> None:
        if namespace is None:
            namespace = sys._getframe(1).f_globals.get("__name__", "<unknown>")
        self.namespace = namespace
        self.source = source
        self.observer = globalLogPublisher if observer is None else observer

    def __get__(self, instance: object, owner: type | None = None) -> Logger:
        """Make a logger that speaks for a class, or for an instance of it."""
        if owner is None:
            owner = type(instance)
        return type(self)(
            f"{owner.__module__}.{owner.__name__}",
            owner if instance is None else instance,
            self.observer,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.namespace!r}>"

    def debug(self, format: str | None = None, **kwargs: object) -> None:
        """Log what helps to find a mistake. Formats as `emit` says."""
        if type(self).emit is _plainEmit:
            self._send(_debug, format, kwargs)
        else:
            self.emit(_debug, format, **kwargs)

    def info(self, format: str | None = None, **kwargs: object) -> None:
        """Log what goes on in normal operation. Formats as `emit` says."""
        if type(self).emit is _plainEmit:
            self._send(_info, format, kwargs)
        else:
            self.emit(_info, format, **kwargs)

    def warn(self, format: str | None = None, **kwargs: object) -> None:
        """Log what deserves a look. Formats as `emit` says."""
        if type(self).emit is _plainEmit:
            self._send(_warn, format, kwargs)
        else:
            self.emit(_warn, format, **kwargs)

    def error(self, format: str | None = None, **kwargs: object) -> None:
        """Log what did not work out. Formats as `emit` says."""
        if type(self).emit is _plainEmit:
            self._send(_error, format, kwargs)
        else:
            self.emit(_error, format, **kwargs)

    def critical(self, format: str | None = None, **kwargs: object) -> None:
        """Log the gravest kind of error. Formats as `emit` says."""
        if type(self).emit is _plainEmit:
            self._send(_critical, format, kwargs)
        else:
            self.emit(_critical, format, **kwargs)

    def emit(self, level: NamedConstant, format: str | None = None, **kwargs: object) -> None:
        """
        Log an event on a level.

        Args:
            level: a constant of `LogLevel`. Anything else is itself logged, as a failure.
            format: words with ``{fields}`` in the manner of `str.format`; the fields are keys of
                the event, and ``{field()}`` is called. It is filled in when an observer shows
                the event, if one does.
            kwargs: the rest of the event. Keys that start with ``log_`` are kept for the logger.
        """
        if level not in allLevels:
            self.failure(
                "{logger}.emit() was given {invalidLevel!r}, which is no log level",
                _raised(InvalidLogLevelError(level)),
                invalidLevel=level,
                logger=self,
            )
        else:
            self._send(level, format, kwargs)

    def _send(self, level: NamedConstant, format: str | None, event: LogEvent) -> None:
        """Make an event of the caller's own dictionary and hand it to the observer."""
        observer = self.observer
        if observer is globalLogPublisher:
            quiet = _interest.quietLevels.get(self.namespace)
            if quiet is None:
                quiet = _interest.learn(observer, self.namespace)
            if level in quiet and "log_trace" not in event:
                return
        event["log_logger"] = self
        event["log_level"] = level
        event["log_namespace"] = self.namespace
        event["log_source"] = self.source
        event["log_format"] = format
        event["log_time"] = time()
        if "log_trace" in event:
            event["log_trace"].append((self, observer))
        observer(event)

    def failure(
        self,
        format: str,
        failure: Failure | None = None,
        level: NamedConstant = _critical,
        **kwargs: object,
    ) -> None:
        """
        Log an exception together with where it came from.

        Args:
            format: words that say what was being done.
            failure: what happened; the exception that is being handled, if none is given.
            level: how grave it is.
            kwargs: the rest of the event.
        """
        if failure is None:
            from twisted.python.failure import Failure

            failure = Failure()
        self.emit(level, format, log_failure=failure, **kwargs)

    def failuresHandled(
        self, format: str, level: NamedConstant = _critical, **kwargs: object
    ) -> _Handled:
        """
        Log, and so end, whatever exception leaves the body of a ``with``.

        The body's end can be asked of the `Operation` that ``with ... as`` names.

        Args: as those of `failure`.
        """
        return _Handled(self, format, level, kwargs)

    def failureHandler(
        self, staticMessage: str, level: NamedConstant = _critical
    ) -> _StaticHandled:
        """
        Make a context manager for many uses, at once and within each other.

        It logs, and so ends, whatever exception leaves the body; that costs next to nothing
        where there is none.

        Args:
            staticMessage: words, and no fields, that say what was being done.
            level: how grave an exception is.
        """
        return _StaticHandled(self, staticMessage, level)


_plainEmit = Logger.emit


def _raised(error: Exception) -> Failure:
    from twisted.python.failure import Failure

    try:
        raise error
    except type(error):
        return Failure()


_E = TypeVar("_E", bound=BaseException)


def _failureOf(value: _E, kind: type[_E] | None, traceback: TracebackType | None) -> Failure:
    from twisted.python.failure import Failure

    return Failure(value, kind, traceback)


class _Handled:
    """One use of `Logger.failuresHandled`; provides `Operation`."""

    def __init__(
        self, logger: Logger, format: str, level: NamedConstant, fields: dict[str, Any]
    ) -> None:
        self.succeeded = False
        self.failure: Failure | None = None
        self._logger = logger
        self._format = format
        self._level = level
        self._fields = fields

    @property
    def failed(self) -> bool:
        return self.failure is not None

    def __enter__(self) -> Operation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if value is None:
            self.succeeded = True
            return False
        self.failure = _failureOf(value, kind, traceback)
        self._logger.failure(self._format, self.failure, self._level, **self._fields)
        return True


class _StaticHandled:
    """Any number of uses of `Logger.failureHandler`: no use leaves anything in it."""

    def __init__(self, logger: Logger, message: str, level: NamedConstant) -> None:
        self._logger = logger
        self._message = message
        self._level = level

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if value is None:
            return False
        self._logger.failure(self._message, _failureOf(value, kind, traceback), self._level)
        return True


_spokesman = Logger()


def _loggerFor(speaker: object) -> Logger:
    """Make a logger that speaks for an object that has none of its own."""
    return _spokesman.__get__(speaker, type(speaker))
