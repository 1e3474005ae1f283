"""
Messages made smaller: the extension ``permessage-deflate`` of WebSockets (RFC 7692).

Each side says in the handshake how far back it may refer (its window, as the power of two of its
bytes) and whether a message may refer to earlier ones (context takeover). That decides about
memory: with the numbers here, a connection on which both sides compress holds about 40 KiB to
compress, from the first message on that is worth it, and up to 40 KiB to inflate, from the first
that comes.

What comes is inflated in pieces that are never larger than what a message may still have.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any, Final

__all__ = ["Agreement", "Deflation", "Deflator", "NotAgreed", "Oversized", "offersOf"]

_name: Final = b"permessage-deflate"
_ourContext: Final = {False: b"server_no_context_takeover", True: b"client_no_context_takeover"}
_ourBits: Final = {False: b"server_max_window_bits", True: b"client_max_window_bits"}
_tail: Final = b"\x00\x00\xff\xff"
"""Ends what was flushed, and is not sent (section 7.2.1)."""
_twice: Final = b""
"""Stands among the parameters of which one came twice, so that nothing comes of them."""
fewestBits: Final = 9
"""zlib cannot compress with the smallest window that the extension knows, 8: then nothing is."""
mostBits: Final = 15
mostEnds: Final = 16
"""Ends of a stream of DEFLATE in a message; more than one is allowed, and nobody sends it."""

_token = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_value = rb'(?:%b|"%b")' % (_token, _token)
_piece = rb";[ \t]*%b(?:[ \t]*=[ \t]*%b)?[ \t]*" % (_token, _value)
_extension = re.compile(rb"[ \t]*(%b)[ \t]*((?:%b)*)" % (_token, _piece)).fullmatch
_parameter = re.compile(rb';[ \t]*(%b)(?:[ \t]*=[ \t]*"?(%b)"?)?' % (_token, _token))
_bits = re.compile(rb"[89]|1[0-5]").fullmatch

Parameters = dict[bytes, "bytes | None"]


class NotAgreed(Exception):
    """The other side's header of extensions asks or answers what is not possible."""


class Oversized(Exception):
    """What comes has more bytes than are allowed."""


def offersOf(values: Sequence[bytes]) -> list[Parameters]:
    """
    Read ``Sec-WebSocket-Extensions`` (RFC 6455, section 9.1).

    Args: values: of the header.
    Returns: the parameters of each mention of this extension, in order.
    Raises: NotAgreed if the header makes no sense.
    """
    found = []
    # Neither names nor values have commas, not even those in quotes: these are tokens too.
    for part in b",".join(values).split(b","):
        if not part.strip(b" \t"):
            continue  # empty elements of a list do not matter (RFC 9110, section 5.6.1.2)
        matched = _extension(part)
        if matched is None:
            raise NotAgreed(f"{part!r:.100} is no extension")
        if matched[1].lower() == _name:
            pairs = _parameter.findall(matched[2])
            parameters: Parameters = {name: value or None for name, value in pairs}
            if len(parameters) < len(pairs):
                parameters[_twice] = None
            found.append(parameters)
    return found


class Agreement:
    """
    What two sides have agreed on.

    Attributes:
        ourBits, theirBits: of the window of each.
        ourContext, theirContext: whether messages refer to earlier ones.
    """

    __slots__ = ("ourBits", "ourContext", "theirBits", "theirContext")

    def __init__(
        self, ourBits: int, theirBits: int, ourContext: bool = True, theirContext: bool = True
    ) -> None:
        self.ourBits, self.theirBits = ourBits, theirBits
        self.ourContext, self.theirContext = ourContext, theirContext


