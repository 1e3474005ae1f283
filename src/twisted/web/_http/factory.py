"""What makes channels for connections, and the choice between versions of HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BufferedIOBase, TextIOWrapper
from typing import IO, TYPE_CHECKING, Any

from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger

from .channel import HTTPChannel
from .dates import datetimeToLogString
from .limits import LimitedChannel, Limits, Peers
from .logs import combinedLogFormatter
from .request import Request

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

__all__ = ["HTTPFactory"]


class _GenericHTTPChannelProtocol:
    """
    Stands for a channel whose version of HTTP is not known before TLS has negotiated it.

    What is set here is handed on to the channel, and to the one of HTTP/2 that may take its place.

    Args: channel: for HTTP/1.
    """

    _negotiatedProtocol: bytes | None = None
    _handedOn = ("factory", "requestFactory", "site", "timeOut", "callLater")

    def __init__(self, channel: HTTPChannel) -> None:
        object.__setattr__(self, "_channel", channel)

    _channel: Any

    def __getattr__(self, name: str) -> Any:
        if name == "_channel":
            raise AttributeError(name)
        return getattr(self._channel, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name in self._handedOn:
            setattr(self._channel, name, value)
        else:
            object.__setattr__(self, name, value)

    def makeConnection(self, transport: Any) -> None:
        """Begin as HTTP/1; the first bytes show whether it is."""
        self._channel.makeConnection(transport)

    def connectionLost(self, reason: Failure) -> None:
        """The connection has ended."""
        self._channel.connectionLost(reason)

    def logPrefix(self) -> str:
        """What log lines about this connection begin with."""
        return str(self._channel.logPrefix())

    def dataReceived(self, data: bytes) -> None:
        """
        Hand on what came.

        Raises: ValueError or AssertionError for a protocol that nobody here speaks.
        """
        if self._negotiatedProtocol is None:
            self._negotiate()
        self._channel.dataReceived(data)

    def _negotiate(self) -> None:
        transport = self._channel.transport
        chosen = getattr(transport, "negotiatedProtocol", None) or b"http/1.1"
        self._negotiatedProtocol = chosen
        if chosen == b"h2":
            self._becomeHTTP2(transport)
        elif chosen != b"http/1.1":
            raise AssertionError(f"the connection is for {chosen!r}, which is not HTTP")
        if not self._isBare():
            return
        # From now on nobody is needed in between.
        for attribute in ("protocol", "wrappedProtocol"):
            if getattr(transport, attribute, None) is self:
                setattr(transport, attribute, self._channel)

    def _isBare(self) -> bool:
        """Whether nobody has put methods of their own on this, to be told what happens."""
        return self.__dict__.keys() <= {"_channel", "_negotiatedProtocol"}

    def _becomeHTTP2(self, transport: Any) -> None:
        from twisted.web import http

        if not http.H2_ENABLED:
            raise ValueError("the connection is for HTTP/2, and torsion[http2] is not installed")
        from twisted.web._http2 import H2Connection

        before = self._channel
        before._networkProducer.unregisterProducer()
        after: Any = H2Connection(getattr(before.factory, "reactor", None))
        after.requestFactory = before.requestFactory
        after.site = before.site
        after.factory = before.factory
        after.timeOut = before.timeOut
        after.callLater = before.callLater
        if isinstance(before, LimitedChannel):
            after.keepTo(before)
        before.setTimeout(None)
        object.__setattr__(self, "_channel", after)
        transport.registerProducer(after, True)
        after.makeConnection(transport)


def _genericHTTPChannelProtocolFactory(self: object) -> _GenericHTTPChannelProtocol:
    """Returns: a channel that speaks what is negotiated."""
    return _GenericHTTPChannelProtocol(HTTPChannel())


class _MinimalLogFile:
    """
    An access log on disk, to which lines are appended.

    Args: path: of the file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file: IO[bytes] = open(path, "ab", 0)  # noqa: SIM115  # closed by `close`

    def write(self, data: str) -> None:
        self._file.write(data.encode("utf-8"))

    def close(self) -> None:
        self._file.close()


