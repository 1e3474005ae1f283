"""
From a reactor's connector to a Deferred, and one endpoint around another.

The reactor speaks to a `ClientFactory`; the user of an endpoint brings any factory and wants a
Deferred of its protocol. `_WrappingFactory` stands between the two while the connection is
made. Once it stands, `_WrappingProtocol` steps aside where the transport lets it, so that a
connection made through an endpoint costs nothing more than any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import alsoProvides, implementer

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectingCancelledError, NoProtocol, NotConnectingError
from twisted.internet.interfaces import (
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    ILoggingContext,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from twisted.internet.protocol import ClientFactory, Factory, Protocol, connectionDone
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import (
        IAddress,
        IConnector,
        IListeningPort,
        IProtocol,
        IProtocolFactory,
    )

__all__ = [
    "_WrapperEndpoint",
    "_WrapperServerEndpoint",
    "_WrappingFactory",
    "_WrappingProtocol",
    "connectProtocol",
    "connectWith",
]

# What a transport finds out by asking for the interface; the wrapper says what is inside.
_asked = (IHalfCloseableProtocol, IFileDescriptorReceiver, IHandshakeListener)


class _WrappingProtocol(Protocol):
    """Tells a Deferred that the wrapped protocol is connected, and hands all else on to it."""

    def __init__(self, connectedDeferred: Deferred[Any], wrappedProtocol: Any) -> None:
        # Any: protocols of other makes need not provide the interfaces they are used by.
        self._connectedDeferred = connectedDeferred
        self._wrappedProtocol = wrappedProtocol
        inside = [interface for interface in _asked if interface.providedBy(wrappedProtocol)]
        if inside:
            alsoProvides(self, *inside)

    def logPrefix(self) -> str:
        wrapped = self._wrappedProtocol
        if ILoggingContext.providedBy(wrapped):
            return str(wrapped.logPrefix())
        return type(wrapped).__name__

    def connectionMade(self) -> None:
        transport: Any = self.transport
        if self._connectedDeferred.called:
            transport.loseConnection()  # cancelled by buildProtocol itself
            return
        if getattr(transport, "protocol", None) is self:
            transport.protocol = self._wrappedProtocol
        try:
            self._wrappedProtocol.makeConnection(transport)
        except BaseException:
            self._connectedDeferred.errback(Failure())
            raise
        self._connectedDeferred.callback(self._wrappedProtocol)

    def dataReceived(self, data: bytes) -> None:
        self._wrappedProtocol.dataReceived(data)

    def fileDescriptorReceived(self, descriptor: int) -> None:
        self._wrappedProtocol.fileDescriptorReceived(descriptor)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._wrappedProtocol.connectionLost(reason)

    def readConnectionLost(self) -> None:
        self._wrappedProtocol.readConnectionLost()

    def writeConnectionLost(self) -> None:
        self._wrappedProtocol.writeConnectionLost()

    def handshakeCompleted(self) -> None:
        self._wrappedProtocol.handshakeCompleted()


class _WrappingFactory(ClientFactory):
    """
    Is the client factory of one attempt to connect.

    Its ``_onConnection`` fires with the protocol of the wrapped factory once that is
    connected; cancelling it gives the attempt up.
    """

    protocol = _WrappingProtocol

    def __init__(self, wrappedFactory: IProtocolFactory) -> None:
        self._wrappedFactory = wrappedFactory
        self._connector: IConnector | None = None
        self._onConnection: Deferred[Any] = Deferred(self._giveUp)

    def startedConnecting(self, connector: IConnector) -> None:
        self._connector = connector

    def _giveUp(self, deferred: Deferred[Any]) -> None:
        connector = self._connector
        if connector is None:
            return  # nothing has begun; the Deferred says CancelledError
        deferred.errback(ConnectingCancelledError(connector.getDestination()))
        try:
            connector.stopConnecting()
        except NotConnectingError:
            connector.disconnect()

    def doStart(self) -> None:
        self._wrappedFactory.doStart()

    def doStop(self) -> None:
        self._wrappedFactory.doStop()

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        try:
            wrapped = self._wrappedFactory.buildProtocol(addr)  # type: ignore[arg-type]  # tests give None
            if wrapped is None:
                raise NoProtocol(f"{self._wrappedFactory!r} built no protocol for {addr!r}")
        except BaseException:
            # The reactor closes a connection for which it gets no protocol.
            if not self._onConnection.called:
                self._onConnection.errback(Failure())
            return None
        return self.protocol(self._onConnection, wrapped)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        if not self._onConnection.called:
            self._onConnection.errback(reason)


def connectWith(
    protocolFactory: IProtocolFactory, connect: Callable[[_WrappingFactory], object]
) -> Deferred[Any]:
    """
    Begin one attempt to connect.

    Args:
        protocolFactory: builds the protocol.
        connect: calls the method of the reactor, with the factory that it is given.
    Returns: a Deferred of the connected protocol. What ``connect`` raises is its failure.
    """
    factory = _WrappingFactory(protocolFactory)
    try:
        connect(factory)
    except Exception:
        return fail()
    return factory._onConnection


def connectProtocol(endpoint: IStreamClientEndpoint, protocol: Any) -> Deferred[Any]:
    """
    Connect a protocol that exists already.

    Args:
        endpoint: where to connect to.
        protocol: used for this one connection. It gets no ``factory`` attribute.
    Returns: the Deferred of the endpoint's ``connect``: of ``protocol``, once connected.
    """

    class OneProtocolFactory(Factory):
        noisy = False

        def buildProtocol(self, addr: IAddress | None) -> Any:
            return protocol

    return endpoint.connect(OneProtocolFactory())


@implementer(IStreamClientEndpoint)
class _WrapperEndpoint:
    """Connects by another endpoint, with each factory wrapped in one of another layer."""

    def __init__(
        self,
        wrappedEndpoint: IStreamClientEndpoint,
        wrapperFactory: Callable[[IProtocolFactory], IProtocolFactory],
    ) -> None:
        """
        Args:
            wrapperFactory: wraps the user's factory. The protocols that the result builds
                have the user's as their ``wrappedProtocol``.
        """
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def __repr__(self) -> str:
        return f"<a layer over {self._wrappedEndpoint!r}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        connecting: Deferred[Any] = self._wrappedEndpoint.connect(
            self._wrapperFactory(protocolFactory)
        )
        return connecting.addCallback(lambda layer: layer.wrappedProtocol)


@implementer(IStreamServerEndpoint)
class _WrapperServerEndpoint:
    """Listens by another endpoint, with each factory wrapped in one of another layer."""

    def __init__(
        self,
        wrappedEndpoint: IStreamServerEndpoint,
        wrapperFactory: Callable[[IProtocolFactory], IProtocolFactory],
    ) -> None:
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def __repr__(self) -> str:
        return f"<a layer over {self._wrappedEndpoint!r}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        return self._wrappedEndpoint.listen(self._wrapperFactory(protocolFactory))
