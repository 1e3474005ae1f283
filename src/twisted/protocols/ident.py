"""
Ident, RFC 1413: who on your machine has opened this connection to mine?

A server asks the machine that a connection came from; what it is told is as trustworthy as that
machine. Lines are bytes on the wire; a program that calls `lineReceived` itself may use text, and
is answered in text.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

try:
    from pwd import getpwuid
except ImportError:  # no such users here
    getpwuid = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "HiddenUser",
    "IdentClient",
    "IdentError",
    "IdentServer",
    "InvalidPort",
    "NoUser",
    "ProcServerMixin",
]

_log = Logger()

_MIN_PORT = 1
_MAX_PORT = 2**16 - 1

# RFC 1413 section 4; a port may be out of range, which has an answer of its own.
_ports = re.compile(r"\s*(-?[0-9]{1,10})\s*,\s*(-?[0-9]{1,10})\s*")
_forbidden = re.compile(r"[\r\n\0]")


def _asText(line: str | bytes) -> str:
    return line if isinstance(line, str) else line.decode("utf-8", "surrogateescape")


class IdentError(Exception):
    """
    There is no answer, for a reason that does not fit any other.

    Attributes:
        identDescription: the word for it on the wire.
    """

    identDescription: str = "UNKNOWN-ERROR"

    def __str__(self) -> str:
        return self.identDescription


class NoUser(IdentError):
    """There is no such connection, or nobody is known to own it."""

    identDescription = "NO-USER"


class InvalidPort(IdentError):
    """A port is out of range."""

    identDescription = "INVALID-PORT"


class HiddenUser(IdentError):
    """The owner wishes not to be named."""

    identDescription = "HIDDEN-USER"


class IdentServer(LineOnlyReceiver):
    """
    Tells who owns connections. Subclasses override `lookup`.

    Attributes:
        MAX_LENGTH: bytes that a query may have; the RFC allows 1000.
    """

    MAX_LENGTH: int = 1000
    transport: Any

    # Whether the last query was text, and so the answers are.
    _inText = False

    def lineReceived(self, line: str | bytes) -> None:
        """A query: two ports, ours first."""
        self._inText = isinstance(line, str)
        found = _ports.fullmatch(_asText(line))
        if found is None:
            self.invalidQuery()
            return
        mine, other = (int(port) for port in found.groups())
        if _MIN_PORT <= mine <= _MAX_PORT and _MIN_PORT <= other <= _MAX_PORT:
            self.validQuery(mine, other)
        else:
            self._refuse(Failure(InvalidPort()), mine, other)

    def invalidQuery(self) -> None:
        """What came is no query. Closes the connection."""
        self.transport.loseConnection()

    def validQuery(self, portOnServer: int, portOnClient: int) -> None:
        """Look the owner up, and answer."""
        here = self.transport.getHost().host, portOnServer
        there = self.transport.getPeer().host, portOnClient
        done = maybeDeferred(self.lookup, here, there)
        done.addCallback(self._tell, portOnServer, portOnClient)
        done.addErrback(self._refuse, portOnServer, portOnClient)

    def _tell(self, owner: tuple[str, str], mine: int, other: int) -> None:
        system, user = owner
        words = f"{system} : {user}"
        if _forbidden.search(words):
            raise ValueError(f"{words!r} cannot be told in one line")
        self._answer(f"{mine}, {other} : USERID : {words}")

    def _refuse(self, failure: Failure, mine: int, other: int) -> None:
        error = failure.value
        if not isinstance(error, IdentError):
            _log.failure("Looking an owner up failed", failure)
            error = IdentError()
        self._answer(f"{mine}, {other} : ERROR : {error.identDescription}")

    def _answer(self, line: str) -> None:
        if self._inText:
            self.sendLine(line)  # type: ignore[arg-type]  # for whoever replaced it
        else:
            self.sendLine(line.encode("utf-8", "surrogateescape"))

    def lookup(self, serverAddress: tuple[str, int], clientAddress: tuple[str, int]) -> Any:
        """
        Override: tell who owns a connection.

        Args:
            serverAddress: its end on this machine, as host and port.
            clientAddress: its other end.
        Returns: the system's name and the user's, or a Deferred of both.
        Raises: IdentError or a subclass, which is told to the peer.
        """
        raise IdentError()


class ProcServerMixin:
    """
    Looks owners up in Linux's table of TCP connections. IPv4 only.

    Attributes:
        SYSTEM_NAME: the name of the system that is told.
    """

    SYSTEM_NAME: str = "LINUX"

    def getUsername(self, uid: int, getpwuid: Any = getpwuid) -> str:
        """Name the user of a number."""
        return str(getpwuid(uid).pw_name)

    def entries(self) -> Iterator[str]:
        """Read the lines of the table, without its head."""
        with open("/proc/net/tcp") as table:
            next(table)
            for line in table:
                yield line.strip()

    def dottedQuadFromHexString(self, hexstr: str) -> str:
        """Read an address, which the kernel writes as one number of its own byte order."""
        return ".".join(str(byte) for byte in struct.pack("=L", int(hexstr, 16)))

    def unpackAddress(self, packed: str) -> tuple[str, int]:
        """Read an address with its port."""
        address, port = packed.split(":")
        return self.dottedQuadFromHexString(address), int(port, 16)

    def parseLine(self, line: str) -> tuple[tuple[str, int], tuple[str, int], int]:
        """Read the two ends of a connection and its owner's number."""
        columns = line.split()
        return self.unpackAddress(columns[1]), self.unpackAddress(columns[2]), int(columns[7])

    def lookup(
        self, serverAddress: tuple[str, int], clientAddress: tuple[str, int]
    ) -> tuple[str, str]:
        """
        Find the owner of a connection.

        Raises: NoUser where there is no such connection.
        """
        for line in self.entries():
            here, there, uid = self.parseLine(line)
            if here == serverAddress and there == clientAddress:
                return self.SYSTEM_NAME, self.getUsername(uid)
        raise NoUser()


