"""The types of arguments: from Python's objects to the strings of boxes, and back."""

from __future__ import annotations

import datetime
import decimal
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.python._tzhelper import FixedOffsetTimeZone

from .boxes import MAX_VALUE_LENGTH, AmpBox, parseString
from .contracts import IArgumentType
from .errors import TooLong

if TYPE_CHECKING:
    from collections.abc import Iterable

# Words that are no names of arguments in Python, of any version that spoke AMP: both peers have
# to agree on this list, so that it is part of the protocol.
PYTHON_KEYWORDS = [
    "and",
    "del",
    "for",
    "is",
    "raise",
    "assert",
    "elif",
    "from",
    "lambda",
    "return",
    "break",
    "else",
    "global",
    "not",
    "try",
    "class",
    "except",
    "if",
    "or",
    "while",
    "continue",
    "exec",
    "import",
    "pass",
    "yield",
    "def",
    "finally",
    "in",
    "print",
]

utc = FixedOffsetTimeZone.fromSignHoursMinutes("+", 0, 0)

_pythonNames: dict[bytes, str] = {}
# Names come from programs' schemas; the bound is for programs that make them up as they go.
_mostPythonNames = 10_000


def pythonName(wireName: bytes) -> str:
    """Tell what an argument is called in Python: dashes and keywords are no names there."""
    known = _pythonNames.get(wireName)
    if known is None:
        name = wireName.decode("ascii")
        known = name.title() if name in PYTHON_KEYWORDS else name.replace("-", "_")
        if len(_pythonNames) >= _mostPythonNames:
            _pythonNames.clear()
        _pythonNames[wireName] = known
    return known


def stringsToObjects(
    strings: dict[bytes, Any], schema: Iterable[tuple[bytes, Any]], proto: Any
) -> dict[str, Any]:
    """Read a box by a schema. Keys that the schema does not have are left out."""
    objects: dict[str, Any] = {}
    given = strings
    for name, kind in schema:
        if type(kind) in _plainReading and not kind.optional:
            objects[_pythonNames.get(name) or pythonName(name)] = kind.fromString(given[name])
        else:
            if strings is given:
                # Other kinds take out what they have read.
                strings = given.copy()
            kind.fromBox(name, strings, objects, proto)
    return objects


def objectsToStrings(
    objects: dict[str, Any], schema: Iterable[tuple[bytes, Any]], strings: Any, proto: Any
) -> Any:
    """Fill a box by a schema; gives the box."""
    if objects.__class__ is not dict:
        # Something like a dictionary may do; what a responder has forgotten to return does not.
        objects = objects.copy()
    given = objects
    for name, kind in schema:
        if type(kind) in _plainWriting and not kind.optional:
            strings[name] = kind.toString(given[_pythonNames.get(name) or pythonName(name)])
        else:
            if objects is given:
                objects = given.copy()
            kind.toBox(name, strings, objects, proto)
    return strings


# The kinds that only make a string of an object, and an object of a string, so that nobody would
# notice if nothing else was called: measured, that is half of the time of a call with two numbers.
_plainReading: set[type] = set()
_plainWriting: set[type] = set()


def _noteIfPlain(kind: type[Argument]) -> None:
    for plain, methods in (
        (_plainReading, ("fromBox", "retrieve", "fromStringProto")),
        (_plainWriting, ("toBox", "retrieve", "toStringProto")),
    ):
        if all(getattr(kind, method) is getattr(Argument, method) for method in methods):
            plain.add(kind)


