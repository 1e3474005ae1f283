"""
Banana: numbers, bytes and lists of them as bytes on a wire.

    encoded = banana.encode([1, b"two", [3.0]])
    banana.decode(encoded)

`Banana` is the protocol. The server names the dialects that it knows, and the client chooses one;
in "pb", words that Perspective Broker often uses take two bytes. What may come is bounded; see
`Banana.sizeLimit` and the attributes after it. Reader and writer are made in ``_banana``.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.persisted.styles import Ephemeral

from ._banana.reading import MORE, BananaReader
from ._banana.tokens import (
    FLOAT,
    HIGH_BIT_SET,
    INT,
    LIST,
    LONGINT,
    LONGNEG,
    NEG,
    PREFIX_LIMIT,
    SIZE_LIMIT,
    STRING,
    VOCAB,
    VOCABULARY,
    BananaError,
    b1282int,
    int2b128,
)
from ._banana.writing import BananaWriter

__all__ = [
    "FLOAT",
    "HIGH_BIT_SET",
    "INT",
    "LIST",
    "LONGINT",
    "LONGNEG",
    "NEG",
    "SIZE_LIMIT",
    "STRING",
    "VOCAB",
    "Banana",
    "BananaError",
    "b1282int",
    "decode",
    "encode",
    "int2b128",
    "setPrefixLimit",
]

_log = Logger()

_PREFIX_LIMIT = PREFIX_LIMIT


def setPrefixLimit(limit: int) -> None:
    """
    Bound the numbers that are sent and received from now on, by new connections.

    Args:
        limit: bytes of a number; each has 7 bits of it.
    """
    global _PREFIX_LIMIT
    _PREFIX_LIMIT = limit


class Banana(Protocol, Ephemeral):
    """
    A connection that expressions go over in both directions.

    Args:
        isClient: whether this side chooses the dialect, of those that the other one names.

    Attributes:
        knownDialects: the dialects that this side speaks, the best one first.
        currentDialect: the one that was agreed on; None before that.
        prefixLimit: bytes of a number, at most.
        sizeLimit: bytes of a string, and items of a list, at most.
        nestingLimit: lists in lists that are received, at most.
        expressionLimit: bytes of one expression that is received, at most.
        buffer: bytes that were received, and are no whole token yet.
        outgoingVocabulary: the words of "pb", with their numbers.
        incomingVocabulary: their numbers, with the words.
    """

    knownDialects = [b"pb", b"none"]

    prefixLimit: int | None = None
    sizeLimit = SIZE_LIMIT
    nestingLimit = BananaReader.nestingLimit
    expressionLimit = BananaReader.expressionLimit

    buffer = b""
    outgoingVocabulary = VOCABULARY
    incomingVocabulary = {number: word for word, number in VOCABULARY.items()}
    # The last word and its number: the API has them here.
    k = b"uncache"
    v = 31

    currentDialect: bytes | None = None

    def __init__(self, isClient: Any = 1) -> None:
        self.isClient = isClient
        self._reader = BananaReader()
        self._writer = BananaWriter()

    @property
    def listStack(self) -> list[tuple[int, list[Any]]]:
        """The lists that came and are not full: their sizes, and their items."""
        return self._reader.lists

    def connectionMade(self) -> None:
        """Set the bounds, and, as a server, name the dialects."""
        self.setPrefixLimit(_PREFIX_LIMIT)
        self._reader.sizeLimit = self._writer.sizeLimit = self.sizeLimit
        self._reader.nestingLimit = self.nestingLimit
        self._reader.expressionLimit = self.expressionLimit
        self.currentDialect = None
        if not self.isClient:
            self.sendEncoded(self.knownDialects)

    def setPrefixLimit(self, limit: int) -> None:
        """
        Bound the numbers that this connection sends and takes.

        Args:
            limit: bytes of a number; each has 7 bits of it.
        """
        self.prefixLimit = self._reader.prefixLimit = self._writer.prefixLimit = limit

    def connectionReady(self) -> None:
        """A dialect was agreed on: expressions may be sent. To be overridden."""

    def expressionReceived(self, lst: Any) -> None:
        """
        An expression came. To be overridden.

        Args:
            lst: a number, bytes, or a list of such.
        """
        raise NotImplementedError()

    def gotItem(self, item: Any) -> None:
        """
        An expression is whole.

        Args:
            item: it.
        """
        self.callExpressionReceived(item)

    def callExpressionReceived(self, obj: Any) -> None:
        """
        Handle an expression: the first ones are about the dialect.

        Args:
            obj: it.
        """
        if self.currentDialect is not None:
            self.expressionReceived(obj)
        elif self.isClient:
            self._chooseDialect(obj)
        else:
            self._acceptDialect(obj)

    def _chooseDialect(self, offered: Any) -> None:
        """The server named its dialects."""
        for dialect in offered if isinstance(offered, list) else ():
            if isinstance(dialect, bytes) and dialect in self.knownDialects:
                self.sendEncoded(dialect)
                self._selectDialect(dialect)
                return
        self._giveUp("The other side offers no known dialect of banana: {heard!r:.200}", offered)

    def _acceptDialect(self, chosen: Any) -> None:
        """The client chose a dialect."""
        if isinstance(chosen, bytes) and chosen in self.knownDialects:
            self._selectDialect(chosen)
            return
        self._giveUp("The other side chose an unknown dialect of banana: {heard!r:.200}", chosen)

    def _giveUp(self, format: str, heard: Any) -> None:
        _log.info(format, heard=heard)
        if self.transport is not None:
            self.transport.loseConnection()

    def _selectDialect(self, dialect: bytes) -> None:
        self.currentDialect = dialect
        speaksWords = dialect == b"pb"
        self._reader.words = self.incomingVocabulary if speaksWords else None
        self._writer.words = self.outgoingVocabulary if speaksWords else None
        self.connectionReady()

    def dataReceived(self, chunk: bytes) -> None:
        """
        Read expressions.

        Args:
            chunk: bytes, cut anywhere.
        Raises: BananaError: what came is malformed or too large.
        """
        reader = self._reader
        reader.feed(chunk)
        while (item := reader.next()) is not MORE:
            self.gotItem(item)
        self.buffer = reader.held

    def sendEncoded(self, obj: Any) -> None:
        """
        Send an expression.

        Args:
            obj: a number, bytes, or a list or tuple of such.
        Raises: BananaError: it holds something else, or is too large. Nothing was sent then.
        """
        encoded = self._writer.write(obj)
        if self.transport is not None:
            self.transport.write(encoded)


def encode(lst: Any) -> bytes:
    """
    Args:
        lst: a number, bytes, or a list or tuple of such.
    Returns: its bytes, without words of a dialect.
    Raises: BananaError: it holds something else, or is too large.
    """
    writer = BananaWriter()
    writer.prefixLimit = _PREFIX_LIMIT
    return writer.write(lst)


def decode(st: bytes) -> Any:
    """
    Args:
        st: bytes.
    Returns: the first expression in them.
    Raises:
        BananaError: it is malformed or too large.
        IndexError: it is not whole.
    """
    reader = BananaReader()
    reader.prefixLimit = _PREFIX_LIMIT
    reader.feed(st)
    item = reader.next()
    if item is MORE:
        raise IndexError(f"no whole expression in {len(st)} bytes")
    return item
