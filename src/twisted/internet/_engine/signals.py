"""
The signals that stop a reactor, for as long as it runs.

Plain ``signal`` handlers serve every loop: they run between bytecodes of the main thread, and
only wake the loop, which does the rest. SIGCHLD is not touched: it belongs to processes.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lifecycle import Lifecycle

__all__ = ["SignalHandlers"]


class SignalHandlers:
    """Installs the handlers of one reactor, and gives back what was there before."""

    def __init__(self, reactor: Lifecycle) -> None:
        self._reactor = reactor
        self._former: dict[int, Any] = {}

    def requireMainThread(self) -> None:
        """
        See that signals can be handled in this thread.

        Raises: ValueError if it is not the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            raise ValueError(
                "only the main thread can handle signals: call "
                "reactor.run(installSignalHandlers=False) in this one"
            )

    def install(self) -> None:
        """
        Let SIGINT, SIGTERM and SIGBREAK (where there is one) stop the reactor.

        A handler for SIGINT that the program has set stays.
        """
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._handle(signal.SIGINT, "sigInt")
        self._handle(signal.SIGTERM, "sigTerm")
        if hasattr(signal, "SIGBREAK"):
            self._handle(signal.SIGBREAK, "sigBreak")

    def _handle(self, number: int, method: str) -> None:
        def handler(received: int, frame: FrameType | None) -> None:
            # Looked up now, for programs put their own in its place.
            getattr(self._reactor, method)(received, frame)

        former = signal.signal(number, handler)
        self._former.setdefault(number, former)

    def uninstall(self) -> None:
        """Give every signal its former handler; does nothing when there is none to give."""
        while self._former:
            number, former = self._former.popitem()
            signal.signal(number, former if former is not None else signal.SIG_DFL)
