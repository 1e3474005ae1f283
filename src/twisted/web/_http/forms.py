"""What a request brings: targets, query strings, forms, cookies."""

from __future__ import annotations

import re
from io import BytesIO
from typing import IO
from urllib.parse import ParseResultBytes, unquote_to_bytes
from urllib.parse import urlparse as _urlparse

__all__ = ["parseCookies", "parseForm", "parse_qs", "urlparse"]


def urlparse(url: bytes) -> ParseResultBytes:
    """
    Args: url: an URL, or a part of one.
    Returns: its parts, each as bytes.
    Raises: TypeError for text.
    """
    if not isinstance(url, bytes):
        raise TypeError(f"an URL was given as {type(url).__name__} ({url!r:.60}): it is bytes")
    return ParseResultBytes(*_urlparse(url))


_separators = re.compile(b"[&;]")


def parse_qs(
    qs: bytes, keep_blank_values: bool | int = 0, strict_parsing: bool | int = 0
) -> dict[bytes, list[bytes]]:
    """
    The fields of a query string, or of a form that was sent as one.

    Args:
        qs: fields of the form ``name=value``, with ``&`` or ``;`` between them.
        keep_blank_values: whether a field with an empty value is one.
        strict_parsing: whether a field without ``=`` is an error; otherwise it is left out.
    Returns: the values of each name.
    Raises: ValueError, if asked for.
    """
    fields: dict[bytes, list[bytes]] = {}
    for field in _separators.split(qs) if b";" in qs else qs.split(b"&"):
        name, equals, value = field.partition(b"=")
        if not equals:
            if strict_parsing:
                raise ValueError(f"the field {field!r:.60} of a query has no '='")
            continue
        if value or keep_blank_values:
            fields.setdefault(_unquoted(name), []).append(_unquoted(value))
    return fields


def _unquoted(part: bytes) -> bytes:
    if b"+" in part:
        part = part.replace(b"+", b" ")
    return unquote_to_bytes(part) if b"%" in part else part


def parseCookies(headers: list[bytes]) -> dict[bytes, bytes]:
    """
    Args: headers: values of the header ``Cookie``.
    Returns: the value of each cookie, as it stands there; what has no ``=`` is left out.
    """
    cookies: dict[bytes, bytes] = {}
    for header in headers:
        for each in header.split(b";"):
            name, equals, value = each.lstrip().partition(b"=")
            if equals:
                cookies[name] = value
    return cookies


def parseForm(contentType: bytes, content: IO[bytes], length: int) -> dict[bytes, list[bytes]]:
    """
    The fields of a form that came as the body of a request.

    Args:
        contentType: of the body; other types than those of forms have no fields.
        content: the body; read from where it stands.
        length: its bytes.
    Returns: the values of each name; of a file, its contents.
    Raises: ValueError for a form in parts that is none.
    """
    kind, parameters = _contentType(contentType)
    if kind == b"application/x-www-form-urlencoded":
        return parse_qs(content.read(), 1)
    if kind == b"multipart/form-data":
        boundary = parameters.get(b"boundary")
        if not boundary or not boundary.isascii():
            raise ValueError("a form in parts does not say, in ASCII, what is between them")
        return _parts(content.read(length), boundary)
    return {}


_parameter = re.compile(
    # name=token, or name="quoted", in which a backslash stands before what is meant as it is.
    rb";[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^;\"]*))",
    re.DOTALL,
)


def _contentType(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """A media type and its parameters (RFC 9110, section 8.3.1); names are in lower case."""
    kind, semicolon, rest = value.partition(b";")
    parameters = {}
    for name, quoted, plain in _parameter.findall(semicolon + rest):
        meant = re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL) if quoted else plain.strip()
        parameters[name.lower()] = meant
    return kind.strip().lower(), parameters


_mostParts = 10_000


def _parts(body: bytes, boundary: bytes) -> dict[bytes, list[bytes]]:
    """The fields of a form in parts (RFC 7578, and RFC 2046, section 5.1)."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, _mostParts)
    if len(pieces) < 2:
        raise ValueError("a form in parts has none of the boundaries that it promises")
    fields: dict[bytes, list[bytes]] = {}
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return fields
        if not piece.strip():
            continue
        head, empty, value = piece.lstrip(b" \t").partition(b"\r\n\r\n")
        if not empty:
            raise ValueError("a part of a form has no end of its headers")
        name = _nameOfPart(head)
        if name is not None:
            fields.setdefault(name, []).append(value)
    if pieces[-1].strip():
        raise ValueError("a form in parts has no end, or too many parts")
    return fields


def _nameOfPart(head: bytes) -> bytes | None:
    from .heads import parseFields

    fields = parseFields(head.removeprefix(b"\r\n"), 100)
    dispositions = fields.get(b"Content-Disposition")
    if not dispositions:
        return None
    kind, parameters = _contentType(dispositions[0])
    return parameters.get(b"name") if kind == b"form-data" else None


_keptInMemory = 100_000


def contentFor(length: int | None) -> IO[bytes]:
    """
    Where the body of a request goes.

    Args: length: its bytes; None where nobody has said.
    Returns: memory for a short body, a file without a name for another.
    """
    if length is not None and length < _keptInMemory:
        return BytesIO()
    from tempfile import TemporaryFile

    return TemporaryFile()
