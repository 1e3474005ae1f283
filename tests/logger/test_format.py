"""Events as text: fields, calls, times, and what cannot be shown."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from twisted.logger import (
    LogLevel,
    eventAsText,
    formatEvent,
    formatEventAsClassicLogText,
    formatTime,
)
from twisted.logger._format import formatUnformattableEvent, formatWithCall
from twisted.python.failure import Failure

Event = dict[str, Any]


class Bad:
    """Neither str nor repr can be had of it."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Thing:
    config = {"key": "value", "0": "zero"}
    items = ["first", "second"]

    def where(self) -> str:
        return "here"

    def itself(self) -> Thing:
        return self


@pytest.fixture
def zone() -> Iterator[Callable[[str], None]]:
    """Set the local time zone for a while."""
    before = os.environ.get("TZ")

    def put(name: str | None) -> None:
        if name is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = name
        time.tzset()

    yield put
    put(before)


class TestFields:
    @pytest.mark.parametrize(
        ("template", "text"),
        [
            ("", ""),
            (b"", ""),
            ("plain", "plain"),
            ("{{}}", "{}"),
            ("{n}", "7"),
            ("{n:>4}|{n:03}", "   7|007"),
            ("{s!r} {s!s} {s!a}", "'é' é '\\xe9'"),
            ("{n:{w}}|", "   7|"),
            ("{thing.config[key]} {thing.config[0]}", None),
            ("{thing.config[key]} {thing.items[1]}", "value second"),
            ("{f()}", "called"),
            ("{f()!r:>10}", "  'called'"),
            ("{thing.where()}", "here"),
            ("{thing.itself().config[key]}", "value"),
            ("{thing.itself().itself().where()}", "here"),
            ("{d()[k]}", "v"),
            ("{{f()}} {f()}", "{f()} called"),
            ("{n:{width()}}|", "    7|"),
            (b"S\xc3\xa1nchez {n}", "Sánchez 7"),
        ],
    )
    def test_fieldsAreFilledIn(self, template: Any, text: str | None) -> None:
        shown = formatEvent(
            {
                "log_format": template,
                "n": 7,
                "w": 4,
                "s": "é",
                "f": lambda: "called",
                "d": lambda: {"k": "v"},
                "width": lambda: 5,
                "thing": Thing(),
            }
        )
        if text is None:
            assert shown.startswith("Unable to format event")
        else:
            assert shown == text
            assert type(shown) is str

    @pytest.mark.parametrize("event", [{}, {"log_format": None}, {"a": 1}])
    def test_anEventWithoutAFormatIsEmpty(self, event: Event) -> None:
        assert formatEvent(event) == ""

    @pytest.mark.parametrize(
        ("event", "reason"),
        [
            ({"log_format": "{missing}"}, "missing"),
            ({"log_format": "{missing()}"}, "missing"),
            ({"log_format": 5}, "Log format must be str"),
            ({"log_format": "{"}, "Single '{'"),
            ({"log_format": "{0}"}, ""),
            ({"log_format": "{}"}, ""),
            ({"log_format": b"\xff"}, "utf-8"),
            ({"log_format": "{a!X}", "a": 1}, "conversion"),
            ({"log_format": "{a!X} {f()}", "a": 1, "f": str}, "conversion"),
            ({"log_format": "{a:zz}", "a": 1}, "format"),
            ({"log_format": "{a()}", "a": 1}, "not callable"),
            ({"log_format": "{a()()}", "a": lambda: 1}, "a()"),
            ({"log_format": "{a()}", "a": lambda: 1 / 0}, "division by zero"),
            ({"log_format": "{a:{b:{c:{d()}}}}", "a": 1, "b": 1, "c": 1, "d": int}, "deep"),
        ],
    )
    def test_whatCannotBeFilledInSaysWhy(self, event: Event, reason: str) -> None:
        text = formatEvent(event)
        assert text.startswith("Unable to format event {")
        assert reason in text

    @pytest.mark.parametrize(
        "event",
        [
            {"log_format": "{x}", "x": Bad(), "good": "kept"},
            {"log_format": "{f()}", "f": lambda: 1 / 0, "bad": Bad(), "good": "kept"},
            {"log_format": "{f()}", "f": lambda: 1 / 0, Bad(): 1, "good": "kept"},
        ],
    )
    def test_whatCannotEvenBeShownLeavesWhatCan(self, event: Any) -> None:
        text = formatEvent(event)
        assert text.startswith("MESSAGE LOST: unformattable object logged:")
        assert "'good' = 'kept'" in text
        assert "no repr" in text

    def test_anErrorThatCannotBeShownIsNoObstacle(self) -> None:
        class BadError(Exception):
            __str__ = __repr__ = Bad.__repr__

        text = formatUnformattableEvent({"good": "kept"}, BadError())
        assert "'good' = 'kept'" in text

    def test_anInterruptPasses(self) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            formatEvent({"log_format": "{f()}", "f": interrupted})

    def test_formatWithCallRaises(self) -> None:
        assert formatWithCall("{a} {b()}", {"a": 1, "b": lambda: 2}) == "1 2"
        with pytest.raises(KeyError):
            formatWithCall("{c()}", {})