class Deflation:
    """
    How messages are compressed, and what is asked of the other side. A subclass, or an object with
    other attributes, goes into `WebSocketWire.deflation`.

    Attributes:
        leastBytes: of a message that is compressed; smaller ones go as they are. At least 1.
        level: of zlib, 1 to 9.
        memoryLevel: of zlib, 1 to 9: it keeps ``2 ** (memoryLevel + 9)`` bytes.
        ourBits: 9 to 15: we refer ``2 ** ourBits`` bytes back, and keep four times as many.
        theirBits: 8 to 15, asked of the other side: we keep ``2 ** theirBits`` bytes.
        ourContext, theirContext: whether a message may refer to earlier ones. Where a message has
            a secret, and somebody else can choose a part of another one, it should not.
    """

    leastBytes = 256
    level = 6
    memoryLevel = 5
    ourBits = 12
    theirBits = 15
    ourContext = True
    theirContext = True

    def offer(self) -> bytes:
        """Returns: what a client sends as ``Sec-WebSocket-Extensions``."""
        words = [_name]
        if not self.theirContext:
            words.append(_ourContext[False])
        if not self.ourContext:
            words.append(_ourContext[True])
        if self.theirBits < mostBits:
            words.append(b"%b=%d" % (_ourBits[False], self.theirBits))
        ours = _ourBits[True]
        words.append(ours if self.ourBits == mostBits else b"%b=%d" % (ours, self.ourBits))
        return b"; ".join(words)

    def answer(self, values: Sequence[bytes]) -> tuple[bytes, Agreement] | None:
        """
        Choose among the offers of a client.

        Args: values: of its header.
        Returns: what the server sends as ``Sec-WebSocket-Extensions``, and what that means; None
            where there is nothing that it could agree to.
        """
        try:
            offers = offersOf(values)
        except NotAgreed:
            return None
        for offer in offers:
            try:
                agreement = self._agreed(offer, False)
            except NotAgreed:
                continue
            words = [_name]
            if not agreement.ourContext:
                words.append(_ourContext[False])
            if not agreement.theirContext:
                words.append(_ourContext[True])
            if _ourBits[False] in offer or agreement.ourBits < mostBits:
                words.append(b"%b=%d" % (_ourBits[False], agreement.ourBits))
            # It may be said only to those who know it (section 7.1.2.2).
            if _ourBits[True] in offer and agreement.theirBits < mostBits:
                words.append(b"%b=%d" % (_ourBits[True], agreement.theirBits))
            return b"; ".join(words), agreement
        return None

    def accepted(self, values: Sequence[bytes]) -> Agreement:
        """
        Read the answer of a server to our `offer`.

        Args: values: of its header, which is there.
        Raises: NotAgreed if it is none.
        """
        answers = offersOf(values)
        mentioned = [each for value in values for each in value.split(b",") if each.strip(b" \t")]
        if not len(answers) == len(mentioned) == 1:
            raise NotAgreed("the server answers with extensions that were not asked for")
        answer = answers[0]
        agreement = self._agreed(answer, True)
        if not self.theirContext and agreement.theirContext:
            raise NotAgreed("the server does not forget the context, as it was asked to")
        if agreement.theirBits > self.theirBits:
            raise NotAgreed("the server's window is larger than it was asked to be")
        return agreement

    def _agreed(self, given: Parameters, isClient: bool) -> Agreement:
        """
        What an offer, or its answer, makes of what we want.

        Raises: NotAgreed for a parameter that is unknown, or has a value that it cannot have.
        """
        ours, theirs = _ourBits[isClient], _ourBits[not isClient]
        contexts = (_ourContext[isClient], _ourContext[not isClient])
        for name, value in given.items():
            if name in contexts:
                isRight = value is None
            elif name in (ours, theirs):
                # Only an offer may leave it open how large the client's window is to be.
                isRight = (
                    _bits(value) is not None
                    if value is not None
                    else name == _ourBits[True] and not isClient
                )
            else:
                isRight = False
            if not isRight:
                raise NotAgreed(f"{name!r:.60} is unknown, or cannot be {value!r:.60}")
        ourBits = min(self.ourBits, int(given.get(ours) or mostBits))
        theirBits = int(given.get(theirs) or mostBits)
        if not isClient and theirs in given:
            theirBits = min(theirBits, self.theirBits)
        return Agreement(
            ourBits,
            theirBits,
            ourContext=contexts[0] not in given and self.ourContext,
            theirContext=contexts[1] not in given and (isClient or self.theirContext),
        )


class Deflator:
    """
    Compresses and inflates the messages of one connection.

    Args:
        deflation: how.
        agreement: what the other side knows of it.
    """

    __slots__ = ("_agreement", "_compressor", "_deflation", "_ends", "_inflator")

    def __init__(self, deflation: Deflation, agreement: Agreement) -> None:
        self._deflation, self._agreement = deflation, agreement
        self._compressor: Any = None
        self._inflator: Any = None
        self._ends = 0

    def compress(self, payload: bytes) -> bytes | None:
        """Returns: a message, made smaller; None for one that is to be sent as it is."""
        deflation, agreement = self._deflation, self._agreement
        if len(payload) < max(1, deflation.leastBytes) or agreement.ourBits < fewestBits:
            return None
        compressor = self._compressor
        if compressor is None:
            compressor = zlib.compressobj(
                deflation.level, zlib.DEFLATED, -agreement.ourBits, deflation.memoryLevel
            )
        made = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        if agreement.ourContext:
            self._compressor = compressor
        elif len(made) - len(_tail) >= len(payload):
            return None
        assert made.endswith(_tail)
        smaller: bytes = made[: -len(_tail)]
        return smaller

    def inflate(self, payload: bytes, final: bool, most: int) -> bytes:
        """
        Take a part of a message.

        Args:
            final: whether it is the last one.
            most: bytes that it may become.
        Raises: Oversized; zlib.error for what is not compressed so.
        """
        given = payload + _tail if final else payload
        parts: list[bytes] = []
        have = 0
        while given:
            inflator = self._inflator
            if inflator is None:
                inflator = self._inflator = zlib.decompressobj(-self._agreement.theirBits)
            part = inflator.decompress(given, most - have + 1)
            have += len(part)
            if have > most:
                raise Oversized
            parts.append(part)
            # Nothing is left but what follows the end of a stream, after which another begins.
            given = inflator.unused_data
            if inflator.eof:
                self._inflator = None
                self._ends += 1
                if self._ends > mostEnds:
                    raise zlib.error("a message has too many streams in it")
                if final and given == _tail:
                    break
        if final:
            self._ends = 0
            if not self._agreement.theirContext:
                self._inflator = None
        return parts[0] if len(parts) == 1 else b"".join(parts)
