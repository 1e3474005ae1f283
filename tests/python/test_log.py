"""The older log: what it makes of messages and errors, and that both kinds see each other."""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.logger import (
    LogBeginner,
    Logger,
    LoggingFile,
    LogLevel,
    formatEvent,
)
from twisted.logger import LogPublisher as NewPublisher
from twisted.python import context, log
from twisted.python.failure import Failure

Event = dict[str, Any]


class BadStr:
    """Its repr can be had, its str cannot."""

    def __str__(self) -> str:
        raise RuntimeError("no str")


class BadRepr:
    """Its str can be had, its repr cannot."""

    def __str__(self) -> str:
        return "fine"

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Bad(BadStr):
    __repr__ = BadRepr.__repr__


@pytest.fixture
def heard() -> Iterator[list[Event]]:
    """What old observers of the program's log are told."""
    events: list[Event] = []
    log.addObserver(events.append)
    yield events
    log.removeObserver(events.append)


class World:
    """A log of its own, written to a file."""

    def __init__(self) -> None:
        self.file = io.StringIO()
        self.publisher = log.LogPublisher()
        self.observer = log.FileLogObserver(self.file)
        self.publisher.addObserver(self.observer.emit)

    def lines(self) -> list[str]:
        """What was written, without the times."""
        return [line.partition(" [")[2] for line in self.file.getvalue().splitlines()]


class TestMessages:
    def test_aMessageIsAnEventForBothKinds(self, heard: list[Event]) -> None:
        log.msg("a", "b", extra=1)
        (event,) = heard
        assert event["message"] == ("a", "b")
        assert (event["extra"], event["isError"], event["system"]) == (1, 0, "-")
        assert isinstance(event["time"], float)
        assert formatEvent(event) == log.textFromEventDict(event) == "a b"

    def test_whatALoggerLogsIsAnEventForOldObservers(self, heard: list[Event]) -> None:
        Logger("n").warn("a {b}", b=1)
        (event,) = heard
        assert log.textFromEventDict(event) == "a 1"
        assert (event["message"], event["isError"], event["system"]) == ((), 0, "-")

    def test_eachObserverHasAnEventOfItsOwn(self, heard: list[Event]) -> None:
        second: list[Event] = []
        log.addObserver(second.append)
        try:
            Logger("n").info("x")
        finally:
            log.removeObserver(second.append)
        assert heard[0] is not second[0]

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("words", "'words'"),
            (17, "17"),
        ],
    )
    def test_anErrorMayBeAnything(self, heard: list[Event], given: Any, text: str) -> None:
        log.err(given, "why", extra=1)
        (event,) = heard
        assert (event["isError"], event["why"], event["extra"]) == (1, "why", 1)
        assert log.textFromEventDict(event) == text
        assert event["log_level"] is LogLevel.critical

    def test_anExceptionBecomesAFailure(self, heard: list[Event]) -> None:
        error = ValueError("bad")
        failure = Failure(KeyError("k"))
        log.err(error, "why")
        log.deferr(failure)
        try:
            raise LookupError("at hand")
        except LookupError:
            log.err()
        first, second, third = heard
        assert first["failure"].value is error
        assert log.textFromEventDict(first).startswith("why\nTraceback")  # type: ignore[union-attr]
        assert second["failure"] is failure
        assert third["failure"].check(LookupError)


class TestText:
    @pytest.mark.parametrize(
        ("event", "text"),
        [
            ({"message": ("a", 1, b"c")}, "a 1 c"),
            ({"message": (), "format": "%(a)s!", "a": 1}, "1!"),
            ({"message": ()}, None),
            ({"message": (), "isError": 1}, None),
            ({"message": ("a",), "isError": 1, "failure": 5}, "a"),
            ({"message": (), "isError": 1, "failure": 5, "format": "%(a)s"}, "(unable to obtain"),
            ({"message": (), "isError": 1, "failure": 5, "why": "w"}, "w\n"),
            (
                {"message": (), "isError": 1, "failure": Failure(ValueError("v"))},
                "Unhandled Error\n",
            ),
            ({"message": (), "format": "%(missing)s"}, "Invalid format string"),
            ({"message": (), "format": "%s %s"}, "Invalid format string"),
            ({"message": (), "format": 42}, "Invalid format string"),
            ({"message": (), "format": "%(a)s", "a": BadStr()}, "Invalid format string"),
            ({"message": (), "format": "%(a)s", "a": [BadRepr()]}, "UNFORMATTABLE OBJECT"),
            ({"message": (), "format": Bad()}, "PATHOLOGICAL ERROR"),
        ],
    )
    def test_anEventHasThisText(self, event: Event, text: str | None) -> None:
        shown = log.textFromEventDict({"isError": 0, **event})
        if text is None:
            assert shown is None
        else:
            assert text in str(shown)

    objects: st.SearchStrategy[Any] = st.one_of(
        st.none(), st.integers(), st.text(), st.binary(), *map(st.builds, (Bad, BadStr, BadRepr))
    )

    @settings(deadline=None)
    @given(
        message=st.lists(objects).map(tuple),
        format=objects | st.sampled_from(["%(a)s", "%(a)d", "%s", "%", "%(a)", "%(a)r %(b)s"]),
        why=objects,
        failure=objects,
        system=objects | st.lists(objects),
        isError=st.booleans(),
    )
    def test_itNeverRaises(self, isError: bool, system: Any, **event: Any) -> None:
        event.update(isError=isError, system=system, a=event["why"], b=event["failure"], time=5)
        text = log.textFromEventDict(event)
        file = io.StringIO()
        log.FileLogObserver(file).emit(event)
        assert bool(file.getvalue()) == (text is not None)
        assert all(line.startswith("\t") for line in file.getvalue().split("\n")[1:-1])


