"""Writing down what goes through connections."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from twisted.internet._wrapping import ProtocolWrapper, WrappingFactory
from twisted.logger import Logger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

_log = Logger("twisted.protocols.policies")


class SpewingProtocol(ProtocolWrapper):
    """Logs all that goes through, in both directions."""

    def dataReceived(self, data: bytes) -> None:
        """Log, and pass on."""
        _log.info("Received: {data!r}", data=data)
        ProtocolWrapper.dataReceived(self, data)

    def write(self, data: bytes) -> None:
        """Log, and pass on."""
        _log.info("Sending: {data!r}", data=data)
        ProtocolWrapper.write(self, data)


class SpewingFactory(WrappingFactory[Any]):
    """Logs all that goes through the connections of another factory."""

    protocol = SpewingProtocol


class TrafficLoggingProtocol(ProtocolWrapper):
    """
    Writes all that goes through into a file, a line for each piece.

    A line has ``C`` for what the client sent, ``S`` or ``SV`` for what the server wrote as one
    or as several pieces, then the number of the connection, and the bytes; ``*`` stands for the
    beginning.
    """

    def __init__(
        self,
        factory: Any,
        wrappedProtocol: Any,
        logfile: IO[str],
        lengthLimit: int | None = None,
        number: int = 0,
    ) -> None:
        """
        Args:
            logfile: open for writing text.
            lengthLimit: bytes of each piece that are written down, or None for all.
            number: of this connection, for the lines.
        """
        ProtocolWrapper.__init__(self, factory, wrappedProtocol)
        self.logfile = logfile
        self.lengthLimit = lengthLimit
        self._number = number

    def _note(self, line: str) -> None:
        self.logfile.write(line + "\n")
        self.logfile.flush()

    def _cut(self, data: bytes) -> bytes:
        return data[: self.lengthLimit]

    def _mostOf(self, data: bytes) -> str:
        cut = self._cut(data)
        return f"{cut!r}" if len(cut) == len(data) else f"{cut!r}..."

    def dataReceived(self, data: bytes) -> None:
        """Write down, and pass on."""
        self._note(f"C {self._number}: {self._mostOf(data)}")
        ProtocolWrapper.dataReceived(self, data)

    def write(self, data: bytes) -> None:
        """Write down, and pass on."""
        self._note(f"S {self._number}: {self._mostOf(data)}")
        ProtocolWrapper.write(self, data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write down, and pass on."""
        pieces = list(iovec)
        self._note(f"SV {self._number}: {[self._cut(piece) for piece in pieces]!r}")
        ProtocolWrapper.writeSequence(self, pieces)

    def connectionMade(self) -> None:
        """Write the beginning down."""
        self._note("*")
        ProtocolWrapper.connectionMade(self)

    def loseConnection(self) -> None:
        """Write down that we close, and pass on."""
        self._note(f"S {self._number}: *")
        ProtocolWrapper.loseConnection(self)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it is told
        """Write the end down, and pass on."""
        self._note(f"C {self._number}: {reason!r}")
        ProtocolWrapper.connectionLost(self, reason)


class TrafficLoggingFactory(WrappingFactory[Any]):
    """
    Writes all that goes through the connections of another factory into files.

    Each connection has a file of its own: the prefix, a hyphen, and a number.
    """

    protocol = TrafficLoggingProtocol
    _counter: int = 0

    def __init__(
        self, wrappedFactory: Any, logfilePrefix: str, lengthLimit: int | None = None
    ) -> None:
        """
        Args:
            logfilePrefix: what the names of the files begin with.
            lengthLimit: bytes of each piece that are written down, or None for all.
        """
        self.logfilePrefix = logfilePrefix
        self.lengthLimit = lengthLimit
        WrappingFactory.__init__(self, wrappedFactory)

    def open(self, name: str) -> IO[str]:
        """Open a file for writing text; override it for another place."""
        return open(name, "w")

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Have the wrapped factory build, and wrap that, with a new file."""
        inner = self.wrappedFactory.buildProtocol(addr)
        if inner is None:
            return None
        self._counter += 1
        logfile = self.open(f"{self.logfilePrefix}-{self._counter}")
        return self.protocol(self, inner, logfile, self.lengthLimit, self._counter)

    def resetCounter(self) -> None:
        """Begin to count from 1 again."""
        self._counter = 0
