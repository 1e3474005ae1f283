"""
A server for SOCKS version 4 and 4a: it connects, or accepts a connection, for its client.

Source: Ying-Da Lee's "SOCKS: A protocol for TCP proxy across firewalls", and the "SOCKS 4A"
extension of the same author, by which a name may stand for the address.

A request is one byte of version (4), one of command (1 connect, 2 bind), two of port, four of
address, the user's name up to a NUL, and for 4a (addresses 0.0.0.1 to 0.0.0.255) the host's
name up to a NUL. An answer is a zero, a code (90 granted, 91 not), a port and an address.
"""

from __future__ import annotations

import struct
from socket import inet_aton, inet_ntoa
from time import ctime
from typing import TYPE_CHECKING, Any

from twisted.internet import protocol
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress
    from twisted.python.failure import Failure

_log = Logger()

_granted, _refused = 90, 91
_connect, _bind = 1, 2


def _hostOf(address: Any) -> Any:
    return address[0] if isinstance(address, tuple) else getattr(address, "host", None)


class SOCKSv4Outgoing(protocol.Protocol):
    """
    The connection that was made for a client.

    Attributes:
        socks: the client's connection.
    """

    transport: Any

    def __init__(self, socks: SOCKSv4) -> None:
        self.socks = socks

    def connectionMade(self) -> None:
        """Tell the client where it is connected, and begin to relay."""
        peer = self.transport.getPeer()
        self.socks.makeReply(_granted, 0, port=peer.port, ip=peer.host)
        self.socks._relayTo(self)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Close the client's connection."""
        self.socks.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Relay to the client."""
        self.socks.write(data)

    def write(self, data: bytes) -> None:
        """Relay from the client."""
        self.socks.log(self, data)
        self.transport.write(data)


class SOCKSv4Incoming(protocol.Protocol):
    """
    The connection that was accepted for a client.

    Attributes:
        socks: the client's connection.
    """

    transport: Any

    def __init__(self, socks: SOCKSv4) -> None:
        self.socks = socks
        self.socks._relayTo(self)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Close the client's connection."""
        self.socks.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Relay to the client."""
        self.socks.write(data)

    def write(self, data: bytes) -> None:
        """Relay from the client."""
        self.socks.log(self, data)
        self.transport.write(data)


class SOCKSv4(protocol.Protocol):
    """
    One client.

    Attributes:
        logging: the name of a file to which what is relayed is appended, or None.
        reactor: connects, listens and resolves.
        buf: what has come of the request.
        otherConn: the connection that is relayed to, once there is one.
        maxRequestBytes: bytes that a request may have. The documents name no bound.
    """

    maxRequestBytes: int = 1024
    otherConn: Any = None
    transport: Any
    _listening: Any = None
    # Whether the request is being carried out, or was refused.
    _asked: bool = False

    def __init__(self, logging: str | None = None, reactor: Any = None) -> None:
        """
        Args:
            reactor: None for the global one.
        """
        self.logging = logging
        self.buf = b""
        if reactor is None:
            from twisted.internet import reactor
        self.reactor = reactor

    def connectionMade(self) -> None:
        """Wait for the request."""
        self.buf = b""
        self.otherConn = None

    def dataReceived(self, data: bytes) -> None:
        """Relay, or read on in the request."""
        if self.otherConn is not None:
            self.otherConn.write(data)
            return
        self.buf += data
        if not self._asked:
            self._readRequest()
        if self.otherConn is None and len(self.buf) > self.maxRequestBytes:
            _log.warn(
                "More than {limit} bytes (SOCKSv4.maxRequestBytes) without a connection",
                limit=self.maxRequestBytes,
            )
            self._refuse()

    def _readRequest(self) -> None:
        """Carry the request out if all of it is there."""
        if self.buf[:1] not in (b"", b"\x04"):
            self._refuse()
            return
        head, rest = self.buf[:8], self.buf[8:]
        user, end, rest = rest.partition(b"\0")
        if not end:
            return
        code, port = struct.unpack("!BH", head[1:4])
        address = head[4:8]
        if address[:3] == b"\0\0\0" and address[3]:
            host, end, rest = rest.partition(b"\0")
            if not end:
                return
            found: Deferred[Any] = self.reactor.resolve(host)
        else:
            found = succeed(inet_ntoa(address))
        self._asked = True
        self.buf = rest
        found.addCallback(self._carryOut, code, port, user)
        found.addErrback(self._failed)

    def _carryOut(self, found: str | bytes, code: int, port: int, user: bytes) -> Any:
        # A resolver gives an address back as it was given.
        server = found.decode("ascii") if isinstance(found, bytes) else found
        if code not in (_connect, _bind) or not self.authorize(code, server, port, user):
            self.makeReply(_refused)
            return None
        if code == _connect:
            return self.connectClass(server, port, SOCKSv4Outgoing, self)
        ready = self.listenClass(0, SOCKSv4IncomingFactory, self, server)
        return ready.addCallback(lambda bound: self.makeReply(_granted, 0, bound[1], bound[0]))

    def _failed(self, reason: Failure) -> None:
        _log.info("The request cannot be carried out: {reason}", reason=reason.value)
        self.makeReply(_refused)

    def _refuse(self) -> None:
        self._asked = True
        self.buf = b""
        self.makeReply(_refused)

    def _relayTo(self, other: Any) -> None:
        """Relay from here on, and stop to listen."""
        self.otherConn = other
        self._stopListening()
        early, self.buf = self.buf, b""
        if early:
            self.dataReceived(early)

    def _stopListening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.stopListening()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Close the other connection."""
        self._stopListening()
        if self.otherConn is not None:
            self.otherConn.transport.loseConnection()

    def authorize(self, code: int, server: str, port: int, user: bytes) -> Any:
        """
        Override: decide on a request.

        Args:
            code: 1 to connect, 2 to bind.
            server: the address to connect to, or to be connected from.
            port: the port number.
            user: the name that the client says it has; nothing vouches for it.
        Returns: whether to carry it out.
        """
        _log.info(
            "Request {code} for {server}:{port} by {user!r}",
            code=code,
            server=server,
            port=port,
            user=user,
        )
        return 1

    def connectClass(self, host: str, port: int, klass: Any, *args: Any) -> Deferred[Any]:
        """Connect a protocol, made from a class and arguments."""
        return protocol.ClientCreator(self.reactor, klass, *args).connectTCP(host, port)

    def listenClass(self, port: int, klass: Any, *args: Any) -> Deferred[tuple[str, int]]:
        """
        Listen with a factory, made from a class and arguments.

        Returns: a Deferred of address and port.
        """
        self._listening = self.reactor.listenTCP(port, klass(*args))
        bound = self._listening.getHost()
        return succeed((bound.host, bound.port))

    def makeReply(self, reply: int, version: int = 0, port: int = 0, ip: str = "0.0.0.0") -> None:
        """
        Answer. Anything but "granted" is followed by the end.

        Args:
            reply: 90 for granted, 91 for not.
            version: of the answer, which is 0.
            port: with ``ip``, where the connection is, or is waited for.
        """
        try:
            address = inet_aton(ip)
        except OSError:
            # The protocol has no room for an IPv6 address.
            address = bytes(4)
        self.transport.write(struct.pack("!BBH", version, reply, port) + address)
        if reply != _granted:
            self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """Relay to the client."""
        self.log(self, data)
        self.transport.write(data)

    def log(self, proto: Any, data: bytes) -> None:
        """Append what is relayed by one of the two connections to the file, if there is one."""
        if not self.logging:
            return
        here = self.transport.getPeer()
        there = self.otherConn.transport.getPeer()
        source, target = (there, here) if proto is self else (here, there)
        with open(self.logging, "a") as file:
            file.write(
                f"{ctime()} {source.host}:{source.port} -> {target.host}:{target.port} {data!r}\n"
            )


