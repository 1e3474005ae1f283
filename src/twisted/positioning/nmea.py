"""
NMEA 0183, as GPS receivers speak it: one sentence on each line.

`NMEAProtocol` makes sentences of lines, `NMEAAdapter` makes of sentences what an
`IPositioningReceiver` wants to hear::

    reactor.listenTCP(10110, Factory.forProtocol(lambda: NMEAProtocol(NMEAAdapter(receiver))))

A sentence is a dollar sign, its type, its fields after commas, a star, and two hexadecimal digits:
all bytes between dollar and star, exclusive-ored. Fields may be empty.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from constantly import ValueConstant, Values  # type: ignore[import-untyped]  # has no types
from zope.interface import implementer

from twisted.positioning import base, ipositioning
from twisted.positioning._sentence import _BaseSentence, _PositioningSentenceProducerMixin
from twisted.positioning.base import Angles
from twisted.protocols.basic import LineReceiver


class GPGGAFixQualities(Values):  # type: ignore[misc]  # constantly has no types
    """How GGA says where a fix comes from."""

    INVALID_FIX = "0"
    GPS_FIX = "1"
    DGPS_FIX = "2"
    PPS_FIX = "3"
    RTK_FIX = "4"
    FLOAT_RTK_FIX = "5"
    DEAD_RECKONING = "6"
    MANUAL = "7"
    SIMULATED = "8"


class GPGLLGPRMCFixQualities(Values):  # type: ignore[misc]  # constantly has no types
    """How GLL and RMC say whether a fix is good."""

    ACTIVE = ValueConstant("A")
    VOID = ValueConstant("V")


class GPGSAFixTypes(Values):  # type: ignore[misc]  # constantly has no types
    """How GSA says whether there is a fix, and whether it knows the height."""

    GSA_NO_FIX = ValueConstant("1")
    GSA_2D_FIX = ValueConstant("2")
    GSA_3D_FIX = ValueConstant("3")


def _split(sentence: bytes) -> list[bytes]:
    """
    Take a sentence apart.

    Returns: type and fields.
    Raises: InvalidSentence.
    """
    body, star, checksum = sentence.rpartition(b"*") if b"*" in sentence else (b"", b"", b"")
    if not star or len(checksum) not in (0, 2) or not sentence.startswith(b"$"):
        raise base.InvalidSentence(f"{sentence!r} is no sentence: $...*xx was wanted")
    return body[1:].split(b",")


def _validateChecksum(sentence: bytes) -> None:
    """
    Look whether a sentence is the one that was sent. One that does not say may be.

    Raises: InvalidChecksum.
    """
    body, star, digits = sentence.rpartition(b"*")
    if not star or not digits:
        return
    found = 0
    for byte in body[1:]:
        found ^= byte
    if not re.fullmatch(rb"[0-9A-Fa-f]{2}", digits) or int(digits, 16) != found:
        raise base.InvalidChecksum(f"{sentence!r} has another checksum: {found:02X}")


_position = ("latitudeFloat", "latitudeHemisphere", "longitudeFloat", "longitudeHemisphere")


def _numbered(count: int, *names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{number}" for number in range(count) for name in names)


_satelliteFields = ("satellitePRN", "elevation", "azimuth", "signalToNoiseRatio")
_dilutions = (
    "positionDilutionOfPrecision",
    "horizontalDilutionOfPrecision",
    "verticalDilutionOfPrecision",
)


class NMEAProtocol(LineReceiver, _PositioningSentenceProducerMixin):
    """
    Makes sentences of lines.

    A line that is none raises `InvalidSentence`, `InvalidChecksum` or a ValueError (for a type
    that is not known, or a field that makes no sense), which closes the connection unless a
    subclass catches it in `lineReceived`.
    """

    # A sentence has 82 bytes at most; receivers exceed that, though not by much.
    MAX_LENGTH = 1024
    _SENTENCE_CONTENTS: ClassVar[dict[str, tuple[str | None, ...]]] = {
        "GPGGA": (
            "timestamp",
            *_position,
            "fixQuality",
            "numberOfSatellitesSeen",
            "horizontalDilutionOfPrecision",
            "altitude",
            "altitudeUnits",
            "heightOfGeoidAboveWGS84",
            "heightOfGeoidAboveWGS84Units",
            # Age and station of a correction.
            None,
            None,
        ),
        "GPGLL": (*_position, "timestamp", "dataMode"),
        "GPGSA": ("dataMode", "fixType", *_numbered(12, "usedSatellitePRN"), *_dilutions),
        "GPGSV": (
            "numberOfGSVSentences",
            "GSVSentenceIndex",
            "numberOfSatellitesSeen",
            *_numbered(4, *_satelliteFields),
        ),
        "GPHDT": ("trueHeading",),
        "GPRMC": (
            "timestamp",
            "dataMode",
            *_position,
            "speedInKnots",
            "trueHeading",
            "datestamp",
            "magneticVariation",
            "magneticVariationDirection",
        ),
        "GPTRF": (
            "datestamp",
            "timestamp",
            *_position,
            "elevation",
            "numberOfIterations",
            "numberOfDopplerIntervals",
            "updateDistanceInNauticalMiles",
            "satellitePRN",
        ),
    }

    def __init__(
        self, receiver: Any, sentenceCallback: Callable[[NMEASentence], Any] | None = None
    ) -> None:
        """
        Args:
            receiver: an `INMEAReceiver`, or None.
            sentenceCallback: called with each sentence before the receiver is.
        """
        self._receiver = receiver
        self._sentenceCallback = sentenceCallback

    def lineReceived(self, rawSentence: bytes) -> None:
        """Make a sentence of a line. An empty line is none, and nothing is wrong with it."""
        line = rawSentence.strip()
        if not line:
            return
        sentence = NMEASentence(self._read(line))
        if self._sentenceCallback is not None:
            self._sentenceCallback(sentence)
        if self._receiver is not None:
            self._receiver.sentenceReceived(sentence)

    def _read(self, line: bytes | str) -> dict[str, str]:
        data = line.encode("ascii", "replace") if isinstance(line, str) else line
        kind, *fields = _split(data)
        _validateChecksum(data)
        if not data.isascii():
            raise base.InvalidSentence(f"{data!r} is no sentence: it is not ASCII")
        names = self._SENTENCE_CONTENTS.get(kind.decode("ascii"))
        if names is None:
            raise ValueError(f"sentences of type {kind.decode('ascii')!r} are not known")
        found = {"type": kind.decode("ascii")}
        for name, field in zip(names, fields, strict=False):
            if name is not None and field:
                found[name] = field.decode("ascii")
        return found


class NMEASentence(_BaseSentence):
    """
    A sentence. Its values are text, as they came.

    Attributes:
        type: such as ``GPGGA``.
    """

    ALLOWED_ATTRIBUTES: ClassVar[set[str]] = NMEAProtocol.getSentenceAttributes()

    def _isFirstGSVSentence(self) -> bool:
        return bool(self.GSVSentenceIndex == "1")

    def _isLastGSVSentence(self) -> bool:
        return bool(self.GSVSentenceIndex == self.numberOfGSVSentences)


class _NoFix(Exception):
    """A sentence says itself that it is not to be believed."""


def _means(value: Any, constant: Any) -> bool:
    return value in (constant, getattr(constant, "value", constant))


def _number(text: Any) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is no number that means anything")
    return number


@implementer(ipositioning.INMEAReceiver)
class NMEAAdapter:
    """
    Tells an `IPositioningReceiver` what sentences say.

    What one sentence leaves open another may have said before: the date of the last RMC goes
    with the time of a GGA. A sentence without a fix makes all that was known void.

    Attributes:
        yearThreshold: the first year that two digits may stand for.
        currentSentence: the one that is being read.
    """

    yearThreshold: int = 1980
    # GSV counts up to nine sentences of four.
    _maxSatellites = 64

    currentSentence: Any = None

    def __init__(self, receiver: Any) -> None:
        self._receiver = receiver
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._state: dict[str, Any] = {}
        self._sentenceData: dict[str, Any] = {}

    def sentenceReceived(self, sentence: Any) -> None:
        """Read a sentence, and tell what is new in it."""
        self.currentSentence = sentence
        self._sentenceData = {}
        try:
            self._mustHaveFix()
            for read in self._readers:
                read(self)
        except _NoFix:
            self.clear()
            return
        self._state.update(self._sentenceData)
        self._tell()

    def _said(self, name: str) -> Any:
        return getattr(self.currentSentence, name, None)

    def _mustHaveFix(self) -> None:
        quality, mode, kind = map(self._said, ("fixQuality", "dataMode", "fixType"))
        if (
            _means(quality, GPGGAFixQualities.INVALID_FIX)
            or _means(mode, GPGLLGPRMCFixQualities.VOID)
            or _means(kind, GPGSAFixTypes.GSA_NO_FIX)
        ):
            raise _NoFix()

    # When.

    def _fixTime(self) -> None:
        stamp = self._said("timestamp")
        if stamp is not None:
            self._sentenceData["_time"] = datetime.time(*_pairs(stamp.partition(".")[0]))
        stamp = self._said("datestamp")
        if stamp is not None:
            day, month, year = _pairs(stamp)
            century = self.yearThreshold - self.yearThreshold % 100
            year += century
            if year < self.yearThreshold:
                year += 100
            self._sentenceData["_date"] = datetime.date(year, month, day)
        if "_time" in self._sentenceData or "_date" in self._sentenceData:
            known = {**self._state, **self._sentenceData}
            if "_time" in known and "_date" in known:
                both = datetime.datetime.combine(known["_date"], known["_time"])
                self._sentenceData["time"] = both

    # Where.

    def _fixPosition(self) -> None:
        for name, kind, degreeDigits in (
            ("latitude", Angles.LATITUDE, 2),
            ("longitude", Angles.LONGITUDE, 3),
        ):
            text, letter = self._said(f"{name}Float"), self._said(f"{name}Hemisphere")
            sign = 1 if letter is None else self._getHemisphereSign(letter)
            if text is not None:
                # Degrees and minutes are run together: 4807.038 is 48 degrees, 7.038 minutes.
                whole, dot, fraction = text.partition(".")
                if not (whole + fraction).isdecimal() or len(whole) < 3:
                    raise ValueError(f"{text!r} is no {name}: ddmm.mmm was wanted")
                degrees, minutes = int(whole[:-2]), float(whole[-2:] + dot + fraction)
                if minutes >= 60 or len(whole) > degreeDigits + 2:
                    raise ValueError(f"{text!r} is no {name}: ddmm.mmm was wanted")
                angle = sign * (degrees + minutes / 60)
                self._sentenceData[name] = base.Coordinate(angle, kind)

    def _getHemisphereSign(self, hemisphere: str) -> int:
        """Find the sign of a hemisphere. Raises: ValueError for what is none."""
        signs = {"N": 1, "E": 1, "S": -1, "W": -1}
        if hemisphere not in signs:
            raise ValueError(f"{hemisphere!r} is no hemisphere: N, E, S or W was wanted")
        return signs[hemisphere]

    def _fixHeights(self) -> None:
        for name in ("altitude", "heightOfGeoidAboveWGS84"):
            if self._said(name) is not None:
                self._fixUnits(unitKey=f"{name}Units", unit="M")

    # How fast, and where to.

    def _fixSpeed(self) -> None:
        if self._said("speedInKnots") is not None:
            self._fixUnits(valueKey="speed", sourceKey="speedInKnots", unit="N")

    # What a number of some unit is.
    _quantities: ClassVar[dict[str, Callable[[float], Any]]] = {
        "M": base.Altitude,
        "N": lambda knots: base.Speed(knots * base.MPS_PER_KNOT),
        "K": lambda kilometersPerHour: base.Speed(kilometersPerHour * base.MPS_PER_KPH),
    }

    def _fixUnits(
        self,
        unitKey: str | None = None,
        valueKey: str | None = None,
        sourceKey: str | None = None,
        unit: str | None = None,
    ) -> None:
        """
        Make a quantity of a number and its unit.

        Args:
            unitKey: the field that has the unit, if any does.
            valueKey: what the quantity is to be called; as ``unitKey`` without its end, where
                that is not given.
            sourceKey: the field that has the number, if it is called otherwise.
            unit: the unit, where no field has it.
        Raises: ValueError for another unit, or where there is nothing to go by.
        """
        if valueKey is None:
            if unitKey is None:
                raise ValueError("neither the value's field nor the unit's is given")
            valueKey = unitKey.removesuffix("Units")
        found = (self._said(unitKey) if unitKey is not None else None) or unit
        if found not in self._quantities:
            raise ValueError(f"{found!r} is no unit: {', '.join(self._quantities)} are known")
        number = _number(self._said(sourceKey or valueKey))
        self._sentenceData[valueKey] = self._quantities[found](number)

    def _fixHeading(self) -> None:
        heading, variation = self._said("trueHeading"), self._said("magneticVariation")
        if heading is None and variation is None:
            return
        before = self._state.get("heading") or base.Heading()
        angle = before.inDecimalDegrees if heading is None else _number(heading)
        turned = before.variation
        if variation is not None:
            turned = base.Angle(_number(variation), Angles.VARIATION)
            letter = self._said("magneticVariationDirection")
            if letter is not None:
                turned.setSign(self._getHemisphereSign(letter))
        self._sentenceData["heading"] = base.Heading(angle, turned)

    # How well.

    def _fixPrecision(self) -> None:
        said = {name[0] + "dop": self._said(name) for name in _dilutions}
        if not any(text is not None for text in said.values()):
            return
        before = self._state.get("positionError")
        known = {} if before is None else {name: getattr(before, name) for name in said}
        known.update({name: _number(text) for name, text in said.items() if text is not None})
        self._sentenceData["positionError"] = base.PositionError(**known)

    # By which satellites.

    def _fixSatellites(self) -> None:
        kind = self._said("type")
        if kind == "GPGSA":
            texts = [self._said(name) for name in _numbered(12, "usedSatellitePRN")]
            self._sentenceData["_usedPRNs"] = {int(text) for text in texts if text is not None}
            self._markUsed(self._state.get("beaconInformation"))
        elif kind == "GPGSV":
            self._gather()

    def _gather(self) -> None:
        sentence = self.currentSentence
        partial = self._state.pop("_partialBeaconInformation", None)
        if partial is None or sentence._isFirstGSVSentence():
            partial = base.BeaconInformation()
        partial.seenBeacons.update(self._satellites())
        if len(partial.seenBeacons) > self._maxSatellites:
            raise ValueError(f"more than {self._maxSatellites} satellites are not to be seen")
        if sentence._isLastGSVSentence():
            self._markUsed(partial)
        else:
            self._sentenceData["_partialBeaconInformation"] = partial

    def _satellites(self) -> Iterable[base.Satellite]:
        for number in range(4):
            prn, elevation, azimuth, ratio = (
                self._said(f"{name}_{number}") for name in _satelliteFields
            )
            if prn is not None:
                yield base.Satellite(
                    int(prn),
                    *(
                        None if text is None else _number(text)
                        for text in (azimuth, elevation, ratio)
                    ),
                )

    def _markUsed(self, information: Any) -> None:
        """Say anew which of the satellites in view are used."""
        if information is None:
            return
        used = {**self._state, **self._sentenceData}.get("_usedPRNs", ())
        marked = base.BeaconInformation(information.seenBeacons)
        marked.usedBeacons = {each for each in marked.seenBeacons if each.identifier in used}
        self._sentenceData["beaconInformation"] = marked

    _readers = (
        _fixTime,
        _fixPosition,
        _fixHeights,
        _fixSpeed,
        _fixHeading,
        _fixPrecision,
        _fixSatellites,
    )

    # What the receiver is told, each by its own method, and what goes with it.
    _told: ClassVar[dict[str, tuple[str, ...]]] = {
        "positionReceived": ("latitude", "longitude"),
        "positionErrorReceived": ("positionError",),
        "timeReceived": ("time",),
        "headingReceived": ("heading",),
        "altitudeReceived": ("altitude",),
        "speedReceived": ("speed",),
        "climbReceived": ("climb",),
        "beaconInformationReceived": ("beaconInformation",),
    }

    def _tell(self) -> None:
        """Tell what is new, as far as all of it is known."""
        new, known = self._sentenceData, self._state
        for method, names in self._told.items():
            if any(name in new for name in names) and all(name in known for name in names):
                getattr(self._receiver, method)(**{name: known[name] for name in names})


def _pairs(digits: str) -> tuple[int, int, int]:
    """Read three numbers of two digits. Raises: ValueError for anything else."""
    if not re.fullmatch("[0-9]{6}", digits):
        raise ValueError(f"{digits!r} is no time and no date: six digits were wanted")
    return int(digits[:2]), int(digits[2:4]), int(digits[4:])


__all__ = [
    "GPGGAFixQualities",
    "GPGLLGPRMCFixQualities",
    "GPGSAFixTypes",
    "NMEAAdapter",
    "NMEAProtocol",
    "NMEASentence",
]
