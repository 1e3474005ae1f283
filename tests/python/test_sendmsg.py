"""Messages that carry open files."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

import pytest

from twisted.python.sendmsg import SCM_RIGHTS, getSocketFamily, recvmsg, sendmsg


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        yield one, other


def test_bytesArrive(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    assert sendmsg(one, b"hello") == 5
    received = recvmsg(other)
    assert (received.data, received.ancillary, received.flags) == (b"hello", [], 0)
    assert tuple(received) == (b"hello", [], 0)


def test_noMoreThanAskedForIsTaken(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    sendmsg(one, b"hello")
    assert recvmsg(other, maxSize=2).data == b"he"
    assert recvmsg(other, flags=socket.MSG_PEEK).data == b"llo"
    assert recvmsg(other).data == b"llo"


def test_anOpenFileIsHandedOver(pair: tuple[socket.socket, socket.socket]) -> None:
    one, other = pair
    readEnd, writeEnd = os.pipe()
    sendmsg(one, b"x", [(socket.SOL_SOCKET, SCM_RIGHTS, struct.pack("i", writeEnd))])
    os.close(writeEnd)
    ((level, kind, packed),) = recvmsg(other).ancillary
    assert (level, kind) == (socket.SOL_SOCKET, SCM_RIGHTS)
    (received,) = struct.unpack("i", packed)
    os.write(received, b"through it")
    os.close(received)
    assert os.read(readEnd, 100) == b"through it"
    assert os.read(readEnd, 100) == b""
    os.close(readEnd)


def test_theSystemsErrorsAreRaised(pair: tuple[socket.socket, socket.socket]) -> None:
    pair[0].close()
    with pytest.raises(OSError):
        sendmsg(pair[0], b"x")
    with pytest.raises(OSError):
        sendmsg(pair[0], b"x", [(0, 0, b"123")])


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX])
def test_theFamilyOfASocketIsKnown(family: int) -> None:
    with socket.socket(family) as each:
        assert getSocketFamily(each) == family
