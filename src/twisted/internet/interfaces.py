"""
The contracts of the event engine: what reactors, transports, protocols and addresses promise.

Written for whoever implements one of them. Each method says when it is called, in which
order, and what it must not do. All methods are called in the reactor's thread, and none may
block, unless its description says otherwise.

The order of a stream's life, which most of what follows leans on::

    factory.doStart()
        factory.buildProtocol(address)
            protocol.makeConnection(transport)     calls connectionMade()
            protocol.dataReceived(data)            any number of times
            protocol.connectionLost(reason)        exactly once, and last
    factory.doStop()                               balanced with doStart
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NewType

from zope.interface import Attribute, Interface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from socket import AddressFamily
    from typing import AnyStr, Literal

    from OpenSSL.SSL import Connection as OpenSSLConnection
    from OpenSSL.SSL import Context as OpenSSLContext

    from twisted.internet._tls.layer import TLSMemoryBIOProtocol
    from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
    from twisted.internet.defer import Deferred
    from twisted.internet.protocol import ConnectedDatagramProtocol, DatagramProtocol
    from twisted.python.failure import Failure
    from twisted.python.threadpool import ThreadPool


class _Binding:
    """
    Where a socket is bound and how it shares that place; made by ``tcp.makeBinding``.

    Values, once made: equal ones are interchangeable.
    """

    __slots__ = ("_address", "_port", "_reuseAddress", "_reusePort")

    def __init__(
        self,
        address: str | None = None,
        port: int = 0,
        reuseAddress: bool = False,
        reusePort: bool = False,
    ) -> None:
        self._address = address
        self._port = port
        self._reuseAddress = reuseAddress
        self._reusePort = reusePort

    def _values(self) -> tuple[str | None, int, bool, bool]:
        return self._address, self._port, self._reuseAddress, self._reusePort

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Binding):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return "Binding(address={!r}, port={!r}, reuseAddress={!r}, reusePort={!r})".format(
            *self._values()
        )


# Opaque on purpose: a program makes one with ``tcp.makeBinding`` and hands it on.
Binding = NewType("Binding", _Binding)


# Addresses


class IAddress(Interface):
    """
    Marks a value that names one end of a connection or a bound socket.

    Implementations are comparable with ``==`` and hashable, and do not change. Which
    attributes there are is a matter of the class (see `twisted.internet.address`).
    """


# Naming: from names to addresses


class IResolverSimple(Interface):
    """Finds one IPv4 address for a name. `IHostnameResolver` is its successor."""

    def getHostByName(name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """
        Look a host name up.

        Args:
            name: the name; a dotted-quad address is answered as it is.
            timeout: seconds to wait for each attempt; when all are used up, fail. Empty
                leaves the choice to the implementation.
        Returns: a Deferred of one address in dotted-quad form. It fails with
            `twisted.internet.error.DNSLookupError` where the name has none.
        """


class IHostResolution(Interface):
    """One lookup that is under way, as handed to `IResolutionReceiver.resolutionBegan`."""

    name: str = Attribute("The host name that was asked for, as text.")

    def cancel() -> None:
        """
        Give the lookup up.

        The receiver is still told ``resolutionComplete`` once. An implementation that cannot
        interrupt its work raises NotImplementedError instead.
        """


class IResolutionReceiver(Interface):
    """
    Takes the addresses that a lookup finds, one by one.

    Called as ``resolutionBegan``, then ``addressResolved`` any number of times (none means
    that the name has no address), then ``resolutionComplete``.
    """

    def resolutionBegan(resolutionInProgress: IHostResolution) -> None:
        """
        A lookup has started. The first call, and the only one of its kind.

        Args:
            resolutionInProgress: the lookup, which may be cancelled from here on.
        """

    def addressResolved(address: IAddress) -> None:
        """
        One more address is known.

        Args:
            address: an `IPv4Address` or `IPv6Address` that carries the port that was asked
                for.
        """

    def resolutionComplete() -> None:
        """No address follows. The last call, after success, failure and cancelling alike."""


class IHostnameResolver(Interface):
    """Finds all the addresses of a host name, of whichever families are wanted."""

    def resolveHostName(
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """
        Begin to look a host name up.

        Calls of the receiver may happen before this returns.

        Args:
            resolutionReceiver: is told what is found.
            hostName: the name, as text; non-ASCII names are encoded by IDNA.
            portNumber: the port that each found address shall carry.
            addressTypes: the address classes wanted; None stands for all.
            transportSemantics: ``"TCP"`` or ``"UDP"``; becomes the ``type`` of the addresses.
        Returns: the lookup, the same that the receiver gets.
        """


class IResolver(IResolverSimple):
    """
    Asks the domain name system for records.

    Each method takes the name to ask about, and in ``timeout`` the seconds to wait for each
    attempt (None: the resolver's own choice). Each gives a Deferred of three lists of
    ``twisted.names.dns.RRHeader``: answers, authority and additional records. It fails with
    one of the errors of ``twisted.names.error`` for what the server refused, or with
    `twisted.internet.defer.TimeoutError` where no answer came.
    """

    def query(query: Any, timeout: Sequence[int] | None) -> Deferred[Any]:
        """
        Ask one question, given as a ``twisted.names.dns.Query``.

        The query is dispatched by its type; a type that is not known fails with
        NotImplementedError.
        """

    def lookupAddress(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for A records: IPv4 addresses."""

    def lookupAddress6(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for A6 records (historic, RFC 6563)."""

    def lookupIPV6Address(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for AAAA records: IPv6 addresses (RFC 3596)."""

    def lookupMailExchange(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for MX records."""

    def lookupNameservers(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for NS records."""

    def lookupCanonicalName(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for the CNAME record."""

    def lookupMailBox(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for MB records (experimental in RFC 1035)."""

    def lookupMailGroup(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for MG records (experimental in RFC 1035)."""

    def lookupMailRename(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for MR records (experimental in RFC 1035)."""

    def lookupPointer(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for PTR records, as in reverse lookups."""

    def lookupAuthority(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for the SOA record of a zone."""

    def lookupNull(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for NULL records (experimental in RFC 1035)."""

    def lookupWellKnownServices(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for WKS records."""

    def lookupHostInfo(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for HINFO records: kind of machine and system."""

    def lookupMailboxInfo(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for MINFO records."""

    def lookupText(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for TXT records."""

    def lookupResponsibility(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for RP records: who answers for a name (RFC 1183)."""

    def lookupAFSDatabase(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for AFSDB records (RFC 1183)."""

    def lookupService(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for SRV records (RFC 2782)."""

    def lookupAllRecords(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for every record that the server is willing to tell (type ANY)."""

    def lookupSenderPolicy(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for SPF records (RFC 4408)."""

    def lookupNamingAuthorityPointer(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """Ask for NAPTR records (RFC 3403)."""

    def lookupZone(name: str, timeout: Sequence[int] | None) -> Deferred[Any]:
        """
        Ask for a whole zone (AXFR).

        Here ``timeout`` may be one number of seconds. All records come in the first of the
        three lists.
        """


class IReactorPluggableResolver(Interface):
    """A reactor whose simple resolver can be exchanged."""

    def installResolver(resolver: IResolverSimple) -> IResolverSimple:
        """Use ``resolver`` from now on, and return the one in use until now."""


class IReactorPluggableNameResolver(Interface):
    """A reactor whose host name resolver can be exchanged."""

    nameResolver: IHostnameResolver = Attribute("The resolver in use. To change it, install one.")

    def installNameResolver(resolver: IHostnameResolver) -> IHostnameResolver:
        """Use ``resolver`` from now on, and return the one in use until now."""


# The reactor


class IReactorCore(Interface):
    """What every reactor can do: run, stop, and tell of both."""

    running: bool = Attribute(
        "True from the end of the startup phase until the shutdown phase has begun."
    )

    def resolve(name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """Find one IPv4 address of a host, with the simple resolver that is installed."""

    def run() -> None:
        """
        Fire the startup event, then serve events until `stop` or `crash`.

        Returns: when all is done; this is the one method that takes its time.
        Raises: `twisted.internet.error.ReactorAlreadyRunning` when called from inside itself,
            `twisted.internet.error.ReactorNotRestartable` after an earlier run was stopped.
        """

    def stop() -> None:
        """
        Fire the shutdown event; `run` returns when its triggers are done.

        Raises: `twisted.internet.error.ReactorNotRunning` when there is nothing to stop.
        """

    def crash() -> None:
        """Let `run` return soon without firing the shutdown event. Connections stay as is."""

    def iterate(delay: float) -> None:
        """Serve what is ready, and wait for it ``delay`` seconds at most. For test tools only."""

    def fireSystemEvent(eventType: str) -> None:
        """
        Run the triggers of an event, phase after phase.

        Args:
            eventType: ``"startup"``, ``"shutdown"``, ``"persist"``, or a name of your own.
        """

    def addSystemEventTrigger(
        phase: str,
        eventType: str,
        callable: Callable[..., Any],
        *args: object,
        **kwargs: object,
    ) -> Any:
        """
        Have a function called when an event fires.

        Args:
            phase: ``"before"``, ``"during"`` or ``"after"``. A Deferred that a trigger of
                the first phase returns holds the second phase back until it has fired.
            eventType: see `fireSystemEvent`.
            callable: called with the rest of the arguments. What it raises is logged, and
                the next one is called.
        Returns: an opaque value for `removeSystemEventTrigger`.
        """

    def removeSystemEventTrigger(triggerID: Any) -> None:
        """
        Take a trigger back.

        Raises: KeyError, ValueError or TypeError for what is not (or no longer) a trigger.
        """

    def callWhenRunning(
        callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any | None:
        """
        Call a function at startup, or at once where the reactor already runs.

        Returns: the identity of the trigger that was added, or None.
        """


class IReactorTime(Interface):
    """A clock that can be asked for the time and for a call later on."""

    def seconds() -> float:
        """Tell the time, in seconds. Only differences between two answers have a meaning."""

    def callLater(
        delay: float, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> IDelayedCall:
        """
        Call a function in a while.

        Args:
            delay: seconds from now, 0 or more. 0 still means a later turn, never at once.
            callable: called once, with the rest of the arguments. What it raises is logged.
        Returns: the call, which can be cancelled or moved.
        """

    def getDelayedCalls() -> Sequence[IDelayedCall]:
        """List the calls that have neither happened nor been cancelled, in no given order."""


class IDelayedCall(Interface):
    """
    A call that is due later, as `IReactorTime.callLater` gives it.

    Every method that changes it raises `twisted.internet.error.AlreadyCalled` or
    `twisted.internet.error.AlreadyCancelled` when it is too late.
    """

    def getTime() -> float:
        """Tell when the call is due, on the scale of `IReactorTime.seconds`."""

    def cancel() -> None:
        """See to it that the call does not happen."""

    def delay(secondsLater: float) -> None:
        """Move the call by so many seconds from where it stood; a negative number: earlier."""

    def reset(secondsFromNow: float) -> None:
        """Move the call to so many seconds from the present."""

    def active() -> bool:
        """Tell whether the call is still to come."""


class IReactorFromThreads(Interface):
    """The one door by which another thread may enter the reactor."""

    def callFromThread(callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """
        Have a function called in the reactor's thread, as soon as may be.

        Safe from any thread and from signal handlers; wakes the reactor. Calls from one
        thread keep their order.
        """


class IReactorInThreads(Interface):
    """A reactor that has a pool of threads for blocking work."""

    def callInThread(callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Have a function called in some thread of the pool. What it raises is logged."""


class IReactorThreads(IReactorFromThreads, IReactorInThreads):
    """Both ways between the reactor and its threads."""

    def getThreadPool() -> ThreadPool:
        """Give the pool behind `IReactorInThreads.callInThread`, making it where need be."""

    def suggestThreadPoolSize(size: int) -> None:
        """Let the pool grow to at most ``size`` threads."""


class IReactorDaemonize(Interface):
    """A reactor that wants to know of the process forking into the background."""

    def beforeDaemonize() -> None:
        """Called just before the fork. The reactor is not stopped in between."""

    def afterDaemonize() -> None:
        """Called after it, in the process that goes on: open descriptors may be renewed."""


class _ISupportsExitSignalCapturing(Interface):
    """A reactor that remembers which signal ended it, for whoever runs it to die of the same."""

    _exitSignal: int | None = Attribute("The signal's number, or None.")


class IReactorFDSet(Interface):
    """A reactor that watches file descriptors for objects that read and write themselves."""

    def addReader(reader: IReadDescriptor) -> None:
        """
        Call ``reader.doRead`` whenever its descriptor can be read. Adding twice is no error.
        """

    def addWriter(writer: IWriteDescriptor) -> None:
        """
        Call ``writer.doWrite`` whenever its descriptor takes bytes. Adding twice is no error.
        """

    def removeReader(reader: IReadDescriptor) -> None:
        """Stop watching for reading. What is not watched is passed over silently."""

    def removeWriter(writer: IWriteDescriptor) -> None:
        """Stop watching for writing. What is not watched is passed over silently."""

    def removeAll() -> list[IReadDescriptor | IWriteDescriptor]:
        """Stop watching all but the reactor's own, and return what was being watched."""

    def getReaders() -> list[IReadDescriptor]:
        """List what is being watched for reading, the reactor's own left out."""

    def getWriters() -> list[IWriteDescriptor]:
        """List what is being watched for writing."""


class IReactorWin32Events(Interface):
    """A reactor that waits for Windows event objects."""

    def addEvent(event: Any, fd: Any, action: str) -> None:
        """
        Call a method when an event object is signalled.

        Args:
            event: the handle of the event object.
            fd: the object to notify; its ``logPrefix`` is used, and its ``connectionLost``
                is called where the method fails.
            action: the name of the method of ``fd``.
        """

    def removeEvent(event: Any) -> None:
        """Stop waiting for an event object."""


# Making connections and listening


class IListeningPort(Interface):
    """A socket that takes connections or datagrams."""

    def startListening() -> None:
        """
        Bind and listen. The reactor's ``listen...`` methods have done so already.

        Raises: `twisted.internet.error.CannotListenError` with what the system said.
        """

    def stopListening() -> Deferred[None] | None:
        """
        Close the socket. Connections that it accepted go on.

        Returns: a Deferred that fires when the address is free again, or None where it is at
            once. Stopping what has stopped does nothing.
        """

    def getHost() -> IAddress:
        """Tell the bound address; with port 0, the port that the system chose."""


class IConnector(Interface):
    """One attempt after another to reach a place, on behalf of a client factory."""

    def stopConnecting() -> None:
        """
        Give the present attempt up; the factory hears ``clientConnectionFailed``.

        Raises: `twisted.internet.error.NotConnectingError` when there is no attempt.
        """

    def disconnect() -> None:
        """Drop whatever there is: an attempt is given up, a connection is closed."""

    def connect() -> None:
        """
        Try (again). Meant for ``clientConnectionLost`` and ``clientConnectionFailed``.

        Raises: RuntimeError when an attempt or a connection exists.
        """

    def getDestination() -> IAddress:
        """Tell the address that is being aimed at; for host names, the name itself."""


class IReactorTCP(Interface):
    """Streams over TCP."""

    def listenTCP(
        port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """
        Take TCP connections on a port.

        Args:
            port: the port number; 0 lets the system choose.
            factory: builds a protocol for each connection.
            backlog: how many connections may wait to be accepted.
            interface: the local IPv4 or IPv6 address to bind, or ``""`` for every IPv4 one.
        Returns: the port, which is bound and listening.
        Raises: `twisted.internet.error.CannotListenError`.
        """

    def connectTCP(
        host: str,
        port: int,
        factory: IProtocolFactory,
        timeout: float = 30.0,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """
        Connect to a TCP server.

        Args:
            host: a host name or an address.
            port: its port number.
            factory: a client factory, told of every step.
            timeout: seconds after which the attempt fails.
            bindAddress: local address and port to connect from, or None.
        """


class IReactorTCP2(IReactorTCP):
    """Streams over TCP whose local end can be described in full by a `Binding`."""

    def listenTCP(
        port: int | tuple[str, int] | Binding,
        factory: IProtocolFactory,
        backlog: int = 50,
        interface: str | None = None,
    ) -> IListeningPort:
        """
        As `IReactorTCP.listenTCP`, where ``port`` may be a pair of address and port, or a
        binding. ``interface`` is then left out, or says the same.

        Raises: ValueError where ``port`` and ``interface`` contradict each other.
        """

    def connectTCP(
        host: str,
        port: int,
        factory: IProtocolFactory,
        timeout: float = 30.0,
        bindAddress: tuple[str, int] | Binding | None = None,
    ) -> IConnector:
        """As `IReactorTCP.connectTCP`, where ``bindAddress`` may be a binding."""


class IReactorSSL(Interface):
    """TLS from the first byte, over TCP."""

    def connectSSL(
        host: str,
        port: int,
        factory: IProtocolFactory,
        contextFactory: IOpenSSLClientConnectionCreator,
        timeout: float,
        bindAddress: tuple[str, int] | None,
    ) -> IConnector:
        """As `IReactorTCP.connectTCP`; ``contextFactory`` (also an old-style one) makes TLS."""

    def listenSSL(
        port: int,
        factory: IProtocolFactory,
        contextFactory: IOpenSSLServerConnectionCreator,
        backlog: int = 50,
        interface: str = "",
    ) -> IListeningPort:
        """As `IReactorTCP.listenTCP`; ``contextFactory`` (also an old-style one) makes TLS."""


class IReactorUNIX(Interface):
    """Streams over UNIX sockets."""

    def connectUNIX(
        address: str | bytes,
        factory: IProtocolFactory,
        timeout: float = 30,
        checkPID: bool = False,
    ) -> IConnector:
        """
        Connect to a UNIX socket.

        Args:
            address: the path; one that begins with NUL is in Linux's abstract namespace.
            factory: a client factory, told of every step.
            timeout: seconds after which the attempt fails.
            checkPID: fail at once unless a living process holds the lock file that
                ``listenUNIX(wantPID=True)`` makes.
        """

    def listenUNIX(
        address: str | bytes,
        factory: IProtocolFactory,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> IListeningPort:
        """
        Take connections on a UNIX socket.

        Args:
            address: the path; one that begins with NUL is in Linux's abstract namespace.
            factory: builds a protocol for each connection.
            backlog: how many connections may wait to be accepted.
            mode: permission bits of the socket's file.
            wantPID: hold a lock file beside it, and clear away what a dead process left.
        Raises: `twisted.internet.error.CannotListenError`.
        """


class IReactorUDP(Interface):
    """Datagrams over UDP."""

    def listenUDP(
        port: int, protocol: DatagramProtocol, interface: str, maxPacketSize: int
    ) -> IListeningPort:
        """
        Bind a UDP socket and hand it to a protocol as its transport.

        Args:
            port: the port number; 0 lets the system choose.
            protocol: takes the datagrams.
            interface: the local address to bind, or ``""`` for every IPv4 one.
            maxPacketSize: bytes; what is longer is cut.
        Raises: `twisted.internet.error.CannotListenError`.
        """


class IReactorMulticast(Interface):
    """Datagrams to and from groups of hosts."""

    def listenMulticast(
        port: int,
        protocol: DatagramProtocol,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> IListeningPort:
        """
        As `IReactorUDP.listenUDP`, with an `IMulticastTransport`.

        Args:
            listenMultiple: let other sockets of this machine bind the same port.
        """


class IReactorUNIXDatagram(Interface):
    """Datagrams over UNIX sockets."""

    def connectUNIXDatagram(
        address: str | bytes,
        protocol: ConnectedDatagramProtocol,
        maxPacketSize: int,
        mode: int,
        bindAddress: str | bytes | None,
    ) -> IConnector:
        """
        Send to one UNIX socket, and take what it answers.

        Args:
            address: the path of the peer's socket.
            maxPacketSize: bytes; what is longer is cut.
            mode: permission bits of our own socket's file.
            bindAddress: the path of our own socket, without which no answer can come.
        """

    def listenUNIXDatagram(
        address: str | bytes, protocol: DatagramProtocol, maxPacketSize: int, mode: int
    ) -> IListeningPort:
        """Bind a UNIX datagram socket. The arguments are those of `connectUNIXDatagram`."""


class IReactorSocket(Interface):
    """
    A reactor that takes sockets which exist already: handed down by a parent, by systemd, ...

    Each descriptor is duplicated: its giver still owns, and closes, the one that it gave.
    Each must be non-blocking. ``addressFamily`` is a constant of the socket module; one that
    the reactor does not know raises `twisted.internet.error.UnsupportedAddressFamily`.
    """

    def adoptStreamPort(
        fileDescriptor: int, addressFamily: AddressFamily, factory: IProtocolFactory
    ) -> IListeningPort:
        """Accept connections from a stream socket that is bound and listens."""

    def adoptStreamConnection(
        fileDescriptor: int, addressFamily: AddressFamily, factory: IProtocolFactory
    ) -> Any:
        """Serve an established connection as though a port of ours had accepted it."""

    def adoptDatagramPort(
        fileDescriptor: int,
        addressFamily: AddressFamily,
        protocol: DatagramProtocol,
        maxPacketSize: int,
    ) -> IListeningPort:
        """Serve a datagram socket that is bound."""


class IReactorProcess(Interface):
    """A reactor that starts programs."""

    def spawnProcess(
        processProtocol: IProcessProtocol,
        executable: bytes | str,
        args: Sequence[bytes | str],
        env: Mapping[AnyStr, AnyStr] | None = None,
        path: bytes | str | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool | tuple[int, int, str | bytes] = False,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> IProcessTransport:
        """
        Start a program.

        Args:
            processProtocol: told of its output and its end.
            executable: the path of the program.
            args: its arguments; by custom the first one is its name.
            env: its environment, or None for ours. An empty mapping is an empty one.
            path: the directory that it starts in, or None for ours.
            uid: the user to run it as (needs the right to do so), or None.
            gid: the group to run it as, or None.
            usePTY: give it a pseudo-terminal; or a triple of master descriptor, slave
                descriptor and terminal name, for one that exists.
            childFDs: its descriptors: each number is mapped to ``"r"`` (the child writes and
                we read), ``"w"`` (we write and the child reads), or one of our own descriptors
                to pass on. None stands for ``{0: "w", 1: "r", 2: "r"}``.
        Raises: OSError where no process could be made.
        """


# Endpoints


class IStreamClientEndpoint(Interface):
    """A place that can be connected to."""

    def connect(protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        Connect once.

        Args:
            protocolFactory: its ``buildProtocol`` is called when the connection stands. It
                is an ordinary factory: the client factory's extra methods are not called.
        Returns: a Deferred of the protocol, fired after its ``connectionMade``. It fails with
            a `twisted.internet.error.ConnectError`, or with
            `twisted.internet.error.NoProtocol` where the factory gave None. Cancelling it
            gives the attempt up.
        """


class IStreamServerEndpoint(Interface):
    """A place that can be listened at."""

    def listen(protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """
        Listen.

        Returns: a Deferred of the port. It fails with
            `twisted.internet.error.CannotListenError`.
        """


class IStreamServerEndpointStringParser(Interface):
    """A plugin that gives ``serverFromString`` one more kind of description."""

    prefix: str = Attribute("The word before the first colon, which selects this parser.")

    def parseStreamServer(reactor: Any, *args: Any, **kwargs: Any) -> IStreamServerEndpoint:
        """
        Make an endpoint from the parts of a description.

        Args:
            reactor: the reactor to listen with.
            args: the parts without a name, as text.
            kwargs: the parts of the form ``name=value``.
        Raises: ValueError or TypeError for parts that make no sense.
        """


class IStreamClientEndpointStringParserWithReactor(Interface):
    """A plugin that gives ``clientFromString`` one more kind of description."""

    prefix: str = Attribute("The word before the first colon, which selects this parser.")

    def parseStreamClient(reactor: Any, *args: Any, **kwargs: Any) -> IStreamClientEndpoint:
        """
        Make an endpoint from the parts of a description.

        Args:
            reactor: the reactor to connect with.
            args: the parts without a name, as text.
            kwargs: the parts of the form ``name=value``.
        Raises: ValueError or TypeError for parts that make no sense.
        """


# Descriptors that a reactor watches


class ILoggingContext(Interface):
    """Something that is named in the log while it is at work."""

    def logPrefix() -> str:
        """Give a short name. Asked seldom, and the answer may be kept."""


class IFileDescriptor(ILoggingContext):
    """What a reactor needs to know of an object with a file descriptor."""

    def fileno() -> object:
        """Give the descriptor, or -1 when it is closed: the reactor then drops the object."""

    def connectionLost(reason: Failure) -> None:
        """
        Called once when the descriptor is of no more use, for the reactor's reasons or after
        ``doRead`` or ``doWrite`` said so. Close it here.
        """


class IReadDescriptor(IFileDescriptor):
    """A descriptor that is watched for reading."""

    def doRead() -> Failure | Exception | None:
        """
        Something can be read. Read a bounded amount.

        Returns: None to go on; anything else is the reason for a ``connectionLost``.
        """


class IWriteDescriptor(IFileDescriptor):
    """A descriptor that is watched for writing."""

    def doWrite() -> Failure | Exception | None:
        """
        Bytes can be written. Write what there is without blocking.

        Returns: None to go on; anything else is the reason for a ``connectionLost``.
        """


class IReadWriteDescriptor(IReadDescriptor, IWriteDescriptor):
    """A descriptor that can be watched for both."""


class IHalfCloseableDescriptor(Interface):
    """A descriptor whose two directions can end one by one."""

    def writeConnectionLost(reason: Failure) -> None:
        """The writing direction ended. Where this is all that was open, the whole has ended."""

    def readConnectionLost(reason: Failure) -> None:
        """The reading direction ended. Where nobody wants half a connection, end the whole."""


class ISystemHandle(Interface):
    """An object around something of the operating system's."""

    def getHandle() -> Any:
        """Give that thing: a socket for the streams, a descriptor elsewhere."""


# Flow control


class IConsumer(Interface):
    """Something that takes what a producer makes, and paces the producer."""

    def registerProducer(producer: IProducer, streaming: bool) -> None:
        """
        Let a producer feed this consumer until `unregisterProducer`.

        Args:
            producer: told to pause, to go on, and to stop when the consumer is gone. Where
                the consumer is gone already it is told to stop at once.
            streaming: True for an `IPushProducer`, which writes by itself until it is paused;
                False for an `IPullProducer`, which writes once for each ``resumeProducing``.
        Raises: RuntimeError where another producer is registered.
        """

    def unregisterProducer() -> None:
        """The producer has finished, or found another consumer. It is told nothing more."""

    def write(data: bytes) -> None:
        """Take bytes. Called by the producer."""


class IProducer(Interface):
    """Something that feeds a consumer."""

    def stopProducing() -> None:
        """Stop for good: nobody wants the data any more. Nothing is called after this."""


class IPushProducer(IProducer):
    """A producer that writes of its own accord, as data comes in."""

    def pauseProducing() -> None:
        """Write nothing until ``resumeProducing``. May be called when paused already."""

    def resumeProducing() -> None:
        """Write again, as much as there is. May be called when not paused."""


class IPullProducer(IProducer):
    """A producer that writes when it is asked to."""

    def resumeProducing() -> None:
        """
        Write one piece. The consumer asks again when it has room.

        A producer that is at its end calls ``unregisterProducer`` here.
        """


# Protocols and their factories


class IProtocol(Interface):
    """The user's side of one stream."""

    def dataReceived(data: bytes) -> None:
        """
        Bytes came in.

        Args:
            data: at least one byte. Where one call ends and the next begins means nothing:
                streams have no messages.
        """

    def connectionLost(reason: Failure) -> None:
        """
        The stream has ended. Called exactly once, as the last call.

        Args:
            reason: a failure with a `twisted.internet.error.ConnectionClosed`:
                ``ConnectionDone`` where it was closed in order by either side,
                ``ConnectionLost`` or ``ConnectionAborted`` where not.
        """

    def makeConnection(transport: ITransport) -> None:
        """Keep the transport and call `connectionMade`. Called once, before all else."""

    def connectionMade() -> None:
        """The stream stands: a server may greet now, a client may ask."""


class IProcessProtocol(Interface):
    """The user's side of one running program."""

    def makeConnection(process: IProcessTransport) -> None:
        """The program was started. Called once, before all else."""

    def childDataReceived(childFD: int, data: bytes) -> None:
        """The program wrote bytes to its descriptor ``childFD``."""

    def childConnectionLost(childFD: int) -> None:
        """The pipe at the program's descriptor ``childFD`` is closed. Once for each pipe."""

    def processExited(reason: Failure) -> None:
        """
        The program has ended; its output may still be on its way.

        Args:
            reason: a failure with `twisted.internet.error.ProcessDone` or
                `twisted.internet.error.ProcessTerminated`.
        """

    def processEnded(reason: Failure) -> None:
        """The program has ended and all pipes are closed. The last call, same reason."""


class IHalfCloseableProtocol(Interface):
    """
    A protocol that can live on with one direction of its stream.

    For a protocol without this, the end of either direction is the end of the stream.
    """

    def readConnectionLost() -> None:
        """The peer will send no more. Writing goes on until we call ``loseConnection``."""

    def writeConnectionLost() -> None:
        """Our writing direction is closed: ours is the wish, or the peer stopped reading."""


class IHandshakeListener(Interface):
    """A protocol that wants to know when TLS stands."""

    def handshakeCompleted() -> None:
        """
        Keys are agreed on and the certificate is checked.

        Called once, after ``connectionMade`` and before any ``dataReceived``.
        """


class IFileDescriptorReceiver(Interface):
    """A protocol over UNIX sockets that takes file descriptors."""

    def fileDescriptorReceived(descriptor: int) -> None:
        """
        The peer sent a descriptor, which is now ours to close.

        Called before ``dataReceived`` with the bytes that it travelled with.
        """


class IProtocolFactory(Interface):
    """Makes a protocol for each connection, and outlives them."""

    def buildProtocol(addr: IAddress) -> IProtocol | None:
        """
        A connection stands; say who speaks on it.

        Args:
            addr: the address of the peer.
        Returns: a protocol that is not in use, or None to close the connection.
        """

    def doStart() -> None:
        """Called whenever a port or connector begins to use the factory."""

    def doStop() -> None:
        """Called whenever a port or connector has done with it, once for each `doStart`."""


class IProtocolNegotiationFactory(Interface):
    """A factory whose protocols are chosen by TLS's negotiation (ALPN, RFC 7301)."""

    def acceptableProtocols() -> list[bytes]:
        """List the names of the protocols that may be chosen, the best first."""


# Transports


class ITransport(Interface):
    """One end of a stream, as a protocol sees it."""

    def write(data: bytes) -> None:
        """
        Send bytes, in order, as soon as may be. Never blocks and never refuses.

        What does not fit into the system's buffers is kept: whoever writes much registers
        as a producer, and is paced.
        """

    def writeSequence(data: Iterable[bytes]) -> None:
        """Send all of the pieces, one after the other."""

    def loseConnection() -> None:
        """
        Close the stream when all that was written is sent.

        A pull producer, or a push producer that is paused, may still write until it
        unregisters; one that is not paused is taken to have written all. Other writes after
        this are dropped.
        """

    def getPeer() -> IAddress:
        """Tell the address of the other end. Still answers when the stream has ended."""

    def getHost() -> IAddress:
        """Tell the address of this end. Still answers when the stream has ended."""


class ITCPTransport(ITransport):
    """A stream over TCP."""

    def loseWriteConnection() -> None:
        """
        Close the writing direction when all that was written is sent; reading goes on.

        A protocol that provides `IHalfCloseableProtocol` is told.
        """

    def abortConnection() -> None:
        """Drop the stream at once, with all that is unsent, and call ``connectionLost``."""

    def getTcpNoDelay() -> bool:
        """Tell whether small packets are sent without waiting (TCP_NODELAY)."""

    def setTcpNoDelay(enabled: bool) -> None:
        """Send small packets without waiting (TCP_NODELAY), or join them."""

    def getTcpKeepAlive() -> bool:
        """Tell whether the system probes an idle peer (SO_KEEPALIVE)."""

    def setTcpKeepAlive(enabled: bool) -> None:
        """Let the system probe an idle peer (SO_KEEPALIVE), or not."""

    def getHost() -> IPv4Address | IPv6Address:
        """Tell the address of this end."""

    def getPeer() -> IPv4Address | IPv6Address:
        """Tell the address of the other end."""


class IUNIXTransport(ITransport):
    """A stream over a UNIX socket."""

    def sendFileDescriptor(descriptor: int) -> None:
        """
        Send a duplicate of a descriptor along with the bytes that are written next.

        Each descriptor needs at least one byte to travel with. The descriptor must stay open
        until it was sent.
        """


class ITLSTransport(ITCPTransport):
    """A stream that can turn to TLS on the way."""

    def startTLS(
        contextFactory: IOpenSSLClientConnectionCreator | IOpenSSLServerConnectionCreator,
    ) -> None:
        """
        Begin TLS after all that was written until now.

        Which side of the handshake is ours follows from who connected.
        """


class ISSLTransport(ITCPTransport):
    """A stream with TLS."""

    def getPeerCertificate() -> Any:
        """Give the peer's certificate (``OpenSSL.crypto.X509``), or None where it sent none."""


class INegotiated(ISSLTransport):
    """A stream with TLS on which a protocol may have been negotiated."""

    negotiatedProtocol: bytes | None = Attribute(
        "The name that ALPN agreed on, or None. Settled when the first bytes come in."
    )


class IProcessTransport(ITransport):
    """The parent's end of a running program."""

    pid: int | None = Attribute("The process id while the program runs, and then None.")

    def closeStdin() -> None:
        """Close the program's standard input when all that was written is sent."""

    def closeStdout() -> None:
        """Close our end of the program's standard output."""

    def closeStderr() -> None:
        """Close our end of the program's standard error."""

    def closeChildFD(descriptor: int) -> None:
        """Close our end of the pipe at one of the program's descriptors."""

    def writeToChild(childFD: int, data: bytes) -> None:
        """
        Send bytes to one of the program's descriptors.

        Raises: KeyError where there is no pipe that can be written to.
        """

    def loseConnection() -> None:
        """Close standard input, output and error. The program is not killed."""

    def signalProcess(signalID: Literal["HUP", "STOP", "INT", "KILL", "TERM"] | int) -> None:
        """
        Send a signal.

        Args:
            signalID: a name without its ``SIG``, or a number.
        Raises: `twisted.internet.error.ProcessExitedAlready`.
        """


class IUDPTransport(Interface):
    """A UDP socket, as a datagram protocol sees it."""

    def write(packet: bytes, addr: tuple[str, int] | None) -> None:
        """
        Send one datagram.

        Args:
            packet: what to send.
            addr: the receiver's numeric address and port; None once connected.
        Raises: `twisted.internet.error.MessageLengthError` for what is too long to be sent.
        """

    def connect(host: str, port: int) -> None:
        """
        Send to one receiver only and hear from no other. Can be called once.

        Args:
            host: a numeric address, not a name.
        """

    def getHost() -> IPv4Address | IPv6Address:
        """Tell the bound address."""

    def stopListening() -> Deferred[None] | None:
        """Close the socket; a Deferred that fires when that is done, or None."""

    def setBroadcastAllowed(enabled: bool) -> None:
        """Allow datagrams to broadcast addresses (SO_BROADCAST), or forbid them."""

    def getBroadcastAllowed() -> bool:
        """Tell whether datagrams to broadcast addresses are allowed."""


class IUNIXDatagramTransport(Interface):
    """A UNIX datagram socket."""

    def write(packet: bytes, addr: str) -> None:
        """Send one datagram to the socket at a path."""

    def getHost() -> UNIXAddress:
        """Tell the bound address."""


class IUNIXDatagramConnectedTransport(Interface):
    """A UNIX datagram socket with one peer."""

    def write(packet: bytes) -> None:
        """Send one datagram to the peer."""

    def getHost() -> UNIXAddress:
        """Tell the address of this end."""

    def getPeer() -> UNIXAddress:
        """Tell the address of the peer."""


class IMulticastTransport(IUDPTransport):
    """A UDP socket that can join groups. Interfaces are given by their numeric address."""

    def getOutgoingInterface() -> str | int:
        """Tell the interface by which datagrams to groups leave: an address, or an index."""

    def setOutgoingInterface(addr: str) -> Deferred[int]:
        """Choose the interface by which datagrams to groups leave."""

    def getLoopbackMode() -> bool:
        """Tell whether datagrams to groups come back to this machine."""

    def setLoopbackMode(mode: bool) -> None:
        """Have datagrams to groups come back to this machine, or not."""

    def getTTL() -> int:
        """Tell how many routers a datagram to a group may pass."""

    def setTTL(ttl: int) -> None:
        """Say how many routers a datagram to a group may pass."""

    def joinGroup(addr: str, interface: str = "") -> Deferred[None]:
        """
        Hear what is sent to a group.

        Args:
            addr: the group's address, or a name for it.
            interface: where to hear it; ``""`` is the system's choice.
        Returns: a Deferred that fails with `twisted.internet.error.MulticastJoinError`.
        """

    def leaveGroup(addr: str, interface: str = "") -> Deferred[None]:
        """Undo `joinGroup`; the arguments and the result are the same."""


# TLS


class ICipher(Interface):
    """One cipher suite."""

    fullName: str = Attribute("The name of the suite, as OpenSSL knows it.")


class IAcceptableCiphers(Interface):
    """A choice among cipher suites."""

    def selectCiphers(availableCiphers: tuple[ICipher, ...]) -> tuple[ICipher, ...]:
        """Give those of the available suites that may be used, the best first."""


class IOpenSSLServerConnectionCreator(Interface):
    """Makes the OpenSSL side of each connection that a server takes."""

    def serverConnectionForTLS(tlsProtocol: TLSMemoryBIOProtocol) -> OpenSSLConnection:
        """
        Give a new OpenSSL connection over a memory buffer (socket None).

        Called once for a connection, before its handshake. Do not set its state to accept,
        nor the context's app data: our layer does the first and needs the second.
        """


class IOpenSSLClientConnectionCreator(Interface):
    """Makes the OpenSSL side of each connection that a client opens."""

    def clientConnectionForTLS(tlsProtocol: TLSMemoryBIOProtocol) -> OpenSSLConnection:
        """
        Give a new OpenSSL connection over a memory buffer (socket None).

        Called once for a connection, before its handshake. The place to set the server
        name; do not set its state to connect.
        """


class IOpenSSLContextFactory(Interface):
    """The older way: one OpenSSL context for all connections."""

    def getContext() -> OpenSSLContext:
        """Give a context, ready for use. Called for each connection; keep and reuse it."""


# Services


class IServiceCollection(Interface):
    """Something that holds named services (older than `twisted.application.service`)."""

    def getServiceNamed(serviceName: str) -> Any:
        """Give the service of that name. Raises: KeyError where there is none."""

    def addService(service: Any) -> None:
        """Take a service in. Raises: RuntimeError where its name is taken."""

    def removeService(service: Any) -> None:
        """Let a service go."""
