"""Small pieces of the grammar of HTTP (RFC 9110, sections 5.6 and 8.6; RFC 9112, section 7.1)."""

from __future__ import annotations

import re

__all__ = ["_decint", "_hexint", "_ishexdigits", "_istoken"]

_token = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_digits = re.compile(rb"[0-9]+").fullmatch
_hexDigits = re.compile(rb"[0-9A-Fa-f]+").fullmatch


def _istoken(b: bytes) -> bool:
    """Whether ``b`` is a token: a method, the name of a header."""
    return _token(b) is not None


def _decint(data: bytes) -> int:
    """
    Args: data: digits, with spaces and tabs around them.
    Raises: ValueError for a sign, an underscore, or anything else that `int` would take.
    """
    number = data.strip(b" \t")
    if _digits(number) is None:
        raise ValueError(f"{data!r:.60} is no number: it is made of digits")
    return int(number)


def _ishexdigits(b: bytes | bytearray) -> bool:
    """Whether ``b`` is made of hexadecimal digits, and has one at least."""
    return _hexDigits(b) is not None


def _hexint(b: bytes | bytearray) -> int:
    """Raises: ValueError for anything but hexadecimal digits."""
    if _hexDigits(b) is None:
        raise ValueError(f"{bytes(b)!r:.60} is no hexadecimal number")
    return int(b, 16)
