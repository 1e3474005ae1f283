"""The types of arguments."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.protocols import amp
from twisted.python.filepath import FilePath

zone = amp._FixedOffsetTZInfo.fromSignHoursMinutes


@pytest.mark.parametrize(
    ("kind", "value", "string"),
    [
        (amp.Integer(), -12, b"-12"),
        (amp.String(), b"\0\r\n", b"\0\r\n"),
        (amp.Unicode(), "é", b"\xc3\xa9"),
        (amp.Float(), 1.5, b"1.5"),
        (amp.Boolean(), True, b"True"),
        (amp.Boolean(), False, b"False"),
        (amp.Decimal(), decimal.Decimal("1.50E+9"), b"1.50E+9"),
        (amp.Path(), FilePath("/tmp/é"), b"/tmp/\xc3\xa9"),
        (amp.ListOf(amp.ListOf(amp.Integer())), [[1, 2], []], b"\0\6\0\0011\0\0012\0\0"),
        (
            amp.DateTime(),
            datetime.datetime(2012, 1, 23, 12, 34, 56, 54321, zone("-", 1, 23)),
            b"2012-01-23T12:34:56.054321-01:23",
        ),
        (
            amp.DateTime(),
            datetime.datetime(1, 1, 1, tzinfo=amp.utc),
            b"0001-01-01T00:00:00.000000-00:00",
        ),
    ],
)
def test_eachTypeHasItsStringAndReadsItBack(kind: Any, value: Any, string: bytes) -> None:
    assert kind.toString(value) == string
    assert kind.fromString(string) == value


@pytest.mark.parametrize(
    ("kind", "string"),
    [
        (amp.Integer(), b"1x"),
        (amp.Integer(), b""),
        (amp.Float(), b"one"),
        (amp.Boolean(), b"true"),
        (amp.Unicode(), b"\xff"),
        (amp.Decimal(), b"\xff"),
        (amp.Decimal(), b"one"),
        (amp.DateTime(), b"2012-01-23"),
        (amp.DateTime(), b"2012-13-23T12:34:56.054321-01:23"),
        (amp.DateTime(), b"2012-01-23T12:34:56.054321?01:23"),
        (amp.DateTime(), b"x" * 32),
    ],
)
def test_aStringOfAnotherKindIsRefused(kind: Any, string: bytes) -> None:
    with pytest.raises((ValueError, TypeError, decimal.InvalidOperation)):
        kind.fromString(string)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (amp.Float(), 1),
        (amp.Decimal(), 1.5),
        (amp.DateTime(), datetime.datetime(2012, 1, 1)),
    ],
)
def test_aValueThatWouldNotComeBackTheSameIsNotSent(kind: Any, value: Any) -> None:
    with pytest.raises(ValueError):
        kind.toString(value)


@given(st.floats(allow_nan=False))
def test_aFloatComesBackToTheLastBit(value: float) -> None:
    kind = amp.Float()
    assert kind.fromString(kind.toString(value)) == value


@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_aMomentComesBackTheSame(moment: datetime.datetime, minutes: int) -> None:
    hours, rest = divmod(abs(minutes), 60)
    aware = moment.replace(tzinfo=zone("-" if minutes < 0 else "+", hours, rest))
    kind = amp.DateTime()
    back = kind.fromString(kind.toString(aware))
    assert back.replace(tzinfo=None) == moment
    assert back.utcoffset() == datetime.timedelta(minutes=minutes)


@given(st.lists(st.binary(max_size=300)))
def test_aListComesBackTheSame(values: list[bytes]) -> None:
    kind = amp.ListOf(amp.String())
    assert kind.fromString(kind.toString(values)) == values


@given(st.binary(max_size=300))
def test_aListIsReadAsFarAsItIsWhole(hostile: bytes) -> None:
    kind = amp.ListOf(amp.String())
    assert hostile.startswith(kind.toString(kind.fromString(hostile)))


def test_anElementThatDoesNotFitIsRefused() -> None:
    assert len(amp.ListOf(amp.String()).toString([b"x" * 65535])) == 65537
    with pytest.raises(amp.TooLong):
        amp.ListOf(amp.String()).toString([b"x" * 65536])


def test_dictionariesOfOneSchemaGoAsBoxesInAValue() -> None:
    kind = amp.AmpList([(b"x", amp.Integer()), (b"from", amp.Unicode(optional=True))])
    given: list[dict[str, Any]] = [{"x": 1, "From": None}, {"x": 2, "From": "f"}]
    wire = kind.toStringProto(given, None)
    assert wire == b"\0\1x\0\0011\0\0\0\4from\0\1f\0\1x\0\0012\0\0"
    assert kind.fromStringProto(wire, None) == given
    assert kind.fromStringProto(b"", None) == []
    with pytest.raises(KeyError):
        kind.toStringProto([{}], None)


def test_whatIsOptionalMayBeMissingAndWhatIsNotMayNot() -> None:
    for optional in (True, False):
        kind = amp.String(optional=optional)
        strings: dict[bytes, bytes] = {}
        objects: dict[str, Any] = {}
        if optional:
            kind.toBox(b"a", strings, {}, None)
            kind.toBox(b"a", strings, {"a": None}, None)
            kind.fromBox(b"a", strings, objects, None)
            assert (strings, objects) == ({}, {"a": None})
        else:
            with pytest.raises(KeyError):
                kind.toBox(b"a", strings, {}, None)
            with pytest.raises(KeyError):
                kind.fromBox(b"a", strings, objects, None)


@pytest.mark.parametrize(
    ("wire", "python"),
    [(b"a", "a"), (b"a-b-class", "a_b_class"), (b"class", "Class"), (b"print", "Print")],
)
def test_namesThatPythonDoesNotTakeHaveAnother(wire: bytes, python: str) -> None:
    assert amp._wireNameToPythonIdentifier(wire) == python
