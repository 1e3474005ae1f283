"""What every port is."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from twisted.internet._engine.ports import BasePort
from twisted.internet.abstract import FileDescriptor
from twisted.internet.protocol import DatagramProtocol


def test_aPortIsADescriptor(reactor: Any) -> None:
    port = reactor.listenUDP(0, DatagramProtocol(), interface="127.0.0.1")
    assert isinstance(port, BasePort)
    assert isinstance(port, FileDescriptor)


def test_aPortHasNothingToWriteAndSaysSo(reactor: Any) -> None:
    port = reactor.listenUDP(0, DatagramProtocol(), interface="127.0.0.1")
    with pytest.raises(RuntimeError, match="nothing to write"):
        port.doWrite()


def test_aSubclassSaysWhichSocketItHas(reactor: Any) -> None:
    class Port(BasePort):
        addressFamily = socket.AF_INET6
        socketType = socket.SOCK_DGRAM

    with Port(reactor).createInternetSocket() as made:
        assert (made.family, made.type) == (socket.AF_INET6, socket.SOCK_DGRAM)
        assert not made.getblocking()
        assert not made.get_inheritable()
    assert (BasePort.addressFamily, BasePort.socketType) == (None, None)