class TestContext:
    def test_whatIsInTheContextIsInTheEvent(self, heard: list[Event]) -> None:
        log.callWithContext(
            {"system": "s", "a": 1, "b": 1},
            log.callWithContext,
            {"a": 2},
            log.msg,
            "x",
            b=3,
        )
        log.msg("y")
        assert {key: heard[0][key] for key in ("system", "a", "b")} == {
            "system": "s",
            "a": 2,
            "b": 3,
        }
        assert heard[1]["system"] == "-"
        assert context.get(log.ILogContext) == {"system": "-"}

    def test_aLoggersPrefixIsTheSystem(self, heard: list[Event]) -> None:
        class Speaker(log.Logger):
            def logPrefix(self) -> str:
                return f"prefix, {super().logPrefix()}"

        def speak(a: int, b: int) -> tuple[int, int]:
            log.msg("x")
            return a, b

        assert log.callWithLogger(Speaker(), speak, 1, b=2) == (1, 2)
        assert heard[0]["system"] == "prefix, -"

    def test_whatIsRaisedIsLoggedWithTheSystem(self, heard: list[Event]) -> None:
        assert log.callWithLogger(log.Logger(), int, "x") is None
        (event,) = heard
        assert event["failure"].check(ValueError)
        assert event["system"] == "-"

    def test_aBrokenPrefixIsLoggedAndTheCallIsMade(self, heard: list[Event]) -> None:
        class Broken:
            def logPrefix(self) -> str:
                raise ValueError("no prefix")

        assert log.callWithLogger(Broken(), lambda: 5) == 5
        assert heard[0]["failure"].check(ValueError)

    def test_anInterruptPasses(self) -> None:
        def interrupted() -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            log.callWithLogger(log.Logger(), interrupted)


