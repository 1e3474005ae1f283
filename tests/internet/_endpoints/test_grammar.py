"""The grammar of descriptions: parts, names, escapes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet._endpoints.grammar import _parse, quoteStringArgument
from twisted.internet.endpoints import DescriptionError

CASES = [
    ("", ([""], {})),
    ("stdio", (["stdio"], {})),
    ("stdio:", (["stdio", ""], {})),
    ("tcp:80:backlog=3", (["tcp", "80"], {"backlog": "3"})),
    ("a:b=c=d", (["a"], {"b": "c=d"})),
    ("a:=b", (["a"], {"": "b"})),
    ("a:b=", (["a"], {"b": ""})),
    ("a=b:c", (["c"], {"a": "b"})),
    ("x::y", (["x", "", "y"], {})),
    ("a:n=1:n=2", (["a"], {"n": "2"})),
    (r"a\:b:c\=d=e", (["a:b"], {"c=d": "e"})),
    (r"a\\:b\c", (["a\\", "bc"], {})),
    ("é:ü=ö", (["é"], {"ü": "ö"})),
]


@pytest.mark.parametrize(("description", "parts"), CASES)
def test_aDescriptionIsTakenApart(
    description: str, parts: tuple[list[str], dict[str, str]]
) -> None:
    assert _parse(description) == parts


def test_bytesComeApartAsBytes() -> None:
    assert _parse(b"tcp:h\xc3\xa9:timeout=3") == ([b"tcp", b"h\xc3\xa9"], {b"timeout": b"3"})


@pytest.mark.parametrize("description", ["\\", "tcp:\\", "tcp:a=b\\", "a\\\\\\"])
def test_aBackslashAtTheEndIsRefused(description: str) -> None:
    with pytest.raises(DescriptionError) as raised:
        _parse(description)
    assert raised.value.part == "\\"


@given(st.text())
def test_anyTextSurvivesQuoting(value: str) -> None:
    assert _parse(f"kind:name={quoteStringArgument(value)}") == (["kind"], {"name": value})


@given(st.text())
def test_nothingButATrailingBackslashIsRefused(description: str) -> None:
    backslashes = len(description) - len(description.rstrip("\\"))
    if backslashes % 2:
        with pytest.raises(DescriptionError):
            _parse(description)
    else:
        positional, named = _parse(description)
        assert len(positional) + len(named) >= 1


@pytest.mark.parametrize(
    ("given", "quoted"), [("a:b", r"a\:b"), ("a=b", "a=b"), ("a\\b", r"a\\b"), ("", "")]
)
def test_quotingTouchesOnlyWhatNeedsIt(given: str, quoted: str) -> None:
    assert quoteStringArgument(given) == quoted
