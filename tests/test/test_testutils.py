"""What tests of programs stand on."""

from __future__ import annotations

import socket
from typing import Any
from xml.etree.ElementTree import ParseError

import pytest

from twisted.internet.protocol import Protocol
from twisted.test import testutils
from twisted.trial.unittest import SynchronousTestCase


def test_twoProtocolsInMemoryHearEachOtherByteByByte() -> None:
    # ldaptor's tests stand on this.
    class Answerer(Protocol):
        def __init__(self) -> None:
            self.heard: list[bytes] = []

        def dataReceived(self, data: bytes) -> None:
            self.heard.append(data)

    class Greeter(Answerer):
        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(b"hi")

    server, client = Answerer(), Greeter()
    pump = testutils.returnConnected(server, client)
    assert (server.heard, client.heard) == ([b"h", b"i"], [])
    assert isinstance(pump, testutils.IOPump)
    assert pump.pump() == 0
    server.transport.write(b"yes")  # type: ignore[union-attr]
    pump.flush()
    assert client.heard == [b"y", b"e", b"s"]


class Number:
    """Compares by value."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return self.value == other.value if isinstance(other, Number) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


class Closed(Number):
    """Knows better than others whether it equals them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.value == other.value

    __hash__ = None


class Contrary(Number):
    """Is never unequal to anything."""

    def __ne__(self, other: object) -> bool:
        return False


class Case(testutils.ComparisonTestsMixin, testutils.XMLAssertionMixin, SynchronousTestCase):
    """Has the assertions."""

    def runTest(self) -> None:
        """Makes a case without a test of its own."""


@pytest.mark.parametrize("make", [Number, int, str])
def test_whatComparesByValuePasses(make: Any) -> None:
    Case().assertNormalEqualityImplementation(make(1), make(1), make(2))


@pytest.mark.parametrize(
    "values",
    [
        (Number(1), Number(2), Number(3)),
        (Number(1), Number(1), Number(1)),
        (Closed(1), Closed(1), Closed(2)),
        (Contrary(1), Contrary(1), Contrary(2)),
        (object(), object(), object()),
    ],
)
def test_whatDoesNotFails(values: tuple[object, object, object]) -> None:
    with pytest.raises(SynchronousTestCase.failureException, match=r"[!=]= "):
        Case().assertNormalEqualityImplementation(*values)


def test_documentsAreEqualInCanonicalForm() -> None:
    case = Case()
    case.assertXMLEqual(b"<a x='1' y='2'/>", '<?xml version="1.0"?><a y="2" x="1"></a>')
    case.assertXMLEqual("<a>é</a>", "<a>&#233;</a>")
    for other in ("<a/>", "<a> </a>", "<a><!--x--></a>", "<b>x</b>"):
        with pytest.raises(case.failureException):
            case.assertXMLEqual("<a>x</a>", other)
    with pytest.raises(ParseError):
        case.assertXMLEqual("<a>", "<a>")


def test_trialSkipsWhatNeedsIPv6WhereThereIsNone(monkeypatch: pytest.MonkeyPatch) -> None:
    def method() -> None:
        pass

    monkeypatch.setattr(testutils, "HAS_IPV6", True)
    assert not hasattr(testutils.skipWithoutIPv6(method), "skip")
    monkeypatch.setattr(testutils, "HAS_IPV6", False)
    assert "IPv6" in getattr(testutils.skipWithoutIPv6(method), "skip", "")


def test_whetherThereIsIPv6IsTriedOut() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        assert not testutils.HAS_IPV6
    else:
        assert testutils.HAS_IPV6
