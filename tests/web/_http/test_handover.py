"""A connection that another protocol takes over, for those who watch the channel that had it."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.application._site.connections import Connections
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web._http.factory import _GenericHTTPChannelProtocol
from twisted.web._http.limits import LimitedChannel, Limits, Peers
from twisted.web._site.service import letGo


class _Heir(Protocol):
    def __init__(self) -> None:
        self.seen = b""
        self.ends: list[Any] = []

    def dataReceived(self, data: bytes) -> None:
        self.seen += data

    def connectionLost(self, *reason: Any) -> None:
        self.ends += reason

    # What tells WebSockets from others.
    closeReason = None

    def loseConnection(self, code: int) -> None:
        self.ends.append(code)


def _limited() -> LimitedChannel:
    limits = Limits()
    return LimitedChannel(limits, Peers(limits, lambda: 0.0))


def _generic() -> Any:
    return _GenericHTTPChannelProtocol(http.HTTPChannel())


class _Transport(StringTransport):
    protocol: Any = None


class _Connection:
    """A connection whose channel has been watched or not, and has been taken over."""

    def __init__(self, make: Any, watched: bool) -> None:
        heir = self.heir = _Heir()

        class Handing(http.Request):
            def process(self) -> None:
                channel: Any = self.channel
                channel.handOver(heir)

        self.channel: Any = make()
        self.channel.requestFactory = Handing
        self.transport = _Transport(peerAddress=IPv4Address("TCP", "192.0.2.1", 1))
        self.transport.protocol = self.channel
        self.connections = Connections("service", lambda: 0.0)
        if watched:
            self.connections.watch(self.channel, None, "here")
        self.channel.makeConnection(self.transport)
        self.hear(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest")

    def hear(self, data: bytes) -> None:
        self.transport.protocol.dataReceived(data)


_kinds = pytest.mark.parametrize("make", [http.HTTPChannel, _limited, _generic])


@_kinds
@pytest.mark.parametrize("watched", [False, True])
def test_theHeirHearsAllThatFollows(make: Any, watched: bool) -> None:
    one = _Connection(make, watched)
    one.hear(b" and more")
    assert one.heir.seen == b"rest and more"
    reason = Failure(ConnectionDone())
    one.transport.protocol.connectionLost(reason)
    assert one.heir.ends == [reason]


@_kinds
def test_whoWatchesTheChannelIsToldOfTheEnd(make: Any) -> None:
    one = _Connection(make, True)
    assert one.connections.counts()["open"] == 1
    one.transport.protocol.connectionLost(Failure(ConnectionDone()))
    assert one.connections.counts()["open"] == 0


def test_whereNobodyWatchesNothingStandsInBetween() -> None:
    one = _Connection(http.HTTPChannel, False)
    assert one.transport.protocol is one.heir


def test_theHeirIsLetGoOfAtTheEnd() -> None:
    one = _Connection(http.HTTPChannel, True)
    one.transport.protocol.connectionLost(Failure(ConnectionDone()))
    assert one.heir not in one.channel.__dict__.values()


@_kinds
def test_aSiteThatStopsFindsTheHeir(make: Any) -> None:
    one = _Connection(make, True)
    assert len(letGo(one.connections, now=True)) == 1
    assert one.heir.ends == [1001]
