"""Letting some events pass and others not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from zope.interface import Interface, implementer

from . import _interest
from ._constants import NamedConstant, Names
from ._interfaces import ILogObserver, LogEvent, Observer
from ._levels import InvalidLogLevelError, LogLevel, allLevels
from ._observer import bitbucketLogObserver


class PredicateResult(Names):
    """
    What a predicate says of an event.

    yes: it passes, and no other predicate is asked.
    no: it does not pass, and no other predicate is asked.
    maybe: ask the next one. An event that is left to the last passes.
    """

    yes = NamedConstant()
    no = NamedConstant()
    maybe = NamedConstant()


_yes: Final = PredicateResult.yes
_no: Final = PredicateResult.no
_maybe: Final = PredicateResult.maybe


class ILogFilterPredicate(Interface):
    """Somebody who decides on events."""

    def __call__(event: LogEvent) -> NamedConstant:
        """Give the `PredicateResult` for an event."""


@implementer(ILogObserver)
class FilteringLogObserver(_interest.Selective):
    """
    Passes on the events that its predicates let pass.

    Args:
        observer: gets those that pass.
        predicates: asked in order, until one says yes or no.
        negativeObserver: gets the others.
    """

    def __init__(
        self,
        observer: Observer,
        predicates: Iterable[ILogFilterPredicate | Callable[[LogEvent], NamedConstant]],
        negativeObserver: Observer = bitbucketLogObserver,
    ) -> None:
        self._observer = observer
        self._predicates = list(predicates)
        self._negativeObserver = negativeObserver

    def __call__(self, event: LogEvent) -> None:
        if not self._passes(event):
            self._negativeObserver(event)
            return
        if "log_trace" in event:
            event["log_trace"].append((self, self._observer))
        self._observer(event)

    def _passes(self, event: LogEvent) -> bool:
        for predicate in self._predicates:
            result = predicate(event)
            if result is _yes:
                return True
            if result is _no:
                return False
            if result is not _maybe:
                raise TypeError(f"{predicate!r} gave {result!r}, which is no PredicateResult")
        return True

    def _ignores(self, namespace: str, level: NamedConstant) -> bool:
        """Only the first predicate is sure to be asked; only one of ours is known not to look
        at more of an event than its namespace and level."""
        if type(self).__call__ is not FilteringLogObserver.__call__:
            return False
        if _interest.ignores(self._observer, namespace, level):
            refused = True
        else:
            first = self._predicates[0] if self._predicates else None
            refused = type(first) is LogLevelFilterPredicate and (
                first({"log_namespace": namespace, "log_level": level}) is _no
            )
        return refused and _interest.ignores(self._negativeObserver, namespace, level)


@implementer(ILogFilterPredicate)
class LogLevelFilterPredicate:
    """
    Refuses events below a level, which may differ by namespace; leaves all others to the next.

    What is said of a namespace holds for those below it too: what holds for ``twisted.web`` holds
    for ``twisted.web.server`` unless that has its own. An event without a level or without a
    namespace is refused.

    Args:
        defaultLogLevel: holds where nothing else was said.
    """

    def __init__(self, defaultLogLevel: NamedConstant = LogLevel.info) -> None:
        self._logLevelsByNamespace: dict[str, NamedConstant] = {}
        self.defaultLogLevel = defaultLogLevel
        self.clearLogLevels()

    def logLevelForNamespace(self, namespace: str) -> NamedConstant:
        """Find the level that holds for a namespace; "" is the one above all."""
        levels = self._logLevelsByNamespace
        while namespace:
            level = levels.get(namespace)
            if level is not None:
                return level
            namespace = namespace.rpartition(".")[0]
        return levels[""]

    def setLogLevelForNamespace(self, namespace: str, level: NamedConstant) -> None:
        """
        Say which level holds for a namespace and those below it.

        Raises: InvalidLogLevelError if the level is no constant of `LogLevel`.
        """
        if level not in allLevels:
            raise InvalidLogLevelError(level)
        self._logLevelsByNamespace[namespace or ""] = level
        _interest.forget()

    def clearLogLevels(self) -> None:
        """Let the default hold for everything."""
        self._logLevelsByNamespace = {"": self.defaultLogLevel}
        _interest.forget()

    def __call__(self, event: LogEvent) -> NamedConstant:
        level = event.get("log_level")
        namespace = event.get("log_namespace")
        if level is None or not namespace or level < self.logLevelForNamespace(namespace):
            return _no
        return _maybe
