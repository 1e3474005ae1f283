"""Events as JSON and back, and files of them that were cut or spoilt."""

from __future__ import annotations

import json
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.logger import (
    Logger,
    LogLevel,
    capturedLogs,
    eventAsJSON,
    eventFromJSON,
    eventsFromJSONLogFile,
    formatEvent,
    jsonFileLogObserver,
)
from twisted.logger import _json as room
from twisted.python.failure import Failure

levelId = "02E59486-F24D-46AD-8224-3ACDF2A5732A"
failureId = "E76887E2-20ED-49BF-A8F8-BA25CC586F2D"
unpersistable = {"unpersistable": True}


def roundTrip(event: Any) -> dict[str, Any]:
    text = eventAsJSON(event)
    assert "\n" not in text
    assert text.isascii()
    return eventFromJSON(text)


class Bad:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def selfish() -> list[Any]:
    held: list[Any] = [1]
    held.append(held)
    return held


def deep() -> list[Any]:
    held: list[Any] = []
    for _ in range(100_000):
        held = [held]
    return held


class TestOneEvent:
    @pytest.mark.parametrize(
        ("event", "back"),
        [
            ({}, {}),
            ({1: 2, "3": "4"}, {"1": 2, "3": "4"}),
            ({"a": object(), "b": 1}, {"a": unpersistable, "b": 1}),
            ({"ሴ": "䌡"}, {"ሴ": "䌡"}),
            ({"a": bytes(range(255))}, {"a": bytes(range(255)).decode("latin-1")}),
            ({b"skipped": 1, "a": 2}, {"a": 2}),
            ({"log_level": LogLevel.warn}, {"log_level": LogLevel.warn}),
            ({"a": [LogLevel.info]}, {"a": [LogLevel.info]}),
            ({"a": selfish()}, {"a": [1, unpersistable]}),
            ({"a": 10**5000, "b": [1]}, {"a": unpersistable, "b": [1]}),
            ({"a": {10**5000: 1, 2: 3}}, {"a": {"2": 3}}),
            ({"log_format": "{a}", "a": Bad()}, {"log_format": "{a}", "a": unpersistable}),
            ({"log_format": "{a()}", "a": 1}, {"log_format": "{a()}", "a": 1}),
        ],
    )
    def test_whatCanComeBackDoes(self, event: Any, back: dict[str, Any]) -> None:
        assert roundTrip(event) == back

    def test_theTextOfAnObjectComesBack(self) -> None:
        class Thing:
            value = 7

            def __repr__(self) -> str:
                return "a thing"

        event = {"log_format": "{x} {x.value:>3} {f()}", "x": Thing(), "f": lambda: [1]}
        back = roundTrip(event)
        assert formatEvent(back) == "a thing   7 [1]"
        assert "log_flattened" not in event

    def test_aFailureComesBackWithTypeWordsAndPlaces(self) -> None:
        try:
            raise LookupError("not here")
        except LookupError:
            failure = Failure()
        back = roundTrip({"log_failure": failure})["log_failure"]
        assert isinstance(back, Failure)
        assert back.check(ValueError, LookupError) is LookupError
        assert back.check("builtins.Exception") == "builtins.Exception"
        assert back.check(ValueError) is None
        assert back.getErrorMessage() == "not here"
        assert back.getTraceback() == failure.getTraceback()
        assert back.type is not LookupError
        frame = back.getTracebackObject().tb_frame
        assert frame.f_code.co_filename == __file__

    def test_aFailureOfAClassThatIsNowhereComesBack(self) -> None:
        class Local(Exception):
            def __str__(self) -> str:
                raise RuntimeError("no str")

        back = roundTrip({"log_failure": Failure(Local())})["log_failure"]
        assert back.type.__name__ == "Local"
        assert isinstance(back.getTraceback(), str)

    def test_aFailureOfUpstreamsRecordsIsRead(self) -> None:
        state = {
            "type": {"__module__": "a.b", "__name__": "C"},
            "value": unpersistable,
            "parents": ["a.b.C", "builtins.Exception"],
            "frames": [["f", "/x.py", 3, [], []]],
            "stack": [],
            "captureVars": False,
            "tb": None,
            "pickled": 1,
            "count": 1,
            "__class_uuid__": failureId,
        }
        back = eventFromJSON(json.dumps({"log_failure": state}))["log_failure"]
        assert back.check("a.b.C") == "a.b.C"
        assert "/x.py" in back.getTraceback()

    @pytest.mark.parametrize(
        ("text", "event"),
        [
            (f'{{"a": {{"name": "loud", "__class_uuid__": "{levelId}"}}}}', {"a": None}),
            (f'{{"a": {{"name": 5, "__class_uuid__": "{levelId}"}}}}', {"a": None}),
            ('{"a": {"__class_uuid__": "no"}}', {"a": {"__class_uuid__": "no"}}),
            ('{"a": {"__class_uuid__": 5}}', {"a": {"__class_uuid__": 5}}),
            (
                f'{{"a": {{"__class_uuid__": "{failureId}"}}}}',
                {"a": {"__class_uuid__": failureId}},
            ),
        ],
    )
    def test_whatIsMarkedButNotKnownIsNoError(self, text: str, event: Any) -> None:
        assert eventFromJSON(text) == event

    @pytest.mark.parametrize("text", ["", "{", '{"a": 1', "[1]", "5", '"x"', "null"])
    def test_whatIsNoEventIsAValueError(self, text: str) -> None:
        with pytest.raises(ValueError):
            eventFromJSON(text)

    def test_whatIsNestedTooDeepIsCut(self) -> None:
        text = eventAsJSON({"a": deep(), "b": 1})
        assert text.count("[") <= 30
        assert json.loads(text)["b"] == 1

    @settings(max_examples=50, deadline=None)
    @given(
        st.dictionaries(
            st.text(max_size=9),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                max_leaves=8,
            ),
            max_size=6,
        )
    )
    def test_plainEventsComeBackWhole(self, event: dict[str, Any]) -> None:
        event.pop("log_format", None)
        if "__class_uuid__" not in str(event):
            assert roundTrip(event) == event


