"""Holding back what a receiver would deliver."""

from __future__ import annotations

from typing import Any


class _PauseableMixin:
    """
    Lets a protocol hold back what it would deliver, and its transport with it.

    Attributes:
        paused: whether that is so now.
    """

    paused: bool = False
    transport: Any
    dataReceived: Any

    def pauseProducing(self) -> None:
        """Deliver nothing until `resumeProducing`. May be called while delivering."""
        self.paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Go on: first with what has come meanwhile."""
        self.paused = False
        self.transport.resumeProducing()
        self.dataReceived(b"")

    def stopProducing(self) -> None:
        """Deliver nothing any more, and have the transport stop."""
        self.paused = True
        self.transport.stopProducing()
