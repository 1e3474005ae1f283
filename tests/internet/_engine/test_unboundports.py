"""A port that only makes a socket for its program, as Graphite's carbon has it."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from tests.support.streams import Maker, eventually
from twisted.internet import tcp, udp
from twisted.internet.protocol import DatagramProtocol


@pytest.mark.parametrize(
    ("kind", "interface", "family"),
    [
        (tcp.Port, "127.0.0.1", socket.AF_INET),
        (tcp.Port, "::1", socket.AF_INET6),
        (udp.Port, "127.0.0.1", socket.AF_INET),
    ],
)
def test_aPortWithoutANumberMakesASocket(kind: Any, interface: str, family: int) -> None:
    with kind(None, None, interface=interface, reactor=object()).createInternetSocket() as made:
        assert (made.family, made.gettimeout()) == (family, 0)
        assert made.getsockname()[1] == 0


def test_theSocketOfSuchAPortIsAdopted(reactor: Any) -> None:
    unbound = tcp.Port(None, None, interface="127.0.0.1", reactor=reactor)
    made = unbound.createInternetSocket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", 0))
    made.listen(unbound.backlog)
    server, client = Maker(), Maker()
    port = reactor.adoptStreamPort(made.fileno(), socket.AF_INET, server)
    made.close()
    reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    eventually(reactor, lambda: server.made and client.made)
    assert server.made[0].transport.getHost().port == port.getHost().port


def test_aDatagramSocketOfSuchAPortIsAdopted(reactor: Any) -> None:
    made = udp.Port(None, None, interface="127.0.0.1", reactor=reactor).createInternetSocket()
    made.bind(("127.0.0.1", 0))
    port = reactor.adoptDatagramPort(made.fileno(), socket.AF_INET, DatagramProtocol())
    number = made.getsockname()[1]
    made.close()
    assert port.getHost().port == number
