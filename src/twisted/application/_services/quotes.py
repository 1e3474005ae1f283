"""
The quote of the day (RFC 865): one short text for each connection, which is then closed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twisted.application._config.kinds import FilePath
from twisted.application._config.options import WrongOption, option
from twisted.application._site.listening import Listening
from twisted.internet.protocol import Factory, Protocol

__all__ = ["QuoteFactory", "QuoteSettings"]

_DEFAULT = ("An apple a day keeps the doctor away.",)


class Quote(Protocol):
    """
    Sends one quote and says goodbye.
    """

    factory: QuoteFactory

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.factory.next())
        self.transport.loseConnection()


class QuoteFactory(Factory):
    """
    Holds the quotes.

    Args:
        quotes: the texts, at least one.
        choose: picks the next one, by chance or in turn.
    """

    protocol = Quote

    def __init__(self, quotes: Sequence[str], order: str = "random") -> None:
        self._quotes = [quote.rstrip("\r\n").encode() + b"\r\n" for quote in quotes]
        self._order = order
        self._given = 0

    def next(self) -> bytes:
        """
        Returns: the next quote, with the line end that the network expects.
        """
        if self._order == "random":
            return random.choice(self._quotes)
        quote = self._quotes[self._given % len(self._quotes)]
        self._given += 1
        return quote


@dataclass(frozen=True)
class QuoteSettings(Listening):
    """Send one quote, and close."""

    quotes: tuple[str, ...] = option(
        help="The quotes to choose from.",
        default=_DEFAULT,
        example='["Less is more.", "Know thyself."]',
    )
    file: str | None = option(
        help="A text file with more quotes, one to a line; empty lines are passed over.",
        default=None,
        kind=FilePath(mustBeReadable=True),
        example='"quotes.txt"',
    )
    order: Literal["random", "in-turn"] = option(
        help="How the next quote is chosen.", default="random"
    )

    def __post_init__(self) -> None:
        if not self._texts():
            where = "quotes" if self.file is None else "file"
            raise WrongOption(where, "there is no quote here: wanted one at least.")

    def _texts(self) -> list[str]:
        if self.file is None:
            return [quote for quote in self.quotes if quote.strip()]
        own = [] if self.quotes is _DEFAULT else list(self.quotes)
        try:
            with open(self.file, encoding="utf-8") as file:
                return own + [line for line in file.read().splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError) as error:
            raise WrongOption("file", f"cannot be read as text: {error}.") from None

    def makeFactory(self) -> Any:
        return QuoteFactory(self._texts(), self.order)
