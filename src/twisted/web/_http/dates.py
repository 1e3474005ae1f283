"""Dates as HTTP writes them (RFC 9110, section 5.6.7), and as access logs do."""

from __future__ import annotations

import re
from calendar import timegm as _timegm
from time import gmtime, time

weekdayname = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
monthname: list[str | None] = [
    None,
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
]
weekdayname_lower = [name.lower() for name in weekdayname]
monthname_lower: list[str | None] = [name and name.lower() for name in monthname]

# The second of the last call for the present, and what was said of it.
_now: tuple[int, bytes] = (-1, b"")
_nowInLogs: tuple[int, str] = (-1, "")


def timegm(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Returns: seconds since 1970 of a time in UTC. Raises: ValueError for what is no date."""
    if year < 1970:
        raise ValueError(f"the year {year} is before 1970")
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    return _timegm((year, month, day, hour, minute, second))


def datetimeToString(msSinceEpoch: float | None = None) -> bytes:
    """
    Args: msSinceEpoch: seconds since 1970 (the name is old); None is now.
    Returns: ``Sun, 06 Nov 1994 08:49:37 GMT``.
    """
    if msSinceEpoch is not None:
        return _spelled(msSinceEpoch)
    global _now
    second = int(time())
    known, spelled = _now
    if known != second:
        spelled = _spelled(second)
        _now = (second, spelled)
    return spelled


def _spelled(seconds: float) -> bytes:
    year, month, day, hour, minute, second, weekday, *_ = gmtime(seconds)
    return b"%s, %02d %s %04d %02d:%02d:%02d GMT" % (
        weekdayname[weekday].encode("ascii"),
        day,
        (monthname[month] or "").encode("ascii"),
        year,
        hour,
        minute,
        second,
    )


def datetimeToLogString(msSinceEpoch: float | None = None) -> str:
    """
    Args: msSinceEpoch: seconds since 1970 (the name is old); None is now.
    Returns: ``[06/Nov/1994:08:49:37 +0000]``.
    """
    if msSinceEpoch is not None:
        return _spelledForLogs(msSinceEpoch)
    global _nowInLogs
    second = int(time())
    known, spelled = _nowInLogs
    if known != second:
        spelled = _spelledForLogs(second)
        _nowInLogs = (second, spelled)
    return spelled


def _spelledForLogs(seconds: float) -> str:
    year, month, day, hour, minute, second, *_ = gmtime(seconds)
    return f"[{day:02d}/{monthname[month]}/{year:04d}:{hour:02d}:{minute:02d}:{second:02d} +0000]"


_clock = rb"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d\d)"
_weekday = rb"(?:[A-Za-z]{3,9},? +)?"
# The form to be used, that of RFC 850, and that of asctime; weekdays are not looked at.
_forms = [
    re.compile(_weekday + rb"(?P<day>\d{1,2})[ -](?P<month>[A-Za-z]{3})[ -](?P<year>\d{2}|\d{4}) +"
               + _clock + rb"(?: +GMT| +UTC)?", re.ASCII),
    re.compile(_weekday + rb"(?P<month>[A-Za-z]{3}) +(?P<day>\d{1,2}) +" + _clock
               + rb" +(?P<year>\d{4})", re.ASCII),
]  # fmt: skip


def stringToDatetime(dateString: bytes) -> int:
    """
    Args: dateString: a date in any of the three forms that HTTP knows.
    Returns: seconds since 1970.
    Raises: ValueError for anything else.
    """
    for form in _forms:
        found = form.fullmatch(dateString.strip())
        if found is not None:
            month = found["month"].decode("ascii").lower()
            if month in monthname_lower:
                return timegm(
                    _fullYear(found["year"]),
                    monthname_lower.index(month),
                    int(found["day"]),
                    int(found["hour"]),
                    int(found["minute"]),
                    int(found["second"]),
                )
    raise ValueError(f"{dateString!r:.60} is no date as HTTP writes them")


def _fullYear(digits: bytes) -> int:
    """A year of two digits is never more than fifty years ahead (RFC 9110, section 5.6.7)."""
    year = int(digits)
    if len(digits) == 4:
        return year
    thisYear = gmtime()[0]
    year += thisYear - thisYear % 100
    return year - 100 if year > thisYear + 50 else year
