"""Keeping what a format needs."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from twisted.logger import extractField, formatEvent
from twisted.logger._flatten import KeyFlattener, flattenEvent


class Thing:
    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"<thing {self.value}>"


class TestFlattening:
    def test_aFlattenedEventIsShownAsItWas(self) -> None:
        number = count()
        thing = Thing(5)
        event: dict[str, Any] = {
            "log_format": "{f()} {thing.value:>4} {thing} {s!r} {n!s} {n:03} {w:{n}}| tail",
            "f": lambda: next(number),
            "thing": thing,
            "s": "ö",
            "n": 7,
            "w": "x",
        }
        flattenEvent(event)
        thing.value = 6
        wanted = "0    5 <thing 5> 'ö' 7 007 x      | tail"
        assert formatEvent(event) == wanted
        kept = {"log_format": event["log_format"], "log_flattened": event["log_flattened"]}
        assert formatEvent(json.loads(json.dumps(kept, default=lambda thing: None))) == wanted

    def test_aFieldThatComesTwiceIsAskedTwice(self) -> None:
        number = count()
        event: dict[str, Any] = {"log_format": "{f()} {f()}", "f": lambda: next(number)}
        flattenEvent(event)
        flattenEvent(event)
        assert formatEvent(event) == "0 1"

    @pytest.mark.parametrize(
        "event", [{"a": 1}, {"log_format": None}, {"log_format": "no fields"}, {"log_format": ""}]
    )
    def test_whereThereAreNoFieldsNothingIsAdded(self, event: dict[str, Any]) -> None:
        before = dict(event)
        flattenEvent(event)
        assert event == before

    @pytest.mark.parametrize("template", ["{a!X}", "{missing}", "{a", "{a()}", b"\xff{a}", 5])
    def test_whatCannotBeFlattenedIsLeftToSayWhy(self, template: Any) -> None:
        event = {"log_format": template, "a": 1}
        flattenEvent(event)
        assert formatEvent(event).startswith("Unable to format event")

    def test_keysNameTheFieldAsTheFormatHasIt(self) -> None:
        keys = KeyFlattener()
        fields = [("a", "", None), ("a", "", None), ("a", "%s", "r"), ("a.b[c]", ":", None)]
        assert [keys.flatKey(*field) for field in fields] == ["a!:", "a!:/2", "a!r:%s", "a.b[c]!::"]


class TestExtracting:
    @pytest.mark.parametrize("flatten", [False, True])
    def test_aFieldHasTheSameValueFreshOrKept(self, flatten: bool) -> None:
        event: dict[str, Any] = {
            "log_format": "{thing.value} {thing} {f()!r}",
            "thing": Thing(5),
            "f": lambda: "g",
        }
        if flatten:
            flattenEvent(event)
        assert extractField("thing.value", event) == 5
        assert extractField("thing.value!s", event) == "5"
        assert extractField("thing!s", event) == "<thing 5>"
        assert extractField("f()", event) == "g"
        assert extractField("f()!r", event) == "'g'"

    @pytest.mark.parametrize("event", [{"log_format": "{a}", "a": 1, "b": 2}, {"b": 2}])
    def test_whatTheFormatHasNotIsAKeyError(self, event: dict[str, Any]) -> None:
        before = dict(event)
        with pytest.raises(KeyError, match="b!:"):
            extractField("b", event)
        assert event == before