class IdentClient(LineOnlyReceiver):
    """
    Asks who owns connections, one after the other.

    Attributes:
        errorTypes: the errors that a server may answer.
        queries: what waits, as Deferreds with their two ports.
        MAX_LENGTH: bytes that an answer may have; the RFC allows 1000.
    """

    MAX_LENGTH: int = 1000
    errorTypes: Any = (IdentError, NoUser, InvalidPort, HiddenUser)

    def __init__(self) -> None:
        self.queries: list[tuple[Deferred[Any], int, int]] = []

    def lookup(self, portOnServer: int, portOnClient: int) -> Deferred[tuple[str, str]]:
        """
        Ask.

        Args:
            portOnServer: the connection's port on the machine that is asked.
            portOnClient: its port here.
        Returns: a Deferred of the kind of the answer, ``USERID``, and what follows it: the
            system's name, a colon, and the user's. It fails with an `IdentError`.
        """
        answer: Deferred[tuple[str, str]] = Deferred()
        self.queries.append((answer, int(portOnServer), int(portOnClient)))
        if len(self.queries) == 1:
            self._ask()
        return answer

    def _ask(self) -> None:
        _, portOnServer, portOnClient = self.queries[0]
        self.sendLine(b"%d, %d" % (portOnServer, portOnClient))

    def lineReceived(self, line: str | bytes) -> None:
        """An answer to the first query."""
        if not self.queries:
            _log.warn("An answer came to a question that was not asked: {line!r}", line=line)
            self.transport.loseConnection()
            return
        answer, *ports = self.queries.pop(0)
        self._checked(answer, ports, line)
        if self.queries:
            self._ask()

    def _checked(self, answer: Deferred[Any], ports: list[Any], line: str | bytes) -> None:
        found = _ports.fullmatch(_asText(line).partition(":")[0])
        if found is None or [int(port) for port in found.groups()] != ports:
            answer.errback(IdentError(line))
        else:
            self.parseResponse(answer, line)

    def connectionLost(self, reason: Any = None) -> None:
        """Nothing that waits will be answered."""
        waiting, self.queries = self.queries, []
        for answer, *_ in waiting:
            answer.errback(IdentError(reason))

    def parseResponse(self, deferred: Deferred[Any], line: str | bytes) -> None:
        """Read an answer, and tell who asked."""
        parts = [part.strip() for part in _asText(line).split(":", 2)]
        if len(parts) != 3:
            deferred.errback(IdentError(line))
            return
        _, kind, words = parts
        if kind != "ERROR":
            deferred.callback((kind, words))
            return
        for error in self.errorTypes:
            if error.identDescription == words:
                deferred.errback(error(line))
                return
        deferred.errback(IdentError(line))
