"""Who hears what a receiver of positions has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    import datetime

    from twisted.positioning.base import (
        Altitude,
        BeaconInformation,
        Climb,
        Coordinate,
        Heading,
        PositionError,
        Speed,
    )


class IPositioningReceiver(Interface):
    """
    Is told of each thing when it is new.

    One sentence of a receiver may have several things new: each is told by a call of its own.
    """

    def positionReceived(latitude: Coordinate, longitude: Coordinate) -> None:
        """It is here."""

    def positionErrorReceived(positionError: PositionError) -> None:
        """The position is that precise."""

    def timeReceived(time: datetime.datetime) -> None:
        """
        It is so late.

        Args:
            time: in UTC; it has no zone.
        """

    def headingReceived(heading: Heading) -> None:
        """It moves, or looks, in that direction."""

    def altitudeReceived(altitude: Altitude) -> None:
        """It is that high, above the mean level of the sea."""

    def speedReceived(speed: Speed) -> None:
        """It moves that fast over ground."""

    def climbReceived(climb: Climb) -> None:
        """It rises that fast; a negative one sinks."""

    def beaconInformationReceived(beaconInformation: BeaconInformation) -> None:
        """These beacons are seen, and of them these are used."""


class IPositioningBeacon(Interface):
    """What a position is found by: most often a satellite."""

    identifier = Attribute("What tells it from the others; a number, or a name.")


class INMEAReceiver(Interface):
    """Hears whole sentences of NMEA 0183."""

    def sentenceReceived(sentence: Any) -> None:
        """
        A sentence came in.

        Args:
            sentence: an `NMEASentence`.
        """
