"""
Lookup tables for Postfix over TCP: the protocol of its ``tcp:`` maps.

A query is ``get KEY``, an answer a code and a value, each in one line::

    get user@example.com
    200 mailbox

200 is found, 500 not found, 400 that the lookup failed and may be tried again. Blanks, percent
signs and what is not printable are written as percent signs with two hexadecimal digits.

Source: tcp_table(5) of Postfix.
"""

from __future__ import annotations

import re
from collections import UserDict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twisted.python.failure import Failure

__all__ = [
    "PostfixTCPMapDeferringDictServerFactory",
    "PostfixTCPMapDictServerFactory",
    "PostfixTCPMapServer",
    "quote",
    "unquote",
]

_log = Logger()

_notForALine = re.compile(rb"[\0-\x1f\x7f]")


def quote(s: bytes) -> bytes:
    """Write bytes such that they have no blanks, and nothing that is not printable."""
    return quote_from_bytes(s).encode("ascii")


def unquote(s: bytes) -> bytes:
    """Read what `quote` wrote. A percent sign without two digits is left as it is."""
    return unquote_to_bytes(s)


class PostfixTCPMapServer(LineReceiver, TimeoutMixin):
    """
    Answers Postfix's queries from its factory, whose ``get`` gives a value, None, or a Deferred.

    Queries are answered in the order in which they came.

    Attributes:
        timeout: seconds that a client may be silent.
        MAX_LENGTH: bytes that a query may have; Postfix sends no longer ones.
        maxAnswerBytes: bytes that an answer may have; Postfix reads no longer ones.
    """

    delimiter: bytes = b"\n"
    timeout: int | None = 600
    MAX_LENGTH: int = 4096
    maxAnswerBytes: int = 4096

    factory: Any

    def connectionMade(self) -> None:
        """Wait for a query."""
        self.setTimeout(self.timeout)

    def connectionLost(self, reason: Any = None) -> None:
        """Wait no more."""
        self.setTimeout(None)

    def sendCode(self, code: int, message: bytes = b"") -> None:
        """Send an answer. Bytes that would end the line become blanks."""
        self.sendLine(b"%d %s" % (code, _notForALine.sub(b" ", message)))

    def lineReceived(self, line: bytes) -> None:
        """A query."""
        self.resetTimeout()
        word, _, rest = line.partition(b" ")
        answer = self._commands.get(word)
        if answer is None or (line != word and not rest):
            self.sendCode(400, b"unknown command")
        else:
            getattr(self, answer)(rest or None)

    # Each takes what follows the word, or None.
    _commands = {b"get": "do_get", b"put": "do_put"}

    def do_get(self, key: bytes | None) -> None:
        """Look a key up."""
        if key is None:
            self.sendCode(400, b"Command 'get' takes 1 parameters.")
            return
        done: Deferred[Any] = maybeDeferred(self.factory.get, unquote(key))
        waiting = not done.called
        if waiting:
            self.pauseProducing()
        done.addCallback(self._found)
        done.addErrback(self._failed)
        if waiting:
            done.addCallback(lambda _: self.resumeProducing())

    def _found(self, value: bytes | None) -> None:
        if value is None:
            self.sendCode(500)
            return
        answer = quote(value)
        if len(answer) + len(b"200 \n") > self.maxAnswerBytes:
            raise ValueError(
                f"The value has {len(answer)} bytes; an answer has {self.maxAnswerBytes} at most"
            )
        self.sendCode(200, answer)

    def _failed(self, failure: Failure) -> None:
        # Told to the peer as well, so that it is handled, and no failure of ours.
        _log.error(
            "Looking a key up for Postfix failed: {traceback}", traceback=failure.getTraceback()
        )
        message = failure.getErrorMessage().encode("utf-8", "replace")
        self.sendCode(400, message[: self.maxAnswerBytes - len(b"400 \n")])

    def do_put(self, keyAndValue: bytes | None) -> None:
        """Refuse to change anything."""
        if keyAndValue is None or b" " not in keyAndValue.strip():
            self.sendCode(400, b"Command 'put' takes 2 parameters.")
        else:
            self.sendCode(500, b"put is not implemented yet.")


class PostfixTCPMapDictServerFactory(UserDict, ServerFactory):  # type: ignore[type-arg]
    """Answers from a dictionary of bytes, which it is."""

    protocol: Callable[[], Any] | None = PostfixTCPMapServer


class PostfixTCPMapDeferringDictServerFactory(ServerFactory):
    """
    Answers from a dictionary of bytes, by Deferreds. An example for factories that look elsewhere.
    """

    protocol: Callable[[], Any] | None = PostfixTCPMapServer

    def __init__(self, data: Mapping[bytes, bytes] | None = None) -> None:
        self.data: dict[bytes, bytes] = dict(data or {})

    def get(self, key: bytes) -> Deferred[bytes | None]:
        """Look a key up."""
        return succeed(self.data.get(key))
