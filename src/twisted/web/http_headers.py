"""
Header fields of HTTP messages.

Names are kept in the case that is usual on the wire (``Content-Type``), whatever the case they
were given in. A name that is no token (RFC 9110, section 5.6.2) is refused; line breaks in a value
become spaces, so that a value can never end its own line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import total_ordering
from typing import TYPE_CHECKING, TypeVar, cast, overload

__all__ = ["Headers", "InvalidHeaderName"]

if TYPE_CHECKING:
    from typing_extensions import Self

_T = TypeVar("_T")
_Name = str | bytes if TYPE_CHECKING else object

_isToken = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
# What str.splitlines breaks at in bytes: CR, LF, CRLF.
_breaks = re.compile(rb"\r\n|\r|\n")

# Names whose usual case is not that of their words.
_unusual = {
    name.lower(): name
    for name in (
        b"Content-MD5",
        b"DNT",
        b"ETag",
        b"P3P",
        b"TE",
        b"WWW-Authenticate",
        b"X-XSS-Protection",
    )
}


class InvalidHeaderName(ValueError):
    """The name of a header has a byte in it that no name can have, or is empty."""


# To look for a number in bytes takes an eighth of the time that one byte of bytes takes.
_lf, _cr = b"\n\r"


def _sanitizeLinearWhitespace(value: bytes) -> bytes:
    """Put a space where ``value`` has a line break, and nothing where it ends with one."""
    if _lf not in value and _cr not in value:
        return value
    lines = _breaks.split(value)
    if lines[-1] == b"":
        del lines[-1]
    return b" ".join(lines)


def _asBytes(value: str | bytes) -> bytes:
    """What stands on the wire for a value: text is UTF-8, line breaks are gone."""
    if type(value) is bytes:
        return _sanitizeLinearWhitespace(value)
    if isinstance(value, str):
        return _sanitizeLinearWhitespace(value.encode("utf-8"))
    if isinstance(value, (bytes, bytearray)):
        return _sanitizeLinearWhitespace(bytes(value))
    raise TypeError(
        f"the value of a header was given as {type(value).__name__} ({value!r:.60}): "
        "it is bytes, or str, which is sent as UTF-8"
    )


class _NameEncoder:
    """
    Gives names in their usual case, and remembers them.

    Attributes:
        _canonicalHeaderCache: what was worked out already.
    """

    # As many names as a well-meaning peer could come up with; more are worked out each time.
    _MAX_CACHED_HEADERS = 10_000
    _longest = 64

    def __init__(self) -> None:
        self._canonicalHeaderCache: dict[str | bytes, bytes] = {}

    def encode(self, name: str | bytes) -> bytes:
        """
        Returns: the name in its usual case.
        Raises: InvalidHeaderName for what is no token; UnicodeEncodeError for what is not ASCII.
        """
        found = self._canonicalHeaderCache.get(name)
        if found is None:
            found = _usual(name)
            if (
                len(self._canonicalHeaderCache) < self._MAX_CACHED_HEADERS
                and len(name) < self._longest
            ):
                self._canonicalHeaderCache[name] = found
        return found


def _usual(name: str | bytes) -> bytes:
    if isinstance(name, str):
        given = name.encode("iso-8859-1")
    elif isinstance(name, bytes):
        given = name
    else:
        raise TypeError(
            f"the name of a header was given as {type(name).__name__} ({name!r:.60}): "
            "it is bytes or str"
        )
    if not _isToken(given):
        raise InvalidHeaderName(given)
    lower = given.lower()
    return _unusual.get(lower) or b"-".join([word.capitalize() for word in lower.split(b"-")])


_nameEncoder = _NameEncoder()
_canonical = _nameEncoder.encode


def _given(name: str | bytes, values: Sequence[str | bytes]) -> list[bytes]:
    """The values of one header, checked. Raises: TypeError for one value that is no sequence."""
    if isinstance(values, (str, bytes)):
        raise TypeError(
            f"the values of the header {name!r} were given as {type(values).__name__} "
            f"({values!r:.60}): they are a list of bytes or of str"
        )
    return [_asBytes(value) for value in values]


@total_ordering
class Headers:
    """
    The header fields of a message, each with one or more values, in the order they were set.

    Names compare without regard to case. What is given as str is kept as bytes: names as
    ISO 8859-1, values as UTF-8.

    Args:
        rawHeaders: what to begin with: for each name a list of values.
    """

    __slots__ = ("_rawHeaders",)

    def __init__(self, rawHeaders: Mapping[str | bytes, Sequence[str | bytes]] | None = None):
        self._rawHeaders: dict[bytes, list[bytes]] = {}
        if rawHeaders is not None:
            for name, values in rawHeaders.items():
                self.setRawHeaders(name, values)

    @classmethod
    def _of(cls, fields: dict[bytes, list[bytes]]) -> Self:
        """Headers of ``fields``, which are canonical and clean already; they are not copied."""
        headers = cls.__new__(cls)
        headers._rawHeaders = fields
        return headers

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._rawHeaders!r})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return sorted(self._rawHeaders.items()) == sorted(other._rawHeaders.items())
        return NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return sorted(self._rawHeaders.items()) < sorted(other._rawHeaders.items())
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it changes

    def copy(self) -> Self:
        """Returns: headers of the same fields, which change on their own."""
        return self._of({name: values[:] for name, values in self._rawHeaders.items()})

    def hasHeader(self, name: str | bytes) -> bool:
        """Whether there is a header of this name."""
        return _canonical(name) in self._rawHeaders

    def removeHeader(self, name: str | bytes) -> None:
        """Take a header away with all of its values; that there is none is no error."""
        self._rawHeaders.pop(_canonical(name), None)

    def setRawHeaders(self, name: str | bytes, values: Sequence[str | bytes]) -> None:
        """
        Give a header these values, in the place of those that it had.

        Args:
            name: a token, as str or bytes.
            values: each str or bytes.
        Raises:
            InvalidHeaderName: for a name with what no name can have.
            TypeError: for anything that is not str or bytes.
        """
        usual = _canonical(name)
        self._rawHeaders[usual] = _given(name, values)

    def addRawHeader(self, name: str | bytes, value: str | bytes) -> None:
        """
        Give a header one more value.

        Args:
            name: a token, as str or bytes.
            value: str or bytes.
        Raises: as `setRawHeaders`.
        """
        usual = _canonical(name)
        self._rawHeaders.setdefault(usual, []).append(_asBytes(value))

    @overload
    def getRawHeaders(self, name: str) -> Sequence[str] | None: ...

    @overload
    def getRawHeaders(self, name: bytes) -> Sequence[bytes] | None: ...

    @overload
    def getRawHeaders(self, name: str, default: _T) -> Sequence[str] | _T: ...

    @overload
    def getRawHeaders(self, name: bytes, default: _T) -> Sequence[bytes] | _T: ...

    def getRawHeaders(self, name: str | bytes, default: object = None) -> object:
        """
        Returns: the values of a header, as str if the name is str; ``default`` if there is none.
        """
        try:
            values = self._rawHeaders.get(_canonical(name))
        except InvalidHeaderName:
            return default  # what cannot be set is not there
        if values is None:
            return default
        if isinstance(name, str):
            return [value.decode("utf-8", "surrogateescape") for value in values]
        return values

    def getAllRawHeaders(self) -> Iterator[tuple[bytes, Sequence[bytes]]]:
        """Returns: each header's name and values."""
        return iter(cast("dict[bytes, Sequence[bytes]]", self._rawHeaders).items())
