"""
Reactors that write down what they are asked to do, instead of doing it.
"""

from __future__ import annotations

from socket import AF_INET, AF_INET6
from typing import TYPE_CHECKING, Any, NoReturn

from zope.interface import implementer

from twisted.internet import interfaces
from twisted.internet.abstract import isIPv6Address
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.error import UnsupportedAddressFamily
from twisted.internet.task import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import (
        IAddress,
        IConnector,
        IHostnameResolver,
        IHostResolution,
        IListeningPort,
        IResolutionReceiver,
    )


@implementer(interfaces.IListeningPort)
class _FakePort:
    """A port that does nothing but know its address."""

    def __init__(self, hostAddress: IAddress) -> None:
        self._hostAddress = hostAddress

    def startListening(self) -> None:
        """Do nothing."""

    def stopListening(self) -> Deferred[None] | None:
        """Do nothing."""
        return None

    def getHost(self) -> Any:
        """Tell the address."""
        return self._hostAddress


@implementer(interfaces.IConnector)
class _FakeConnector:
    """
    A connector that does nothing but know its address.

    Attributes:
        stoppedConnecting: whether `stopConnecting` was called.
    """

    _disconnected: bool = False
    stoppedConnecting: bool = False

    def __init__(self, address: IAddress) -> None:
        self._address = address

    def stopConnecting(self) -> None:
        """Remember that this was called."""
        self.stoppedConnecting = True

    def disconnect(self) -> None:
        """Remember that this was called."""
        self._disconnected = True

    def connect(self) -> None:
        """Do nothing."""

    def getDestination(self) -> Any:
        """Tell the address."""
        return self._address


