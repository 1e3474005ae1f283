"""The small protocols."""

from __future__ import annotations

import time
from typing import Any

import pytest

from twisted.internet.testing import StringTransport
from twisted.protocols import wire
from twisted.protocols.stateful import StatefulProtocol


def connected(kind: Any) -> Any:
    protocol = kind()
    protocol.makeConnection(StringTransport())
    return protocol


def test_anEchoSendsBackAndADiscardDoesNot() -> None:
    for kind, wanted in ((wire.Echo, b"ab"), (wire.Discard, b"")):
        protocol = connected(kind)
        protocol.dataReceived(b"a")
        protocol.dataReceived(b"b")
        assert protocol.transport.value() == wanted
        assert not protocol.transport.disconnecting


@pytest.mark.parametrize("kind", [wire.QOTD, wire.Who, wire.Daytime])
def test_aLineIsSentAndTheConnectionClosed(kind: Any) -> None:
    transport = connected(kind).transport
    assert transport.value().endswith(b"\r\n")
    assert transport.disconnecting


def test_theTimeIsInSecondsSince1900() -> None:
    transport = connected(wire.Time).transport
    since1970 = int.from_bytes(transport.value(), "big") - 2_208_988_800
    assert abs(since1970 % 2**32 - time.time() % 2**32) < 5
    assert transport.disconnecting


def test_charactersAreSentWithoutEndButOnlyWhenAskedFor() -> None:
    protocol = connected(wire.Chargen)
    transport = protocol.transport
    assert (transport.producer, transport.streaming, transport.value()) == (protocol, False, b"")
    for _ in range(3):
        protocol.resumeProducing()
    lines = transport.value().split(b"\r\n")[:-1]
    assert len(lines) == 3 * 95
    assert {len(line) for line in lines} == {72}
    assert lines[0][:5] == b' !"#$' and lines[1][:5] == b'!"#$%'
    protocol.pauseProducing()
    protocol.stopProducing()


class Records(StatefulProtocol):
    """A byte of length, and so many bytes; a length of 255 ends it."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def getInitialState(self) -> Any:
        return self.length, 1

    def length(self, data: bytes) -> Any:
        return (self.body, data[0]) if data != b"\xff" else (self.ended, 0)

    def body(self, data: bytes) -> Any:
        self.seen.append(data)
        return self.length, 1

    def ended(self, data: bytes) -> Any:
        self.seen.append(b"end")


@pytest.mark.parametrize("size", range(1, 12))
def test_eachStateGetsJustTheBytesThatItWants(size: int) -> None:
    stream = b"\3abc\0\1x\2yz"
    protocol = connected(Records)
    for at in range(0, len(stream), size):
        protocol.dataReceived(stream[at : at + size])
    assert protocol.seen == [b"abc", b"", b"x", b"yz"]


def test_aStateThatWantsNothingAndStaysDoesNotLoopForEver() -> None:
    protocol = connected(Records)
    protocol.dataReceived(b"\xff")
    assert protocol.seen == [b"end"]


def test_withoutAFirstStateItSaysWhatIsMissing() -> None:
    with pytest.raises(NotImplementedError, match="getInitialState"):
        connected(StatefulProtocol)
