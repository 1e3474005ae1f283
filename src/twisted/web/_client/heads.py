"""
The head of a response, and where its body ends: bytes in, values out, no state.

The fields are read by the server's reader, so that both sides take the same bytes for the same
thing. What is refused in a response is what two readers on its way could take for two different
responses; the one thing that RFC 9112 settles in words, chunks together with a length, is read as
it says there, and the connection is not used again.
"""

from __future__ import annotations

import re

from twisted.web._http.heads import BadRequest, parseFields

from .errors import BadFraming, BadResponseVersion, ParseError

__all__ = [
    "chunked",
    "framing",
    "keepAliveSeconds",
    "parseHeader",
    "parseStatus",
    "parseVersion",
    "wantsClose",
]

_Fields = dict[bytes, list[bytes]]

chunked = -1
"""What `framing` says of a body in chunks."""

_version = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)/([0-9]{1,9})\.([0-9]{1,9})").fullmatch
# RFC 9112, section 4. Some servers leave the space away that stands before an empty phrase.
_status = re.compile(rb"(HTTP/1\.[0-9]) ([1-9][0-9]{2})(?: ([^\r\0]*))?").fullmatch
_knownVersions = {b"HTTP/1.1": (b"HTTP", 1, 1), b"HTTP/1.0": (b"HTTP", 1, 0)}
_fold = re.compile(rb"\r\n(?=[ \t])")

_Version = tuple[bytes, int, int]


def parseVersion(version: bytes) -> _Version:
    """
    Returns: name, major and minor number.
    Raises: BadResponseVersion.
    """
    known = _knownVersions.get(version)
    if known is not None:
        return known
    found = _version(version)
    if found is None:
        raise BadResponseVersion("this is no version of a protocol", version)
    return found[1], int(found[2]), int(found[3])


def parseStatus(line: bytes) -> tuple[_Version, int, bytes]:
    """
    Args: line: the first line of a response, without its end.
    Returns: version, code and phrase.
    Raises: ParseError.
    """
    found = _status(line)
    if found is None:
        raise ParseError("this is no first line of an HTTP/1 response", line)
    return parseVersion(found[1]), int(found[2]), found[3] or b""


def parseHeader(block: bytes, most: int) -> _Fields:
    """
    The fields of a response.

    A field that goes on in the next line is joined with it: a client has to take that
    (RFC 9112, section 5.2).

    Args:
        block: their lines, with CR LF between them.
        most: how many there may be.
    Returns: the values of each name, in its usual case.
    Raises: ParseError.
    """
    # By `find`, which takes half of the time of `in`. (measured: benchmarks/ "agent")
    if block.find(b"\r\n ") >= 0 or block.find(b"\r\n\t") >= 0:
        block = _fold.sub(b"", block)
    try:
        return parseFields(block, most)
    except BadRequest as error:
        raise ParseError(str(error), block[:1000]) from None


def framing(fields: _Fields) -> int | None:
    """
    Where the body of a response ends (RFC 9112, section 6.3).

    Returns: its bytes; `chunked`; or None if it goes on until the connection ends.
    Raises: BadFraming for what could be read in two ways, or in none.
    """
    codings = fields.get(b"Transfer-Encoding")
    if codings is not None:
        if len(codings) == 1 and codings[0].lower() == b"chunked":
            return chunked
        raise BadFraming("this is not the one Transfer-Encoding that is known", b", ".join(codings))
    lengths = fields.get(b"Content-Length")
    if lengths is None:
        return None
    if len(lengths) == 1 and lengths[0].isdigit() and len(lengths[0]) <= _mostLengthDigits:
        return int(lengths[0])
    return _repeatedLength(b",".join(lengths))


_mostLengthDigits = 18


def _repeatedLength(given: bytes) -> int:
    """A length that is given more than once is good if it is the same each time."""
    lengths = [length.strip(b" \t") for length in given.split(b",")]
    for length in lengths:
        # Digits only: neither a sign, nor the underscores and white space that int() takes.
        if not length.isdigit() or len(length) > _mostLengthDigits:
            raise BadFraming("this is no Content-Length", given[:100])
    if len({int(length) for length in lengths}) > 1:
        raise BadFraming("these are different Content-Lengths", given[:100])
    return int(lengths[0])


def wantsClose(version: _Version, fields: _Fields) -> bool:
    """
    Whether the connection is not to be used again after this response.

    Before HTTP/1.1 that has to be said, and a version that knows no chunks must not have had any
    on its way (RFC 9112, sections 6.1 and 9.3).
    """
    connection = fields.get(b"Connection")
    if b"Transfer-Encoding" in fields and (
        b"Content-Length" in fields or version < (b"HTTP", 1, 1)
    ):
        return True
    if connection is None:
        return version < (b"HTTP", 1, 1)
    options = {option.strip(b" \t").lower() for option in b",".join(connection).split(b",")}
    return b"close" in options or (version < (b"HTTP", 1, 1) and b"keep-alive" not in options)


_keepAliveTimeout = re.compile(rb"(?:^|[,;])[ \t]*timeout[ \t]*=[ \t]*([0-9]{1,6})(?![0-9])").search


def keepAliveSeconds(fields: _Fields) -> float | None:
    """
    Returns: for how long a server will keep the connection, where ``Keep-Alive: timeout=5`` says so
        (RFC 2068, section 19.7.1.1), or None.
    """
    found = _keepAliveTimeout(b",".join(fields[b"Keep-Alive"]).lower())
    return None if found is None else float(found[1])
