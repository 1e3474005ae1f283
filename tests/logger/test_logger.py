"""Logger: what an event is made of, where it is from, and who makes it."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.logger import (
    InvalidLogLevelError,
    Logger,
    LogLevel,
    LogPublisher,
    _loggerFor,
    formatEvent,
    globalLogPublisher,
)
from twisted.python.failure import Failure

Event = dict[str, Any]


class Heard(list[Event]):
    """An observer that keeps what it is told."""

    def __call__(self, event: Event) -> None:
        self.append(event)


@pytest.fixture
def heard() -> Heard:
    return Heard()


class TestEvents:
    @pytest.mark.parametrize("level", list(LogLevel.iterconstants()), ids=lambda level: level.name)
    def test_aLevelMethodMakesAnEventOnItsLevel(self, heard: Heard, level: Any) -> None:
        getattr(Logger("n", observer=heard), level.name)("a {b}", b=1)
        (event,) = heard
        assert event["log_level"] is level
        assert formatEvent(event) == "a 1"

    def test_anEventHasTheLoggersKeysAndTheCallers(self, heard: Heard) -> None:
        log = Logger("some.where", source=7, observer=heard)
        log.info("x", y=1)
        (event,) = heard
        when = event.pop("log_time")
        assert isinstance(when, float)
        assert event == {
            "y": 1,
            "log_logger": log,
            "log_level": LogLevel.info,
            "log_namespace": "some.where",
            "log_source": 7,
            "log_format": "x",
        }

    def test_theCallerCannotReplaceTheLoggersKeys(self, heard: Heard) -> None:
        Logger("n", observer=heard).warn(
            "*", log_format="#", log_level=LogLevel.error, log_namespace="m", log_source=1
        )
        (event,) = heard
        assert (event["log_format"], event["log_level"]) == ("*", LogLevel.warn)
        assert (event["log_namespace"], event["log_source"]) == ("n", None)

    def test_anEventMayHaveNoFormat(self, heard: Heard) -> None:
        Logger(observer=heard).debug(x=1)
        assert heard[0]["log_format"] is None

    def test_whatIsNoLevelIsLoggedAsAFailure(self, heard: Heard) -> None:
        Logger("n", observer=heard).emit("loud", "x")  # type: ignore[arg-type]  # that is the case
        (event,) = heard
        assert event["log_failure"].check(InvalidLogLevelError)
        assert event["log_failure"].value.level == "loud"
        assert event["log_level"] is LogLevel.critical
        assert "'loud'" in formatEvent(event)

    def test_aTraceTellsWhoGaveTheEventToWhom(self, heard: Heard) -> None:
        publisher = LogPublisher(heard)
        log = Logger(observer=publisher)
        log.info("x", log_trace=[])
        assert heard[0]["log_trace"] == [(log, publisher), (publisher, heard)]


class TestWhereFrom:
    def test_theNamespaceIsTheModuleUnlessOneIsGiven(self) -> None:
        assert Logger().namespace == __name__
        assert Logger("other").namespace == "other"

    def test_codeWithoutAModuleHasAnUnknownNamespace(self) -> None:
        made: list[Logger] = []
        exec("made.append(Logger())", {"Logger": Logger, "made": made})
        assert made[0].namespace == "<unknown>"

    def test_theObserverIsTheGlobalPublisherUnlessOneIsGiven(self, heard: Heard) -> None:
        assert Logger().observer is globalLogPublisher
        assert Logger(observer=heard).observer is heard

    def test_aLoggerInAClassSpeaksForTheClassAndItsInstances(self, heard: Heard) -> None:
        class Speaker:
            log = Logger(observer=heard)

        speaker = Speaker()
        speaker.log.info("I")
        Speaker.log.info("we")
        assert [event["log_source"] for event in heard] == [speaker, Speaker]
        assert {event["log_namespace"] for event in heard} == {f"{__name__}.Speaker"}

    def test_aSubclassOfASpeakerIsNamedItself(self) -> None:
        class Speaker:
            log = Logger()

        class Louder(Speaker):
            pass

        assert Louder.log.namespace == f"{__name__}.Louder"

    def test_aDescriptorOfASubclassStaysOne(self) -> None:
        class Mine(Logger):
            pass

        class Speaker:
            log = Mine()

        assert type(Speaker().log) is Mine

    def test_aLoggerCanBeMadeForAnything(self) -> None:
        log = _loggerFor(3)
        assert (log.namespace, log.source) == ("builtins.int", 3)

    def test_itsReprTellsTheNamespace(self) -> None:
        assert repr(Logger("some.where")) == "<Logger 'some.where'>"


class TestSubclasses:
    def test_anEmitOfASubclassHearsAllLevelMethods(self) -> None:
        emitted = []

        class Mine(Logger):
            def emit(self, level: Any, format: str | None = None, **kwargs: object) -> None:
                emitted.append((level, format, kwargs))

        log = Mine()
        for level in LogLevel.iterconstants():
            getattr(log, level.name)("x", y=1)
        wanted = [(level, "x", {"y": 1}) for level in LogLevel.iterconstants()]
        assert emitted == wanted

    def test_anEmitThatIsPatchedOntoTheClassIsHeard(self, monkeypatch: pytest.MonkeyPatch) -> None:
        emitted = []
        monkeypatch.setattr(Logger, "emit", lambda *args, **kwargs: emitted.append(args[1]))
        Logger().info("x")
        assert emitted == [LogLevel.info]


class TestFailures:
    def test_theExceptionAtHandIsLogged(self, heard: Heard) -> None:
        try:
            raise ValueError("bad")
        except ValueError:
            Logger(observer=heard).failure("while {doing}", doing="this")
        (event,) = heard
        assert event["log_failure"].check(ValueError)
        assert event["log_level"] is LogLevel.critical
        assert formatEvent(event) == "while this"

    def test_aFailureAndALevelCanBeGiven(self, heard: Heard) -> None:
        failure = Failure(KeyError("k"))
        Logger(observer=heard).failure("x", failure, LogLevel.warn)
        assert heard[0]["log_failure"] is failure
        assert heard[0]["log_level"] is LogLevel.warn

    def test_failuresHandledLogsAndTellsHowItWent(self, heard: Heard) -> None:
        log = Logger(observer=heard)
        with log.failuresHandled("trying {what}", what=1) as operation:
            assert not operation.succeeded
            assert not operation.failed
            raise ValueError("bad")
        assert operation.failed
        assert not operation.succeeded
        assert operation.failure is heard[0]["log_failure"]
        assert formatEvent(heard[0]) == "trying 1"

    def test_failuresHandledSaysNothingOfSuccess(self, heard: Heard) -> None:
        with Logger(observer=heard).failuresHandled("x", level=LogLevel.warn) as operation:
            pass
        assert operation.succeeded
        assert operation.failure is None
        assert heard == []

    def test_failuresHandledEndsEvenAnInterrupt(self, heard: Heard) -> None:
        with Logger(observer=heard).failuresHandled("x"):
            raise KeyboardInterrupt
        assert heard[0]["log_failure"].check(KeyboardInterrupt)

    def test_aFailureHandlerServesManyTimesAndWithinItself(self, heard: Heard) -> None:
        handler = Logger(observer=heard).failureHandler("static", level=LogLevel.error)
        with handler as given:
            with handler:
                raise ValueError("inner")
            raise KeyError("outer")
        with handler:
            pass
        assert given is None
        assert [event["log_failure"].type for event in heard] == [ValueError, KeyError]
        assert heard[0]["log_level"] is LogLevel.error


class TestLevels:
    def test_levelsRiseAndAreFoundByName(self) -> None:
        levels = list(LogLevel.iterconstants())
        assert [level.name for level in levels] == ["debug", "info", "warn", "error", "critical"]
        assert levels == sorted(levels)
        assert all(LogLevel.levelWithName(level.name) is level for level in levels)

    def test_aNameThatIsNoneIsInTheError(self) -> None:
        with pytest.raises(InvalidLogLevelError) as caught:
            LogLevel.levelWithName("loud")
        assert caught.value.level == "loud"
