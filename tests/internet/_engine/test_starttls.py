"""TLS that begins in the middle of a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.streams import TCP4, UNIX, Link, Recorder, clientOptions, tlsOptions
from twisted.internet.interfaces import ISSLTransport


@pytest.fixture(params=[TCP4, UNIX])
def link(request: pytest.FixtureRequest, eachReactor: Any) -> Callable[..., Link]:
    kind: type[Link] = request.param
    return lambda server=None, client=None: kind(eachReactor, server, client)


def secure(ends: Link) -> None:
    ends.server.transport.startTLS(tlsOptions())
    ends.client.transport.startTLS(clientOptions())


def test_whatIsWrittenBeforeIsPlainAndWhatComesAfterIsNot(link: Callable[..., Link]) -> None:
    ends = link()
    ends.client.transport.write(b"STARTTLS\r\n")

    def begin(data: bytes) -> None:
        ends.server.onData = None
        ends.server.transport.write(b"220 go ahead\r\n")
        ends.server.transport.startTLS(tlsOptions())
        ends.server.transport.write(b"secret of the server")

    def follow(data: bytes) -> None:
        ends.client.onData = None
        ends.client.transport.startTLS(clientOptions())
        ends.client.transport.write(b"secret of the client")

    ends.server.onData = begin
    ends.client.onData = follow
    ends.until(lambda: ends.server.received.endswith(b"client"))
    ends.until(lambda: ends.client.received.endswith(b"server"))
    assert ends.server.received == b"STARTTLS\r\nsecret of the client"
    assert ends.client.received == b"220 go ahead\r\nsecret of the server"


def test_theTransportStaysAndShowsThatItIsTLS(link: Callable[..., Link]) -> None:
    ends = link()
    transport = ends.client.transport
    before: bool = ISSLTransport.providedBy(transport)
    assert not before
    assert not transport.TLS
    assert not hasattr(transport, "getPeerCertificate")
    secure(ends)
    assert ends.client.transport is transport
    after: bool = ISSLTransport.providedBy(transport)
    assert after
    assert transport.TLS
    ends.client.transport.write(b"x")
    ends.until(lambda: ends.server.received)
    assert transport.getPeerCertificate() is not None
    assert transport.getHandle().get_cipher_name()


def test_theSidesMayBeTurnedRound(link: Callable[..., Link]) -> None:
    ends = link()
    ends.server.transport.startTLS(clientOptions(), False)
    ends.client.transport.startTLS(tlsOptions(), False)
    ends.client.transport.write(b"from the TLS server, who connected")
    ends.until(lambda: ends.server.received)
    assert ends.server.received == b"from the TLS server, who connected"


@pytest.mark.parametrize("streaming", [True, False])
def test_aProducerThatWasRegisteredProducesForTLS(
    link: Callable[..., Link], streaming: bool
) -> None:
    ends = link()
    told: list[str] = []

    class Producer:
        def resumeProducing(self) -> None:
            told.append("resume")
            if not streaming and told.count("resume") == 5:
                ends.client.transport.write(b"produced")
                ends.client.transport.unregisterProducer()

        def pauseProducing(self) -> None:
            told.append("pause")

        def stopProducing(self) -> None:
            told.append("stop")

    ends.client.transport.registerProducer(Producer(), streaming)
    secure(ends)
    if streaming:
        ends.client.transport.write(b"produced")
    else:
        ends.client.transport.write(b"")
    ends.until(lambda: b"produced" in ends.server.received)
    assert ends.server.received == b"produced"
    if streaming:
        ends.client.transport.unregisterProducer()
    assert told[-1:] != ["stop"]


def test_startTLSOnALostConnectionDoesNothing(link: Callable[..., Link]) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.untilLost()
    ends.client.transport.startTLS(clientOptions())
    ends.client.transport.write(b"x")
    assert ends.client.events == ["made", "lost"]


def test_aPeerThatSpeaksNoTLSIsAFailureOfTheConnection(link: Callable[..., Link]) -> None:
    ends = link(server=Recorder())
    ends.client.transport.startTLS(clientOptions())
    ends.server.onData = lambda data: ends.server.transport.write(b"what did you say?\r\n" * 5)
    ends.untilLost()
    assert ends.client.received == b""
    assert ends.client.events == ["made", "lost"]
