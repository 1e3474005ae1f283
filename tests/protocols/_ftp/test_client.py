"""The client in memory: answers of any shape, and servers that mean harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols._framing.splits import everyCut
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols import ftp
from twisted.protocols._ftp.answers import AnswerReader, AnswerTooLong
from twisted.python.failure import Failure


def outcome(deferred: Any) -> list[Any]:
    results: list[Any] = []
    deferred.addBoth(results.append)
    return results


def connected() -> tuple[Any, StringTransport]:
    client = ftp.FTPClient("me", "secret")
    transport = StringTransport(peerAddress=IPv4Address("TCP", "192.0.2.1", 21))
    client.makeConnection(transport)
    for line in (b"220 hello", b"331 password?", b"230 in", b"200 type"):
        client.dataReceived(line + b"\r\n")
    assert transport.value() == b"USER me\r\nPASS secret\r\nTYPE I\r\n"
    transport.clear()
    return client, transport


answers = [
    (b"200 fine\r\n", ["200 fine"]),
    (b"200\r\n", ["200"]),
    (b"200-a\r\n200-b\r\n 200 c\r\n201 d\r\n\r\n200 e\r\n", 6),
    (b"150 wait\r\n226 done\r\n", ["150 wait", "226 done"]),
    (b"350 more\r\n", ["350 more"]),
    (b"550 no\r\n", ftp.CommandFailed),
    (b"421 go away\r\n", ftp.CommandFailed),
    (b"650 what\r\n", ftp.BadResponse),
    (b"hello\r\n", ftp.BadResponse),
    (b"2x0 hello\r\n", ftp.BadResponse),
    (b"\r\n", ftp.BadResponse),
    (b"\0\xff\r\n", ftp.BadResponse),
]


@pytest.mark.parametrize(("data", "wanted"), answers, ids=lambda value: repr(value)[:30])
def test_eachAnswerIsReadHoweverItIsCut(data: bytes, wanted: Any) -> None:
    for parts in everyCut(data):
        client, _ = connected()
        found = outcome(client.queueStringCommand("NOOP"))
        for part in parts:
            client.dataReceived(part)
        (result,) = found
        if isinstance(wanted, type):
            assert result.check(wanted)
        elif isinstance(wanted, int):
            assert len(result) == wanted
        else:
            assert result == wanted


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_whateverAServerSaysIsNoException(lines: list[bytes]) -> None:
    client, _ = connected()
    found = outcome(client.queueStringCommand("NOOP"))
    for line in lines:
        client.dataReceived(line + b"\r\n")
    client.connectionLost(Failure(ConnectionLost()))
    assert len(found) == 1


def test_anAnswerWithoutAnEndIsNotKept() -> None:
    reader = AnswerReader()
    reader.feed("200-")
    for _ in range(reader.maxLines - 1):
        assert reader.feed("x" * 10) is None
    with pytest.raises(AnswerTooLong):
        reader.feed("x")
    client, transport = connected()
    found = outcome(client.queueStringCommand("NOOP"))
    client.dataReceived(b"200-\r\n" * (reader.maxLines + 1))
    assert found[0].check(ftp.ConnectionLost) and transport.disconnecting


@pytest.mark.parametrize("text", ["NOOP\r\nDELE x", "NOOP\nDELE x", "USER a\rb"])
def test_aCommandWithALineEndIsRefusedBeforeAnythingIsSent(text: str) -> None:
    client, transport = connected()
    with pytest.raises(ValueError, match="line end"):
        client.queueStringCommand(text)
    assert transport.value() == b""
    with pytest.raises(ValueError, match="line end") as refused:
        ftp.FTPClient("me", "secret\r\nDELE x")
    assert "secret" not in str(refused.value)


def test_aPathWithALineEndIsNoOtherCommand() -> None:
    client, transport = connected()
    client.removeFile("a\nDELE b")
    assert transport.value() == b"DELE a\0DELE b\r\n"
    with pytest.raises(ValueError, match="CR"):
        client.removeFile("a\r\nDELE b")


def test_theAddressOfPASVIsNotTrusted_unlessAskedFor() -> None:
    """tw#12696: a server has its clients connect to whom it likes, inside their networks."""
    for trusted, wanted in ((False, "192.0.2.1"), (True, "10.0.0.1")):
        client, _ = connected()
        client._trustPasvAddr = trusted
        asked: list[Any] = []
        client.connectFactory = lambda *args, asked=asked: asked.append(args[:2])
        outcome(client.retrieveFile("x", Protocol()))
        client.dataReceived(b"227 (10,0,0,1,4,1)\r\n")
        assert asked == [(wanted, 1025)]


@pytest.mark.parametrize("line", [b"227 no address", b"227 (1,2,3,4,5)", b"227 (1,2,3,4,999,1)"])
def test_anAddressThatIsNoneFails(line: bytes) -> None:
    client, _ = connected()
    found = outcome(client.retrieveFile("x", Protocol()))
    client.dataReceived(line + b"\r\n")
    assert found[0].check(ftp.FTPError)


listed = [
    (b"-rw-r--r--   1 a b   12 Sep 09  2001 f", "f", None),
    (b"lrwxrwxrwx   1 a b   12 Sep 09 12:01 f g -> h i\r", "f g", "h i"),
    (b"drwxr-xr-x+  1 a b   12 Sep 09 12:01 f\\ g", "f g", None),
    (b"total 12", None, None),
    (b"-rw-r--r--   1 a b  -12 Sep 09  2001 f", None, None),
    (b"\0\xff\xfe", None, None),
]


@pytest.mark.parametrize(("line", "name", "target"), listed)
def test_aLineOfAListingIsReadOrUnknown(line: bytes, name: Any, target: Any) -> None:
    reader: Any = ftp.FTPFileListProtocol()
    unknown: list[str] = []
    reader.unknownLine = unknown.append
    reader.makeConnection(StringTransport())
    reader.dataReceived(line + b"\n")
    if name is None:
        assert unknown and not reader.files
    else:
        assert [(each["filename"], each["linktarget"]) for each in reader.files] == [(name, target)]
