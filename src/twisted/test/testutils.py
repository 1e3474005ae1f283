"""What tests of programs stand on: protocols in memory that hear each other, and assertions."""

from __future__ import annotations

import socket
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree.ElementTree import canonicalize

from twisted.internet.protocol import FileWrapper

if TYPE_CHECKING:
    # What these are mixed into.
    from twisted.trial.unittest import SynchronousTestCase as _TestCase
else:
    _TestCase = object

__all__ = [
    "HAS_IPV6",
    "ComparisonTestsMixin",
    "IOPump",
    "XMLAssertionMixin",
    "returnConnected",
    "skipWithoutIPv6",
]

_T = TypeVar("_T")


class IOPump:
    """
    Carries bytes between a client and a server.

    Attributes:
        client, server: the protocols.
        clientIO, serverIO: files that each of them writes into.
    """

    def __init__(self, client: Any, server: Any, clientIO: Any, serverIO: Any) -> None:
        self.client, self.server = client, server
        self.clientIO, self.serverIO = clientIO, serverIO

    def flush(self) -> None:
        """Carry over what there is, and what comes of it, until nothing does."""
        while self.pump():
            pass

    def pump(self) -> int:
        """
        Carry over what each has written so far.

        Returns: 1 if that was anything, or 0.
        """
        fromClient, fromServer = _taken(self.clientIO), _taken(self.serverIO)
        for receiver, data in ((self.server, fromClient), (self.client, fromServer)):
            for at in range(len(data)):
                receiver.dataReceived(data[at : at + 1])
        return 1 if fromClient or fromServer else 0


def _taken(file: Any) -> bytes:
    file.seek(0)
    data: bytes = file.read()
    file.seek(0)
    file.truncate()
    return data


def returnConnected(server: Any, client: Any) -> IOPump:
    """
    Connect two protocols.

    Returns: what carries bytes between them; it has done so for what they said at once.
    """
    clientIO, serverIO = BytesIO(), BytesIO()
    client.makeConnection(FileWrapper(clientIO))
    server.makeConnection(FileWrapper(serverIO))
    pump = IOPump(client, server, clientIO, serverIO)
    pump.flush()
    return pump


def _hasIPv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as here:
            here.bind(("::1", 0))
    except OSError:
        return False
    return True


HAS_IPV6 = socket.has_ipv6 and _hasIPv6()
"""Whether this machine has an address of IPv6."""


def skipWithoutIPv6(f: _T) -> _T:
    """Decorate a test, or a class of tests, that trial skips where there is no IPv6."""
    if not HAS_IPV6:
        f.skip = "there is no IPv6 on this machine"  # type: ignore[attr-defined]
    return f


class _Always:
    """Answers each comparison as it was told to, and so shows who asked it."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer

    def __eq__(self, other: object) -> bool:
        return self.answer

    def __ne__(self, other: object) -> bool:
        return self.answer

    __hash__ = None  # type: ignore[assignment]  # as of all that compares itself


class ComparisonTestsMixin(_TestCase):
    """A test case's assertions on ``==`` and ``!=``."""

    def assertNormalEqualityImplementation(
        self, firstValueOne: object, secondValueOne: object, valueTwo: object
    ) -> None:
        """
        Have a class compare by value, and leave to others what it does not know.

        Args:
            firstValueOne, secondValueOne: two objects that are equal.
            valueTwo: an object of the same class that is not.
        Raises: the test case's ``failureException``, naming the comparison.
        """
        one = firstValueOne
        cases = [(one, True), (secondValueOne, True), (valueTwo, False), (object(), False)]
        for other, equal in cases:
            self.assertIs(one == other, equal, f"{one!r} == {other!r}")
            self.assertIs(one != other, not equal, f"{one!r} != {other!r}")
        for answer in True, False:
            asked = _Always(answer)
            self.assertIs(one == asked, answer, f"{one!r} == what says {answer}")
            self.assertIs(one != asked, answer, f"{one!r} != what says {answer}")


class XMLAssertionMixin(_TestCase):
    """A test case's assertions on XML."""

    def assertXMLEqual(self, first: bytes | str, second: bytes | str) -> None:
        """
        Have two documents be one in canonical form (C14N 2.0), whatever the order of attributes.

        Raises: the test case's ``failureException``; ``xml.etree.ElementTree.ParseError`` for what
            is no document.
        """
        self.assertEqual(_canonical(first), _canonical(second))


def _canonical(document: bytes | str) -> str:
    file = BytesIO(document if isinstance(document, bytes) else document.encode("utf-8"))
    return canonicalize(from_file=file, with_comments=True)
