"""Programs that are kept running: when they are started anew, and how they are ended."""

from __future__ import annotations

import pickle
import sys
import warnings
from typing import Any

import pytest

from tests.support.streams import eventually
from twisted.application.service import IServiceMaker
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from twisted.python.usage import UsageError
from twisted.runner import procmontap
from twisted.runner.procmon import LineLogger, ProcessMonitor


class Child:
    """A process that ends when the test says so."""

    def __init__(self, reactor: Starter, protocol: Any, told: dict[str, Any]) -> None:
        self.reactor = reactor
        self.protocol = protocol
        self.told = told
        self.signals: list[str] = []
        self.alive = True

    def signalProcess(self, name: str) -> None:
        if not self.alive:
            raise ProcessExitedAlready
        self.signals.append(name)
        if name == "KILL":
            self.end()

    def end(self) -> None:
        self.alive = False
        self.protocol.processEnded(Failure(ProcessDone(0)))


class Starter(Clock):
    """A reactor that starts such processes, or fails to."""

    error: Exception | None = None

    def __init__(self) -> None:
        super().__init__()
        self.children: list[Child] = []

    def spawnProcess(self, protocol: Any, executable: str, args: Any, **told: Any) -> Child:
        if self.error is not None:
            raise self.error
        child = Child(self, protocol, {"executable": executable, "args": args, **told})
        self.children.append(child)
        protocol.makeConnection(child)
        return child

    @property
    def last(self) -> Child:
        return self.children[-1]


@pytest.fixture
def reactor() -> Starter:
    return Starter()


@pytest.fixture
def monitor(reactor: Starter) -> ProcessMonitor:
    return ProcessMonitor(reactor)


def test_processesAreStartedWithTheServiceAndAsTheyAreAdded(
    monitor: ProcessMonitor, reactor: Starter
) -> None:
    monitor.addProcess("web", ["/bin/web", "-v"], uid=1, gid=2, env={"A": "b"}, cwd="/srv")
    assert reactor.children == []
    monitor.startService()
    assert reactor.last.told == {
        "executable": "/bin/web",
        "args": ["/bin/web", "-v"],
        "uid": 1,
        "gid": 2,
        "env": {"A": "b"},
        "path": "/srv",
    }
    monitor.addProcess("mail", ["/bin/mail"])
    assert [child.told["executable"] for child in reactor.children] == ["/bin/web", "/bin/mail"]
    monitor.startProcess("mail")
    assert len(reactor.children) == 2


def test_whatLivedLongIsStartedAnewAtOnce(monitor: ProcessMonitor, reactor: Starter) -> None:
    monitor.addProcess("web", ["web"])
    monitor.startService()
    reactor.advance(monitor.threshold)
    reactor.last.end()
    assert monitor.protocols == {}
    reactor.advance(0)
    assert len(reactor.children) == 2


def test_whatEndsTooSoonWaitsTwiceAsLongEachTime(monitor: ProcessMonitor, reactor: Starter) -> None:
    monitor.minRestartDelay, monitor.maxRestartDelay = 2, 9
    monitor.addProcess("web", ["web"])
    monitor.startService()
    for wait in (2, 4, 8, 9, 9):
        count = len(reactor.children)
        reactor.last.end()
        reactor.advance(wait - 0.01)
        assert len(reactor.children) == count
        reactor.advance(0.01)
        assert len(reactor.children) == count + 1
    reactor.advance(monitor.threshold)
    reactor.last.end()
    assert monitor.delay["web"] == 2


def test_whatDoesNotEndIsKilled(monitor: ProcessMonitor, reactor: Starter) -> None:
    monitor.addProcess("web", ["web"])
    monitor.startService()
    monitor.stopProcess("web")
    monitor.stopProcess("web")
    reactor.advance(monitor.killTime - 0.1)
    assert reactor.last.signals == ["TERM", "TERM"]
    reactor.advance(0.1)
    assert reactor.children[0].signals == ["TERM", "TERM", "KILL"]
    reactor.advance(monitor.killTime * 2)
    assert reactor.last.signals == []


def test_stoppingWaitsForTheLastAndStartsNoneAnew(
    monitor: ProcessMonitor, reactor: Starter
) -> None:
    for name in ("web", "mail", "dead"):
        monitor.addProcess(name, [name])
    monitor.startService()
    web, mail, dead = reactor.children
    dead.end()
    ended: list[object] = []
    stopping = monitor.stopService()
    assert stopping is not None
    stopping.addCallback(ended.append)
    again = monitor.stopService()
    assert again is not None
    again.addCallback(ended.append)
    web.end()
    assert ended == []
    mail.end()
    assert ended == [None, None]
    reactor.advance(10_000)
    assert len(reactor.children) == 3
    assert reactor.getDelayedCalls() == []
    assert monitor.stopService() is None


def test_aRemovedProcessIsEndedForGood(monitor: ProcessMonitor, reactor: Starter) -> None:
    monitor.addProcess("web", ["web"])
    monitor.addProcess("dead", ["dead"])
    monitor.startService()
    reactor.children[1].end()
    monitor.removeProcess("web")
    monitor.removeProcess("dead")
    assert reactor.children[0].signals == ["TERM"]
    reactor.children[0].end()
    reactor.advance(10_000)
    assert len(reactor.children) == 2


