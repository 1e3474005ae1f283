"""The program's log before and after it begins, and lines and warnings that become events."""

from __future__ import annotations

import io
import sys
import warnings
from typing import Any

import pytest

from twisted.logger import (
    LogBeginner,
    Logger,
    LoggingFile,
    LogLevel,
    LogPublisher,
    formatEvent,
    textFileLogObserver,
)
from twisted.python.failure import Failure

Event = dict[str, Any]


class Streams:
    """Stands for the sys module."""

    def __init__(self) -> None:
        self.stdout: Any = object()
        self.stderr: Any = object()


class Warnings:
    """Stands for the warnings module."""

    def __init__(self) -> None:
        self.shown: list[tuple[Any, ...]] = []
        self.showwarning: Any = lambda *args: self.shown.append(args)


class Begun:
    """A beginner with a world of its own."""

    def __init__(self, size: int | None = None) -> None:
        self.publisher = LogPublisher()
        self.errors = io.StringIO()
        self.streams = Streams()
        self.warnings = Warnings()
        self.heard: list[Event] = []
        self.log = Logger("n", observer=self.publisher)
        self.beginner = LogBeginner(
            self.publisher, self.errors, self.streams, self.warnings, initialBufferSize=size
        )

    def begin(self, **wanted: Any) -> None:
        self.beginner.beginLoggingTo([self.heard.append], **wanted)

    def said(self) -> list[str]:
        return [formatEvent(event) for event in self.heard]


class TestBeginning:
    def test_whatWasLoggedBeforeComesFirst(self) -> None:
        world = Begun()
        world.log.info("before")
        world.begin()
        world.log.info("after")
        assert world.said() == ["before", "after"]

    def test_whatWasLoggedBeforeCanBeForgotten(self) -> None:
        world = Begun()
        world.log.info("before")
        world.begin(discardBuffer=True)
        assert world.said() == []

    @pytest.mark.parametrize(("size", "kept"), [(None, 200), (3, 3)])
    def test_onlyTheLatestAreKept(self, size: int | None, kept: int) -> None:
        world = Begun(size)
        for number in range(kept + 1):
            world.log.info("{n}", n=number)
        world.begin()
        assert world.said() == [str(number) for number in range(1, kept + 1)]

    def test_onlyCriticalEventsAreShownBefore(self) -> None:
        world = Begun()
        world.log.error("not this")
        world.log.critical("but {what}", what="this")
        assert world.errors.getvalue() == "but this\n"

    def test_aCriticalFailureIsShownWithItsTraceback(self) -> None:
        world = Begun()
        world.log.failure("words", Failure(ValueError("bad")))
        shown = world.errors.getvalue()
        assert shown.startswith("words\nTraceback")
        assert "bad" in shown

    def test_nothingIsShownAfter(self) -> None:
        world = Begun()
        world.begin()
        world.log.critical("x")
        assert world.errors.getvalue() == ""

    def test_aSecondBeginningAddsAndSaysWhereBothAre(self) -> None:
        world = Begun()
        second: list[Event] = []
        world.log.info("before")
        world.begin()
        world.beginner.beginLoggingTo([second.append])
        world.log.info("after")
        (warning, after) = second
        assert formatEvent(after) == "after"
        assert warning["log_level"] is LogLevel.warn
        assert warning["fileNow"] == warning["fileThen"] == __file__
        assert warning["lineNow"] != warning["lineThen"]
        assert f"<{__file__}:{warning['lineNow']}>" in formatEvent(warning)

    def test_anObserverThatFailsWhileReplayingKeepsNobodyFromTheRest(self) -> None:
        world = Begun()
        world.log.info("before")

        def broken(event: Event) -> None:
            raise RuntimeError("broken")

        world.beginner.beginLoggingTo([broken, world.heard.append])
        assert world.said()[0] == "before"
        assert world.heard[1]["log_failure"].check(RuntimeError)


class TestRedirection:
    def test_standardOutputAndErrorBecomeEvents(self) -> None:
        world = Begun()
        world.begin()
        print("out", file=world.streams.stdout)
        print("err", file=world.streams.stderr)
        assert [(e["log_namespace"], e["log_io"], e["log_level"]) for e in world.heard] == [
            ("stdout", "out", LogLevel.info),
            ("stderr", "err", LogLevel.error),
        ]

    def test_theyCanBeLeftAlone(self) -> None:
        world = Begun()
        before = world.streams.stdout, world.streams.stderr
        world.begin(redirectStandardIO=False)
        assert (world.streams.stdout, world.streams.stderr) == before

    def test_theirEncodingStays(self) -> None:
        world = Begun()
        world.streams.stdout = io.TextIOWrapper(io.BytesIO(), "shift-JIS")
        world.begin()
        assert world.streams.stdout.encoding == "shift-JIS"
        world.streams.stdout.write(b"\x97\x9b\n")
        assert world.heard[0]["log_io"] == "\u674e"

    def test_warningsBecomeEventsUnlessTheyGoToAFile(self) -> None:
        world = Begun()
        world.warnings.showwarning("early", UserWarning, "f.py", 1)
        world.begin()
        file = io.StringIO()
        world.warnings.showwarning("late", UserWarning, "f.py", 2)
        world.warnings.showwarning("filed", UserWarning, "f.py", 3, file=file)
        assert world.said() == ["f.py:2: builtins.UserWarning: late"]
        assert world.heard[0]["category"] == "builtins.UserWarning"
        assert world.heard[0]["lineno"] == 2
        assert [shown[0] for shown in world.warnings.shown] == ["early", "filed"]

    def test_theRealWarningsModuleIsCaptured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
        world = Begun()
        beginner = LogBeginner(world.publisher, world.errors, world.streams, warnings)
        beginner.beginLoggingTo([world.heard.append])
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            monkeypatch.setattr(warnings, "showwarning", beginner.showwarning)
            warnings.warn("heed", UserWarning, stacklevel=1)
        assert world.said()[-1].endswith("builtins.UserWarning: heed")