@implementer(IArgumentType)
class Argument:
    """
    Base of the types of arguments.

    A subclass overrides `toString` and `fromString`, or those with ``Proto`` where it needs the
    protocol.

    Args:
        optional: whether the argument may be left out. It is None then.
    """

    optional: bool = False

    def __init__(self, optional: bool = False) -> None:
        self.optional = optional

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        _noteIfPlain(cls)

    def retrieve(self, d: dict[Any, Any], name: Any, proto: Any) -> Any:
        """
        Take the argument out of a mapping.

        Returns: None where it is not there and is optional.
        Raises: KeyError where it is not there.
        """
        return d.pop(name, None) if self.optional else d.pop(name)

    def fromBox(self, name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """Read the argument from a box."""
        string = self.retrieve(strings, name, proto)
        if string is not None or not self.optional:
            string = self.fromStringProto(string, proto)
        objects[pythonName(name)] = string

    def toBox(self, name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """Put the argument into a box."""
        value = self.retrieve(objects, pythonName(name), proto)
        if value is not None or not self.optional:
            strings[name] = self.toStringProto(value, proto)

    def fromStringProto(self, inString: bytes, proto: Any) -> Any:
        """Read the string that came by this protocol."""
        return self.fromString(inString)

    def toStringProto(self, inObject: Any, proto: Any) -> Any:
        """Make the string that goes by this protocol."""
        return self.toString(inObject)

    def fromString(self, inString: bytes) -> Any:
        """Override: read a string."""

    def toString(self, inObject: Any) -> Any:
        """Override: make a string."""


class Integer(Argument):
    """An integer of any size, in decimal digits."""

    fromString: Any = int

    def toString(self, inObject: int) -> bytes:
        """Write it in decimal."""
        return b"%d" % (inObject,)


class String(Argument):
    """Bytes as they are."""

    def toString(self, inObject: bytes) -> bytes:
        """Hand them on."""
        return inObject

    def fromString(self, inString: bytes) -> Any:
        """Hand them on."""
        return inString


class Float(Argument):
    """A floating point number, such that it comes out as it went in."""

    fromString: Any = float

    def toString(self, inString: float) -> bytes:
        """
        Write it with as many digits as it takes.

        Raises: ValueError if it is no float.
        """
        if not isinstance(inString, float):
            raise ValueError(f"{inString!r} is no float")
        return str(inString).encode("ascii")


class Boolean(Argument):
    """True or False. Anything can be sent as what it is in an ``if``."""

    def fromString(self, inString: bytes) -> bool:
        """
        Read either word.

        Raises: TypeError where it is neither.
        """
        if inString == b"True":
            return True
        if inString == b"False":
            return False
        raise TypeError(f"{inString!r} is neither True nor False")

    def toString(self, inObject: Any) -> bytes:
        """Write either word."""
        return b"True" if inObject else b"False"


class Unicode(String):
    """Text, in UTF-8."""

    def toString(self, inObject: Any) -> bytes:
        """Encode it."""
        return String.toString(self, inObject.encode("utf-8"))

    def fromString(self, inString: bytes) -> Any:
        """Decode it."""
        return String.fromString(self, inString).decode("utf-8")


class Path(Unicode):
    """A `twisted.python.filepath.FilePath`, by its absolute path."""

    def fromString(self, inString: bytes) -> Any:
        """Make a path of it."""
        from twisted.python.filepath import FilePath

        return FilePath(Unicode.fromString(self, inString))

    def toString(self, inObject: Any) -> bytes:
        """Write its path as text."""
        return Unicode.toString(self, inObject.asTextMode().path)


class ListOf(Argument):
    """
    A list of arguments of one type, as one string.

    All of them together have to fit into one value of a box.

    Args:
        elementType: an `Argument` for each.
        optional: whether the list may be left out.
    """

    elementType: Any

    def __init__(self, elementType: Any, optional: bool = False) -> None:
        self.elementType = elementType
        Argument.__init__(self, optional)

    def fromString(self, inString: bytes) -> list[Any]:
        """Read the elements. What follows the last whole one is left out."""
        read = self.elementType.fromString
        found, at, end = [], 0, len(inString)
        while end - at >= 2:
            begin = at + 2
            at = begin + (inString[at] << 8 | inString[at + 1])
            if at > end:
                break
            found.append(read(inString[begin:at]))
        return found

    def toString(self, inObject: Iterable[Any]) -> bytes:
        """
        Write the elements, each with its length in two bytes in front of it.

        Raises: TooLong where an element does not fit.
        """
        pieces: list[bytes] = []
        for element in inObject:
            string = self.elementType.toString(element)
            if len(string) > MAX_VALUE_LENGTH:
                raise TooLong(False, True, string, None)
            pieces += (len(string).to_bytes(2, "big"), string)
        return b"".join(pieces)


class AmpList(Argument):
    """
    A list of dictionaries with the same keys, as boxes within a value.

    Args:
        subargs: the schema of each, as that of a command: pairs of names and types.
        optional: whether the list may be left out.
    """

    def __init__(self, subargs: list[tuple[bytes, Any]], optional: bool = False) -> None:
        self.subargs = subargs
        Argument.__init__(self, optional)

    def fromStringProto(self, inString: bytes, proto: Any) -> list[dict[str, Any]]:
        """Read the boxes, and each by the schema."""
        return [stringsToObjects(box, self.subargs, proto) for box in parseString(inString)]

    def toStringProto(self, inObject: Iterable[dict[str, Any]], proto: Any) -> bytes:
        """Write a box for each."""
        return b"".join(
            objectsToStrings(one, self.subargs, AmpBox(), proto).serialize() for one in inObject
        )


class Descriptor(Integer):
    """
    An open file descriptor, passed to another process over a UNIX socket.

    Descriptors travel beside the boxes; what is in the box is which one it is, counted from 0 on
    each connection. The receiver owns it, and closes it.
    """

    def fromStringProto(self, inString: bytes, proto: Any) -> int:
        """
        Claim the descriptor.

        Raises: KeyError where none of that number has come, or it was claimed before.
        """
        descriptor: int = proto._getDescriptor(int(inString))
        return descriptor

    def toStringProto(self, inObject: int, proto: Any) -> bytes:
        """Send the descriptor ahead of the box, and tell its number."""
        number: bytes = Integer.toStringProto(self, proto._sendFileDescriptor(inObject), proto)
        return number


class Decimal(Argument):
    """A `decimal.Decimal`, with the same digits and exponent."""

    def fromString(self, inString: Any) -> decimal.Decimal:
        """Read it from ASCII."""
        return decimal.Decimal(inString if isinstance(inString, str) else inString.decode("ascii"))

    def toString(self, inObject: decimal.Decimal) -> bytes:
        """
        Write its digits.

        Raises: ValueError if it is no Decimal.
        """
        if not isinstance(inObject, decimal.Decimal):
            raise ValueError(f"{inObject!r} is no decimal.Decimal, and might lose digits")
        return str(inObject).encode("ascii")


# Where the numbers stand in 2012-01-23T12:34:56.054321-01:23
_dateTimeLength = 32
_dateTimeSlices = [slice(*ends) for ends in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))]


