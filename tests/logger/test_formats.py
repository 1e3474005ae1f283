"""The ways to write a log that have a name: for a person, and for a collector."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from io import StringIO
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from twisted.logger import Logger, LogLevel, eventsFromJSONLogFile, formatEvent
from twisted.logger._formats import logFormats
from twisted.logger._otlp import Trace, currentTrace, otlpLogObserver
from twisted.logger._terminal import systemColumns, terminalLogObserver, wantsColour
from twisted.python.failure import Failure

Event = dict[str, Any]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Bad:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class TestNames:
    def test_theyAreFour(self) -> None:
        assert list(logFormats) == ["auto", "text", "json", "otlp"]

    @pytest.mark.parametrize("name", list(logFormats))
    def test_eachWritesOneEvent(self, name: str) -> None:
        file = StringIO()
        Logger("n", observer=logFormats[name](file)).info("a {b}", b=1)
        assert "a" in file.getvalue()
        assert file.getvalue().endswith("\n")

    def test_jsonIsReadBack(self) -> None:
        file = StringIO()
        Logger("n", observer=logFormats["json"](file)).info("a {b}", b=1)
        file.seek(0)
        assert [formatEvent(event) for event in eventsFromJSONLogFile(file)] == ["a 1"]

    def test_autoIsForAPersonOnlyAtATerminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        file, terminal = StringIO(), Terminal()
        for stream in (file, terminal):
            Logger("n", observer=logFormats["auto"](stream)).info("a")
        assert "[n#info] a\n" in file.getvalue()
        assert "\x1b[" in terminal.getvalue()


class TestTerminal:
    def show(self, event: Event, **environ: str) -> str:
        file = Terminal()
        terminalLogObserver(file, environ)(event)
        return file.getvalue()

    @pytest.mark.parametrize(
        ("environ", "onTerminal", "elsewhere"),
        [
            ({}, True, False),
            ({"TERM": "dumb"}, False, False),
            ({"NO_COLOR": "1"}, False, False),
            ({"NO_COLOR": ""}, True, False),
            ({"FORCE_COLOR": "1"}, True, True),
            ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ],
    )
    def test_coloursAreForThoseWhoWantThem(
        self, environ: dict[str, str], onTerminal: bool, elsewhere: bool
    ) -> None:
        assert wantsColour(Terminal(), environ) is onTerminal
        assert wantsColour(StringIO(), environ) is elsewhere

    def test_linesAreAligned(self) -> None:
        texts = [
            self.show(
                {
                    "log_format": "TEXT\nMORE",
                    "log_time": 5.25,
                    "log_level": level,
                    "log_namespace": namespace,
                },
                NO_COLOR="1",
            )
            for level in (*LogLevel.iterconstants(), None)
            for namespace in ("n", "x" * 99 + ".end", None)
        ]
        assert len({text.index("TEXT") for text in texts}) == 1
        assert len({text.split("\n")[1].index("MORE") for text in texts}) == 1
        assert texts[0].split("\n")[1].index("MORE") == texts[0].index("TEXT")
        assert ".end" in texts[1]
        assert "x" * systemColumns not in texts[1]

    def test_theSystemOfAnOldEventIsShown(self) -> None:
        assert " S " in self.show({"log_format": "x", "log_system": "S"}, NO_COLOR="1")
        assert " n " in self.show(
            {"log_format": "x", "log_system": "-", "log_namespace": "n"}, NO_COLOR="1"
        )

    @pytest.mark.parametrize(
        "peer",
        ["\x1b]0;title\x07", "\x1b[2J", "\r", "\x9b31m", "\u202eevil", "\u2066", "\x00", "\x7f"],
    )
    def test_whatPeersSendCannotSteerTheTerminal(self, peer: str) -> None:
        event = {"log_format": "got {peer}", "peer": peer, "log_system": peer}
        shown = self.show(event, NO_COLOR="1")
        assert all(char.isprintable() or char == "\n" for char in shown)
        assert "\\" in shown

    def test_aTracebackIsIndentedBelow(self) -> None:
        try:
            raise ValueError("bad")
        except ValueError:
            failure = Failure()
        lines = self.show({"log_format": "x", "log_failure": failure}, NO_COLOR="1").split("\n")
        assert lines[1].strip() == "Traceback (most recent call last):"
        assert lines[-2].strip().endswith("bad")
        assert lines[-1] == ""

    @pytest.mark.parametrize("when", [None, "noon", float("nan"), 1e300, Bad()])
    def test_aTimeThatIsNoneIsNoObstacle(self, when: Any) -> None:
        event = {"log_format": "x", "log_time": when, "log_system": Bad(), "log_level": 5}
        assert self.show(event, NO_COLOR="1").startswith("--:--:--.---")

    def test_anEventWithNothingToSayIsNotShown(self) -> None:
        assert self.show({"a": 1}) == ""


class TestTelemetry:
    def record(self, event: Event) -> dict[str, Any]:
        file = StringIO()
        otlpLogObserver(file, {"service.name": "test"})(event)
        assert file.getvalue().count("\n") == 1
        (resource,) = json.loads(file.getvalue())["resourceLogs"]
        assert resource["resource"]["attributes"] == [
            {"key": "service.name", "value": {"stringValue": "test"}}
        ]
        (scope,) = resource["scopeLogs"]
        (record,) = scope["logRecords"]
        assert isinstance(scope["scope"]["name"], str)
        assert isinstance(record, dict)
        return record

    def attributes(self, event: Event) -> dict[str, Any]:
        return {held["key"]: held["value"] for held in self.record(event)["attributes"]}

    @pytest.mark.parametrize(
        ("level", "number", "name"),
        [
            (LogLevel.debug, 5, "DEBUG"),
            (LogLevel.info, 9, "INFO"),
            (LogLevel.warn, 13, "WARN"),
            (LogLevel.error, 17, "ERROR"),
            (LogLevel.critical, 21, "FATAL"),
            (None, 0, ""),
        ],
    )
    def test_levelsHaveTheirSeverity(self, level: Any, number: int, name: str) -> None:
        record = self.record({"log_format": "a {b}", "b": 1, "log_level": level, "log_time": 2.5})
        assert (record["severityNumber"], record["severityText"]) == (number, name)
        assert record["timeUnixNano"] == "2500000000"
        assert record["body"] == {"stringValue": "a 1"}

    @pytest.mark.parametrize(
        ("value", "written"),
        [
            ("s", {"stringValue": "s"}),
            (True, {"boolValue": True}),
            (5, {"intValue": "5"}),
            (1 << 63, {"stringValue": str(1 << 63)}),
            (2.5, {"doubleValue": 2.5}),
            (float("nan"), {"doubleValue": "NaN"}),
            (float("-inf"), {"doubleValue": "-Infinity"}),
            (b"\x00", {"bytesValue": "AA=="}),
            (None, {}),
            ([1, "a"], {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "a"}]}}),
            (
                {"k": 1},
                {"kvlistValue": {"values": [{"key": "k", "value": {"intValue": "1"}}]}},
            ),
        ],
    )
    def test_valuesKeepTheirKind(self, value: object, written: dict[str, Any]) -> None:
        assert self.attributes({"value": value})["value"] == written

    def test_whatCannotBeShownIsNoObstacle(self) -> None:
        held: list[Any] = []
        held.append(held)
        event: Any = {Bad(): 1, "a": Bad(), "b": held, "log_time": Bad(), "log_failure": Bad()}
        event.update(log_format="{a}", log_namespace=Bad(), log_system=Bad())
        assert "no repr" in json.dumps(self.record(event))

    def test_anExceptionHasItsConventionalNames(self) -> None:
        told = self.attributes({"log_failure": Failure(ValueError("bad")), "log_format": "x"})
        assert told["exception.type"] == {"stringValue": "builtins.ValueError"}
        assert told["exception.message"] == {"stringValue": "bad"}
        assert "bad" in told["exception.stacktrace"]["stringValue"]
        assert told["log_format"] == {"stringValue": "x"}

    def test_theProgramIsNamedByItsEnvironment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
        file = StringIO()
        otlpLogObserver(file)({"log_format": "x"})
        assert '"stringValue":"mine"' in file.getvalue()
        assert "process.pid" in file.getvalue()


class TestTraces:
    trace = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")

    def records(self, file: StringIO) -> list[dict[str, Any]]:
        return [
            json.loads(line)["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
            for line in file.getvalue().splitlines()
        ]

    def test_eachEventIsPartOfWhatTheRunningCodeIsPartOf(self) -> None:
        file = StringIO()
        log = Logger("n", observer=otlpLogObserver(file))

        async def request(trace: Trace, turns: int) -> None:
            currentTrace.set(trace)
            for _ in range(turns):
                await asyncio.sleep(0)
            log.info(trace.spanId)

        async def main() -> None:
            other = self.trace._replace(spanId="1" * 16, sampled=False)
            await asyncio.gather(request(self.trace, 3), request(other, 1))
            log.info("none")

        asyncio.run(main())
        first, second, none = self.records(file)
        assert (first["spanId"], first["flags"]) == ("1" * 16, 0)
        assert (second["traceId"], second["spanId"], second["flags"]) == (*self.trace[:2], 1)
        assert "traceId" not in none

    def test_aSpanOfTheOpenTelemetryApiIsFound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        context = SimpleNamespace(is_valid=True, trace_id=255, span_id=16, trace_flags=1)
        module: Any = ModuleType("opentelemetry.trace")
        module.get_current_span = lambda: SimpleNamespace(get_span_context=lambda: context)
        monkeypatch.setitem(sys.modules, "opentelemetry.trace", module)
        file = StringIO()
        observer = otlpLogObserver(file)
        observer({"log_format": "x"})
        context.is_valid = False
        observer({"log_format": "x"})
        del context.is_valid
        observer({"log_format": "x"})
        first, *others = self.records(file)
        assert (first["traceId"], first["spanId"]) == ("0" * 30 + "ff", "0" * 14 + "10")
        assert all("traceId" not in record for record in others)

    @pytest.mark.parametrize(
        ("header", "trace"),
        [
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", trace),
            (" 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\t", trace),
            (
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
                trace._replace(sampled=False),
            ),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", trace),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", None),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", None),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", None),
            ("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", None),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-+1", None),
            ("", None),
            ("-" * 10_000, None),
        ],
    )
    def test_aTraceparentIsReadAsTheRecommendationHasIt(
        self, header: str, trace: Trace | None
    ) -> None:
        assert Trace.fromTraceparent(header) == trace


class TestImports:
    @pytest.mark.parametrize(
        "module",
        ["logging", "uuid", "zoneinfo", "tempfile", "datetime", "string", "contextvars"]
        + [f"twisted.logger.{room}" for room in ("_json", "_io", "_file", "_stdlib", "_otlp")]
        + ["twisted.python.failure"],
    )
    def test_whatALogNeedsOnlySometimesIsNotImportedWithIt(self, module: str) -> None:
        code = f"import sys, twisted.logger; sys.exit({module!r} in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_theFaceIsCompleteAndEachNameCanBeHad(self) -> None:
        import twisted.logger as face

        namespace: dict[str, object] = {}
        exec("from twisted.logger import *", namespace)
        assert set(face.__all__) <= set(namespace)
        assert set(face.__all__) <= set(dir(face))
        with pytest.raises(AttributeError, match="nothing"):
            _ = face.nothing