class TestLoggingFile:
    def make(self, **wanted: Any) -> tuple[LoggingFile, list[Event]]:
        heard: list[Event] = []
        return LoggingFile(Logger("some.where", observer=heard.append), **wanted), heard

    @pytest.mark.parametrize(
        ("writes", "lines"),
        [
            (["a"], []),
            (["a\n"], ["a"]),
            (["a", "b\n"], ["ab"]),
            (["a\n\nb\nc"], ["a", "", "b"]),
            ([b"S\xc3\xa1\n"], ["Sá"]),
            (["S\xe1\n"], ["Sá"]),
            ([b"\xff\n"], ["\\xff"]),
        ],
    )
    def test_eachLineIsAnEvent(self, writes: list[Any], lines: list[str]) -> None:
        file, heard = self.make(encoding="utf-8")
        for data in writes:
            assert file.write(data) == len(data)
        assert [event["log_io"] for event in heard] == lines
        assert [formatEvent(event) for event in heard] == lines

    def test_writelinesAddsNoLineEnds(self) -> None:
        file, heard = self.make(level=LogLevel.warn)
        file.writelines(["a", "b\n", "c\nd"])
        assert [event["log_io"] for event in heard] == ["ab", "c"]
        assert heard[0]["log_level"] is LogLevel.warn

    def test_itCanBePrintedTo(self) -> None:
        file, heard = self.make()
        print("a", end=" ", file=file)
        print("b", file=file, flush=True)
        assert [event["log_io"] for event in heard] == ["a b"]

    def test_itDescribesItself(self) -> None:
        file, _ = self.make()
        assert (file.mode, file.newlines, file.closed) == ("w", None, False)
        assert file.name == "<LoggingFile some.where#info>"
        assert file.encoding == sys.getdefaultencoding()
        assert not file.isatty()

    @pytest.mark.parametrize("name", ["closed", "encoding", "mode", "newlines", "name"])
    def test_whatDescribesItCannotBeSet(self, name: str) -> None:
        file, _ = self.make()
        with pytest.raises(AttributeError):
            setattr(file, name, "x")

    @pytest.mark.parametrize(
        "name",
        ["read", "next", "readline", "readlines", "xreadlines", "seek", "tell", "truncate"],
    )
    def test_itCannotBeRead(self, name: str) -> None:
        file, _ = self.make()
        with pytest.raises(OSError, match="only be written"):
            getattr(file, name)(0)
        with pytest.raises(OSError):
            file.fileno()

    def test_nothingIsWrittenOnceItIsClosed(self) -> None:
        file, heard = self.make()
        file.close()
        assert file.closed
        with pytest.raises(ValueError, match="closed"):
            file.write("x\n")
        assert heard == []


class TestTextFiles:
    def test_textGoesToTextFilesAndBytesToBinaryOnes(self) -> None:
        text, binary = io.StringIO(), io.BytesIO()
        for file in (text, binary):
            textFileLogObserver(file)({"log_format": "é"})
        assert text.getvalue() == "- [-#-] é\n"
        assert binary.getvalue() == "- [-#-] é\n".encode()

    def test_whatIsNoUnicodeIsWrittenAsEscapes(self) -> None:
        binary = io.BytesIO()
        ascii = io.TextIOWrapper(io.BytesIO(), "ascii")
        for file in (binary, ascii):
            textFileLogObserver(file)({"log_format": "\ud800"})
        ascii.seek(0)
        assert binary.getvalue() == b"- [-#-] \\ud800\n"
        assert ascii.read() == "- [-#-] \\ud800\n"

    def test_eachEventIsFlushedAndNothingIsWrittenForNone(self) -> None:
        class File:
            calls = ""

            def write(self, text: str) -> None:
                self.calls += "w"

            def flush(self) -> None:
                self.calls += "f"

        file: Any = File()
        observer = textFileLogObserver(file)
        observer({"log_format": "a"})
        observer({"x": 1})
        observer({"log_format": "b\nc"})
        assert file.calls == "wfwf"

    @pytest.mark.parametrize(
        ("timeFormat", "times", "shown"),
        [
            ("%S", [1.0, 1.9, 2.0, 1.0, None, 60.0], ["01", "01", "02", "01", "-", "00"]),
            ("%S.%f", [1.5, 1.25], ["01.500000", "01.250000"]),
            (None, [1.0], ["-"]),
            ("", [1.0], [""]),
            ("%S", [-0.5, 0.5, -1.0], ["59", "00", "59"]),
        ],
    )
    def test_eachEventHasItsTime(
        self, timeFormat: str | None, times: list[float | None], shown: list[str]
    ) -> None:
        file = io.StringIO()
        observer = textFileLogObserver(file, timeFormat)
        for when in times:
            observer({"log_format": "x", "log_time": when})
        assert [line.split(" ")[0] for line in file.getvalue().splitlines()] == shown
