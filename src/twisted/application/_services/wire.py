"""
The other small services of old: characters without an end (RFC 864) and the time as a number
(RFC 868).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.application._site.listening import Listening
from twisted.internet.protocol import Factory

__all__ = ["ChargenSettings", "TimeSettings"]


@dataclass(frozen=True)
class ChargenSettings(Listening):
    """Send characters, as long as they are taken."""

    def makeFactory(self) -> Any:
        from twisted.protocols.wire import Chargen

        return Factory.forProtocol(Chargen)


@dataclass(frozen=True)
class TimeSettings(Listening):
    """Tell the time once, as the number of seconds since 1900, and close."""

    def makeFactory(self) -> Any:
        from twisted.protocols.wire import Time

        return Factory.forProtocol(Time)
