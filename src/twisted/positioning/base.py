"""
Angles, heights, speeds, beacons: what positions are made of, each with its unit.

Values are floats in one unit and are given in others by properties. What is not known is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from constantly import NamedConstant, Names  # type: ignore[import-untyped]  # has no types
from zope.interface import implementer

from twisted.positioning import ipositioning
from twisted.python.util import FancyEqMixin

if TYPE_CHECKING:
    import datetime

METERS_PER_FOOT = 0.3048
MPS_PER_KNOT = 0.5144444444444444  # 1852 metres an hour
MPS_PER_KPH = 1000 / 3600


class InvalidSentence(Exception):
    """A line is no sentence."""


class InvalidChecksum(Exception):
    """A line is a sentence, but not the one that was sent."""


class Angles(Names):  # type: ignore[misc]  # constantly has no types
    """What an angle is of."""

    LATITUDE = NamedConstant()
    LONGITUDE = NamedConstant()
    HEADING = NamedConstant()
    VARIATION = NamedConstant()


class Directions(Names):  # type: ignore[misc]  # constantly has no types
    """The four of the compass."""

    NORTH = NamedConstant()
    EAST = NamedConstant()
    SOUTH = NamedConstant()
    WEST = NamedConstant()


# What an angle of some type may be, in degrees.
_mayBe: dict[Any, Callable[[float], bool]] = {
    Angles.LATITUDE: lambda degrees: -90 < degrees < 90,
    Angles.LONGITUDE: lambda degrees: -180 < degrees < 180,
    Angles.HEADING: lambda degrees: 0 <= degrees < 360,
    Angles.VARIATION: lambda degrees: -180 < degrees <= 180,
    None: lambda degrees: True,
}


class Angle(FancyEqMixin):
    """
    An angle.

    Attributes:
        angleType: one of `Angles`, or None.
    """

    compareAttributes: Sequence[str] = ("angleType", "inDecimalDegrees")

    def __init__(self, angle: float | None = None, angleType: Any = None) -> None:
        """
        Args:
            angle: degrees.
        Raises: ValueError for a type that there is not, and for an angle that this type cannot
            be.
        """
        if angleType not in _mayBe:
            raise ValueError(f"{angleType!r} is no type of angle")
        if angle is not None and not _mayBe[angleType](angle):
            raise ValueError(f"{angle} degrees cannot be a {angleType.name.lower()}")
        self.angleType = angleType
        self._angle = angle

    @property
    def inDecimalDegrees(self) -> float | None:
        """Degrees."""
        return self._angle

    @property
    def inDegreesMinutesSeconds(self) -> tuple[int, int, int] | None:
        """Whole degrees, minutes and seconds, without the sign; what is left is cut off."""
        if self._angle is None:
            return None
        degrees, rest = divmod(abs(self._angle), 1)
        minutes, rest = divmod(rest * 60, 1)
        return int(degrees), int(minutes), int(rest * 60)

    def setSign(self, sign: int) -> None:
        """
        Say on which side of zero it is.

        Args:
            sign: 1 or -1.
        Raises: ValueError for another sign, or where there is no angle.
        """
        if sign not in (1, -1):
            raise ValueError(f"a sign is 1 or -1, not {sign!r}")
        if self._angle is None:
            raise ValueError("an angle that is not known has no sign")
        self._angle = sign * abs(self._angle)

    def __float__(self) -> float:
        if self._angle is None:
            raise TypeError("an angle that is not known is no number")
        return float(self._angle)

    @property
    def _kind(self) -> str:
        known = self.angleType is not None
        return str(self.angleType.name.capitalize()) if known else "Angle of unknown type"

    @property
    def _value(self) -> str:
        return "unknown value" if self._angle is None else f"{round(self._angle, 2)} degrees"

    def __repr__(self) -> str:
        return f"<{self._kind} ({self._value})>"


class Heading(Angle):
    """
    A direction: degrees clockwise from the north.

    Attributes:
        variation: how far east of it a compass points, an `Angle`; None if nobody knows.
    """

    compareAttributes: Sequence[str] = [*Angle.compareAttributes, "variation"]

    def __init__(self, angle: float | None = None, variation: Any = None) -> None:
        Angle.__init__(self, angle, Angles.HEADING)
        self.variation = variation

    @classmethod
    def fromFloats(
        cls, angleValue: float | None = None, variationValue: float | None = None
    ) -> Heading:
        """Make one of two numbers, degrees both."""
        return cls(angleValue, Angle(variationValue, Angles.VARIATION))

    @property
    def correctedHeading(self) -> Angle | None:
        """The direction less the variation; None where either is not known."""
        variation = None if self.variation is None else self.variation.inDecimalDegrees
        if self._angle is None or variation is None:
            return None
        return Angle((self._angle - variation) % 360, Angles.HEADING)

    def setSign(self, sign: int) -> None:
        """Say on which side the variation is. See `Angle.setSign`."""
        if self.variation is None:
            raise ValueError("a variation that is not known has no sign")
        self.variation.setSign(sign)

    def __repr__(self) -> str:
        variation = "unknown variation" if self.variation is None else repr(self.variation)
        return f"<{self._kind} ({self._value}, {variation})>"


class Coordinate(Angle):
    """A latitude, or a longitude. North and east are positive."""

    # By type: what is above zero, and what is below.
    _hemispheres: ClassVar[dict[Any, tuple[Any, Any]]] = {
        Angles.LATITUDE: (Directions.NORTH, Directions.SOUTH),
        Angles.LONGITUDE: (Directions.EAST, Directions.WEST),
    }

    def __init__(self, angle: float | None, coordinateType: Any = None) -> None:
        if coordinateType is not None and coordinateType not in self._hemispheres:
            raise ValueError(f"{coordinateType!r} is no type of coordinate")
        Angle.__init__(self, angle, coordinateType)

    @property
    def hemisphere(self) -> Any:
        """One of `Directions`. Raises: ValueError where the type is not known."""
        if self.angleType not in self._hemispheres:
            raise ValueError("a coordinate of unknown type is in no hemisphere")
        above, below = self._hemispheres[self.angleType]
        return above if float(self) >= 0 else below


class Altitude(FancyEqMixin):
    """A height."""

    compareAttributes: Sequence[str] = ("inMeters",)

    def __init__(self, altitude: float) -> None:
        """
        Args:
            altitude: metres.
        """
        self._altitude = altitude

    @property
    def inMeters(self) -> float:
        """Metres."""
        return self._altitude

    @property
    def inFeet(self) -> float:
        """Feet."""
        return self._altitude / METERS_PER_FOOT

    def __float__(self) -> float:
        return float(self._altitude)

    def __repr__(self) -> str:
        return f"<Altitude ({self._altitude} m)>"


class _BaseSpeed(FancyEqMixin):
    compareAttributes: Sequence[str] = ("inMetersPerSecond",)

    def __init__(self, speed: float) -> None:
        """
        Args:
            speed: metres per second.
        """
        self._speed = speed

    @property
    def inMetersPerSecond(self) -> float:
        """Metres per second."""
        return self._speed

    @property
    def inKnots(self) -> float:
        """Nautical miles per hour."""
        return self._speed / MPS_PER_KNOT

    def __float__(self) -> float:
        return float(self._speed)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} ({round(self._speed, 2)} m/s)>"


class Speed(_BaseSpeed):
    """How fast something moves; never negative."""

    def __init__(self, speed: float) -> None:
        """
        Args:
            speed: metres per second.
        Raises: ValueError for a negative one.
        """
        if speed < 0:
            raise ValueError(f"a speed is not negative, as {speed} is")
        super().__init__(speed)


class Climb(_BaseSpeed):
    """How fast something rises; negative where it sinks."""

    def __init__(self, climb: float) -> None:
        """
        Args:
            climb: metres per second.
        """
        super().__init__(climb)


class PositionError(FancyEqMixin):
    """
    How well a position is known: dilutions of precision, of which 1 is best.

    Of the square of the position's is the sum of the squares of the horizontal and the vertical
    one; from two, the third is found.

    Attributes:
        pdop: of the position.
        hdop: of its horizontal part.
        vdop: of its vertical part.
    """

    compareAttributes: Sequence[str] = ("pdop", "hdop", "vdop")
    # Receivers round to one digit.
    _tolerance = 0.05

    def __init__(
        self,
        pdop: float | None = None,
        hdop: float | None = None,
        vdop: float | None = None,
        testInvariant: bool = False,
    ) -> None:
        """
        Args:
            testInvariant: whether three that do not go together are a ValueError.
        """
        self._known: dict[str, float | None] = {"pdop": pdop, "hdop": hdop, "vdop": vdop}
        self._strict = testInvariant
        self._look(self._known)

    def _look(self, known: dict[str, float | None]) -> None:
        pdop, hdop, vdop = known["pdop"], known["hdop"], known["vdop"]
        if not self._strict or pdop is None or hdop is None or vdop is None:
            return
        if abs((hdop**2 + vdop**2) ** 0.5 - pdop) > self._tolerance:
            raise ValueError(f"{pdop} does not come of {hdop} and {vdop}")

    def _get(self, name: str) -> float | None:
        known = self._known[name]
        if known is not None:
            return known
        pdop, hdop, vdop = (self._known[each] for each in ("pdop", "hdop", "vdop"))
        if name == "pdop":
            return None if hdop is None or vdop is None else (hdop**2 + vdop**2) ** 0.5
        other = vdop if name == "hdop" else hdop
        if pdop is None or other is None or other > pdop:
            return None
        return float((pdop**2 - other**2) ** 0.5)

    def _set(self, name: str, value: float | None) -> None:
        wanted = {"pdop": self.pdop, "hdop": self.hdop, "vdop": self.vdop, name: value}
        self._look(wanted)
        self._known[name] = value

    @property
    def pdop(self) -> float | None:
        """Of the position."""
        return self._get("pdop")

    @pdop.setter
    def pdop(self, value: float | None) -> None:
        self._set("pdop", value)

    @property
    def hdop(self) -> float | None:
        """Of its horizontal part."""
        return self._get("hdop")

    @hdop.setter
    def hdop(self, value: float | None) -> None:
        self._set("hdop", value)

    @property
    def vdop(self) -> float | None:
        """Of its vertical part."""
        return self._get("vdop")

    @vdop.setter
    def vdop(self, value: float | None) -> None:
        self._set("vdop", value)

    def __repr__(self) -> str:
        return f"<PositionError (pdop: {self.pdop}, hdop: {self.hdop}, vdop: {self.vdop})>"


@implementer(ipositioning.IPositioningBeacon)
class PositioningBeacon:
    """
    What a position is found by.

    Attributes:
        identifier: what tells it from the others.
    """

    def __init__(self, identifier: Any) -> None:
        self.identifier = identifier

    def __hash__(self) -> int:
        return hash(self.identifier)

    def __repr__(self) -> str:
        return f"<Beacon ({self.identifier})>"


class Satellite(PositioningBeacon):
    """
    A satellite.

    Attributes:
        azimuth: degrees clockwise from the north, or None.
        elevation: degrees above the horizon, or None.
        signalToNoiseRatio: decibels, or None.
    """

    def __init__(
        self,
        identifier: Any,
        azimuth: float | None = None,
        elevation: float | None = None,
        signalToNoiseRatio: float | None = None,
    ) -> None:
        PositioningBeacon.__init__(self, identifier)
        self.azimuth = azimuth
        self.elevation = elevation
        self.signalToNoiseRatio = signalToNoiseRatio

    def __repr__(self) -> str:
        return (
            f"<Satellite ({self.identifier}), azimuth: {self.azimuth}, "
            f"elevation: {self.elevation}, snr: {self.signalToNoiseRatio}>"
        )


class BeaconInformation:
    """
    The beacons of a position.

    Attributes:
        seenBeacons: those that are in view, a set.
        usedBeacons: those of them that the position is found by, a set.
    """

    def __init__(self, seenBeacons: Iterable[Any] = ()) -> None:
        self.seenBeacons = set(seenBeacons)
        self.usedBeacons: set[Any] = set()

    def __repr__(self) -> str:
        def inOrder(beacons: set[Any]) -> list[Any]:
            return sorted(beacons, key=lambda beacon: beacon.identifier)

        used, unused = inOrder(self.usedBeacons), inOrder(self.seenBeacons - self.usedBeacons)
        return f"<BeaconInformation (used beacons ({len(used)}): {used}, unused beacons: {unused})>"


@implementer(ipositioning.IPositioningReceiver)
class BasePositioningReceiver:
    """Hears everything and does nothing: override what you care for."""

    def timeReceived(self, time: datetime.datetime) -> None:
        """See `IPositioningReceiver`."""

    def headingReceived(self, heading: Heading) -> None:
        """See `IPositioningReceiver`."""

    def speedReceived(self, speed: Speed) -> None:
        """See `IPositioningReceiver`."""

    def climbReceived(self, climb: Climb) -> None:
        """See `IPositioningReceiver`."""

    def positionReceived(self, latitude: Coordinate, longitude: Coordinate) -> None:
        """See `IPositioningReceiver`."""

    def positionErrorReceived(self, positionError: PositionError) -> None:
        """See `IPositioningReceiver`."""

    def altitudeReceived(self, altitude: Altitude) -> None:
        """See `IPositioningReceiver`."""

    def beaconInformationReceived(self, beaconInformation: BeaconInformation) -> None:
        """See `IPositioningReceiver`."""


__all__ = [
    "METERS_PER_FOOT",
    "MPS_PER_KNOT",
    "MPS_PER_KPH",
    "Altitude",
    "Angle",
    "Angles",
    "BasePositioningReceiver",
    "BeaconInformation",
    "Climb",
    "Coordinate",
    "Directions",
    "Heading",
    "InvalidChecksum",
    "InvalidSentence",
    "PositionError",
    "PositioningBeacon",
    "Satellite",
    "Speed",
]
