"""Protocols around protocols."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import Interface, implementer

from twisted.internet import interfaces
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

done = Failure(ConnectionDone())


class Inner(Protocol):
    """Writes down what it is called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def connectionMade(self) -> None:
        self.seen.append(("made", self.transport))

    def dataReceived(self, data: bytes) -> None:
        self.seen.append(data)

    def connectionLost(self, reason: Failure = done) -> None:
        self.seen.append(reason)


def wrapped(transport: Any = None) -> tuple[Any, Any, Any, Any]:
    factory: Any = WrappingFactory(Factory.forProtocol(Inner))
    wrapper = factory.buildProtocol(None)
    inner = wrapper.wrappedProtocol
    wrapper.makeConnection(transport or StringTransport())
    return factory, wrapper, inner, wrapper.transport


def test_theWrapperIsTheTransportOfTheWrapped() -> None:
    factory, wrapper, inner, _ = wrapped()
    assert inner.seen == [("made", wrapper)]
    assert inner.factory is factory.wrappedFactory
    assert wrapper.factory is factory


def test_everythingIsPassedOnBothWays() -> None:
    _, wrapper, inner, transport = wrapped()
    wrapper.dataReceived(b"up")
    inner.transport.write(b"down")
    inner.transport.writeSequence([b", ", b"down"])
    inner.transport.registerProducer("producer", True)
    assert (inner.seen[1:], transport.value()) == ([b"up"], b"down, down")
    assert (transport.producer, transport.streaming) == ("producer", True)
    inner.transport.unregisterProducer()
    assert transport.producer is None
    assert inner.transport.getPeer() == transport.getPeer()
    assert inner.transport.getHost() == transport.getHost()
    inner.transport.loseConnection()
    assert (wrapper.disconnecting, transport.disconnecting) == (1, True)


def test_otherAttributesAreThoseOfTheTransport() -> None:
    _, wrapper, _, transport = wrapped()
    transport.stopConsuming = lambda: "stopped"
    assert wrapper.producerState == "producing"
    assert wrapper.io is transport.io
    wrapper.stopConsuming()
    with pytest.raises(AttributeError, match="nothingOfTheKind"):
        _ = wrapper.nothingOfTheKind


def test_theEndIsPassedOnAndTheTwoPart() -> None:
    factory, wrapper, inner, _ = wrapped()
    assert list(factory.protocols) == [wrapper]
    wrapper.connectionLost(done)
    assert (inner.seen[1:], wrapper.wrappedProtocol, factory.protocols) == ([done], None, {})


class IOther(Interface):
    """Something that a transport may provide."""


@implementer(interfaces.ITCPTransport, IOther)
class Other:  # type: ignore[misc]  # of which nothing is called
    """A transport of another kind."""


class Wider(ProtocolWrapper):
    """A wrapper of another class."""


@pytest.mark.parametrize("kind", [ProtocolWrapper, Wider])
def test_eachWrapperProvidesWhatItsOwnTransportProvides(kind: Any) -> None:
    factory: Any = WrappingFactory(Factory())
    for _ in range(2):
        over = {}
        for transport in (Other(), StringTransport()):
            wrapper = kind(factory, Protocol())
            wrapper.makeConnection(transport)
            over[type(transport)] = wrapper
        assert IOther.providedBy(over[Other])
        assert interfaces.ITCPTransport.providedBy(over[Other])
        assert interfaces.IProtocol.providedBy(over[Other])
        assert not IOther.providedBy(over[StringTransport])
        assert interfaces.IPushProducer.providedBy(over[StringTransport])
    assert not IOther.providedBy(kind(factory, Protocol()))


def test_aWrapperAroundAWrapperProvidesItToo() -> None:
    factory: Any = WrappingFactory(WrappingFactory(Factory.forProtocol(Inner)))
    outer: Any = factory.buildProtocol(None)
    outer.makeConnection(Other())
    inner: Any = outer.wrappedProtocol
    assert IOther.providedBy(inner)
    assert IOther.providedBy(inner.wrappedProtocol.transport)


def test_theLogNamesBoth() -> None:
    factory, wrapper, _, _ = wrapped()
    assert factory.logPrefix() == "Factory (WrappingFactory)"
    assert wrapper.logPrefix() == "Inner (ProtocolWrapper)"
    plain: Any = ProtocolWrapper(factory, object())
    assert plain.logPrefix() == "object (ProtocolWrapper)"


def test_theWrappedFactoryIsToldOfEverything() -> None:
    told: list[Any] = []

    class Telling(ClientFactory[Any]):
        noisy = False

        def startFactory(self) -> None:
            told.append("start")

        def stopFactory(self) -> None:
            told.append("stop")

        def startedConnecting(self, connector: Any) -> None:
            told.append(("started", connector))

        def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
            told.append(("failed", connector, reason))

        def clientConnectionLost(self, connector: Any, reason: Any) -> None:
            told.append(("lost", connector, reason))

    factory: Any = WrappingFactory(Telling())
    factory.noisy = False
    factory.doStart()
    factory.startedConnecting(1)
    factory.clientConnectionFailed(1, done)
    factory.clientConnectionLost(1, done)
    factory.doStop()
    assert told == ["start", ("started", 1), ("failed", 1, done), ("lost", 1, done), "stop"]


def test_whereTheWrappedFactoryRefusesSoDoWe() -> None:
    class Refusing(Factory[Any]):
        def buildProtocol(self, addr: Any) -> None:
            return None

    factory: Any = WrappingFactory(Refusing())
    assert factory.buildProtocol(None) is None


def test_aWrapperThatWasNeverConnectedMayBeForgotten() -> None:
    """The engine tells a protocol of its end also if its start had failed."""
    factory: Any = WrappingFactory(Factory.forProtocol(Protocol))
    factory.unregisterProtocol(factory.buildProtocol(None))
    assert factory.protocols == {}
