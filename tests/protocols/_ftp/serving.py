"""A server on loopback with a folder of its own, and a session in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.cred.checkers import AllowAnonymousAccess, InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import Portal
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols import ftp
from twisted.python.failure import Failure

host = "127.0.0.1"
here = IPv4Address("TCP", host, 2121)
there = IPv4Address("TCP", host, 50000)
done = Failure(ConnectionDone())


def factoryFor(root: Path) -> ftp.FTPFactory:
    """A server whose anonymous users see ``root``, and whose user "me" sees ``root/me``."""
    (root / "me").mkdir(exist_ok=True)
    users = InMemoryUsernamePasswordDatabaseDontUse()
    users.addUser("me", "secret")
    realm = ftp.FTPRealm(str(root), str(root))
    return ftp.FTPFactory(Portal(realm, [AllowAnonymousAccess(), users]))


def listening(reactor: Any, root: Path, interface: str = host) -> tuple[ftp.FTPFactory, int]:
    """Serve a folder. Returns: the factory, and the port's number."""

    class Session(ftp.FTP):
        listenFactory = staticmethod(reactor.listenTCP)
        callLater = staticmethod(reactor.callLater)

    Session.reactor = reactor
    factory = factoryFor(root)
    factory.protocol = Session
    port = reactor.listenTCP(0, factory, interface=interface)
    return factory, port.getHost().port


class Listener:
    """A port that a data connection would come to."""

    def __init__(self, number: int, factory: Any, interface: str) -> None:
        self.number = number or 40000
        self.factory = factory
        self.interface = interface
        self.stopped = False

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", host, self.number)

    def stopListening(self) -> None:
        self.stopped = True


class Session:
    """A control connection in memory, and what is asked on it."""

    def __init__(self, root: Path, **attributes: Any) -> None:
        self.clock = Clock()
        self.listeners: list[Listener] = []
        self.connects: list[Any] = []
        self.factory = factoryFor(root)
        for name, value in attributes.items():
            setattr(self.factory, name, value)
        wrapper: Any = self.factory.buildProtocol(there)
        self.server: Any = wrapper.wrappedProtocol
        self.server.listenFactory = self._listen
        self.server.reactor = self
        self.server.callLater = self.clock.callLater
        self.transport = StringTransport(hostAddress=here, peerAddress=there)
        self.server.makeConnection(self.transport)
        self.greeting = self.taken()

    callLater = property(lambda self: self.clock.callLater)

    def connectTCP(self, *args: Any) -> Any:
        self.connects.append(args)
        return self

    def disconnect(self) -> None:
        pass

    def _listen(self, number: int, factory: Any, interface: str = "") -> Listener:
        self.listeners.append(Listener(number, factory, interface))
        return self.listeners[-1]

    def taken(self) -> str:
        text = self.transport.value().decode("utf-8", "surrogateescape")
        self.transport.clear()
        return text

    def ask(self, line: str | bytes) -> str:
        data = line.encode("utf-8", "surrogateescape") if isinstance(line, str) else line
        self.server.dataReceived(data + b"\r\n")
        return self.taken()

    def logIn(self, name: str = "me") -> Session:
        self.ask(f"USER {name}")
        assert self.ask("PASS secret").startswith("230"), name
        return self

    def data(self) -> Any:
        """Connect for data, as PASV has said."""
        self.ask("PASV")
        made = self.listeners[-1].factory.buildProtocol(there)
        transport: Any = StringTransport(peerAddress=there)
        transport.protocol = made
        made.makeConnection(transport)
        return transport

    def listed(self, line: str) -> tuple[str, bytes]:
        """Ask for something on a data connection. Returns: the answers, and what came there."""
        transport: Any = self.data()
        answer = self.ask(line)
        while transport.producer is not None:
            transport.producer.resumeProducing()
        return answer + self.taken(), transport.value()

    def stored(self, line: str, *parts: bytes, reason: Failure = done) -> str:
        transport: Any = self.data()
        self.ask(line)
        for part in parts:
            transport.protocol.dataReceived(part)
        transport.protocol.connectionLost(reason)
        return self.taken()
