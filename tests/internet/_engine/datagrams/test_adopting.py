"""Datagram sockets that somebody else has bound."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support import drive
from tests.support.streams import eventually
from twisted.internet import error
from twisted.internet.interfaces import IReactorSocket, IReactorUDP

from .support import Recorder, plainSocket
from .test_udp import needsIPv6


def test_theReactorProvidesIt(reactor: Any) -> None:
    assert verifyObject(IReactorSocket, reactor)
    assert verifyObject(IReactorUDP, reactor)


@pytest.mark.parametrize(
    ("family", "host"),
    [
        (socket.AF_INET, "127.0.0.1"),
        pytest.param(socket.AF_INET6, "::1", marks=needsIPv6),
    ],
)
def test_anAdoptedSocketIsServedAndOursToClose(eachReactor: Any, family: int, host: str) -> None:
    protocol = Recorder()
    with plainSocket(family, host) as given:
        number = given.getsockname()[1]
        port = eachReactor.adoptDatagramPort(given.fileno(), family, protocol, 100)
    assert (port.getHost().host, port.getHost().port) == (host, number)
    port.write(b"x" * 200, (host, number))
    eventually(eachReactor, lambda: protocol.got)
    assert protocol.got == [(b"x" * 100, (host, number))]
    drive(eachReactor, port.stopListening)
    # It listens again where it did.
    port.startListening()
    assert port.getHost().port == number


def test_stoppingClosesOurDescriptorOnly(reactor: Any) -> None:
    with plainSocket() as given, plainSocket() as peer:
        port = reactor.adoptDatagramPort(given.fileno(), socket.AF_INET, Recorder())
        drive(reactor, port.stopListening)
        given.settimeout(10)
        peer.sendto(b"still open", given.getsockname())
        assert given.recv(100) == b"still open"


@pytest.mark.parametrize("family", [2**16 + 7, socket.AF_UNIX])
def test_aFamilyThatIsNotServedIsRefused(reactor: Any, family: int) -> None:
    with plainSocket() as given, pytest.raises(error.UnsupportedAddressFamily):
        reactor.adoptDatagramPort(given.fileno(), family, Recorder())


@needsIPv6
def test_aFamilyThatTheSocketIsNotOfIsRefused(reactor: Any) -> None:
    with plainSocket() as given, pytest.raises(error.UnsupportedAddressFamily):
        reactor.adoptDatagramPort(given.fileno(), socket.AF_INET6, Recorder())


def test_aStreamIsRefused(reactor: Any) -> None:
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        with pytest.raises(error.UnsupportedSocketType):
            reactor.adoptDatagramPort(given.fileno(), socket.AF_INET, Recorder())


def test_whatIsNoDescriptorIsRefused(reactor: Any) -> None:
    with socket.socket() as gone:
        number = gone.fileno()
    with pytest.raises(OSError) as caught:
        reactor.adoptDatagramPort(number, socket.AF_INET, Recorder())
    assert caught.value.errno == errno.EBADF
