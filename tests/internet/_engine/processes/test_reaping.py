"""Children are reaped, each once, whoever else starts or reaps some."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.support import drive, openDescriptors
from tests.support.streams import eventually, loggedFailures
from twisted.internet import process
from twisted.internet._engine.processes import reaping
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.error import ProcessDone, ProcessTerminated

from .children import Listener, shell


@pytest.fixture(params=["pidfd", "SIGCHLD"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The two ways to learn that a child has exited."""
    if request.param == "SIGCHLD":
        monkeypatch.delattr(os, "pidfd_open")
    elif not hasattr(os, "pidfd_open"):
        pytest.skip("this system has no pidfds")
    name: str = request.param
    return name


def zombies() -> list[int]:
    """The children of this process that have exited and were not reaped."""
    found = []
    with open(f"/proc/self/task/{threading.get_native_id()}/children") as children:
        for pid in children.read().split():
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    found.append(int(pid))
    return found


def test_hundredsOfChildrenLeaveNoZombieAndNoDescriptor(eachReactor: Any, kind: str) -> None:
    reactor = eachReactor
    shell(reactor, Listener(), "true")  # what is made once is there from now on
    before = openDescriptors()
    results: list[Any] = []

    def spawnSome(rounds: int) -> Deferred[Any]:
        listeners = [Listener() for _ in range(20)]
        for listener in listeners:
            reactor.spawnProcess(listener, "/bin/true", ["true"])
        done = gatherResults([each.ended for each in listeners])
        done.addCallback(results.extend)
        return done.addCallback(lambda _: spawnSome(rounds - 1) if rounds > 1 else None)

    drive(reactor, spawnSome, 15, timeout=60)

    assert len(results) == 300
    assert all(isinstance(each, ProcessDone) for each in results)
    assert openDescriptors() <= before
    assert zombies() == []
    assert process.reapProcessHandlers == {}
    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL


def test_anExitIsToldWhileTheChildsChildHoldsItsPipes(eachReactor: Any, kind: str) -> None:
    listener = Listener()
    listener.onExited = lambda transport: transport.loseConnection()

    how = shell(eachReactor, listener, "sleep 5 & exit 4")

    assert how.exitCode == 4
    ends = [event for event in listener.events if event != "lost 0"]  # the shell closes that one
    assert ends[:2] == ["made", "exited"]
    assert sorted(ends[2:4]) == ["lost 1", "lost 2"]
    assert ends[4:] == ["ended"]


def test_aChildWithoutPipesIsReaped(eachReactor: Any, kind: str) -> None:
    listener = Listener()

    how = shell(eachReactor, listener, "exit 9", childFDs={})

    assert how.exitCode == 9
    assert listener.events == ["made", "exited", "ended"]


def test_aChildOfBeforeTheStartIsReapedAfterIt(reactor: Any, kind: str) -> None:
    listener = Listener()
    transport = reactor.spawnProcess(listener, "/bin/true", ["true"], childFDs={})
    os.waitid(os.P_PID, transport.pid, os.WEXITED | os.WNOWAIT)
    assert listener.events == ["made"]

    eventually(reactor, lambda: listener.ended.called)

    assert listener.events == ["made", "exited", "ended"]


def test_othersChildrenAreLeftToThem(reactor: Any, kind: str) -> None:
    other = subprocess.Popen(["/bin/sh", "-c", "exit 7"])
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)

    shell(reactor, Listener(), "true")

    assert other.wait() == 7


def test_aChildThatSomebodyElseReapedHasEndedInAnUnknownWay(reactor: Any, kind: str) -> None:
    listener = Listener()

    def begin() -> Deferred[Any]:
        transport = reactor.spawnProcess(listener, "/bin/true", ["true"])
        os.waitpid(transport.pid, 0)
        return listener.ended

    with loggedFailures() as failures:
        how = drive(reactor, begin)

    assert isinstance(how, ProcessTerminated)
    assert (how.exitCode, how.signal, how.status) == (None, None, None)
    assert failures == []


