"""
What a server's lines say, to a client: replies of one line or of several (RFC 959 section 4.2).

A reply of several lines begins with its number and a dash, and ends with the same number and a
blank; whatever stands between belongs to it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_begin = re.compile(r"(\d{3})([ -]|\Z)")


class Answer(NamedTuple):
    """
    A reply.

    Attributes:
        code: three digits.
        lines: all of them, as they came.
    """

    code: str
    lines: list[str]


class AnswerTooLong(Exception):
    """A reply has more lines than `AnswerReader.maxLines`."""


class AnswerReader:
    """
    Puts lines together to replies.

    Attributes:
        maxLines: how many lines one reply may have. The RFC names no bound.
    """

    maxLines: int = 10_000

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._code: str | None = None

    def feed(self, line: str) -> Answer | None:
        """
        Take a line, without its end.

        Returns: the reply that it ends; None if there is more to come. A line that is no part of
            a reply is one of its own, with the code it has.
        Raises: AnswerTooLong.
        """
        if len(self._lines) >= self.maxLines:
            raise AnswerTooLong(f"a reply has more than {self.maxLines} lines")
        self._lines.append(line)
        found = _begin.match(line)
        if self._code is None:
            if found is not None and found[2] == "-":
                self._code = found[1]
                return None
            return self._whole(line[:3])
        if found is not None and found[1] == self._code and found[2] == " ":
            return self._whole(self._code)
        return None

    def _whole(self, code: str) -> Answer:
        answer = Answer(code, self._lines)
        self._lines, self._code = [], None
        return answer


def parsePWDResponse(response: str) -> str | None:
    """
    Find the path in a reply to PWD.

    Returns: what stands in quotes, in which a doubled quote is one; None if nothing does.
    """
    found = re.search(r'"(.*)"', response)
    return None if found is None else found[1].replace('""', '"')