templates = st.text() | st.lists(
    st.sampled_from(
        ["{a}", "{b()}", "{a!r}", "{a!x}", "{a:>9}", "{c[0]}", "{a.b}", "{", "}", "{}", "{0}"]
    )
    | st.sampled_from(["{a:{b()}}", "{bad}", "{bad!r}", "{a()[0].x()}", "\x00", "\ud800", "{{"])
).map("".join)
simple = st.none() | st.integers() | st.text() | st.binary() | st.builds(Bad)
values: st.SearchStrategy[Any] = st.one_of(
    simple, st.lists(simple), st.builds(Failure, st.builds(ValueError, st.text()))
)


class TestNeverRaises:
    @settings(max_examples=examples(400), deadline=None)
    @given(
        template=templates | st.binary() | values,
        a=values,
        b=values | st.functions(returns=values),
        level=values | st.sampled_from(list(LogLevel.iterconstants())),
        when=values | st.floats(),
        failure=values,
        flattened=st.just(None) | st.dictionaries(st.text(), values),
    )
    def test_anyEventHasText(
        self, template: Any, a: Any, b: Any, level: Any, when: Any, failure: Any, flattened: Any
    ) -> None:
        event = {"log_format": template, "a": a, "b": b, "c": a, "bad": Bad()}
        event.update(log_level=level, log_time=when, log_failure=failure, log_system=a)
        if flattened is not None:
            event["log_flattened"] = flattened
        assert isinstance(formatEvent(event), str)
        assert isinstance(eventAsText(event), str)
        classic = formatEventAsClassicLogText(event)
        assert classic is not None
        assert classic.endswith("\n")
        # No text can begin a line that looks like another event.
        assert all(line.startswith("\t") for line in classic.split("\n")[1:-1])


class TestTimes:
    @pytest.mark.parametrize(
        ("name", "when", "text"),
        [
            ("UTC+00", 1170201600, "2007-01-31T00:00:00+0000"),
            ("EST+05EDT,M4.1.0,M10.5.0", 1170219600, "2007-01-31T00:00:00-0500"),
            ("EST+05EDT,M4.1.0,M10.5.0", 1151640000, "2006-06-30T00:00:00-0400"),
            ("CEST-01CEDT,M4.1.0,M10.5.0", 1151618400, "2006-06-30T00:00:00+0200"),
            ("IST-05:30", 0, "1970-01-01T05:30:00+0530"),
        ],
    )
    def test_theOffsetIsThatOfTheTimeShown(
        self, zone: Callable[[str], None], name: str, when: float, text: str
    ) -> None:
        zone(name)
        assert formatTime(when) == text

    @pytest.mark.parametrize(
        ("when", "timeFormat", "text"),
        [
            (1000000.23456, "%f", "234560"),
            (112345.6, "%f", "600000"),
            (0.9999999, "%S.%f", "01.000000"),
            (-0.25, "%f", "750000"),
            (0, "%%f %f", "%f 000000"),
            (0, "%Y/%j", "1970/001"),
            (0, "", ""),
        ],
    )
    def test_formatsAreThoseOfStrftimeWithMicroseconds(
        self, zone: Callable[[str], None], when: float, timeFormat: str, text: str
    ) -> None:
        zone("UTC+00")
        assert formatTime(when, timeFormat) == text

    def test_noTimeOrNoFormatIsTheDefault(self) -> None:
        assert formatTime(None) == "-"
        assert formatTime(None, default="!") == "!"
        assert formatTime(1.0, timeFormat=None, default="!") == "!"


