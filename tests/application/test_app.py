"""
Programs that run an application: their options, their log, their profilers.
"""

from __future__ import annotations

import io
import pickle
import pstats
import sys
from pathlib import Path
from typing import Any

import pytest

from twisted.application import app, reactors, service
from twisted.logger import ILogObserver, globalLogBeginner, globalLogPublisher
from twisted.python import usage
from twisted.python.components import Componentized
from twisted.python.log import ILogObserver as IOldLogObserver


class Maker:
    """Something of a service plugin."""

    options = usage.Options
    description = "does nothing"

    def __init__(self, tapname: str) -> None:
        self.tapname = tapname

    def makeService(self, options: Any) -> service.Service:
        made = service.Service()
        made.setName("made")
        return made


class Options(app.ServerOptions):
    _getPlugins = staticmethod(lambda interface: [Maker("two"), Maker("one")])


class Reactor:
    """Runs for a moment."""

    def __init__(self) -> None:
        self.ran = 0

    def run(self) -> None:
        self.ran += 1


def parsed(*words: str) -> Options:
    options = Options()
    options.parseOptions(words)
    return options


def test_servicePluginsAreTheSubCommandsInOrder() -> None:
    assert [each[0] for each in Options().subCommands] == ["one", "two"]
    options = parsed("one")
    assert options.subCommand == "one"
    assert isinstance(options.subOptions, usage.Options)


@pytest.mark.parametrize("words", [["one"], ["-y", "x.tac"]])
def test_whatIsMadeAnewEachTimeIsNotSaved(words: list[str]) -> None:
    assert parsed(*words)["no_save"]
    assert not parsed("-f", "x.tap")["no_save"]


def test_theApplicationOfASubCommandHoldsItsService() -> None:
    options = parsed("one")
    made = app.ApplicationRunner(options).createOrGetApplication()
    assert service.IService(made).name == "one"
    assert service.IServiceCollection(made).getServiceNamed("made")


def test_aLoggerIsFoundByItsName() -> None:
    assert parsed("--logger", "twisted.logger.textFileLogObserver")["logger"]
    with pytest.raises(usage.UsageError, match=r"no\.such"):
        parsed("--logger", "no.such.thing")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 / 0", "division by zero"),
        ("x =", "invalid syntax"),
        ("x = 1", 'leaves what is to be run in the variable "application"'),
        (None, "No such file"),
    ],
)
def test_aFileThatGivesNoApplicationEndsTheProgramWithTheReason(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "mine.tac"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit, match=said):
        app.getApplication(parsed("-y", str(path)), None)


def test_anApplicationComesFromAPickle(tmp_path: Path) -> None:
    path = tmp_path / "mine.tap"
    path.write_bytes(pickle.dumps(service.Application("saved")))
    got = app.getApplication(parsed("-f", str(path)), None)
    assert service.IService(got).name == "saved"


def test_aReactorIsInstalledWhenItsOptionIsRead(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(usage.UsageError, match="help-reactors"):
        parsed("--reactor", "fusion")

    class Broken(reactors.Reactor):
        def install(self) -> None:
            raise ImportError("no fuel")

    monkeypatch.setattr(reactors, "getPlugins", lambda interface: [Broken("fusion", "x", "")])
    with pytest.raises(usage.UsageError, match="no fuel"):
        parsed("--reactor", "fusion")


def test_helpMarksReactorsThatAreNotHere() -> None:
    options = Options()
    options.messageOutput = io.StringIO()
    with pytest.raises(SystemExit):
        options.parseOptions(["--help-reactors"])
    said = options.messageOutput.getvalue()
    assert "!iocp" in said
    assert " select" in said


def test_aMistakeOnTheCommandLineEndsWithStatus1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mine", "--nonsense"])
    with pytest.raises(SystemExit) as ended:
        app.run(pytest.fail, Options)
    assert ended.value.code == 1
    assert "nonsense" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["profile", "cProfile", "CPROFILE"])
@pytest.mark.parametrize("raw", [False, True])
def test_aProfilerRunsTheReactorAndWritesWhatItSaw(tmp_path: Path, name: str, raw: bool) -> None:
    path = tmp_path / "seen"
    reactor = Reactor()
    options = {"profiler": name, "profile": str(path), "savestats": raw}
    app.AppProfiler(options).run(reactor)
    assert reactor.ran == 1
    if raw:
        assert pstats.Stats(str(path)).total_calls > 0
    else:
        assert "function calls" in path.read_text()


def test_anUnknownProfilerIsRefused() -> None:
    with pytest.raises(SystemExit, match="foobar"):
        app.AppProfiler({"profiler": "foobar"})


def test_whatComesOutOfTheReactorIsTold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def run(self) -> None:
            raise ValueError("out of order")

    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    config = {"profile": None, "debug": False, "nodaemon": True}
    app.runReactorWithLogging(config, out, out, None, Broken())
    assert "out of order" in out.getvalue()
    app.runReactorWithLogging({**config, "nodaemon": False}, out, out, None, Broken())
    assert "out of order" in (tmp_path / "TWISTD-CRASH.log").read_text()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Any:
    observers: list[Any] = []

    def begin(given: Any) -> None:
        for each in given:
            observers.append(each)
            globalLogPublisher.addObserver(each)

    monkeypatch.setattr(globalLogBeginner, "beginLoggingTo", begin)
    yield observers
    for each in observers:
        globalLogPublisher.removeObserver(each)


def test_theConfiguredObserverGoesBeforeTheApplications(begun: Any) -> None:
    from zope.interface import implementer

    @implementer(ILogObserver)
    class Observer:
        def __init__(self) -> None:
            self.seen: list[str] = []

        def __call__(self, event: Any) -> None:
            self.seen.append(event["log_format"])

    mine, components, old = Observer(), Observer(), []  # type: ignore[var-annotated]
    application = Componentized()
    application.setComponent(ILogObserver, components)
    application.setComponent(IOldLogObserver, old.append)
    app.AppLogger({"logger": lambda: mine}).start(application)
    assert begun == [mine]
    assert "starting up" in mine.seen[0]
    log = app.AppLogger({})
    log.start(application)
    assert begun == [mine, components]
    assert not old
    count = len(components.seen)
    log.stop()
    log.stop()
    assert len(components.seen) == count + 1


def test_anObserverOfTheOlderKindIsWrapped(begun: Any) -> None:
    seen: list[Any] = []
    application = Componentized()
    application.setComponent(IOldLogObserver, seen.append)
    app.AppLogger({}).start(application)
    assert seen[0]["isError"] == 0
