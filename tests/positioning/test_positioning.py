"""Positions: sentences cut anywhere, sentences that are none, and quantities with their units."""

from __future__ import annotations

import datetime
import functools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols._framing.splits import everyCut
from twisted.internet.testing import StringTransport
from twisted.positioning import base, ipositioning, nmea

RMC = b"GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W"
GGA = b"GPGGA,123520,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,"
GSA = b"GPGSA,A,3,3,4,,,,,,,,,,,1.7,1.0,1.3"
GSV = (
    b"GPGSV,2,1,06,03,03,111,00,04,15,270,00,06,01,010,00,13,06,292,00",
    b"GPGSV,2,2,06,14,25,170,00,16,57,208,39",
)


def sentence(body: bytes) -> bytes:
    checksum = functools.reduce(lambda found, byte: found ^ byte, body, 0)
    return b"$%s*%02X\r\n" % (body, checksum)


class Heard:
    """Keeps what it is told, by the name of the call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        if name not in ipositioning.IPositioningReceiver:
            raise AttributeError(name)
        return lambda **told: self.calls.append((name, told))

    def last(self) -> dict[str, Any]:
        return {name: told for _, told in self.calls for name, told in told.items()}


def started() -> tuple[Heard, nmea.NMEAProtocol]:
    heard = Heard()
    protocol = nmea.NMEAProtocol(nmea.NMEAAdapter(heard))
    protocol.makeConnection(StringTransport())
    return heard, protocol


def test_whatIsHeardDoesNotDependOnHowItWasCut() -> None:
    data = sentence(RMC) + b"\r\n" + sentence(GGA)
    heard, protocol = started()
    protocol.dataReceived(data)
    wanted = repr(heard.calls)
    for parts in everyCut(data):
        heard, protocol = started()
        for part in parts:
            protocol.dataReceived(part)
        assert repr(heard.calls) == wanted


def test_aSentenceTellsAllThatIsNewInIt() -> None:
    heard, protocol = started()
    protocol.dataReceived(sentence(RMC))
    told = heard.last()
    assert told["time"] == datetime.datetime(1994, 3, 23, 12, 35, 19)
    assert float(told["latitude"]) == pytest.approx(48.1173)
    assert told["latitude"].hemisphere is base.Directions.NORTH
    assert told["longitude"].inDegreesMinutesSeconds == (11, 31, 0)
    assert told["speed"].inKnots == pytest.approx(22.4)
    assert float(told["heading"].correctedHeading) == pytest.approx(87.5)
    heard.calls.clear()
    protocol.dataReceived(sentence(GGA))
    told = heard.last()
    assert told["time"] == datetime.datetime(1994, 3, 23, 12, 35, 20)
    assert told["altitude"].inMeters == 545.4 and told["positionError"].hdop == 0.9
    assert "speed" not in told


def test_satellitesAreToldWhenTheirLastSentenceIsThere() -> None:
    heard, protocol = started()
    protocol.dataReceived(sentence(GSV[0]))
    assert not heard.calls
    protocol.dataReceived(sentence(GSV[1]))
    beacons = heard.last()["beaconInformation"]
    assert sorted(each.identifier for each in beacons.seenBeacons) == [3, 4, 6, 13, 14, 16]
    assert not beacons.usedBeacons
    protocol.dataReceived(sentence(GSA))
    beacons = heard.last()["beaconInformation"]
    assert sorted(each.identifier for each in beacons.usedBeacons) == [3, 4]
    assert heard.last()["positionError"].pdop == 1.7


def test_aSentenceWithoutAFixMakesAllVoid() -> None:
    heard, protocol = started()
    protocol.dataReceived(sentence(RMC))
    heard.calls.clear()
    protocol.dataReceived(sentence(RMC.replace(b",A,", b",V,")))
    # The date is forgotten, so that there is no time.
    protocol.dataReceived(sentence(GGA))
    assert "time" not in heard.last() and "latitude" in heard.last()


none = [
    b"$",
    b"$$",
    b"$*",
    b"$GPGGA",
    b"GPGGA*56",
    b"$GPGGA*5",
    b"$GPGGA*zz",
    b"$GPGGA*00",
    b"$GPGGA*+6",
    b"\0",
    b"\xff\xfe",
    sentence(b"GPBOGUS"),
    sentence(b"GPGGA,1,2,3"),
    sentence(b"GPGGA,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"),
    sentence(b"GPGGA,123519,9999.99,N,01131.000,E,1"),
    sentence(b"GPGGA,123519,-807.038,N,01131.000,E,1"),
    sentence(b"GPGGA,123519,4867.038,N,01131.000,E,1"),
    sentence(b"GPGGA,123519,4807.038,X,01131.000,E,1"),
    sentence(b"GPGGA,993519,4807.038,N,01131.000,E,1"),
    sentence(b"GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,nan,M"),
    sentence(b"GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,1e999,M"),
    sentence(b"GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,5,F"),
    sentence(b"GPHDT,360,T"),
    sentence(b"GPHDT,-1,T"),
    sentence(b"GPRMC,123519,A,,,,,-5"),
    sentence(b"GPRMC,123519,A,,,,,,,320194"),
    sentence(b"GPGSV,1,1,1,x,1,1,1"),
    sentence(b"GPGSA,A,3,x"),
    sentence(b"GPGGA,\xff"),
]


@pytest.mark.parametrize("line", none, ids=repr)
def test_whatIsNoSentenceIsRefused(line: bytes) -> None:
    heard, protocol = started()
    with pytest.raises((base.InvalidSentence, base.InvalidChecksum, ValueError)):
        protocol.lineReceived(line)
    assert not heard.calls


@given(st.binary(max_size=90), st.booleans())
def test_whateverBytesComeOnlyItsOwnErrorsAreRaised(data: bytes, proper: bool) -> None:
    _, protocol = started()
    try:
        protocol.lineReceived(sentence(b"GP" + data.replace(b"*", b"")) if proper else data)
    except (base.InvalidSentence, base.InvalidChecksum, ValueError):
        pass


fields = st.sampled_from(
    [b"", b"0", b"1", b"9", b"A", b"N", b"M", b"4807.038", b"-1", b"2147483648"]
)


@given(
    st.sampled_from([b"GPGGA", b"GPGLL", b"GPGSA", b"GPGSV", b"GPHDT", b"GPRMC", b"GPTRF"]),
    st.lists(fields, max_size=24),
)
def test_whateverFieldsASentenceHasOnlyAValueErrorIsRaised(kind: bytes, said: list[bytes]) -> None:
    _, protocol = started()
    try:
        protocol.lineReceived(sentence(b",".join([kind, *said])))
    except ValueError:
        pass


def test_aSequenceOfSatellitesWithoutAnEndIsNotKept() -> None:
    _, protocol = started()
    with pytest.raises(ValueError, match="satellites"):
        for number in range(1000):
            protocol.lineReceived(sentence(b"GPGSV,2147483648,2,9,%d,1,1,1" % number))


def test_aLineWithoutAnEndClosesTheConnection() -> None:
    _, protocol = started()
    protocol.dataReceived(b"$" + b"x" * 5000)
    assert protocol.transport.disconnecting


def test_quantitiesHaveUnits() -> None:
    assert base.Altitude(0.3048).inFeet == 1
    assert base.Speed(1852 / 3600).inKnots == pytest.approx(1)
    assert base.Climb(-1.0).inMetersPerSecond == -1
    with pytest.raises(ValueError, match="negative"):
        base.Speed(-1.0)


edges: list[tuple[Any, float, bool]] = [
    (base.Angles.LATITUDE, 89.9, True),
    (base.Angles.LATITUDE, 90.0, False),
    (base.Angles.LONGITUDE, -180.0, False),
    (base.Angles.HEADING, 0.0, True),
    (base.Angles.HEADING, 360.0, False),
    (base.Angles.VARIATION, 180.0, True),
    (base.Angles.VARIATION, -180.0, False),
    (None, 4000.0, True),
]


@pytest.mark.parametrize(("kind", "degrees", "allowed"), edges)
def test_anAngleIsWithinItsRange(kind: Any, degrees: float, allowed: bool) -> None:
    if allowed:
        assert float(base.Angle(degrees, kind)) == degrees
    else:
        with pytest.raises(ValueError, match="cannot be"):
            base.Angle(degrees, kind)


def test_aThirdDilutionIsFoundOfTwo() -> None:
    assert base.PositionError(hdop=3.0, vdop=4.0).pdop == 5
    assert base.PositionError(pdop=5.0, vdop=4.0).hdop == 3
    assert base.PositionError(pdop=1.0, vdop=4.0).hdop is None
    with pytest.raises(ValueError, match="does not come"):
        base.PositionError(1.0, 1.0, 1.0, testInvariant=True)