class TestClassicText:
    @pytest.mark.parametrize(
        ("event", "text"),
        [
            ({"log_format": "X"}, "- [-#-] X\n"),
            ({"log_format": "X", "log_namespace": "my.own"}, "- [my.own#-] X\n"),
            ({"log_format": "X", "log_level": LogLevel.warn}, "- [-#warn] X\n"),
            ({"log_format": "X", "log_system": "S", "log_namespace": "n"}, "- [S] X\n"),
            ({"log_format": "X", "log_system": Bad()}, "- [UNFORMATTABLE] X\n"),
            ({"log_format": "X", "log_namespace": Bad()}, "- [UNFORMATTABLE] X\n"),
            ({"log_format": "X\n[a#b] Y"}, "- [-#-] X\n\t[a#b] Y\n"),
            ({"log_format": "X", "log_system": "a\nb"}, "- [a\n\tb] X\n"),
            ({"log_format": ""}, None),
            ({"x": 1}, None),
        ],
    )
    def test_anEventIsALine(self, event: Event, text: str | None) -> None:
        assert formatEventAsClassicLogText(event) == text

    def test_theTimeIsShownByTheFunctionThatIsGiven(self) -> None:
        text = formatEventAsClassicLogText({"log_format": "X", "log_time": 5}, lambda t: f"<{t}>")
        assert text == "<5> [-#-] X\n"

    @pytest.mark.parametrize("when", ["noon", float("nan"), 1e300, Bad()])
    def test_aTimeThatIsNoneIsSaidToBeNone(self, when: Any) -> None:
        text = formatEventAsClassicLogText({"log_format": "X", "log_time": when})
        assert text is not None
        assert text.startswith("(no time: ")


class TestTracebacks:
    def test_aFailureHasItsTraceback(self) -> None:
        try:
            raise ValueError("€")
        except ValueError:
            failure = Failure()
        for template in ("words", "", None, "{missing}"):
            text = eventAsText({"log_format": template, "log_failure": failure})
            assert text.endswith(f"\n{failure.getTraceback()}")
            assert "€" in text

    def test_aFailureThatIsNoneIsSaidToBeNone(self) -> None:
        text = eventAsText({"log_format": "words", "log_failure": object()})
        assert "\n(UNABLE TO OBTAIN TRACEBACK FROM EVENT)" in text

    @pytest.mark.parametrize(
        ("wanted", "text"),
        [
            ({"includeSystem": False, "includeTimestamp": False}, "X"),
            ({"includeTimestamp": False}, "[n#info] X"),
            ({"includeSystem": False}, "<5> X"),
            ({}, "<5> [n#info] X"),
        ],
    )
    def test_onlyWhatIsWantedIsAdded(self, wanted: dict[str, bool], text: str) -> None:
        event = {
            "log_format": "X",
            "log_time": 5,
            "log_namespace": "n",
            "log_level": LogLevel.info,
            "log_failure": Failure(ValueError("unseen")),
        }
        shown = eventAsText(
            event, includeTraceback=False, formatTime=lambda when: f"<{when}>", **wanted
        )
        assert shown == text
