"""What is counted of connections, what is told of them, and what their factories seem to be."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from twisted.application._site.connections import Connections
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.logger import LogLevel, globalLogPublisher
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

_PEER = IPv4Address("TCP", "192.0.2.1", 1234)


@implementer(IProtocolNegotiationFactory)
class _Negotiating(Factory):
    protocol = Protocol

    def acceptableProtocols(self) -> list[bytes]:
        return [b"echo/2", b"echo/1"]


class _Separate(StringTransport):
    """Sends a sequence by another way than its parts."""

    def writeSequence(self, data: Any) -> None:
        self.io.writelines(data)


def _wrapped() -> Any:
    wrapper = ProtocolWrapper(WrappingFactory(Factory.forProtocol(Protocol)), Protocol())
    wrapper.makeConnection(_Separate())
    return wrapper


@pytest.mark.parametrize("make", [StringTransport, _Separate, _wrapped])
def test_whatIsSentAsASequenceIsCountedOnce(make: Any) -> None:
    connections = Connections("service", lambda: 0.0)
    protocol: Any = connections.watched(Factory.forProtocol(Protocol), "here").buildProtocol(_PEER)
    transport = make()
    protocol.makeConnection(transport)
    protocol.transport.write(b"one")
    protocol.transport.writeSequence(part for part in (b"two", bytearray(b"three")))
    assert connections.sent == 11
    sentBy = getattr(transport, "transport", transport)
    assert sentBy.value() == b"onetwothree"
    protocol.connectionLost(Failure(ConnectionDone()))
    assert not {"write", "writeSequence"} & transport.__dict__.keys()


def test_itNegotiatesWhileTheFactoryBehindDoes() -> None:
    connections = Connections("service", lambda: 0.0)
    negotiating = _Negotiating()
    plain: Any = Factory.forProtocol(Protocol)
    watched = connections.watched(plain, "here")
    assert not IProtocolNegotiationFactory.providedBy(watched)
    watched.serve(negotiating, connections)
    assert IProtocolNegotiationFactory.providedBy(watched)
    assert watched.acceptableProtocols() == [b"echo/2", b"echo/1"]
    watched.serve(plain, connections)
    assert not IProtocolNegotiationFactory.providedBy(watched)
    assert IProtocolNegotiationFactory.providedBy(connections.watched(negotiating, "here"))


@pytest.mark.parametrize("level", [None, LogLevel.debug])
def test_comingAndGoingIsToldAtTheLevelThatIsAskedFor(level: Any) -> None:
    connections = Connections("service", lambda: 0.0)
    if level is not None:
        connections.level = level
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    try:
        factory = connections.watched(Factory.forProtocol(Protocol), "here")
        protocol: Any = factory.buildProtocol(_PEER)
        protocol.makeConnection(StringTransport())
        protocol.connectionLost(Failure(ConnectionDone()))
    finally:
        globalLogPublisher.removeObserver(events.append)
    told = [event["log_level"] for event in events if event["log_namespace"] == "service"]
    assert told == [level or LogLevel.info] * 2
