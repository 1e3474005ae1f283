"""What the doubles of tests provide, the real things provide, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import Interface, providedBy
from zope.interface.verify import verifyObject

from twisted.internet import interfaces
from twisted.internet.protocol import ClientFactory, Factory, Protocol
from twisted.internet.testing import MemoryReactor, MemoryReactorClock, StringTransport

# What a program asks a reactor for that it is tested with.
shared = (
    interfaces.IReactorCore,
    interfaces.IReactorTCP,
    interfaces.IReactorSSL,
    interfaces.IReactorUNIX,
    interfaces.IReactorSocket,
    interfaces.IReactorPluggableNameResolver,
    interfaces.IReactorFDSet,
)


@pytest.mark.parametrize("interface", shared, ids=lambda each: str(each.getName()))
def test_theDoubleAndTheReactorProvideIt(eachReactor: Any, interface: Any) -> None:
    assert verifyObject(interface, eachReactor)
    assert verifyObject(interface, MemoryReactor())


def test_theReactorProvidesAllThatTheDoublesSay(reactor: Any) -> None:
    for double in (MemoryReactor(), MemoryReactorClock()):
        for interface in providedBy(double):
            assert interface.providedBy(reactor), interface
            # Of a Clock that is added the double is told by itself.
            if interface is not interfaces.IReactorTime:
                assert verifyObject(interface, double), interface


def test_theReactorIsAllThatItSays(eachReactor: Any) -> None:
    said = [each for each in providedBy(eachReactor).flattened() if each is not Interface]
    assert set(shared) < set(said)
    for interface in said:
        assert verifyObject(interface, eachReactor), interface


def test_whatPortsAndConnectorsSayIsTrueOfBoth(reactor: Any) -> None:
    factory: Any = Factory.forProtocol(Protocol)
    real = reactor.listenTCP(0, factory, interface="127.0.0.1")
    double = MemoryReactor().listenTCP(0, factory)
    for port in (real, double):
        assert verifyObject(interfaces.IListeningPort, port)
    number = real.getHost().port
    for connector in (
        reactor.connectTCP("127.0.0.1", number, ClientFactory()),
        MemoryReactor().connectTCP("127.0.0.1", number, ClientFactory()),
    ):
        assert verifyObject(interfaces.IConnector, connector)
        connector.disconnect()
    assert verifyObject(interfaces.ITransport, StringTransport())
