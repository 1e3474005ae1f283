"""Time zones with one offset."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from twisted.python._tzhelper import FixedOffsetTimeZone


@pytest.mark.parametrize(
    ("given", "offset", "name"),
    [
        (("+", 1, 30), timedelta(minutes=90), "+01:30"),
        (("-", 5, 30), timedelta(minutes=-330), "-05:30"),
        (("+", 0, 0), timedelta(0), "+00:00"),
    ],
)
def test_aZoneIsMadeOfSignHoursAndMinutes(
    given: tuple[str, int, int], offset: timedelta, name: str
) -> None:
    zone = FixedOffsetTimeZone.fromSignHoursMinutes(*given)
    when = datetime(2020, 1, 1, tzinfo=zone)
    assert (when.utcoffset(), when.dst(), when.tzname()) == (offset, timedelta(0), name)


def test_whatIsNoSignIsRefused() -> None:
    with pytest.raises(ValueError, match="'x' is no sign"):
        FixedOffsetTimeZone.fromSignHoursMinutes("x", 1, 0)


@pytest.mark.parametrize(
    ("minutes", "name"), [(0, "UTC+0000"), (-30, "UTC-0030"), (330, "UTC+0530")]
)
def test_withoutANameTheOffsetIsTheName(minutes: int, name: str) -> None:
    assert FixedOffsetTimeZone(timedelta(minutes=minutes)).tzname(None) == name


def test_theLocalZoneIsThatOfTheTime() -> None:
    zone = FixedOffsetTimeZone.fromLocalTimeStamp(0)
    assert datetime.fromtimestamp(0, zone).replace(tzinfo=None) == datetime.fromtimestamp(0)