def test_restartingAllEndsAll(monitor: ProcessMonitor, reactor: Starter) -> None:
    monitor.addProcess("web", ["web"])
    monitor.addProcess("mail", ["mail"])
    monitor.startService()
    monitor.restartAll()
    assert [child.signals for child in reactor.children] == [["TERM"], ["TERM"]]


def test_whenTheSystemHasNotTheMeansItIsTriedLater(
    monitor: ProcessMonitor, reactor: Starter
) -> None:
    monitor.addProcess("web", ["web"])
    reactor.error = OSError(11, "Resource temporarily unavailable")
    with capturedLogs() as captured:
        monitor.startService()
    assert [event["log_failure"].type for event in captured] == [BlockingIOError]
    assert monitor.protocols == {}
    reactor.error = None
    reactor.advance(monitor.minRestartDelay)
    assert len(reactor.children) == 1


def test_otherErrorsAreTheCallers(monitor: ProcessMonitor, reactor: Starter) -> None:
    monitor.addProcess("web", ["web"])
    reactor.error = ValueError("no such thing")
    with pytest.raises(ValueError, match="no such thing"):
        monitor.startProcess("web")
    assert monitor.protocols == {}


def test_namesAreKnownOnceOrNotAtAll(monitor: ProcessMonitor) -> None:
    monitor.addProcess("web", ["web"])
    with pytest.raises(KeyError, match="already"):
        monitor.addProcess("web", ["web"])
    for ask in (monitor.startProcess, monitor.stopProcess, monitor.removeProcess):
        with pytest.raises(KeyError, match="wep"):
            ask("wep")
    monitor.stopProcess("web")


def test_linesAreLoggedByStream(monitor: ProcessMonitor, reactor: Starter) -> None:
    monitor.addProcess("web", ["web"])
    monitor.startService()
    hearing = monitor.protocols["web"]
    with capturedLogs() as captured:
        hearing.outReceived(b"one\ntw")
        assert not hearing.empty
        hearing.outReceived(b"o\n")
        assert hearing.empty
        hearing.errReceived(b"\xff\nhalf")
        hearing.outReceived(b"x" * (LineLogger.MAX_LENGTH * 2))
        hearing.outReceived(b"rest\nnext\n")
        reactor.last.end()
    assert [(e["tag"], e["stream"], e["line"][:5]) for e in captured] == [
        ("web", "stdout", "one"),
        ("web", "stdout", "two"),
        ("web", "stderr", r"b'\xf"),
        ("web", "stdout", "xxxxx"),
        ("web", "stdout", "xxxxx"),
        ("web", "stdout", "rest"),
        ("web", "stdout", "next"),
        ("web", "stderr", "half"),
    ]
    assert max(len(e["line"]) for e in captured) == LineLogger.MAX_LENGTH


def test_aMonitorCanBePickled(monitor: ProcessMonitor) -> None:
    monitor.addProcess("web", ["web"], uid=1, env={"A": "b"})
    monitor.threshold = 7
    back = pickle.loads(pickle.dumps(monitor))
    assert repr(back) == repr(monitor) == "<ProcessMonitor 'web': ['web'] (uid=1)>"
    assert (back.threshold, back.protocols) == (7, {})


def test_theOldViewOfProcessesIsDeprecated(monitor: ProcessMonitor) -> None:
    monitor.addProcess("web", ["web"], gid=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert monitor.processes == {"web": (["web"], None, 2, {})}
    assert {warning.category for warning in caught} == {DeprecationWarning}


def test_aRealProgramIsKeptRunningAndEnded(makeReactor: Any) -> None:
    reactor = makeReactor()
    monitor = ProcessMonitor(reactor)
    monitor.threshold = 0
    code = "import time; print('up', flush=True); time.sleep(0.01)"
    monitor.addProcess("brief", [sys.executable, "-c", code])
    code = "import time; print('stays', flush=True); time.sleep(60)"
    monitor.addProcess("steady", [sys.executable, "-c", code])
    with capturedLogs() as captured:
        monitor.startService()
        eventually(
            reactor,
            lambda: (
                [e["line"] for e in captured if e.get("tag") == "brief"].count("up") > 1
                and any(e.get("line") == "stays" for e in captured)
            ),
            20,
        )
        monitor.stopService()
        eventually(reactor, lambda: not monitor.protocols, 10)


def test_theCommandLineMakesAMonitor() -> None:
    options = procmontap.Options()
    options.parseOptions(["-t", "3", "-k", ".5", "-m", "2", "-M", "7", "--", "ls", "-l"])
    monitor = procmontap.makeService(options)
    assert (monitor.threshold, monitor.killTime) == (3, 0.5)
    assert (monitor.minRestartDelay, monitor.maxRestartDelay) == (2, 7)
    assert repr(monitor) == "<ProcessMonitor 'ls -l': ('ls', '-l')>"
    with pytest.raises(UsageError, match="command line"):
        procmontap.Options().parseOptions([])


def test_theCommandsAreFound() -> None:
    from twisted.plugins import twisted_runner

    for plugin in (twisted_runner.procmon, twisted_runner.inetd):
        assert IServiceMaker.providedBy(plugin)
        assert callable(plugin.makeService)
        assert "Options:" in str(plugin.options())
