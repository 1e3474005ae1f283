"""Text: wrapping, splitting, showing."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.python import text


@pytest.mark.parametrize(
    "given_, wanted",
    [
        ("hello world foo", ["hello", "world foo"]),
        ("", []),
        ("a b\nc\n\n\nd e", ["a b c", "", "d e", ""]),
        ("x" * 30 + " y", ["x" * 30, "y"]),
    ],
)
def test_asManyWordsAsFitAreOnALine(given_: str, wanted: list[str]) -> None:
    assert text.greedyWrap(given_, 10) == wanted
    assert text.wordWrap is text.greedyWrap


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=9)), st.integers(9, 40))
def test_wrappingKeepsAllWordsWithinTheWidth(words: list[str], width: int) -> None:
    lines = text.greedyWrap(" ".join(words), width)
    assert " ".join(lines).split() == words
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize(
    "given_, wanted",
    [
        ("a 'b c' d", ["a", "b c", "d"]),
        ('This code "works."', ["This", "code", "works."]),
        ('The "hairy monkey" likes pie.', ["The", "hairy monkey", "likes", "pie."]),
        ("it's a 'y z'", ["it's", "a", "y z"]),
        ('a"b c"', ['a"b', 'c"']),
        ('With "MANY     SPACES" between', ["With", "MANY     SPACES", "between"]),
        ("", []),
    ],
)
def test_quotedWordsStayTogether(given_: str, wanted: list[str]) -> None:
    assert text.splitQuoted(given_) == wanted


@pytest.mark.parametrize(
    "given_, wanted",
    [
        ({"a": 0}, "{a: 0}"),
        (["a", "b"], "[a,\n b,]\n"),
        (("a", "b"), "(a,\n b,)\n"),
        ([1, [2, 3]], "[1,\n [2,\n  3,],]\n"),
        ({"a": 1, "b": [1, 2]}, "{a: 1\n b:\n   [1,\n    2,]}\n"),
        ("a\nb", "a\nb\n"),
        (5, "5"),
        ([], "[]"),
    ],
)
def test_nestedDataIsShownWithOneThingOnALine(given_: object, wanted: str) -> None:
    assert text.stringyString(given_) == wanted


def test_blankLinesAtTheEndsAreDropped() -> None:
    assert text.removeLeadingBlanks(["", " ", "a", "", "b"]) == ["a", "", "b"]
    assert text.removeLeadingTrailingBlanks("\n\na\n\nb\n\n") == "a\n\nb\n"
    assert text.isMultiline("a\nb") and not text.isMultiline("a")
    assert text.endsInNewline("a\n") and not text.endsInNewline("a")


@pytest.mark.parametrize("at", [0, 1, 4094, 4095, 4096, 4097, 9000])
def test_aTextIsFoundWhereverItIsInAFile(at: int) -> None:
    content = "." * at + "needle" + "." * 100
    assert text.strFile("needle", StringIO(content))
    assert not text.strFile("Needle", StringIO(content))
    assert text.strFile("NeedLE", StringIO(content), False)
    assert not text.strFile("needles", StringIO(content))