class HTTPFactory(ServerFactory):
    """
    Makes a channel for each connection, and keeps the access log.

    Attributes:
        logPath: the file of the access log, or None for Twisted's own log.
        timeOut: seconds that a client may do nothing; None for no end.
        reactor: whose clock and timers are used.

    Args:
        logPath, timeout, reactor: as the attributes.
        logFormatter: makes the lines of the log.
        limits: what clients may do, as `Limits`; None for no more than the channel's own bounds.
    """

    reactor: Any
    protocol: Any = _genericHTTPChannelProtocolFactory
    logPath: str | os.PathLike[str] | None = None
    timeOut: float | None = 60
    _log = Logger(namespace="twisted.web.http")
    _logFile: Any = None
    _openedLogFile: Any = None
    _logLinesCall: Any = None
    _mostLogLines = 1000
    limits: Limits | None = None
    _peers: Peers | None = None
    _callLater: Any = None

    def __init__(
        self,
        logPath: str | os.PathLike[str] | bytes | None = None,
        timeout: float | None = 60,
        logFormatter: Callable[[str, Any], str] | None = None,
        reactor: Any = None,
        *,
        limits: Limits | None = None,
    ) -> None:
        if reactor is None:
            from twisted.internet import reactor
        self.reactor = reactor
        if logPath is not None:
            self.logPath = os.path.abspath(os.fsdecode(logPath))
        self.timeOut = timeout
        self.limits = limits
        self._logFormatter: Callable[[str, Any], str] = (
            combinedLogFormatter if logFormatter is None else logFormatter
        )
        self._logLines: list[str] = []
        self._logDateTime: Any = None
        self._logDateTimeCall: Any = None

    # The time in the log is that of the factory's clock, told once a second.

    def _updateLogDateTime(self) -> None:
        self._logDateTime = datetimeToLogString(self.reactor.seconds())
        self._logDateTimeCall = self.reactor.callLater(1, self._updateLogDateTime)

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """
        Args: addr: the client's address.
        Returns: a channel.
        """
        channel: Any = ServerFactory.buildProtocol(self, addr)
        if self.limits is not None:
            self._limit(channel, self.limits)
        # One method for all channels: each would have one of its own.
        callLater = self.reactor.callLater
        if callLater != self._callLater:
            self._callLater = callLater
        channel.callLater = self._callLater
        channel.timeOut = self.timeOut
        return channel

    def _limit(self, channel: Any, limits: Limits) -> None:
        """Have a channel keep to limits; one that a program made itself is left as it is."""
        if type(channel) is _GenericHTTPChannelProtocol and type(channel._channel) is HTTPChannel:
            peers = self._peers
            if peers is None:
                peers = self._peers = Peers(limits, self.reactor.seconds)
            limited = LimitedChannel(limits, peers)
            limited.factory = self
            object.__setattr__(channel, "_channel", limited)

    def startFactory(self) -> None:
        """Open the log."""
        if self._logDateTimeCall is None:
            self._updateLogDateTime()
        if self.logPath:
            self._openedLogFile = self._openLogFile(self.logPath)
            self.logFile = self._openedLogFile
        else:
            self.logFile = _programLog()

    def stopFactory(self) -> None:
        """Close the log."""
        self._writeLog()
        opened, self._openedLogFile = self._openedLogFile, None
        if opened is not None:
            opened.close()
        self._logFile = None
        call, self._logDateTimeCall = self._logDateTimeCall, None
        if call is not None and call.active():
            call.cancel()

    @property
    def logFile(self) -> Any:
        """
        Where the lines of the access log go, as text: a file that takes bytes gets them as UTF-8.

        Without a path it is the log of the program. Raises: AttributeError before the start.
        """
        if self._logFile is None:
            raise AttributeError("there is no log before the factory is started")
        return self._logFile

    @logFile.setter
    def logFile(self, value: Any) -> None:
        self._writeLog()
        if isinstance(value, BufferedIOBase):
            value = TextIOWrapper(value, "utf-8", write_through=True, newline="\n")
        self._logFile = value

    def _openLogFile(self, path: str | os.PathLike[str]) -> Any:
        """Override: returns something that takes lines as bytes; ``path`` is the log's."""
        return _MinimalLogFile(path)

    def log(self, request: Request) -> None:
        """Write a line of a request that was answered."""
        if self._logFile is None:
            return
        lines = self._logLines
        lines.append(self._logFormatter(self._logDateTime, request) + "\n")
        if self._openedLogFile is None:
            self._writeLog()
        elif self._logLinesCall is None:
            # Who waits for one answer finds its line; those of a busy turn are written as one.
            self._writeLog()
            self._logLinesCall = self.reactor.callLater(0, self._writeLog)
        elif len(lines) >= self._mostLogLines:
            self._writeLog()

    def _writeLog(self) -> None:
        """Write the lines that wait, as one."""
        call, self._logLinesCall = self._logLinesCall, None
        if call is not None and call.active():
            call.cancel()
        lines, self._logLines = self._logLines, []
        if lines and self._logFile is not None:
            self._logFile.write("".join(lines))


def _programLog() -> Any:
    from twisted.python import log

    return log.logfile
