"""Helpers from the days of two Pythons."""

from __future__ import annotations

import codecs
import io
import os
import warnings
from pathlib import Path
from typing import Any

import pytest

from twisted.python import compat


@compat.comparable
class Number:
    def __init__(self, value: int) -> None:
        self.value = value

    def __cmp__(self, other: object) -> int:
        return compat.cmp(self.value, other.value) if isinstance(other, Number) else NotImplemented


@pytest.mark.parametrize("a, b, wanted", [(1, 1, 0), (1, 2, -1), (b"z", b"a", 1), ([1], [1], 0)])
def test_cmpTellsTheOrder(a: Any, b: Any, wanted: int) -> None:
    assert compat.cmp(a, b) == wanted


def test_aComparableClassHasAllTheOperators() -> None:
    one: Any = Number(1)
    two: Any = Number(2)
    results = [one == two, one != two, one < two, one <= two, one > two, one >= two]
    assert results == [False, True, True, True, False, False]
    assert Number(1) == Number(1)
    other: Any = "1"
    assert Number(1) != other
    with pytest.raises(TypeError):
        one < "2"  # noqa: B015


@pytest.mark.parametrize(
    "thing, wanted",
    [
        (io.StringIO(), str),
        (io.BytesIO(), bytes),
        (codecs.getreader("utf-8")(io.BytesIO()), str),
        (object(), str),
    ],
)
def test_aFileTellsWhatItReads(thing: object, wanted: type) -> None:
    assert compat.ioType(thing) is wanted
    assert compat.ioType(object(), bytes) is bytes


def test_textAndBytesBecomeTheOtherIfTheyAreAscii() -> None:
    assert compat.nativeString(b"abc") == compat.nativeString("abc") == "abc"
    assert compat.networkString("abc") == b"abc"
    refusals: list[tuple[Any, Any, type[Exception]]] = [
        (compat.nativeString, b"\xff", UnicodeError),
        (compat.nativeString, "\u1234", UnicodeError),
        (compat.nativeString, 1, TypeError),
        (compat.networkString, "\u1234", UnicodeError),
        (compat.networkString, b"abc", TypeError),
    ]
    for function, given, error in refusals:
        with pytest.raises(error):
            function(given)


def test_bytesAreWalkedAndSlicedWithoutNumbers() -> None:
    assert list(compat.iterbytes(b"abc")) == [b"a", b"b", b"c"]
    assert bytes(compat.lazyByteSlice(b"123XYZ")) == b"123XYZ"
    assert bytes(compat.lazyByteSlice(b"123XYZ", 2)) == b"3XYZ"
    assert bytes(compat.lazyByteSlice(b"123XYZ", 2, 3)) == b"3XY"


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
def test_aFileIsExecutedWhateverItsLineEnds(tmp_path: Path, ending: bytes) -> None:
    script = tmp_path / "script"
    script.write_bytes(b"foo += 1" + ending)
    outer, inner = {"foo": 1}, {"foo": 10}
    compat.execfile(str(script), outer)
    compat.execfile(str(script), outer, inner)
    assert (outer["foo"], inner["foo"]) == (2, 11)


def test_theCallersFramesAreFound() -> None:
    def inner() -> list[str]:
        frames = [compat.currentframe(0), compat.currentframe(1)]
        return [frame.f_code.co_name for frame in frames if frame is not None]

    assert inner() == ["inner", "test_theCallersFramesAreFound"]
    assert compat.currentframe(100_000) is None


@pytest.mark.parametrize(
    "name, wanted", [("unicode", str), ("NativeStringIO", io.StringIO), ("long", int)]
)
def test_anOldAliasWarnsWhenItIsUsed(name: str, wanted: object) -> None:
    with pytest.warns(DeprecationWarning, match=f"compat.{name} was deprecated in Twisted 21.2.0"):
        assert getattr(compat, name) is wanted


def test_anOldFunctionWarnsWhenItIsCalled() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        names = ("bytesEnviron", "intToBytes", "reraise")
        bytesEnviron, intToBytes, reraise = (getattr(compat, name) for name in names)
    with pytest.warns(DeprecationWarning, match="please use b'%d' instead"):
        assert intToBytes(213) == b"213"
    with pytest.warns(DeprecationWarning):
        assert bytesEnviron()[b"PATH"] == os.environb[b"PATH"]
    with pytest.warns(DeprecationWarning), pytest.raises(ValueError):
        reraise(ValueError(), None)
    with pytest.raises(AttributeError):
        compat.nothingOfTheKind  # noqa: B018
