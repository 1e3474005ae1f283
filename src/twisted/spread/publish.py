"""
Objects that are sent once and kept on the other side's disk, until they change.

A `Publishable` has a time stamp. Whoever gets it as a `RemotePublished` looks whether there is a
file of that very stamp, and asks for the state only if there is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet import defer
from twisted.logger import Logger

from . import banana, jelly
from .flavors import Cacheable, RemoteCache, ViewPoint

__all__ = ["Publishable", "RemotePublished", "whenReady"]

_log = Logger()

# What belongs to a connection, or to this moment.
_NOT_KEPT = (
    "broker",
    "remote",
    "luid",
    "_activationListeners",
    "isActivated",
    "_wasCleanWhenLoaded",
)


class Publishable(Cacheable):
    """
    An object whose state is sent if who gets it does not have it yet.

    Args:
        publishedID: what tells it from other objects of the same service.

    Attributes:
        timestamp: when its state changed, in seconds since 1970.
    """

    def __init__(self, publishedID: Any) -> None:
        self.republish()
        self.publishedID = publishedID

    def republish(self) -> None:
        """The state changed: those who get the object from now on ask for it."""
        self.timestamp = time.time()

    def view_getStateToPublish(self, perspective: Any) -> Any:
        """The other side asks for the state."""
        return self.getStateToPublishFor(perspective)

    def getStateToPublishFor(self, perspective: Any) -> Any:
        """
        Args:
            perspective: for whom it is.
        Returns: the state, as a dictionary.
        """
        return self.getStateToPublish()

    def getStateToPublish(self) -> Any:
        """Returns: the state, as a dictionary. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} does not say what is published of it")

    def getStateToCacheAndObserveFor(self, perspective: Any, observer: Any) -> dict[str, Any]:
        """Returns: what the other side needs to know whether it has the state."""
        return {
            "remote": ViewPoint(perspective, self),
            "publishedID": self.publishedID,
            "perspective": str(getattr(perspective, "perspectiveName", None)),
            "service": str(getattr(getattr(perspective, "service", None), "serviceName", None)),
            "timestamp": self.timestamp,
        }


class RemotePublished(RemoteCache):
    """
    A `Publishable` of the other side.

    Its state is there once it is activated.

    Attributes:
        isActivated: whether it is.
    """

    isActivated = 0
    _wasCleanWhenLoaded = 0

    def getFileName(self, ext: str = "pub") -> str:
        """
        Args:
            ext: what stands after the last dot.
        Returns: the name of the file that keeps the state, in the current folder. What comes from
            the other side cannot lead out of that.
        """
        name = f"{self.service}-{self.perspective}-{self.publishedID}.{ext}"  # type: ignore[attr-defined]  # of the state
        return "".join("_" if char in "/\\\0" else char for char in name)

    def setCopyableState(self, state: Any) -> None:
        """Take the stamp, and then the state: from the file, or from the other side."""
        self.__dict__.update(state)
        self._activationListeners: list[Callable[[Any], object]] = []
        kept = self._load()
        if kept is not None and kept.get("timestamp") == self.timestamp:  # type: ignore[attr-defined]  # of the state
            self._wasCleanWhenLoaded = 1
            self.__dict__.update(kept)
            self._activate()
            return
        asked = self.remote.callRemote("getStateToPublish")  # type: ignore[attr-defined]  # of the state
        asked.addCallback(self._gotState).addErrback(self._failed)

    def _load(self) -> dict[str, Any] | None:
        """Read the file; one that makes no sense is as good as none."""
        try:
            with open(self.getFileName(), "rb") as file:
                _, state = banana.decode(file.read())
            kept = jelly.unjelly(state, jelly.globalSecurity)
        except FileNotFoundError:
            return None
        except Exception:
            _log.failure("{name} cannot be read", name=self.getFileName())
            return None
        return kept if isinstance(kept, dict) else None

    def _gotState(self, state: Any) -> None:
        self.__dict__.update(state)
        self._activate()
        with open(self.getFileName(), "wb") as file:
            file.write(banana.encode(jelly.jelly(self)))

    def _failed(self, reason: Any) -> None:
        _log.failure("{name} was not published", reason, name=self.getFileName())

    def _activate(self) -> None:
        self.isActivated = 1
        listeners, self._activationListeners = self._activationListeners, []
        for listener in listeners:
            listener(self)
        self.activated()

    def __getstate__(self) -> dict[str, Any]:
        """Returns: what is kept."""
        return {name: value for name, value in self.__dict__.items() if name not in _NOT_KEPT}

    def callWhenActivated(self, callback: Callable[[Any], object]) -> None:
        """
        Have a function called with this once the state is there; at once if it is.

        Args:
            callback: it.
        """
        if self.isActivated:
            callback(self)
        else:
            self._activationListeners.append(callback)

    def activated(self) -> None:
        """The state is there. To be overridden."""


def _whenActivated(published: RemotePublished) -> defer.Deferred[Any]:
    ready: defer.Deferred[Any] = defer.Deferred()
    published.callWhenActivated(ready.callback)
    return ready


def whenReady(d: defer.Deferred[Any]) -> defer.Deferred[Any]:
    """
    Args:
        d: a Deferred of a `RemotePublished`.
    Returns: it, now waiting until the state is there.
    """
    return d.addCallback(_whenActivated)