def test_aHandlerOfSIGCHLDIsCalledAndGivenBack(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    calls: list[int] = []

    def mine(number: int, frame: Any) -> None:
        calls.append(number)

    former = signal.signal(signal.SIGCHLD, mine)
    try:
        shell(reactor, Listener(), "true")
        assert signal.getsignal(signal.SIGCHLD) is mine
        assert calls == [signal.SIGCHLD]
    finally:
        signal.signal(signal.SIGCHLD, former)


def test_withPidfdsNoSignalIsHandled(reactor: Any) -> None:
    seen: list[Any] = []
    listener = Listener(onMade=lambda _: seen.append(signal.getsignal(signal.SIGCHLD)))

    shell(reactor, listener, "true")

    assert seen == [signal.SIG_DFL]


def test_aReactorInAnotherThreadReapsItsChildren(makeReactor: Any, kind: str) -> None:
    results: list[Any] = []

    def run() -> None:
        results.append(shell(makeReactor(), Listener(), "exit 6"))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)

    assert [each.exitCode for each in results] == [6]


class Handler:
    """What programs register for children that they start by themselves."""

    def __init__(self, reactor: Any, pid: int) -> None:
        self.reactor, self.pid = reactor, pid
        self.statuses: list[int] = []

    def processEnded(self, status: int) -> None:
        self.statuses.append(status)

    def reapProcess(self) -> None:
        reaped, status = os.waitpid(self.pid, os.WNOHANG)
        if reaped:
            process.unregisterReapProcessHandler(self.pid, self)
            self.processEnded(status)


def spawn(script: str) -> int:
    return os.posix_spawn("/bin/sh", ["sh", "-c", script], {})


def test_aChildThatHasExitedIsReapedWhenItIsRegistered(reactor: Any) -> None:
    pid = spawn("exit 3")
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    handler = Handler(reactor, pid)

    process.registerReapProcessHandler(pid, handler)

    assert [os.WEXITSTATUS(each) for each in handler.statuses] == [3]
    assert pid not in process.reapProcessHandlers


def test_aChildThatRunsIsReapedWhenItExits(reactor: Any, kind: str) -> None:
    pid = spawn("sleep 5")
    handler = Handler(reactor, pid)
    process.registerReapProcessHandler(pid, handler)
    assert process.reapProcessHandlers[pid] is handler

    os.kill(pid, signal.SIGKILL)
    eventually(reactor, lambda: handler.statuses)

    assert handler.statuses == [signal.SIGKILL]
    assert pid not in process.reapProcessHandlers


def test_reapingAllAsksEveryHandler(reactor: Any) -> None:
    pid = spawn("sleep 0.05")
    handler = Handler(reactor, pid)
    process.registerReapProcessHandler(pid, handler)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    process.reapAllProcesses()

    assert handler.statuses == [0]


def test_registeringTwiceAndUnregisteringAStrangerAreMistakes(reactor: Any) -> None:
    pid = spawn("sleep 5")
    handler = Handler(reactor, pid)
    process.registerReapProcessHandler(pid, handler)
    try:
        with pytest.raises(RuntimeError, match=str(pid)):
            process.registerReapProcessHandler(pid, handler)
        with pytest.raises(RuntimeError, match=str(pid)):
            process.unregisterReapProcessHandler(pid, object())
    finally:
        process.unregisterReapProcessHandler(pid, handler)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with pytest.raises(RuntimeError):
        process.unregisterReapProcessHandler(pid, handler)


def test_whatIsNoChildIsLoggedAndNotRegistered() -> None:
    with loggedFailures() as failures:
        process.registerReapProcessHandler(None, None)  # type: ignore[arg-type]  # the mistake
        process._BaseProcess(None).reapProcess()

    assert [each.type for each in failures] == [TypeError, TypeError]
    assert process.reapProcessHandlers == {}


def test_anotherDictionaryOfHandlersIsUsed(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mine: dict[int, Any] = {}
    monkeypatch.setattr(process, "reapProcessHandlers", mine)
    seen: list[bool] = []
    listener = Listener(onMade=lambda transport: seen.append(transport.pid in mine))

    shell(reactor, listener, "true")

    assert seen == [True]
    assert mine == {}


def test_importingHandlesNoSignalAndInstallsNoReactor() -> None:
    script = (
        "import signal, sys; import twisted.internet.process; "
        "assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL; "
        "assert signal.set_wakeup_fd(-1) == -1; "
        "assert 'twisted.internet.reactor' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_theWatchOfAChildOutlivesItsClosedLoop() -> None:
    reactor: Any = EPollReactor()
    listener = Listener()
    transport = reactor.spawnProcess(listener, "/bin/cat", ["cat"], childFDs={0: 0})
    reactor._asyncioEventloop.close()
    transport.signalProcess("KILL")
    os.waitid(os.P_PID, transport.pid, os.WEXITED | os.WNOWAIT)

    process.reapAllProcesses()

    assert listener.events == ["made", "exited", "ended"]
    assert reaping._watches == {}