class TestFiles:
    def test_aRecordIsSeparatorObjectAndLineEnd(self) -> None:
        for separator in ("\x1e", ""):
            written = StringIO()
            jsonFileLogObserver(written, separator)({"x": 1})
            assert written.getvalue() == f'{separator}{{"x": 1}}\n'

    def test_noEventCanForgeARecord(self) -> None:
        written = StringIO()
        jsonFileLogObserver(written)({"x": '\n\x1e{"y": 2}\n'})
        written.seek(0)
        assert list(eventsFromJSONLogFile(written)) == [{"x": '\n\x1e{"y": 2}\n'}]

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 4096])
    @pytest.mark.parametrize("asBytes", [False, True])
    @pytest.mark.parametrize(
        ("content", "separator"),
        [
            ('\x1e{"x": "€"}\n\x1e{"y": 2}\n', None),
            ('{"x": "€"}\n{"y": 2}\n', None),
            ('\n{"x": "€"}\n\n{"y": 2}', None),
            ('\x1e\x1e{"x": "€"}\n\x1e{"y": 2}\n', None),
            ('{"x": "€"}\n{"y": 2}\n', ""),
            ('\x08{"x": "€"}\n\x08{"y": 2}\n', "\x08"),
            ('--{"x": "€"}\n--{"y": 2}\n', "--"),
        ],
    )
    def test_eventsAreReadHoweverTheyComeInPieces(
        self, content: str, separator: str | None, asBytes: bool, size: int
    ) -> None:
        source: Any = BytesIO(content.encode()) if asBytes else StringIO(content)
        with capturedLogs() as captured:
            events = list(eventsFromJSONLogFile(source, separator, size))
        assert events == [{"x": "€"}, {"y": 2}]
        assert captured == []

    @pytest.mark.parametrize(
        ("content", "record", "words"),
        [
            (b'\x1e{"x": 1\x1e{"y": 2}\n', b'{"x": 1', "truncated"),
            (b'\x1e{"y": 2}\n\x1e{"x": 1', b'{"x": 1', "truncated"),
            (b'\x1e{"x": "\xe2\xac"}\n\x1e{"y": 2}\n', b'{"x": "\xe2\xac"}\n', "decode UTF-8"),
            (b'\x1e{"x": }\n\x1e{"y": 2}\n', b'{"x": }\n', "read JSON"),
            (b'\x1e{"x": 1}\n{"z": 1}\n\x1e{"y": 2}\n', b'{"x": 1}\n{"z": 1}\n', "read JSON"),
            (b'{"x": 1\n{"y": 2}\n', b'{"x": 1', "read JSON"),
            (b'{"y": 2}\n{"x"', b'{"x"', "read JSON"),
            (b'[1]\n{"y": 2}\n', b"[1]", "read JSON"),
            (b"[" * 200_000 + b'\n{"y": 2}\n', b"[" * 200_000, "read JSON"),
        ],
    )
    def test_aSpoiltRecordIsSkippedAndLogged(
        self, content: bytes, record: bytes, words: str
    ) -> None:
        with capturedLogs() as captured:
            events = list(eventsFromJSONLogFile(BytesIO(content)))
        assert events == [{"y": 2}]
        (event,) = captured
        assert event["record"] == record
        assert words in event["log_format"]
        assert event["log_level"] is LogLevel.error

    @pytest.mark.parametrize("content", ["", "\n", "\x1e", "\x1e\n"])
    def test_anEmptyFileHasNoEvents(self, content: str) -> None:
        with capturedLogs() as captured:
            assert list(eventsFromJSONLogFile(StringIO(content))) == []
        assert captured == []

    def test_aRecordWithoutEndIsNotKeptWhole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(room, "largestRecord", 1000)
        source = BytesIO(b"\x1e" + b"x" * 100_000 + b'\n\x1e{"y": 2}\n')
        with capturedLogs() as captured:
            assert list(eventsFromJSONLogFile(source, bufferSize=100)) == [{"y": 2}]
        assert len(captured[0]["record"]) <= 1200

    def test_whatALoggerWritesIsReadBack(self) -> None:
        written = StringIO()
        log = Logger("n", observer=jsonFileLogObserver(written))
        try:
            raise ValueError("bad")
        except ValueError:
            log.failure("while {doing}", doing=object)
        written.seek(0)
        (event,) = eventsFromJSONLogFile(written)
        assert formatEvent(event) == f"while {object}"
        assert event["log_failure"].check(ValueError)
        assert event["log_level"] is LogLevel.critical
