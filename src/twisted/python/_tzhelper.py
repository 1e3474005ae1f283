"""
Time zones with one offset.

Older than `datetime.timezone`, which new code uses; kept since programs import it.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, tzinfo

__all__ = ["FixedOffsetTimeZone"]


class FixedOffsetTimeZone(tzinfo):
    """
    A zone that has the same offset the whole year.

    Args:
        offset: how far local time is ahead of UTC.
        name: the zone's name; ``UTC+0100`` and the like if None.
    """

    def __init__(self, offset: timedelta, name: str | None = None) -> None:
        self.offset = offset
        self.name = name

    @classmethod
    def fromSignHoursMinutes(cls, sign: str, hours: int, minutes: int) -> FixedOffsetTimeZone:
        """
        Make a zone of what stands at the end of a time: ``+01:30``.

        Raises: ValueError if the sign is neither "+" nor "-".
        """
        ahead = timedelta(hours=hours, minutes=minutes)
        if sign == "-":
            ahead = -ahead
        elif sign != "+":
            raise ValueError(f"{sign!r} is no sign of an offset; it is '+' or '-'")
        return cls(ahead, f"{sign}{hours:02}:{minutes:02}")

    @classmethod
    def fromLocalTimeStamp(cls, timeStamp: float) -> FixedOffsetTimeZone:
        """Make a zone with the offset that local time has at some time, in seconds since 1970."""
        return cls(timedelta(seconds=time.localtime(timeStamp).tm_gmtoff))

    def utcoffset(self, dt: datetime | None) -> timedelta:
        """How far local time is ahead of UTC."""
        return self.offset

    def dst(self, dt: datetime | None) -> timedelta:
        """Nothing: there is no summer time."""
        return timedelta(0)

    def tzname(self, dt: datetime | None) -> str:
        """The name that was given, or one made of the offset."""
        if self.name is not None:
            return self.name
        minutes = round(self.offset.total_seconds() / 60)
        hours, minutes, sign = *divmod(abs(minutes), 60), "-" if minutes < 0 else "+"
        return f"UTC{sign}{hours:02}{minutes:02}"
