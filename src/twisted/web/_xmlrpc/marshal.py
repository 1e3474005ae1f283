"""
Reading calls and responses, within bounds.

The standard library knows the values. What it does not do is refuse what nobody needs and what
makes a small document large: a DTD, with entities that stand for entities; numbers of a million
digits; values in values without end.
"""

from __future__ import annotations

from typing import Any, Final
from xmlrpc import client as xmlrpclib

__all__ = ["MAX_DEPTH", "MAX_DIGITS", "loads"]

MAX_DEPTH: Final = 100
"""How deep arrays and structures may stand in each other."""

MAX_DIGITS: Final = 40
"""Of one number, with its sign. XML-RPC's have eleven at most; others send 64 or 128 bits."""

# Tags that an array needs for each level: value, array, data. A structure: value, struct, member.
_TAGS_A_LEVEL: Final = 3
# methodResponse, params, param, value and the like, around and in it.
_TAGS_AROUND: Final = 6


def _number(values: xmlrpclib.Unmarshaller, data: str) -> None:
    if len(data) > MAX_DIGITS:
        raise xmlrpclib.ResponseError(f"a number has more than {MAX_DIGITS} digits")
    values.end_int(data)


_numbers = ("i1", "i2", "i4", "i8", "int", "biginteger")


class _Values(xmlrpclib.Unmarshaller):
    """Makes values of what the parser finds, and counts how deep it is."""

    dispatch = {**xmlrpclib.Unmarshaller.dispatch, **dict.fromkeys(_numbers, _number)}

    def __init__(self, useDateTime: bool, maxDepth: int) -> None:
        super().__init__(use_datetime=useDateTime)
        self._left = maxDepth * _TAGS_A_LEVEL + _TAGS_AROUND

    def start(self, tag: str, attrs: Any) -> None:
        self._left -= 1
        if self._left < 0:
            raise xmlrpclib.ResponseError("values stand in each other too deep")
        super().start(tag, attrs)

    def end(self, tag: str) -> None:
        self._left += 1
        super().end(tag)


def loads(
    data: str | bytes, useDateTime: bool = False, maxDepth: int = MAX_DEPTH
) -> tuple[tuple[Any, ...], str | None]:
    """
    Read a call or a response.

    Args:
        data: the document.
        useDateTime: whether times are to be `datetime.datetime`, instead of `DateTime`.
        maxDepth: arrays and structures in each other.
    Returns: the values, and the name of the method, or None where it is a response.
    Raises: xmlrpc.client.Fault if that is what the document says; ValueError if it has a DTD;
        xml.parsers.expat.ExpatError and xmlrpc.client.ResponseError if it is no XML-RPC.
    """
    from xml.parsers.expat import ParserCreate

    values = _Values(useDateTime, maxDepth)
    parser = ParserCreate()
    parser.StartElementHandler = values.start
    parser.EndElementHandler = values.end
    parser.CharacterDataHandler = values.data
    parser.StartDoctypeDeclHandler = _refuseDTD
    values.xml(None, None)  # type: ignore[arg-type]  # the parser has decoded it
    parser.Parse(data, True)
    return values.close(), values.getmethodname()


def _refuseDTD(*_: Any) -> None:
    raise ValueError("the document has a DTD, which XML-RPC has no use for")
