"""Handing one event to many observers."""

from __future__ import annotations

from _thread import RLock
from time import time
from typing import Any

from zope.interface import implementer

from . import _interest
from ._constants import NamedConstant
from ._interfaces import ILogObserver, LogEvent, Observer
from ._levels import LogLevel

# A lock that a signal handler may take again, should it log or observe in the middle of a change.
_changing = RLock()


@implementer(ILogObserver)
class LogPublisher(_interest.Selective):
    """
    An observer that hands each event on to the observers that were added to it, in their order.

    An observer that raises keeps nobody else from seeing the event; those that did not fail are
    told of it in an event of its own.
    """

    def __init__(self, *observers: Observer) -> None:
        self._observers = list(observers)
        self._now = observers

    def addObserver(self, observer: Observer) -> None:
        """
        Tell an observer of all that comes from now on. Adding it a second time changes nothing.

        Raises: TypeError if it cannot be called.
        """
        if not callable(observer):
            raise TypeError(f"Observer is not callable: {observer!r}")
        with _changing:
            if observer not in self._observers:
                self._observers.append(observer)
            self._now = tuple(self._observers)
        _interest.forget()

    def removeObserver(self, observer: Observer) -> None:
        """Tell an observer nothing more; one that was never added is passed over."""
        with _changing:
            if observer in self._observers:
                self._observers.remove(observer)
            self._now = tuple(self._observers)
        _interest.forget()

    def __call__(self, event: LogEvent) -> None:
        """Hand an event on. Observers that come or go meanwhile do so for the next one."""
        if "log_trace" in event:
            return self._publishTraced(event)
        observers = self._now
        broken = None
        for observer in observers:
            try:
                observer(event)
            except Exception as error:
                broken = _remember(broken, observer, error)
        if broken is not None:
            _report(broken, observers)

    def _publishTraced(self, event: LogEvent) -> None:
        observers = self._now
        broken = None
        for observer in observers:
            event["log_trace"].append((self, observer))
            try:
                observer(event)
            except Exception as error:
                broken = _remember(broken, observer, error)
        if broken is not None:
            _report(broken, observers)

    def _ignores(self, namespace: str, level: NamedConstant) -> bool:
        if type(self).__call__ is not LogPublisher.__call__:
            return False
        return all(_interest.ignores(observer, namespace, level) for observer in self._now)


def _remember(broken: list[Any] | None, observer: Observer, error: Exception) -> list[Any]:
    """Keep what an observer raised, as a failure made while its traceback is at hand."""
    from twisted.python.failure import Failure

    found = [] if broken is None else broken
    found.append((observer, Failure(error)))
    return found


def _report(broken: list[Any], observers: tuple[Observer, ...]) -> None:
    """
    Tell the observers that did their work of those that did not.

    A report that breaks one more observer is reported to fewer: this comes to an end.
    """
    failed = [observer for observer, _ in broken]
    publisher = LogPublisher(*(observer for observer in observers if observer not in failed))
    for observer, failure in broken:
        publisher(
            {
                "log_failure": failure,
                "observer": observer,
                "log_logger": None,
                "log_level": LogLevel.critical,
                "log_namespace": __name__,
                "log_source": None,
                "log_format": "Observer {observer} could not take an event: {log_failure}",
                "log_time": time(),
            }
        )


@implementer(ILogObserver)
class _Bitbucket(_interest.Selective):
    """Where events go that nobody wants."""

    def __call__(self, event: LogEvent) -> None:
        pass

    def _ignores(self, namespace: str, level: NamedConstant) -> bool:
        return True


bitbucketLogObserver = _Bitbucket()

#: The publisher that every `Logger` uses that was not given another.
globalLogPublisher = LogPublisher()