class TestPublisher:
    def test_observersComeAndGo(self) -> None:
        publisher = log.LogPublisher()
        events: list[Event] = []
        publisher.addObserver(events.append)
        assert publisher.observers == [events.append]
        publisher.msg("a")
        publisher.removeObserver(events.append)
        publisher.removeObserver(events.append)
        publisher.msg("b")
        assert publisher.observers == []
        assert [event["message"] for event in events] == [("a",)]

    def test_whatCannotBeCalledIsRefused(self) -> None:
        with pytest.raises(TypeError, match="3"):
            log.LogPublisher().addObserver(3)  # type: ignore[arg-type]  # that is the case

    def test_aBrokenObserverIsReportedToTheOthersHere(self, heard: list[Event]) -> None:
        publisher = log.LogPublisher()
        events: list[Event] = []

        def broken(event: Event) -> None:
            raise ValueError("broken")

        for observer in (events.append, broken):
            publisher.addObserver(observer)
        publisher.msg("x")
        assert [event["isError"] for event in events] == [0, 1]
        assert events[1]["failure"].check(ValueError)
        assert heard == []

    def test_manyThreadsMayLogAtOnce(self) -> None:
        publisher = log.LogPublisher()
        events: list[Event] = []
        publisher.addObserver(events.append)

        def speak() -> None:
            for number in range(50):
                publisher.msg(str(number))

        threads = [Thread(target=speak) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(events) == 200

    def test_aWarningIsAnEventUnlessItGoesToAFile(self) -> None:
        publisher = log.LogPublisher()
        events: list[Event] = []
        publisher.addObserver(events.append)
        publisher.showwarning(UserWarning("heed"), UserWarning, "f.py", 27)
        (event,) = events
        assert event["format"] % event == "f.py:27: builtins.UserWarning: heed"

    def test_aWarningForAFileGoesThere(self) -> None:
        shown = []

        class Module:
            showwarning: Any = staticmethod(lambda *args: shown.append(args))

        file = io.StringIO()
        publisher = log.LogPublisher(warningsModule=Module)
        publisher.showwarning("heed", UserWarning, "f.py", 27, file=file, line="code")
        assert shown == [("heed", UserWarning, "f.py", 27, file, "code")]

    def test_theInterfaceIsThatOfAFunctionOfAnEvent(self) -> None:
        from zope.interface import implementer

        @implementer(log.ILogObserver)
        class Observer:
            def __call__(self, eventDict: Event) -> None:
                pass

        assert verifyObject(log.ILogObserver, Observer())


class TestFiles:
    @pytest.mark.parametrize(
        ("event", "written"),
        [
            ({"message": ("a", "b")}, "1970-01-01 00:00:01+0000 [-] a b\n"),
            ({"message": ("a\nb",)}, "1970-01-01 00:00:01+0000 [-] a\n\tb\n"),
            ({"message": ("a",), "system": "s\nt"}, "1970-01-01 00:00:01+0000 [s\n\tt] a\n"),
            ({"message": ()}, ""),
        ],
    )
    def test_anEventIsALine(self, event: Event, written: str) -> None:
        text, binary = io.StringIO(), io.BytesIO()
        for file in (text, binary):
            observer = log.FileLogObserver(file)
            observer.getTimezoneOffset = lambda when: 0  # type: ignore[method-assign]
            observer.emit({"isError": 0, "time": 1.5, "system": "-", **event})
        assert text.getvalue() == written
        assert binary.getvalue() == written.encode()

    @pytest.mark.parametrize(
        ("behind", "shown"),
        [
            (18000, "2001-02-02 23:05:06-0500"),
            (-3600, "2001-02-03 05:05:06+0100"),
            (5400, "2001-02-03 02:35:06-0130"),
            (-1800, "2001-02-03 04:35:06+0030"),
            (1800, "2001-02-03 03:35:06-0030"),
            (0, "2001-02-03 04:05:06+0000"),
        ],
    )
    def test_timesHaveTheirOffset(self, behind: int, shown: str) -> None:
        observer = log.FileLogObserver(io.StringIO())
        observer.getTimezoneOffset = lambda when: behind  # type: ignore[method-assign]
        assert observer.formatTime(981173106) == shown

    def test_timesCanHaveAFormat(self) -> None:
        observer = log.FileLogObserver(io.StringIO())
        observer.timeFormat = "%Y %f"
        assert observer.formatTime(112345.6) == "1970 600000"

    def test_linesOfAMessageThatCannotBeShownSayWhy(self) -> None:
        world = World()
        world.publisher.msg("huh", system=BadStr())
        world.publisher.msg(Bad())
        assert len(world.lines()) >= 2
        assert "Invalid format string" in world.file.getvalue()

    def test_standardOutputCanBeReplaced(self, heard: list[Event]) -> None:
        file = log.StdioOnnaStick(isError=1, encoding="utf-8")
        print("a", end=" ", file=file)
        file.write(b"S\xc3\xa1\nrest")
        file.writelines(["b", b"c"])
        file.flush()
        file.close()
        assert ["".join(event["message"]) for event in heard] == ["a Sá", "b", "c"]
        assert {event["isError"] for event in heard} == {1}
        assert heard[0]["printed"]

    @pytest.mark.parametrize("name", ["read", "readline", "readlines", "seek", "tell", "fileno"])
    def test_standardOutputCannotBeRead(self, name: str) -> None:
        with pytest.raises(OSError):
            getattr(log.StdioOnnaStick(), name)()

    def test_theNullFileForgets(self) -> None:
        file = log.NullFile()
        file.write("x")
        file.flush()
        file.close()
        assert file.read() is None  # type: ignore[func-returns-value]  # that is the case


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[NewPublisher]:
    """The module's functions, over a world of their own."""
    inner = NewPublisher()

    class Streams:
        stdout: Any = sys.stdout
        stderr: Any = sys.stderr

    class Warnings:
        showwarning: Any = staticmethod(warnings.showwarning)

    beginner = LogBeginner(inner, io.StringIO(), Streams, Warnings)
    publisher = log.LogPublisher(inner, inner, beginner, Warnings)
    monkeypatch.setattr(log, "theLogPublisher", publisher)
    monkeypatch.setattr(log, "msg", publisher.msg)
    inner.streams = Streams  # type: ignore[attr-defined]  # for the tests to look at
    inner.warnings = Warnings  # type: ignore[attr-defined]
    yield inner
    publisher._stopLogging()


class TestStarting:
    def test_theLogGoesToTheFile(self, begun: Any) -> None:
        file = io.StringIO()
        begun({"early": "event"})
        observer = log.startLogging(file, setStdout=False)
        assert isinstance(observer, log.FileLogObserver)
        log.msg("Hello")
        Logger("n", observer=begun).info("from {n}", n="new")
        text = file.getvalue()
        assert "[-] Log opened.\n" in text
        assert "[-] Hello\n" in text
        assert "[-] from new\n" in text
        assert begun.streams.stdout is sys.stdout

    def test_standardOutputGoesThereToo(self, begun: Any) -> None:
        file = io.StringIO()
        log.startLogging(file)
        assert isinstance(begun.streams.stdout, LoggingFile)
        begun.streams.stdout.write("printed\n")
        begun.warnings.showwarning("heed", UserWarning, "f.py", 1)
        assert "[-] printed\n" in file.getvalue()
        assert "UserWarning: heed" in file.getvalue()

    def test_aFileThatIsLoggedCannotBeTheLog(self, begun: Any) -> None:
        log.startLogging(io.StringIO())
        assert log.startLogging(begun.streams.stdout) is None

    def test_whatIsLoggedEarlierIsNotReplayed(self, begun: Any) -> None:
        events: list[Event] = []
        log.msg("early")
        log.startLoggingWithObserver(events.append, setStdout=0)
        assert [event["message"] for event in events] == [("Log opened.",)]

    def test_stoppingGivesWarningsBack(self, begun: Any) -> None:
        before = begun.warnings.showwarning
        log.startLogging(io.StringIO(), False)
        assert begun.warnings.showwarning != before
        log.theLogPublisher._stopLogging()
        assert begun.warnings.showwarning == before


class TestObservers:
    def test_theyStartAndStopByTheNamesOfTheModule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        added: list[Callable[[Event], object]] = []
        monkeypatch.setattr(log, "addObserver", added.append)
        monkeypatch.setattr(log, "removeObserver", added.remove)
        for observer in (log.PythonLoggingObserver(), log.FileLogObserver(io.StringIO())):
            observer.start()
            assert added == [observer.emit]
            observer.stop()
            assert added == []

    @pytest.mark.parametrize(
        ("event", "shown"),
        [
            ({"message": ("a", "b"), "isError": 1}, "a b"),
            ({"message": ("a", "b"), "isError": 0}, ""),
            ({"message": (), "isError": 1}, ""),
            ({"message": ("foo", BadRepr()), "isError": 1}, "foo fine"),
        ],
    )
    def test_theDefaultObserverShowsErrors(self, event: Event, shown: str) -> None:
        observer = log.DefaultObserver()
        observer.stderr = io.StringIO()
        observer.emit(event)
        assert observer.stderr.getvalue() == shown

    @pytest.mark.parametrize(
        ("given", "level", "text"),
        [
            ({"message": ("hi",)}, logging.INFO, "hi"),
            ({"message": ("hi",), "isError": 1}, logging.CRITICAL, "hi"),
            ({"message": ("hi",), "logLevel": logging.DEBUG}, logging.DEBUG, "hi"),
            ({"message": (), "format": "%(a)s", "a": 5}, logging.INFO, "5"),
            ({"message": (), "log_format": "new"}, logging.INFO, "new"),
            ({"message": ()}, None, None),
        ],
    )
    def test_theStandardLibraryIsTold(
        self, caplog: pytest.LogCaptureFixture, given: Event, level: int | None, text: str | None
    ) -> None:
        observer = log.PythonLoggingObserver("torsion.old")
        with caplog.at_level(logging.DEBUG, "torsion.old"):
            observer.emit({"isError": 0, "time": 5.0, **given})
        told = [(record.levelno, record.getMessage()) for record in caplog.records]
        assert told == ([] if level is None else [(level, text)])

    def test_theStandardLibraryIsToldWhoLogged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, "torsion.old")
        observer = log.PythonLoggingObserver("torsion.old")
        observer.start()
        try:
            line = sys._getframe().f_lineno + 1
            log.msg("x")
        finally:
            observer.stop()
        (record,) = (record for record in caplog.records if record.name == "torsion.old")
        assert (record.pathname, record.lineno) == (__file__, line)

    def test_logfileIsAFileUntilLogsAreDiscarded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(log, "logfile", log.logfile)
        assert isinstance(log.logfile, LoggingFile)
        assert log.logerr.level is LogLevel.error
        log.discardLogs()
        assert isinstance(log.logfile, log.NullFile)
