"""
How a data connection comes about: the client connects to us (PASV, EPSV), or we to it (PORT,
EPRT; RFC 959 section 3.2, RFC 2428).

It is for one transfer. PASV and EPSV are answered at once; a transfer waits for the connection.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import error
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger

from . import replies
from .addresses import (
    IP4,
    IP6,
    decodeExtendedAddress,
    decodeHostPort,
    encodeHostPort,
    isSameHost,
    plainHost,
)
from .data import DTPFactory
from .errors import (
    BadCmdSequenceError,
    CmdArgSyntaxError,
    ForeignAddressError,
    NoDataConnectionError,
    PASVIPv6NotImplementedError,
    PortConnectionError,
    UnsupportedNetworkProtocolError,
)
from .reactors import globalReactor
from .securing import SecurityCommands

_log = Logger()


class ConnectionCommands(SecurityCommands):
    """
    PORT, PASV, EPRT and EPSV.

    Attributes:
        dtpFactory: what makes the data connection, from PASV or PORT to the end of the transfer.
        dtpInstance: the data connection, once it is there.
        dtpPort: the port that is listened on for it, or None.
        dtpTimeout: seconds in which it has to come about.
        passivePortRange: the ports to listen on, of which 0 is any.
        passiveAddress: the IPv4 address that PASV tells, where the client knows us by another
            one than the system does; None for the one that the client is connected to.
        dataFromPeerOnly: whether data goes to, and comes from, the client's own address only.
        lowestActivePort: the lowest port that we connect to.
        reactor: connects, and measures the time; `listenFactory` listens.
    """

    dtpFactory: Any = None
    dtpInstance: Any = None
    dtpPort: Any = None
    dtpTimeout: float = 10
    passivePortRange = range(1)
    passiveAddress: str | None = None
    # RFC 2577 section 3: or else a client has us talk to whomever it likes, from inside a
    # firewall, and others pick up its files.
    dataFromPeerOnly: bool = True
    lowestActivePort: int = 1024

    _dtpConnector: Any = None
    _dataWaiter: Deferred[Any] | None = None
    _epsvAll = False
    _supportedNetworkProtocols = (IP4, IP6)

    # Replace these, on a class or an instance, for another reactor.
    listenFactory = globalReactor.listenTCP
    reactor: Any = globalReactor

    def getDTPPort(self, factory: Any, interface: str = "") -> Any:
        """
        Listen on the first port of the range that can be had.

        Raises: `twisted.internet.error.CannotListenError` if there is none.
        """
        for number in self.passivePortRange:
            try:
                return self.listenFactory(number, factory, interface=interface)
            except error.CannotListenError:
                continue
        raise error.CannotListenError(interface, None, OSError("every port of the range is in use"))

    def _validateNetworkProtocol(self, family: str) -> None:
        if not (family.isascii() and family.isdecimal()):
            raise CmdArgSyntaxError(family)
        if family not in self._supportedNetworkProtocols:
            raise UnsupportedNetworkProtocolError(",".join(self._supportedNetworkProtocols))

    def _notAfterEPSVALL(self, verb: str) -> None:
        if self._epsvAll:
            raise BadCmdSequenceError(f"may not send {verb} after EPSV ALL")

    def _newFactory(self) -> Any:
        self.cleanupDTP()
        factory = DTPFactory(self, plainHost(self.transport.getPeer().host), self.reactor)
        factory.peerCheck = self.dataFromPeerOnly
        factory.isSecure = self._protectData
        factory.deferred.addCallbacks(self._dataCame, self._dataFailed, errbackArgs=(factory,))
        self.dtpFactory = factory
        return factory

    # The client connects.

    def ftp_PASV(self) -> Any:
        """Listen, and tell where."""
        self._notAfterEPSVALL("PASV")
        host = plainHost(self.transport.getHost().host)
        if ":" in host:
            raise PASVIPv6NotImplementedError()
        port = self._listen((host,))
        return replies.ENTERING_PASV_MODE, encodeHostPort(self.passiveAddress or host, port)

    def ftp_EPSV(self, protocol: str = "") -> Any:
        """Listen, and tell the port; or promise that there will be nothing but EPSV."""
        if protocol.upper() == "ALL":
            self._epsvAll = True
            return replies.EPSV_ALL_OK
        if protocol:
            self._validateNetworkProtocol(protocol)
        # Without a family, both: a client may reach us by either.
        return replies.ENTERING_EPSV_MODE, self._listen(("",) if protocol == IP4 else ("::", ""))

    def _listen(self, interfaces: tuple[str, ...]) -> int:
        """Listen on the first interface that can be had. Returns: the port's number."""
        factory = self._newFactory()
        for interface in interfaces:
            try:
                self.dtpPort = self.getDTPPort(self._wrapData(factory), interface)
            except error.CannotListenError as reason:
                _log.warn("No port for a data connection: {reason}", reason=reason)
            else:
                factory.setTimeout(self.dtpTimeout)
                return int(self.dtpPort.getHost().port)
        self.cleanupDTP()
        raise NoDataConnectionError()

    # We connect.

    def ftp_PORT(self, address: str) -> Any:
        """Connect to the client."""
        self._notAfterEPSVALL("PORT")
        try:
            host, port = decodeHostPort(address)
        except ValueError:
            raise CmdArgSyntaxError(address) from None
        return self._connect(host, port)

    def ftp_EPRT(self, extendedAddress: str) -> Any:
        """Connect to the client, be it by IPv6."""
        self._notAfterEPSVALL("EPRT")
        try:
            family, host, port = decodeExtendedAddress(extendedAddress)
        except ValueError:
            raise CmdArgSyntaxError(extendedAddress) from None
        self._validateNetworkProtocol(family)
        return self._connect(host, port)

    def _connect(self, host: str, port: int) -> Deferred[Any]:
        if self.dataFromPeerOnly and not isSameHost(host, self.transport.getPeer().host):
            raise ForeignAddressError(self.lowestActivePort)
        if not self.lowestActivePort <= port <= 65535:
            raise ForeignAddressError(self.lowestActivePort)
        factory = self._newFactory()
        factory.setTimeout(self.dtpTimeout)
        self._dtpConnector = self.reactor.connectTCP(
            host, port, self._wrapData(factory), self.dtpTimeout
        )
        return self.dataConnection("PORT").addCallback(lambda _: replies.ENTERING_PORT_MODE)

    # Waiting for it.

    def dataConnection(self, verb: str) -> Deferred[Any]:
        """
        Wait for the data connection.

        Args:
            verb: the command that wants it.
        Returns: a Deferred that fires when it is there.
        Raises: BadCmdSequenceError if none was asked for.
        """
        if self.dtpInstance is not None:
            return succeed(self.dtpInstance)
        if self.dtpFactory is None:
            raise BadCmdSequenceError(f"PORT, PASV, EPRT, or EPSV required before {verb}")
        if self.dtpFactory.deferred.called:
            self.cleanupDTP()
            return fail(NoDataConnectionError())
        self._dataWaiter = Deferred()
        return self._dataWaiter

    def _dataCame(self, _: Any) -> None:
        self._stopListening()
        waiter, self._dataWaiter = self._dataWaiter, None
        if waiter is not None:
            waiter.callback(self.dtpInstance)

    def _dataFailed(self, failure: Any, factory: Any) -> None:
        failure.trap(PortConnectionError)
        if factory is not self.dtpFactory:
            return
        self._stopListening()
        waiter, self._dataWaiter = self._dataWaiter, None
        if waiter is not None:
            self.cleanupDTP()
            waiter.errback(NoDataConnectionError())

    def _stopListening(self) -> None:
        port, self.dtpPort = self.dtpPort, None
        if port is not None:
            port.stopListening()

    def cleanupDTP(self) -> None:
        """End the data connection, or the wait for it."""
        self._stopListening()
        factory, self.dtpFactory = self.dtpFactory, None
        instance, self.dtpInstance = self.dtpInstance, None
        connector, self._dtpConnector = self._dtpConnector, None
        waiter, self._dataWaiter = self._dataWaiter, None
        if factory is not None:
            factory.giveUp()
        if hasattr(instance, "end"):
            instance.end()
        elif connector is not None:
            connector.disconnect()
        if waiter is not None:
            waiter.errback(NoDataConnectionError())
