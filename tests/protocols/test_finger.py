"""Finger: what is asked, and that nothing is told by default."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.testing import StringTransport
from twisted.protocols.finger import Finger


class Recording(Finger):
    asked: Any = None

    def getUser(self, *args: Any) -> None:
        self.asked = ("user", *args)

    def getDomain(self, *args: Any) -> None:
        self.asked = ("domain", *args)

    def forwardQuery(self, *args: Any) -> None:
        self.asked = ("forward", *args)


def queried(kind: Any, data: bytes) -> tuple[Any, StringTransport]:
    protocol, transport = kind(), StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(data)
    return protocol, transport


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (b"", ("domain", False)),
        (b"/W", ("domain", True)),
        (b"/w", ("domain", True)),
        (b"bob", ("user", False, b"bob")),
        (b"/W bob", ("user", True, b"bob")),
        (b"bob@a", ("forward", False, b"bob", b"a")),
        (b"/W bob@a@b", ("forward", True, b"bob@a", b"b")),
        (b"@a", ("forward", False, b"", b"a")),
    ],
)
def test_aQueryIsReadAsTheRFCSays(line: bytes, wanted: Any) -> None:
    assert queried(Recording, line + b"\r\n")[0].asked == wanted


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"bob", b"Login: bob\nNo such user\n"),
        (b"", b"Finger online list denied\n"),
        (b"bob@a", b"Finger forwarding service denied\n"),
    ],
)
def test_byDefaultNothingIsTold(line: bytes, answer: bytes) -> None:
    _, transport = queried(Finger, line + b"\r\n")
    assert transport.value() == answer
    assert transport.disconnecting


@pytest.mark.parametrize("beyond", [False, True])
def test_aQueryHasABound(beyond: bool) -> None:
    protocol, transport = queried(Recording, b"x" * (512 + beyond) + b"\r\n")
    assert (protocol.asked is None, transport.disconnecting) == (beyond, beyond)


def test_anEndlessQueryEndsTheConnection() -> None:
    assert queried(Finger, b"x" * 1000)[1].disconnecting
