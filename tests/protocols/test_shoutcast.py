"""Sound with titles in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.testing import StringTransport
from twisted.protocols.shoutcast import ShoutcastClient

Heard = list[tuple[str, str]]


class Listener(ShoutcastClient):
    def __init__(self, path: str | bytes = "/") -> None:
        super().__init__(path)
        self.titles: list[Heard] = []
        self.sound = b""

    def gotMetaData(self, metadata: Heard) -> None:
        self.titles.append(metadata)

    def gotMP3Data(self, data: bytes) -> None:
        self.sound += data


def listening(*parts: bytes) -> Listener:
    listener = Listener("/stream")
    listener.makeConnection(StringTransport())
    for part in parts:
        listener.dataReceived(part)
    return listener


def title(text: bytes) -> bytes:
    units = -(-len(text) // 16)
    return bytes([units]) + text.ljust(units * 16, b"\0")


head = b"ICY 200 OK\r\nicy-name:Some radio\r\nicy-metaint:8\r\n\r\n"
stream = (
    head
    + b"12345678"
    + title(b"StreamTitle='Rock 'n' Roll; or not';StreamUrl='';")
    + b"abcdefgh"
    + title(b"")
    + b"ABCDEFGH"
    + title("StreamTitle='Söng';".encode("iso-8859-1"))
    + b"xyz"
)


def test_theStreamIsAskedForWithTitles() -> None:
    listener = listening()
    asked = listener.transport.value()  # type: ignore[union-attr]  # it is in memory
    assert asked.startswith(b"GET /stream HTTP/1.0\r\n")
    assert b"Icy-MetaData: 1\r\n" in asked
    assert asked.endswith(b"\r\n\r\n")


@given(st.lists(st.integers(0, len(stream)), max_size=8).map(sorted))
def test_howItWasCutMakesNoDifference(cuts: list[int]) -> None:
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    listener = listening(*pieces)
    assert listener.sound == b"12345678abcdefghABCDEFGHxyz"
    assert listener.titles == [
        [("StreamTitle", "Rock 'n' Roll; or not"), ("StreamUrl", "")],
        [("StreamTitle", "Söng")],
    ]


def test_aStreamWithoutTitlesIsAllSound() -> None:
    listener = listening(b"HTTP/1.0 200 OK\r\n\r\nsound")
    assert (listener.sound, listener.titles) == (b"sound", [])


@pytest.mark.parametrize("interval", [b"0", b"-1", b"x", b"99999999999"])
def test_anIntervalThatIsNoneIsRefused(interval: bytes) -> None:
    with pytest.raises(ValueError, match="icy-metaint"):
        listening(b"ICY 200 OK\r\nicy-metaint:" + interval + b"\r\n\r\n")
