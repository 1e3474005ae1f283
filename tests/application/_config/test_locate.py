"""The place of each key: held against the standard reader."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.application._config.locate import locate
from twisted.application._config.toml import loads

_NAMES = st.text("abcXYZ019_- .é\"'#[]{}=,\\\n\t", max_size=6)
_TEXTS = st.text("ab\"'#[]{}=,.\\\n\té ", max_size=12)
_SCALARS = st.one_of(
    st.integers(-(2**60), 2**60),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(),
    _TEXTS,
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_NAMES, inner, max_size=4)
    ),
    max_leaves=12,
)


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _value(value: Any, draw: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        if draw(st.booleans()) and "'" not in value and not set(value) & set("\n\t\r"):
            return f"'{value}'"
        if draw(st.booleans()) and "'''" not in value and not value.endswith("'"):
            return f"'''\n{value}'''"
        if draw(st.booleans()):
            escaped = value.replace("\\", "\\\\").replace('"""', '""\\"')
            return f'"""\n{escaped}"""' if not escaped.endswith('"') else json.dumps(value)
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        gap: str = draw(st.sampled_from([" ", "\n", " # ] , a remark\n"]))
        return "[" + gap + f",{gap}".join(_value(each, draw) for each in value) + gap + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_value(v, draw)}" for k, v in value.items()) + "}"
    if isinstance(value, datetime):
        return str(value.isoformat(draw(st.sampled_from(["T", " "]))))
    return repr(value)


@st.composite
def _documents(draw: Any) -> str:
    """A document that writes the same tables in the many ways that TOML has."""
    lines = []
    for name, value in draw(st.dictionaries(_NAMES, _VALUES, max_size=3)).items():
        lines.append(f"  {_key(name)}\t= {_value(value, draw)} # = [x]")
    for name, table in draw(
        st.dictionaries(_NAMES.map("t".__add__), st.dictionaries(_NAMES, _VALUES, max_size=3))
    ).items():
        dots = [_key(f"T{name}"), *(_key(part) for part in draw(st.lists(_NAMES, max_size=2)))]
        many = draw(st.booleans())
        header = f"[[ {' . '.join(dots)} ]]" if many else f"[{'.'.join(dots)}]"
        for _ in range(draw(st.integers(1, 2)) if many else 1):
            lines.append(header)
            lines += [f"{_key(key)}.x = {_value(each, draw)}" for key, each in table.items()]
            if many:
                # A table below the latest one of a list.
                lines.append(f"[{'.'.join(dots)}.below]\na.b.c = 1\na.b.d = 2")
    return "\n".join(lines)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    found = {path}
    for key, each in inner:
        found |= _paths(each, (*path, key))
    return found


@given(_documents())
def test_everyKeyAndItemThatTheStandardReaderFindsHasAPlace(text: str) -> None:
    data = loads(text)
    assert set(locate(text)) == _paths(data) - {()}


@given(_documents())
def test_aPlaceIsWhereTheValueStands(text: str) -> None:
    data, lines = loads(text), text.split("\n")
    for path, place in locate(text).items():
        value: Any = data
        for key in path:
            value = value[key]
        if isinstance(value, bool | int | str) and not isinstance(path[-1], int):
            at = lines[place.valueLine - 1][place.valueColumn - 1 :]
            before = lines[place.line - 1][place.column - 1 :]
            assert before.startswith(("T", "a", "b", "c", "d", "x", '"', "'"))
            read = loads("v = " + "\n".join([at, *lines[place.valueLine :]])[: place.valueWidth])
            assert read["v"] == value


@pytest.mark.parametrize(
    ("text", "path", "line", "column", "valueColumn"),
    [
        ("a = 1", ("a",), 1, 1, 5),
        ("# one\n\n  a = 1", ("a",), 3, 3, 7),
        ("[a]\nb = 1", ("a",), 1, 1, 1),
        ("[a]\nb = 1", ("a", "b"), 2, 1, 5),
        ("[a.b]\nc = 1", ("a",), 1, 1, 1),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", ("a", 1, "b"), 4, 1, 5),
        ('a = [1, "x", { b = 2 }]', ("a", 2, "b"), 1, 16, 20),
        ('"a b".c = 1', ("a b", "c"), 1, 7, 11),
        ('x = """\na = 1\n"""\ny = 1', ("y",), 4, 1, 5),
        ('"é" = "ü" # ö', ("é",), 1, 1, 7),
    ],
)
def test_linesAndColumnsCountFromOne(
    text: str, path: tuple[str | int, ...], line: int, column: int, valueColumn: int
) -> None:
    place = locate(text)[path]
    assert (place.line, place.column, place.valueColumn) == (line, column, valueColumn)
