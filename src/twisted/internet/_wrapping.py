"""
Protocols around protocols, and factories around factories.

Public in `twisted.protocols.policies`; the classes stand here since TLS is such a wrapper.

A wrapper is the protocol of the transport below it, and the transport of the protocol inside
it::

    transport  <-->  ProtocolWrapper  <-->  wrapped protocol

One is made for each connection, so its own cost is kept low.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from zope.interface.declarations import Provides, providedBy

from twisted.internet.interfaces import ILoggingContext
from twisted.internet.protocol import ClientFactory, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typing_extensions import TypeVar as TypeVarWithDefault

    from twisted.internet.interfaces import IAddress, IConnector, IProducer, ITransport
    from twisted.python.failure import Failure

    # A factory that does not say what it wraps with may use any wrapper.
    WP = TypeVarWithDefault("WP", bound="ProtocolWrapper", default=Any)
else:
    WP = TypeVar("WP", bound="ProtocolWrapper")


def _logPrefixOf(thing: object) -> str:
    """Ask for a log prefix, or fall back to the name of the class."""
    if ILoggingContext.providedBy(thing):
        prefix: str = thing.logPrefix()
        return prefix
    return thing.__class__.__name__


# What instances of a wrapper class provide over a transport of some specification. Working
# that out costs more than all the rest of setting a wrapper up, and there are few combinations.
# A specification is found by its identity, and held, so that the identity stays its own.
_provisions: dict[tuple[type, int], tuple[object, object]] = {}
_mostProvisions = 1000


def _provisionFor(wrapperClass: type, transport: object) -> object:
    """
    Make what zope.interface keeps as ``__provides__``: the interfaces of the class, and those
    of the transport.
    """
    specification: Any = providedBy(transport)
    key = wrapperClass, id(specification)
    found = _provisions.get(key)
    if found is None:
        if len(_provisions) >= _mostProvisions:
            _provisions.clear()
        found = _provisions[key] = (specification, Provides(wrapperClass, specification))
    return found[1]


class ProtocolWrapper(Protocol):
    """
    Stands between a transport and a protocol, and passes everything on, both ways.

    Subclass it to watch, change, delay or refuse some of it. The wrapped protocol has this
    object as its transport: it provides whatever interfaces the transport below provides, and
    attributes that it does not have itself are looked up there.

    Attributes:
        wrappedProtocol: the protocol inside; None once the connection was lost.
        factory: the `WrappingFactory` that made this.
        disconnecting: 1 from `loseConnection` on.
    """

    disconnecting: int = 0
    wrappedProtocol: Any
    transport: Any

    def __init__(self, factory: WrappingFactory[Any], wrappedProtocol: Any) -> None:
        self.wrappedProtocol = wrappedProtocol
        self.factory = factory

    def logPrefix(self) -> str:
        """Name the wrapped protocol, and this one in parentheses."""
        return f"{_logPrefixOf(self.wrappedProtocol)} ({self.__class__.__name__})"

    def makeConnection(self, transport: ITransport) -> None:
        """Take on the transport's interfaces, and connect the wrapped protocol to us."""
        self.__provides__ = _provisionFor(self.__class__, transport)
        Protocol.makeConnection(self, transport)
        self.factory.registerProtocol(self)
        self.wrappedProtocol.makeConnection(self)

    # What the transport has for its protocol

    def dataReceived(self, data: bytes) -> None:
        """Pass bytes up."""
        self.wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it is told
        """Pass the end up, and let the wrapped protocol go: the two refer to each other."""
        self.factory.unregisterProtocol(self)
        self.wrappedProtocol.connectionLost(reason)
        self.wrappedProtocol = None

    # What the wrapped protocol asks of its transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def getHost(self) -> Any:
        """Tell the address of this end."""
        return self.transport.getHost()

    def getPeer(self) -> Any:
        """Tell the address of the other end."""
        return self.transport.getPeer()

    def loseConnection(self) -> None:
        """Close the transport below."""
        self.disconnecting = 1
        self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """Pass bytes down."""
        self.transport.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Pass pieces down."""
        self.transport.writeSequence(data)

    def stopConsuming(self) -> None:
        """Have the transport below let its producer go, and close."""
        self.transport.stopConsuming()

    def unregisterProducer(self) -> None:
        """The producer has finished."""
        self.transport.unregisterProducer()

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Let the transport below pace a producer."""
        self.transport.registerProducer(producer, streaming)


class WrappingFactory(ClientFactory[WP]):
    """
    Wraps each protocol of another factory.

    For both servers and clients: what a connector tells a client factory is passed on.

    Attributes:
        protocol: makes a wrapper; called with this factory and the protocol to wrap.
        wrappedFactory: the other factory.
        protocols: the wrappers that are connected, as keys.
    """

    protocol: Callable[..., WP] = ProtocolWrapper  # type: ignore[assignment]  # Any, or narrower

    def __init__(self, wrappedFactory: Any) -> None:
        self.wrappedFactory = wrappedFactory
        self.protocols: dict[Any, int] = {}

    def logPrefix(self) -> str:
        """Name the wrapped factory, and this one in parentheses."""
        return f"{_logPrefixOf(self.wrappedFactory)} ({self.__class__.__name__})"

    def buildProtocol(self, addr: IAddress | None) -> WP | None:
        """Have the wrapped factory build, and wrap that. Its None is passed on."""
        inner = self.wrappedFactory.buildProtocol(addr)
        return None if inner is None else self.protocol(self, inner)

    def registerProtocol(self, p: WP) -> None:
        """A wrapper is connected; called by the wrapper."""
        self.protocols[p] = 1

    def unregisterProtocol(self, p: WP) -> None:
        """A wrapper has lost its connection; called by the wrapper."""
        self.protocols.pop(p, None)  # one whose start failed was never registered

    def doStart(self) -> None:
        """Start the wrapped factory, then this one."""
        self.wrappedFactory.doStart()
        ClientFactory.doStart(self)

    def doStop(self) -> None:
        """Stop the wrapped factory, then this one."""
        self.wrappedFactory.doStop()
        ClientFactory.doStop(self)

    def clientConnectionLost(self, connector: IConnector, reason: Failure) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.clientConnectionLost(connector, reason)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.clientConnectionFailed(connector, reason)

    def startedConnecting(self, connector: IConnector) -> None:
        """Tell the wrapped factory."""
        self.wrappedFactory.startedConnecting(connector)


__all__ = ["WP", "ProtocolWrapper", "WrappingFactory"]
