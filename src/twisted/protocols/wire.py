"""
The small protocols that inetd once served: each shows one thing that a protocol can do.
"""

from __future__ import annotations

import time
from typing import Any

from zope.interface import implementer

from twisted.internet import interfaces, protocol

# Seconds between the beginning of RFC 868's time, 1900, and of the system's, 1970.
_secondsBefore1970 = 2_208_988_800


class Echo(protocol.Protocol):
    """Sends back what comes (RFC 862)."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


class Discard(protocol.Protocol):
    """Takes what comes, and forgets it (RFC 863)."""

    def dataReceived(self, data: bytes) -> None:
        """Forget it."""


def _pattern() -> bytes:
    """All the lines of 72 printable characters, each beginning one further on (RFC 864)."""
    printable = bytes(range(32, 127))
    ring = printable * 2
    return b"".join(ring[at : at + 72] + b"\r\n" for at in range(len(printable)))


@implementer(interfaces.IProducer)
class Chargen(protocol.Protocol):
    """
    Sends characters without end, as fast as they are taken (RFC 864).

    Attributes:
        noise: what is sent at a time.
    """

    noise: bytes = _pattern()
    transport: Any

    def connectionMade(self) -> None:
        """Begin, as a pull producer."""
        self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Send some."""
        self.transport.write(self.noise)

    def pauseProducing(self) -> None:
        """Nothing to do: nothing is sent without being asked for."""

    def stopProducing(self) -> None:
        """Nothing to do: nothing will be asked for."""


class QOTD(protocol.Protocol):
    """Sends a quotation, and closes (RFC 865)."""

    transport: Any

    def connectionMade(self) -> None:
        """Send it."""
        self.transport.write(self.getQuote())
        self.transport.loseConnection()

    def getQuote(self) -> bytes:
        """Override: give the quotation, with its line ends."""
        return b"An apple a day keeps the doctor away.\r\n"


class Who(protocol.Protocol):
    """Sends who is there, and closes (RFC 866)."""

    transport: Any

    def connectionMade(self) -> None:
        """Send it."""
        self.transport.write(self.getUsers())
        self.transport.loseConnection()

    def getUsers(self) -> bytes:
        """Override: give the users, each with a line end."""
        return b"root\r\n"


class Daytime(protocol.Protocol):
    """Sends the time for a person to read, and closes (RFC 867)."""

    transport: Any

    def connectionMade(self) -> None:
        """Send it, in UTC."""
        self.transport.write(time.asctime(time.gmtime()).encode("ascii") + b"\r\n")
        self.transport.loseConnection()


class Time(protocol.Protocol):
    """
    Sends the time for a machine to read, and closes.

    Source: RFC 868: the seconds since 1900 in 32 bits. They begin anew in 2036.
    """

    transport: Any

    def connectionMade(self) -> None:
        """Send it."""
        seconds = (int(time.time()) + _secondsBefore1970) % 2**32
        self.transport.write(seconds.to_bytes(4, "big"))
        self.transport.loseConnection()


__all__ = ["Chargen", "Daytime", "Discard", "Echo", "QOTD", "Time", "Who"]