class DateTime(Argument):
    """A moment with its zone: ``2012-01-23T12:34:56.054321-01:23``."""

    def fromString(self, s: Any) -> datetime.datetime:
        """
        Read it. The zone has a fixed offset.

        Raises: ValueError where it looks otherwise, or there is no such day or hour.
        """
        text = s if isinstance(s, str) else s.decode("ascii")
        if len(text) != _dateTimeLength:
            raise ValueError(f"{text!r} is no moment: it is to have {_dateTimeLength} characters")
        numbers = [int(text[part]) for part in _dateTimeSlices]
        zone = FixedOffsetTimeZone.fromSignHoursMinutes(
            text[26], int(text[27:29]), int(text[30:32])
        )
        year, month, day, hour, minute, second = numbers
        return datetime.datetime(
            year, month, day, hour, minute, second, int(text[20:26]), tzinfo=zone
        )

    def toString(self, i: datetime.datetime) -> bytes:
        """
        Write it, with the offset in hours and minutes.

        Raises: ValueError where it has no zone.
        """
        offset = i.utcoffset()
        if offset is None:
            raise ValueError(f"{i!r} has no zone, so that nobody elsewhere knows when it is")
        minutes = offset // datetime.timedelta(minutes=1)
        # An offset of nothing has a minus, as all implementations write it.
        sign = "+" if minutes > 0 else "-"
        hours, minutes = divmod(abs(minutes), 60)
        text = i.replace(tzinfo=None).isoformat(timespec="microseconds")
        return f"{text}{sign}{hours:02}:{minutes:02}".encode("ascii")
