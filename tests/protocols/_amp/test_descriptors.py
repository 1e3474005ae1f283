"""Open descriptors over AMP, on a real UNIX socket and in memory."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.support import drive
from twisted.internet.endpoints import UNIXClientEndpoint, UNIXServerEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.protocols import amp
from twisted.python.failure import Failure


class Pass(amp.Command):
    arguments = [(b"pipe", amp.Descriptor())]
    response = [(b"size", amp.Integer())]


class Taker(amp.AMP):
    @Pass.responder
    def take(self, pipe: int) -> dict[str, int]:
        try:
            return {"size": os.write(pipe, b"hello")}
        finally:
            os.close(pipe)


def test_aDescriptorIsUsedOnTheOtherSide(reactor: Any, tmp_path: Any) -> None:
    path = str(tmp_path / "socket")
    readEnd, writeEnd = os.pipe()

    async def go() -> Any:
        port: Any = await UNIXServerEndpoint(reactor, path).listen(Factory.forProtocol(Taker))
        client: Any = await connectProtocol(UNIXClientEndpoint(reactor, path), amp.AMP())
        answer = await client.callRemote(Pass, pipe=writeEnd)
        client.transport.loseConnection()
        await port.stopListening()
        return answer

    try:
        assert drive(reactor, go) == {"size": 5}
        assert os.read(readEnd, 10) == b"hello"
    finally:
        os.close(readEnd)
        os.close(writeEnd)


def isOpen(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@pytest.mark.parametrize("extra", [0, 1])
def test_descriptorsThatNobodyClaimsAreBoundedAndClosed(extra: int) -> None:
    protocol: Any = Taker()
    protocol.maxDescriptors = 3
    transport = StringTransport()
    protocol.makeConnection(transport)
    given = [os.open(os.devnull, os.O_RDONLY) for _ in range(3 + extra)]
    for descriptor in given:
        protocol.fileDescriptorReceived(descriptor)
    assert transport.disconnecting == bool(extra)
    assert [isOpen(descriptor) for descriptor in given] == [True] * 3 + [False] * extra
    protocol.connectionLost(Failure(ConnectionDone()))
    assert not any(isOpen(descriptor) for descriptor in given)


def test_aNumberThatWasNotSentIsAnError() -> None:
    protocol: Any = Taker()
    protocol.makeConnection(StringTransport())
    with pytest.raises(KeyError):
        amp.Descriptor().fromStringProto(b"0", protocol)
