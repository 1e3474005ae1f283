"""
Which connections a service holds, and how much goes over them.

The protocol that a factory builds is asked to tell, by methods set on the object itself, when its
connection begins and ends and what it receives; its transport, in the same way, what it is given
to send. That costs an addition and a call for each message: see "watched" in the benchmarks. What
was set is taken away when the connection ends, since it makes a circle of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import directlyProvides, implementer

from twisted.application._config.addresses import hostAndPort
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import (
    ILoggingContext,
    IProtocolFactory,
    IProtocolNegotiationFactory,
)
from twisted.logger import Logger, LogLevel

__all__ = ["Connection", "Connections", "WatchedFactory"]


class Connection:
    """
    One open connection.

    Attributes:
        peer: the words for the other end.
        since: when it was opened, in the clock's seconds.
    """

    __slots__ = ("peer", "since", "transport")

    def __init__(self, peer: str, since: float) -> None:
        self.peer = peer
        self.since = since
        self.transport: Any = None


class Connections:
    """
    The open connections of one service.

    Args:
        service: the service's name, under which its connections are logged.
        seconds: gives the time.
    Attributes:
        total: how many there have been so far, the open ones too.
        errors: how many ended otherwise than by one side's wish, or were not served at all.
        received, sent: bytes, of the services' own: encryption does not count.
        level: that of the messages about the beginning and the end of each connection.
    """

    level: Any = LogLevel.info

    def __init__(self, service: str, seconds: Callable[[], float]) -> None:
        self.total = 0
        self.errors = 0
        self.received = 0
        self.sent = 0
        self.service = service
        self._log = Logger(namespace=service)
        self._seconds = seconds
        self._open: set[Connection] = set()
        self._waiting: list[Deferred[None]] = []

    def counts(self) -> dict[str, int]:
        """
        Returns: all numbers by their names; ``open`` is how many are open at present.
        """
        return {
            "open": len(self._open),
            "total": self.total,
            "received": self.received,
            "sent": self.sent,
            "errors": self.errors,
        }

    def rename(self, service: str) -> None:
        """Log under another name from now on."""
        self.service = service
        self._log = Logger(namespace=service)

    def __len__(self) -> int:
        return len(self._open)

    def __repr__(self) -> str:
        return f"<connections of {self.service}: {len(self)} open, {self.total} in all>"

    def watched(self, factory: Any, where: str) -> WatchedFactory:
        """
        Wrap a factory.

        Args:
            factory: what builds protocols.
            where: the words for the address that it listens on, for the log.
        """
        return WatchedFactory(factory, self, where)

    def whenNone(self) -> Deferred[None]:
        """
        Returns: a Deferred that fires when no connection is open.
        """
        waiting: Deferred[None] = Deferred()
        if self._open:
            self._waiting.append(waiting)
        else:
            waiting.callback(None)
        return waiting

    def abort(self) -> int:
        """
        End every open connection at once; what was not sent yet is lost.

        Returns: how many there were.
        """
        found = list(self._open)
        for connection in found:
            transport = connection.transport
            getattr(transport, "abortConnection", transport.loseConnection)()
        return len(found)

    def watch(self, protocol: Any, peer: object, where: str) -> None:
        """Ask a protocol that is not connected yet to tell when it is, and when no more."""
        makeConnection, connectionLost = protocol.makeConnection, protocol.connectionLost
        connection = Connection(_words(peer), self._seconds())

        def begin(transport: Any) -> None:
            connection.transport = transport
            self._opened(connection, where)
            self._countSent(transport)
            makeConnection(transport)

        def end(*reason: Any) -> None:
            for name in ("makeConnection", "connectionLost", "dataReceived"):
                protocol.__dict__.pop(name, None)
            transport, connection.transport = connection.transport, None
            for name in ("write", "writeSequence"):
                getattr(transport, "__dict__", {}).pop(name, None)
            try:
                connectionLost(*reason)
            except BaseException:
                self.errors += 1
                raise
            finally:
                self._closed(connection, *reason)

        try:
            protocol.makeConnection, protocol.connectionLost = begin, end
        except AttributeError:
            # An object that takes no attributes of ours goes unwatched, and still works.
            self._log.debug(
                "{protocol!r} cannot be watched", service=self.service, protocol=protocol
            )
            return
        self._countReceived(protocol)

    def _countReceived(self, protocol: Any) -> None:
        dataReceived = getattr(protocol, "dataReceived", None)
        if dataReceived is None:
            return

        def counted(data: bytes) -> None:
            self.received += len(data)
            dataReceived(data)

        protocol.dataReceived = counted

    def _countSent(self, transport: Any) -> None:
        write = transport.write

        def counted(data: bytes) -> None:
            self.sent += len(data)
            write(data)

        def countedSequence(iovec: Iterable[bytes]) -> None:
            # Some transports would make one write of it, others none: so each is counted once.
            counted(b"".join(iovec))

        try:
            transport.write, transport.writeSequence = counted, countedSequence
        except AttributeError:
            pass  # it sends all the same

    def _opened(self, connection: Connection, where: str) -> None:
        self.total += 1
        self._open.add(connection)
        self._log.emit(
            self.level,
            "{peer} connected to {where}",
            service=self.service,
            peer=connection.peer,
            where=where,
        )

    def _closed(self, connection: Connection, reason: Any = None) -> None:
        self._open.discard(connection)
        if _isWrong(reason):
            self.errors += 1
        self._log.emit(
            self.level,
            "{peer} left after {seconds:.1f} s{why}",
            service=self.service,
            peer=connection.peer,
            seconds=self._seconds() - connection.since,
            why=_why(reason),
        )
        if not self._open:
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.callback(None)


@implementer(IProtocolFactory, ILoggingContext)
class WatchedFactory:
    """
    A factory whose protocols are watched.

    It stands between a listening port and the factory that a service gave, so that the one can
    stay where the other changes. It provides `IProtocolNegotiationFactory` while that one does.

    Attributes:
        factory: the factory behind it.
        where: the words for the address that it listens on.
    """

    noisy = False

    def __init__(self, factory: Any, connections: Connections, where: str) -> None:
        self.factory = factory
        self._connections = connections
        self.where = where
        self._started = False
        self._negotiateAsBehind()

    def serve(self, factory: Any, connections: Connections) -> None:
        """
        Give new connections to another factory from now on.
        """
        before, self.factory, self._connections = self.factory, factory, connections
        self._negotiateAsBehind()
        if self._started:
            factory.doStart()
            before.doStop()

    def doStart(self) -> None:
        self._started = True
        self.factory.doStart()

    def doStop(self) -> None:
        self._started = False
        self.factory.doStop()

    def buildProtocol(self, addr: Any) -> Any:
        build = self.factory.buildProtocol
        if self.where.startswith(("TCP ", "UNIX ")):
            # Where no version is negotiated, a factory may have protocols that do not try to.
            build = getattr(self.factory, "buildPlainProtocol", build)
        try:
            protocol = build(addr)
        except BaseException:
            self._connections.errors += 1
            raise
        if protocol is not None:
            self._connections.watch(protocol, addr, self.where)
        return protocol

    def acceptableProtocols(self) -> list[bytes]:
        """What the factory behind it speaks: for ALPN, best first."""
        return list(self.factory.acceptableProtocols())

    def _negotiateAsBehind(self) -> None:
        # Only then, since otherwise the options of the listening port say what is acceptable.
        negotiates = IProtocolNegotiationFactory.providedBy(self.factory)
        directlyProvides(self, *([IProtocolNegotiationFactory] if negotiates else []))

    def logPrefix(self) -> str:
        """What the factory behind it is called."""
        if ILoggingContext.providedBy(self.factory):
            return str(self.factory.logPrefix())
        return type(self.factory).__name__


def _isWrong(reason: Any) -> bool:
    """Whether a connection's end counts as an error: not where one of both sides wished it."""
    return reason is not None and not reason.check(ConnectionDone, ConnectionAborted)


def _why(reason: Any) -> str:
    """What is worth telling of the way a connection ended."""
    if reason is None or reason.check(ConnectionDone):
        return ""
    if reason.check(ConnectionAborted):
        return " (ended by this side)"
    return f" ({reason.getErrorMessage().rstrip('.')})"


def _words(peer: Any) -> str:
    if hasattr(peer, "host") and hasattr(peer, "port"):
        # An IPv6 socket that takes IPv4 too knows its callers by such names (RFC 4291 2.5.5.2).
        return hostAndPort(peer.host.removeprefix("::ffff:"), peer.port)
    # The client's end of a UNIX socket has no name.
    return "a local program"
