"""
The head of a request, without any input or output: strict by RFC 9110 and RFC 9112.

What parsers are known to disagree about is refused, for somebody before us may have read it the
other way: a line that ends in a bare LF, a CR elsewhere, NUL, white space around a name, a length
that is given twice or together with chunks, a host that is given twice.
"""

from __future__ import annotations

import re

from twisted.web.http_headers import InvalidHeaderName, _canonical, _nameEncoder

__all__ = [
    "BadRequest",
    "HeadTooLarge",
    "bodyLength",
    "parseFields",
    "parseRequestLine",
    "requestFields",
    "requestLine",
]


class BadRequest(ValueError):
    """A request that is refused; says what is wrong with it."""


class HeadTooLarge(BadRequest):
    """
    More came before the body than may.

    Args:
        why: a sentence.
        inLine: whether it is the first line that is too long.
    """

    def __init__(self, why: str, inLine: bool = False) -> None:
        super().__init__(why)
        self.inLine = inLine


_requestLine = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) (HTTP/1\.[01])"
).fullmatch

_Fields = dict[bytes, list[bytes]]


def parseRequestLine(line: bytes) -> tuple[bytes, bytes, bytes]:
    """
    Args: line: the first line of a request, without its end.
    Returns: method, target, and version.
    Raises: BadRequest.
    """
    found = _requestLine(line)
    if found is None:
        raise BadRequest(f"a request begins with {line!r:.100}, which is no request line")
    method, target, version = found.groups()
    return method, target, version


_lines: dict[bytes, tuple[bytes, bytes, bytes]] = {}
_mostLines = 1024
_longestLine = 256
(_query,) = b"?"


# measured: benchmarks/ "hello" and "routes"
def requestLine(line: bytes) -> tuple[bytes, bytes, bytes]:
    """
    What `parseRequestLine` makes of a line.

    The same pages are asked for again and again: their lines are read once. One with a query is
    not kept, for it is seldom asked for twice, and may have a secret in it.

    Raises: BadRequest.
    """
    found = _lines.get(line)
    if found is None:
        found = parseRequestLine(line)
        if len(line) <= _longestLine and _query not in line:
            if len(_lines) >= _mostLines:
                _lines.clear()
            _lines[line] = found
    return found


def parseFields(block: bytes, most: int) -> _Fields:
    """
    The header fields of a message.

    Args:
        block: the lines between the first one and the empty one, with CR LF between them.
        most: how many there may be.
    Returns: the values of each name, in its usual case.
    Raises: BadRequest.
    """
    lines = block.split(b"\r\n")
    breaks = len(lines) - 1
    if block.count(b"\n") != breaks or block.count(b"\r") != breaks or 0 in block:
        raise BadRequest("a header has CR, LF or NUL in it")
    if len(lines) > most:
        raise HeadTooLarge(f"a message has more than {most} headers")
    try:
        fields = _fields(lines)
    except BadRequest:
        # No line that goes on from the one before has a name that is one.
        if b"\r\n " not in block and b"\r\n\t" not in block:
            raise
        fields = _fields(_unfolded(lines))
    return fields


_repeated: dict[bytes, tuple[int, _Fields, int | None]] = {}
_mostRepeated = 256
_longestRepeated = 2048
_secret = frozenset((b"Authorization", b"Cookie", b"Proxy-Authorization"))


# measured: benchmarks/ "hello" and "headers"
def requestFields(block: bytes, most: int) -> tuple[_Fields, int | None]:
    """
    The header fields of a request, as `parseFields`, and the length of its body, as `bodyLength`.

    Clients send the same headers with each request: they are read once, unless they have a secret
    in them, which is not kept.

    Raises: BadRequest, also for a request that names more than one host.
    """
    found = _repeated.get(block)
    if found is not None and found[0] <= most:
        return {name: values[:] for name, values in found[1].items()}, found[2]
    fields = parseFields(block, most)
    _checkHost(fields)
    length = bodyLength(fields)
    if len(block) <= _longestRepeated and _secret.isdisjoint(fields):
        if len(_repeated) >= _mostRepeated:
            _repeated.clear()
        kept = {name: values[:] for name, values in fields.items()}
        _repeated[block] = (block.count(b"\n") + 1, kept, length)
    return fields, length


# measured: benchmarks/ "hello"
def _fields(lines: list[bytes]) -> _Fields:
    fields: _Fields = {}
    known = _nameEncoder._canonicalHeaderCache
    for line in lines:
        name, colon, value = line.partition(b":")
        usual = known.get(name)
        if usual is None or not colon:
            usual = _nameOf(name, colon)
        if usual in fields:
            fields[usual].append(value.strip(b" \t"))
        else:
            fields[usual] = [value.strip(b" \t")]
    return fields


def _nameOf(name: bytes, colon: bytes) -> bytes:
    if not colon:
        raise BadRequest(f"a header has no colon: {name!r:.60}")
    try:
        return _canonical(name)
    except InvalidHeaderName:
        raise BadRequest(f"a header has the name {name!r:.60}, which is none") from None


def _unfolded(lines: list[bytes]) -> list[bytes]:
    """Join lines that go on in the next (RFC 9112, section 5.2)."""
    joined: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            if not joined:
                raise BadRequest("the first header begins with white space")
            joined[-1] = joined[-1].rstrip(b" \t") + b" " + line.strip(b" \t")
        else:
            joined.append(line)
    return joined


_mostLengthDigits = 18


def _checkHost(fields: _Fields) -> None:
    if b"Host" in fields and len(fields[b"Host"]) > 1:
        raise BadRequest("a request names more than one host")


def bodyLength(fields: _Fields) -> int | None:
    """
    How long the body of a request is (RFC 9112, section 6).

    Returns: bytes; None if it comes in chunks.
    Raises: BadRequest for what could be read in two ways.
    """
    codings = fields.get(b"Transfer-Encoding")
    lengths = fields.get(b"Content-Length")
    if codings is not None:
        if len(codings) > 1:
            raise BadRequest("a request has more than one Transfer-Encoding")
        coding = codings[0].lower()
        if coding == b"chunked":
            if lengths is not None:
                raise BadRequest("a request has both Content-Length and Transfer-Encoding")
            return None
        # Once it was a way to say that there is no coding; nothing else could be meant by it.
        if coding != b"identity":
            raise BadRequest(f"a request has the Transfer-Encoding {codings[0]!r:.60}")
    if lengths is None:
        return 0
    if len(lengths) > 1:
        raise BadRequest("a request has more than one Content-Length")
    length = lengths[0]
    # Digits only: neither a sign, nor the underscores and white space that int() takes.
    if not length.isdigit() or len(length) > _mostLengthDigits:
        raise BadRequest(f"a request has the Content-Length {length!r:.60}")
    return int(length)
