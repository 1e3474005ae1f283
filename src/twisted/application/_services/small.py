"""
The small services of old, good for finding out whether a network works: echo (RFC 862), discard
(RFC 863) and daytime (RFC 867).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.application._site.listening import Listening
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Daytime, Discard, Echo

__all__ = ["DaytimeSettings", "DiscardSettings", "EchoSettings"]


@dataclass(frozen=True)
class EchoSettings(Listening):
    """Send back whatever comes."""

    def makeFactory(self) -> Any:
        return Factory.forProtocol(Echo)


@dataclass(frozen=True)
class DiscardSettings(Listening):
    """Take whatever comes, and answer nothing."""

    def makeFactory(self) -> Any:
        return Factory.forProtocol(Discard)


@dataclass(frozen=True)
class DaytimeSettings(Listening):
    """Tell the time once, and close."""

    def makeFactory(self) -> Any:
        return Factory.forProtocol(Daytime)
