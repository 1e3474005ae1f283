"""A protocol that writes down what it hears of its child, and shortcuts to start children."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from tests.support import drive
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

__all__ = ["Listener", "heard", "python", "shell"]


class Listener(ProcessProtocol):
    """
    Writes down what happens to it.

    Attributes:
        events: what was called, in order: ``made``, ``data N``, ``lost N``, ``exited``, ``ended``.
        received: the bytes that came, by descriptor.
        ended: a Deferred that fires with the reason's error when all is over.
        onMade, onData, onLost, onExited: called with the transport when that happens, if set.
    """

    transport: Any
    onMade: Callable[[Any], object] | None = None
    onData: Callable[[Any], object] | None = None
    onLost: Callable[[Any], object] | None = None
    onExited: Callable[[Any], object] | None = None

    def __init__(self, **actions: Callable[[Any], object]) -> None:
        self.events: list[str] = []
        self.received: dict[int, bytes] = {}
        self.exitReason: Any = None
        self.ended: Deferred[Any] = Deferred()
        self.__dict__.update(actions)

    def _note(self, event: str, action: Callable[[Any], object] | None) -> None:
        if self.events[-1:] != [event]:
            self.events.append(event)
        if action is not None:
            action(self.transport)

    def connectionMade(self) -> None:
        self._note("made", self.onMade)

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        self.received[childFD] = self.received.get(childFD, b"") + data
        self._note(f"data {childFD}", self.onData)

    def childConnectionLost(self, childFD: int) -> None:
        self.events.append(f"lost {childFD}")
        if self.onLost is not None:
            self.onLost(self.transport)

    def processExited(self, reason: Failure) -> None:
        self.exitReason = reason.value
        self.events.append("exited")
        if self.onExited is not None:
            self.onExited(self.transport)

    def processEnded(self, reason: Failure) -> None:
        self.events.append("ended")
        self.ended.callback(reason.value)


def heard(
    reactor: Any,
    listener: Listener,
    executable: str | bytes,
    args: Any,
    env: Any = None,
    **options: Any,
) -> Any:
    """Run a program to its end. Returns: the error that tells how it ended."""

    def begin() -> Deferred[Any]:
        reactor.spawnProcess(listener, executable, args, env, **options)
        return listener.ended

    return drive(reactor, begin)


def shell(reactor: Any, listener: Listener, script: str, **options: Any) -> Any:
    """Run a script of the shell to its end. Returns: the error that tells how it ended."""
    return heard(reactor, listener, "/bin/sh", ["sh", "-c", script], **options)


def python(reactor: Any, listener: Listener, script: str, **options: Any) -> Any:
    """Run a Python program to its end. Returns: the error that tells how it ended."""
    args = [sys.executable, "-S", "-E", "-c", script]
    return heard(reactor, listener, sys.executable, args, **options)