class SOCKSv4Factory(protocol.Factory[Any]):
    """
    A server.

    Attributes:
        logging: the name of a file to which what is relayed is appended, or None.
        reactor: connects, listens and resolves; None for the global one.
    """

    reactor: Any = None

    def __init__(self, log: str | None) -> None:
        self.logging = log

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make what serves one client."""
        return SOCKSv4(self.logging, self.reactor)


class SOCKSv4IncomingFactory(protocol.Factory[Any]):
    """
    Accepts one connection for a client, from one address.

    Attributes:
        socks: the client's connection.
        ip: the address; empty once a connection has come.
    """

    def __init__(self, socks: SOCKSv4, ip: str) -> None:
        self.socks = socks
        self.ip = ip

    def buildProtocol(self, addr: Any) -> Any:
        """Accept the first connection if it comes from there, and tell the client."""
        expected, self.ip = self.ip, ""
        if not expected:
            return None
        if _hostOf(addr) != expected:
            self.socks.makeReply(_refused)
            return None
        self.socks.makeReply(_granted)
        return SOCKSv4Incoming(self.socks)


__all__ = [
    "SOCKSv4",
    "SOCKSv4Factory",
    "SOCKSv4Incoming",
    "SOCKSv4IncomingFactory",
    "SOCKSv4Outgoing",
]
