"""
From `run` to `stop`: the life of a reactor, and its system events.

``fresh`` --run--> ``running`` --stop--> ``stopping`` --shutdown event done--> ``over``.
`crash` leads from ``running`` back to ``fresh`` with no event fired, which is how test runners
use one reactor again and again. A reactor that was stopped is not started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import FrameType
from typing import Any

from twisted.internet.error import (
    ReactorAlreadyRunning,
    ReactorNotRestartable,
    ReactorNotRunning,
)
from twisted.python import threadable

from .core import Core, log
from .events import _SystemEventID, _ThreePhaseEvent
from .signals import SignalHandlers

__all__ = ["Lifecycle"]

isCallable = callable  # the API has parameters of that name


class Lifecycle(Core):
    """``IReactorCore``, but for ``resolve``, which stands with the resolvers."""

    usingThreads = False
    _exitSignal: int | None = None
    """The signal that made us stop, for whoever wants to die of it when all is done."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.running = False
        self._started = False
        self._startedBefore = False
        self._stopped = True
        self._mainLoopRuns = False
        self._installSignalHandlers = False
        self._eventTriggers: dict[str, _ThreePhaseEvent] = {}
        self._signals = SignalHandlers(self)
        self._installLifecycleTriggers()

    def _installLifecycleTriggers(self) -> None:
        self.addSystemEventTrigger("during", "startup", self._reallyStartRunning)
        self.addSystemEventTrigger("during", "shutdown", self.crash)
        self.addSystemEventTrigger("during", "shutdown", self.disconnectAll)

    # Running

    def run(self, installSignalHandlers: bool = True) -> None:
        """
        Run until `stop` or `crash`.

        Args:
            installSignalHandlers: whether SIGINT, SIGTERM and SIGBREAK stop the reactor. They
                are given back their former handlers at the end.
        Raises:
            ReactorAlreadyRunning: this reactor runs.
            ReactorNotRestartable: it was stopped before.
            RuntimeError: another loop runs in this thread, or ours does already.
        """
        if self._startedBefore and not self._started:
            raise ReactorNotRestartable()
        self._requireIdleLoop("run")
        self._begin(installSignalHandlers)
        try:
            self._fireStartup()
            if self._started:
                self.mainLoop()
        finally:
            self._uninstallHandler()

    def _fireStartup(self) -> None:
        # Before the loop's first turn, for nothing that waits in it may come earlier; but what is
        # called wants to find a running loop (``asyncio.get_running_loop``), and so it does.
        before = asyncio._get_running_loop()
        asyncio._set_running_loop(self._asyncioEventloop)
        try:
            self.fireSystemEvent("startup")
        finally:
            asyncio._set_running_loop(before)

    def startRunning(self, installSignalHandlers: bool = True) -> None:
        """
        Start without turning the loop: for a caller whose loop runs already, or soon will.

        Args:
            installSignalHandlers: as for `run`.
        """
        self._begin(installSignalHandlers)
        self.fireSystemEvent("startup")

    def _begin(self, installSignalHandlers: bool) -> None:
        if self._started:
            raise ReactorAlreadyRunning()
        if self._startedBefore:
            raise ReactorNotRestartable()
        if installSignalHandlers:
            self._signals.requireMainThread()
        self._started = True
        self._stopped = False
        self._installSignalHandlers = installSignalHandlers

    def _requireIdleLoop(self, what: str) -> None:
        loop = self._asyncioEventloop
        if loop.is_running() and not self._started:
            raise RuntimeError(
                f"reactor.{what}() turns the event loop, but that loop runs already: "
                "call reactor.startRunning() instead, and let the loop go on"
            )
        if loop.is_running() or asyncio._get_running_loop() is loop:
            if what == "run":
                raise ReactorAlreadyRunning()
            raise RuntimeError(
                f"reactor.{what}() was called from inside the running event loop, which "
                "cannot be entered twice: wait for a Deferred instead"
            )

    def _reallyStartRunning(self) -> None:
        if self._installSignalHandlers:
            self._signals.install()
        threadable.registerAsIOThread()
        self.running = True

    def mainLoop(self) -> None:
        """Turn the loop until somebody stops it; `run` calls this once all is set up."""
        loop = self._asyncioEventloop
        self._mainLoopRuns = True
        try:
            loop.run_forever()
        finally:
            self._mainLoopRuns = False
        self._letTransportsClose()

    def _letTransportsClose(self) -> None:
        # Transports close in a call of the next turn; without it their descriptors stay open.
        loop = self._asyncioEventloop
        if loop.is_closed():
            return
        loop.call_soon(loop.stop)
        loop.run_forever()

    def iterate(self, delay: float = 0.0) -> None:
        """
        Turn the loop by hand.

        Args:
            delay: seconds to go on turning it; 0 for one turn.
        Raises: RuntimeError from inside the running loop.
        """
        self._requireIdleLoop("iterate")
        loop = self._asyncioEventloop
        if delay > 0:
            loop.call_later(delay, loop.stop)
        else:
            loop.call_soon(loop.stop)
        loop.run_forever()

    def doIteration(self, delay: float | None) -> None:
        """
        Turn the loop by hand, as older programs do.

        Args:
            delay: as for `iterate`; None is one turn, too.
        """
        self.iterate(delay or 0.0)

    def installWaker(self) -> None:
        """Do nothing: the loop can be woken from any thread from its beginning."""

    def stop(self) -> None:
        """
        Fire the shutdown event in the next turn, and end `run` when that is done.

        Raises: ReactorNotRunning if the reactor is not running, or stopping already.
        """
        if self._stopped:
            raise ReactorNotRunning(
                "cannot stop: the reactor is not running, or is stopping already"
            )
        self._stopped = True
        self._startedBefore = True
        self._asyncioEventloop.call_soon(self.fireSystemEvent, "shutdown")

    def crash(self) -> None:
        """End `run` at once: no shutdown event, nothing closed. For test runners."""
        if self._started and not self._startedBefore:
            self.addSystemEventTrigger("during", "startup", self._reallyStartRunning)
        self._started = False
        self.running = False
        if self._mainLoopRuns:
            self._asyncioEventloop.stop()

    def disconnectAll(self) -> None:
        """Lose every connection; the rooms that hold some override this."""

    # Signals

    def _uninstallHandler(self) -> None:
        self._signals.uninstall()

    def sigInt(self, number: int, frame: FrameType | None = None) -> None:
        """Stop, for SIGINT. Args: the signal's number and the frame that it came upon."""
        log.info("Received SIGINT, shutting down.")
        self._stopBySignal(number)

    def sigTerm(self, number: int, frame: FrameType | None = None) -> None:
        """Stop, for SIGTERM. Args: the signal's number and the frame that it came upon."""
        log.info("Received SIGTERM, shutting down.")
        self._stopBySignal(number)

    def sigBreak(self, number: int, frame: FrameType | None = None) -> None:
        """Stop, for SIGBREAK. Args: the signal's number and the frame that it came upon."""
        log.info("Received SIGBREAK, shutting down.")
        self._stopBySignal(number)

    def _stopBySignal(self, number: int) -> None:
        self._exitSignal = number
        self._asyncioEventloop.call_soon_threadsafe(self._callLogged, self._stopOnce, (), {})

    def _stopOnce(self) -> None:
        if not self._stopped:
            self.stop()

    # System events

    def fireSystemEvent(self, eventType: str) -> None:
        """Run the triggers of ``eventType``: ``startup``, ``shutdown``, ``persist`` or your own."""
        event = self._eventTriggers.get(eventType)
        if event is not None:
            event.fireEvent()

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> _SystemEventID:
        """
        Call something when an event is fired.

        Args:
            phase: ``before`` (Deferreds that it returns are waited for), ``during`` or ``after``.
            eventType: the event's name.
            callable: called with ``args`` and ``kwargs``.
        Returns: what `removeSystemEventTrigger` takes.
        """
        if not isCallable(callable):
            raise AssertionError(f"{callable!r} cannot be called")
        event = self._eventTriggers.get(eventType)
        if event is None:
            event = self._eventTriggers[eventType] = _ThreePhaseEvent()
        trigger = event.addTrigger(phase, callable, *args, **kwargs)
        return _SystemEventID((eventType, trigger))

    def removeSystemEventTrigger(self, triggerID: _SystemEventID) -> None:
        """
        Take a trigger out again.

        Args:
            triggerID: what `addSystemEventTrigger` returned.
        Raises: ValueError, KeyError or TypeError if it is no pending trigger.
        """
        eventType, handle = triggerID
        self._eventTriggers[eventType].removeTrigger(handle)

    def callWhenRunning(
        self, callable: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> _SystemEventID | None:
        """
        Call at once if the reactor runs, else when it has started.

        Args:
            callable: called with ``args`` and ``kwargs``.
        Returns: what `removeSystemEventTrigger` takes, or None if it was called at once.
        """
        if self.running:
            callable(*args, **kwargs)
            return None
        return self.addSystemEventTrigger("after", "startup", callable, *args, **kwargs)