@implementer(interfaces.IHostResolution)
class _Resolved:
    """A lookup that was over before anybody could cancel it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> NoReturn:
        """Refuse."""
        raise Exception(f"the lookup of {self.name!r} is over and cannot be cancelled")


@implementer(interfaces.IHostnameResolver)
class SynchronousResolver:
    """A resolver that finds 127.0.0.1 for every name, at once."""

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Tell the receiver all before returning."""
        resolution = _Resolved(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        if addressTypes is None or IPv4Address in addressTypes:
            kind: Any = transportSemantics
            resolutionReceiver.addressResolved(IPv4Address(kind, "127.0.0.1", portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution


def _anyHost(port: int, interface: str) -> IAddress:
    """The address that a port on an interface would have."""
    if isIPv6Address(interface):
        return IPv6Address("TCP", interface, port)
    return IPv4Address("TCP", "0.0.0.0", port)


def _destination(host: str, port: int) -> IAddress:
    if isIPv6Address(host):
        return IPv6Address("TCP", host, port)
    return IPv4Address("TCP", host, port)


@implementer(
    interfaces.IReactorCore,
    interfaces.IReactorTCP,
    interfaces.IReactorSSL,
    interfaces.IReactorUNIX,
    interfaces.IReactorSocket,
    interfaces.IReactorFDSet,
    interfaces.IReactorPluggableNameResolver,
)
class MemoryReactor:
    """
    A reactor that makes no connections and opens no ports, but lists those it was asked for.

    Attributes:
        hasInstalled: whether `install` was called.
        running: whether `run` is at work.
        hasRun: whether `run` was called.
        hasStopped: whether `stop` was called.
        hasCrashed: whether `crash` was called.
        whenRunningHooks: triples of function, arguments and keyword arguments: what
            `callWhenRunning` was given.
        triggers: the same for `addSystemEventTrigger`, by phase and then event.
        tcpClients: the arguments of each `connectTCP`, in order, as a tuple.
        tcpServers: the same for `listenTCP`.
        sslClients: the same for `connectSSL`.
        sslServers: the same for `listenSSL`.
        unixClients: the same for `connectUNIX`.
        unixServers: the same for `listenUNIX`.
        adoptedPorts: the same for `adoptStreamPort` and `adoptDatagramPort`.
        adoptedStreamConnections: the same for `adoptStreamConnection`.
        connectors: the connectors that were made.
        readers: what is watched for reading.
        writers: what is watched for writing.
        nameResolver: the resolver, at first a `SynchronousResolver`.
    """

    hasInstalled: bool
    running: bool
    hasRun: bool
    hasStopped: bool
    hasCrashed: bool
    whenRunningHooks: list[tuple[Any, Any, Any]]
    triggers: dict[str, dict[str, list[tuple[Any, Any, Any]]]]
    tcpClients: list[tuple[Any, ...]]
    tcpServers: list[tuple[Any, ...]]
    sslClients: list[tuple[Any, ...]]
    sslServers: list[tuple[Any, ...]]
    unixClients: list[tuple[Any, ...]]
    unixServers: list[tuple[Any, ...]]
    adoptedPorts: list[tuple[Any, ...]]
    adoptedStreamConnections: list[tuple[Any, ...]]
    connectors: list[Any]
    readers: set[Any]
    writers: set[Any]
    nameResolver: IHostnameResolver

    def __init__(self) -> None:
        self.running = False
        self.hasInstalled = self.hasRun = self.hasStopped = self.hasCrashed = False
        self.whenRunningHooks = []
        self.triggers = {}
        self.tcpServers, self.sslServers, self.unixServers = [], [], []
        self.tcpClients, self.sslClients, self.unixClients = [], [], []
        self.adoptedPorts, self.adoptedStreamConnections = [], []
        self.connectors = []
        self.readers = set()
        self.writers = set()
        self.nameResolver = SynchronousResolver()

    # Names

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        """Use another resolver; return the present one."""
        present, self.nameResolver = self.nameResolver, resolver
        return present

    def resolve(self, name: str, timeout: Any = 10) -> Any:
        """Not to be had in memory."""
        raise NotImplementedError("resolve does nothing in memory; see nameResolver")

    # Running

    def install(self) -> None:
        """Remember that this was called."""
        self.hasInstalled = True

    def run(self) -> None:
        """Call what waits for the start, and be done."""
        self.running = True
        self.hasRun = True
        for function, args, keywords in self.whenRunningHooks:
            function(*args, **keywords)
        self.stop()
        self.running = False

    def stop(self) -> None:
        """Remember that this was called."""
        self.running = False
        self.hasStopped = True

    def crash(self) -> None:
        """Remember that this was called."""
        self.hasCrashed = True

    def iterate(self, delay: float = 0) -> None:
        """Not to be had in memory."""
        raise NotImplementedError("there is nothing to iterate in memory")

    def fireSystemEvent(self, eventType: str) -> None:
        """Not to be had in memory."""
        raise NotImplementedError("no event is fired in memory; see triggers")

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: Any, **kw: Any
    ) -> None:
        """Write down a trigger."""
        events = self.triggers.setdefault(phase, {})
        events.setdefault(eventType, []).append((callable, args, kw))

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        """Not to be had in memory."""
        raise NotImplementedError("triggers cannot be removed in memory")

    def callWhenRunning(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """Write a call down for `run`, or make it if that was."""
        if self.hasRun:
            callable(*args, **kw)
        else:
            self.whenRunningHooks.append((callable, args, kw))

    # Sockets that exist

    _adoptable = {AF_INET: ("0.0.0.0", IPv4Address), AF_INET6: ("::", IPv6Address)}

    def _adopted(self, addressFamily: Any) -> IListeningPort:
        if addressFamily not in self._adoptable:
            raise UnsupportedAddressFamily(addressFamily)
        host, kind = self._adoptable[addressFamily]
        return _FakePort(kind("TCP", host, 1234))

    def adoptStreamPort(self, fileno: int, addressFamily: Any, factory: Any) -> IListeningPort:
        """Write down the arguments. Raises: UnsupportedAddressFamily."""
        port = self._adopted(addressFamily)
        self.adoptedPorts.append((fileno, addressFamily, factory))
        return port

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: Any, factory: Any) -> None:
        """Write down the arguments."""
        self.adoptedStreamConnections.append((fileDescriptor, addressFamily, factory))

    def adoptDatagramPort(
        self, fileno: int, addressFamily: Any, protocol: Any, maxPacketSize: int = 8192
    ) -> IListeningPort:
        """Write down the arguments. Raises: UnsupportedAddressFamily."""
        port = self._adopted(addressFamily)
        self.adoptedPorts.append((fileno, addressFamily, protocol, maxPacketSize))
        return port

    # Ports and connections

    def _connecting(self, address: IAddress, factory: Any) -> IConnector:
        connector = _FakeConnector(address)
        factory.startedConnecting(connector)
        self.connectors.append(connector)
        return connector

    def listenTCP(
        self, port: int, factory: Any, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Write down the arguments."""
        self.tcpServers.append((port, factory, backlog, interface))
        return _FakePort(_anyHost(port, interface))

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> IConnector:
        """Write down the arguments, and tell the factory of the attempt."""
        self.tcpClients.append((host, port, factory, timeout, bindAddress))
        return self._connecting(_destination(host, port), factory)

    def listenSSL(
        self,
        port: int,
        factory: Any,
        contextFactory: Any,
        backlog: int = 50,
        interface: str = "",
    ) -> IListeningPort:
        """Write down the arguments."""
        self.sslServers.append((port, factory, contextFactory, backlog, interface))
        return _FakePort(_anyHost(port, interface))

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> IConnector:
        """Write down the arguments, and tell the factory of the attempt."""
        self.sslClients.append((host, port, factory, contextFactory, timeout, bindAddress))
        return self._connecting(_destination(host, port), factory)

    def listenUNIX(
        self,
        address: str | bytes,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool | int = 0,
    ) -> IListeningPort:
        """Write down the arguments."""
        self.unixServers.append((address, factory, backlog, mode, wantPID))
        return _FakePort(UNIXAddress(address))

    def connectUNIX(
        self,
        address: str | bytes,
        factory: Any,
        timeout: float = 30,
        checkPID: bool | int = 0,
    ) -> IConnector:
        """Write down the arguments, and tell the factory of the attempt."""
        self.unixClients.append((address, factory, timeout, checkPID))
        return self._connecting(UNIXAddress(address), factory)

    # Descriptors

    def addReader(self, reader: Any) -> None:
        """Write down that it is watched."""
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:
        """Strike it out."""
        self.readers.discard(reader)

    def addWriter(self, writer: Any) -> None:
        """Write down that it is watched."""
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:
        """Strike it out."""
        self.writers.discard(writer)

    def getReaders(self) -> list[Any]:
        """List what is watched for reading."""
        return list(self.readers)

    def getWriters(self) -> list[Any]:
        """List what is watched for writing."""
        return list(self.writers)

    def removeAll(self) -> list[Any]:
        """Strike all out, and list it."""
        all = [*self.readers, *self.writers]
        self.readers.clear()
        self.writers.clear()
        return all


class MemoryReactorClock(MemoryReactor, Clock):
    """A `MemoryReactor` that is also a `twisted.internet.task.Clock`."""

    def __init__(self) -> None:
        MemoryReactor.__init__(self)
        Clock.__init__(self)


@implementer(
    interfaces.IReactorTCP,
    interfaces.IReactorSSL,
    interfaces.IReactorUNIX,
    interfaces.IReactorSocket,
    interfaces.IReactorPluggableNameResolver,
)
class RaisingMemoryReactor:
    """
    A reactor that raises whenever it is to listen or to connect.

    Attributes:
        nameResolver: the resolver, at first a `SynchronousResolver`.
    """

    def __init__(
        self,
        listenException: BaseException | None = None,
        connectException: BaseException | None = None,
    ) -> None:
        """
        Args:
            listenException: what each ``listen...`` and `adoptStreamPort` raises.
            connectException: what each ``connect...`` and the other two raise.
        """
        self._listenException = listenException
        self._connectException = connectException
        self.nameResolver: IHostnameResolver = SynchronousResolver()

    def installNameResolver(self, nameResolver: IHostnameResolver) -> IHostnameResolver:
        """Use another resolver; return the present one."""
        present, self.nameResolver = self.nameResolver, nameResolver
        return present

    def _refuse(self, given: BaseException | None) -> NoReturn:
        if given is None:
            raise TypeError("this reactor was not told what to raise here")
        raise given

    def adoptStreamPort(self, fileno: int, addressFamily: Any, factory: Any) -> NoReturn:
        """Raise what was given for listening."""
        self._refuse(self._listenException)

    def listenTCP(
        self, port: int, factory: Any, backlog: int = 50, interface: str = ""
    ) -> NoReturn:
        """Raise what was given for listening."""
        self._refuse(self._listenException)

    def listenSSL(
        self,
        port: int,
        factory: Any,
        contextFactory: Any,
        backlog: int = 50,
        interface: str = "",
    ) -> NoReturn:
        """Raise what was given for listening."""
        self._refuse(self._listenException)

    def listenUNIX(
        self,
        address: str | bytes,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool | int = 0,
    ) -> NoReturn:
        """Raise what was given for listening."""
        self._refuse(self._listenException)

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: Any, protocol: Any, maxPacketSize: int
    ) -> NoReturn:
        """Raise what was given for connecting."""
        self._refuse(self._connectException)

    def adoptStreamConnection(
        self, fileDescriptor: int, addressFamily: Any, factory: Any
    ) -> NoReturn:
        """Raise what was given for connecting."""
        self._refuse(self._connectException)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> NoReturn:
        """Raise what was given for connecting."""
        self._refuse(self._connectException)

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> NoReturn:
        """Raise what was given for connecting."""
        self._refuse(self._connectException)

    def connectUNIX(
        self,
        address: str | bytes,
        factory: Any,
        timeout: float = 30,
        checkPID: bool | int = 0,
    ) -> NoReturn:
        """Raise what was given for connecting."""
        self._refuse(self._connectException)
