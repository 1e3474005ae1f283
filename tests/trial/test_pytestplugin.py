"""The pytest plugin: fresh reactors, tests that wait, time that jumps, and the clean-up check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import asyncio
import time

import pytest

from twisted.internet import defer, protocol, task, threads
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

seen = []


def test_freshOne(reactor):
    seen.append(reactor)


def test_freshTwo(reactor):
    assert seen and reactor is not seen[0]


def test_installed(reactor):
    import twisted.internet
    from twisted.internet import reactor as installed
    assert installed is reactor is twisted.internet.reactor


async def test_asyncBoth():
    from twisted.internet import reactor
    await task.deferLater(reactor, 0, lambda: None)
    await asyncio.sleep(0)
    async with asyncio.timeout(10) if hasattr(asyncio, "timeout") else Nothing():
        assert await threads.deferToThread(lambda: 3) == 3
    future = defer.succeed(2).asFuture(asyncio.get_running_loop())
    both = await asyncio.gather(asyncio.sleep(0, 1), future)
    assert both == [1, 2]


class Nothing:
    async def __aenter__(self): pass
    async def __aexit__(self, *given): pass


def test_deferred(reactor):
    return task.deferLater(reactor, 0, lambda: None)


def test_deferredFails(reactor):
    return task.deferLater(reactor, 0, int, "no number")


async def test_asyncFails():
    await asyncio.sleep(0)
    assert 1 == 2


def test_givesSomething(reactor):
    return 3


async def test_echo(reactor):
    class Echo(protocol.Protocol):
        def dataReceived(self, data):
            self.transport.write(data)

    class Ask(protocol.Protocol):
        def connectionMade(self):
            self.answer = defer.Deferred()
            self.ended = defer.Deferred()
            self.transport.write(b"hello")
        def dataReceived(self, data):
            self.answer.callback(data)
        def connectionLost(self, reason):
            self.ended.callback(None)

    ended = defer.Deferred()
    Echo.connectionLost = lambda self, reason: ended.callback(None)
    server = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    port = await server.listen(protocol.Factory.forProtocol(Echo))
    client = TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
    ask = await client.connect(protocol.Factory.forProtocol(Ask))
    assert await ask.answer == b"hello"
    ask.transport.loseConnection()
    await ask.ended
    await ended
    await port.stopListening()


# Time.

async def test_timeJumps(reactor, clock):
    begun = time.monotonic()
    order = []
    clock.callLater(3600, order.append, "clock")
    reactor.callLater(7200, order.append, "reactor")
    await asyncio.sleep(5000)
    assert order == ["clock"]
    await task.deferLater(reactor, 86400, lambda: None)
    assert order == ["clock", "reactor"]
    assert clock.seconds() == reactor.seconds() == 91400
    assert time.monotonic() - begun < 5


async def test_timeWaitsForThreads(reactor, clock):
    def work():
        time.sleep(0.1)
        return clock.seconds()
    d = defer.Deferred()
    d.addTimeout(10, clock)
    threads.deferToThread(work).chainDeferred(d)
    assert await d == 0
    assert await asyncio.wait_for(asyncio.to_thread(work), 10) == 0


async def test_timeWaitsForSockets(reactor, clock):
    await asyncio.wait_for(asyncio.ensure_future(exchange(reactor)), 10)
    assert clock.seconds() < 10


async def exchange(reactor):
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"x" * 300_000)
    writer.write_eof()
    assert len(await reader.read(-1)) == 300_000
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
    await asyncio.sleep(0)


async def answer(reader, writer):
    writer.write(await reader.read(-1))
    await writer.drain()
    writer.close()


def test_clockByHand(clock):
    calls = []
    clock.callLater(5, calls.append, 1)
    clock.advance(4)
    assert calls == []
    clock.advance(1)
    assert calls == [1]


async def test_stalls(clock):
    await defer.Deferred()


async def test_jumpsForEver(clock):
    task.LoopingCall(lambda: None).start(1, now=False).addErrback(lambda _: None)
    await defer.Deferred()

test_jumpsForEver = pytest.mark.torsion(timeout=0.2)(test_jumpsForEver)


async def test_callFailsOnClock(clock, flushLoggedErrors):
    clock.callLater(1, lambda: 1 / 0)
    await asyncio.sleep(2)
    assert len(flushLoggedErrors(ZeroDivisionError)) == 1


# Limits and leavings.

@pytest.mark.torsion(timeout=0.1)
async def test_tooLong():
    await defer.Deferred()


async def test_stopsReactor(reactor):
    reactor.stop()
    await defer.Deferred()


def test_leavesCall(reactor):
    reactor.callLater(1000, lambda: None)


def test_leavesPort(reactor):
    reactor.listenTCP(0, protocol.Factory())


async def test_leavesTask():
    global kept
    kept = asyncio.ensure_future(asyncio.sleep(1000))


def test_leavesError(reactor):
    Logger().failure("words", failure=Failure(ZeroDivisionError()))


def test_leavesFailureInCircle(reactor):
    d = defer.fail(ZeroDivisionError())
    d.itself = [d]


def test_takesError(reactor, flushLoggedErrors):
    Logger().failure("words", failure=Failure(ZeroDivisionError()))
    assert len(flushLoggedErrors(ZeroDivisionError)) == 1


# Fixtures.

@pytest.fixture
async def number(reactor):
    await task.deferLater(reactor, 0, lambda: None)
    return 5


@pytest.fixture
async def resource():
    await asyncio.sleep(0)
    yield "resource"
    await asyncio.sleep(0)
    seen.append("closed")


async def test_fixtures(number, resource):
    assert (number, resource) == (5, "resource")


def test_fixturesEnd(number):
    assert "closed" in seen


@pytest.fixture(scope="module")
async def wide():
    return 3


def test_wideFixture(wide):
    pass


class TestMethods:
    @pytest.fixture
    async def mine(self):
        await asyncio.sleep(0)
        return self

    async def test_method(self, mine):
        assert isinstance(mine, TestMethods)


@pytest.mark.parametrize("value", [1, 2])
async def test_parametrized(value):
    await asyncio.sleep(0)
    assert value in (1, 2)


def test_plain():
    assert True
"""

FAILED = {"test_deferredFails", "test_asyncFails", "test_givesSomething", "test_stalls"}
FAILED |= {"test_tooLong", "test_jumpsForEver", "test_stopsReactor"}
DIRTY = {"test_leavesCall", "test_leavesPort", "test_leavesTask"}
LOGGED = {"test_leavesError", "test_leavesFailureInCircle"}
BROKEN = {"test_wideFixture"}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # Other plugins take longer to import than these tests take to run.
    without = [f"-pno:{name}" for name in ("cacheprovider", "hypothesispytest", "anyio", "xdist")]
    command = [sys.executable, "-m", "pytest", *without]
    return subprocess.run(
        [*command, *words], cwd=folder, capture_output=True, text=True, timeout=60
    )


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_suite.py").write_text(SUITE)
    return run(folder, "--torsion", "-v", "--tb=short", "test_suite.py").stdout


def outcomes(output: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, word in re.findall(r"::(test_\w+)\S* (PASSED|FAILED|ERROR|SKIPPED)", output):
        found.setdefault(name, set()).add(word)
    return found


def test_eachTestEndsAsItShould(output: str) -> None:
    names = set(re.findall(r"^ *(?:async )?def (test_\w+)", SUITE, re.MULTILINE))
    wanted = {name: {"PASSED"} for name in names}
    wanted.update({name: {"FAILED"} for name in FAILED})
    wanted.update({name: {"PASSED", "ERROR"} for name in DIRTY | LOGGED})
    wanted.update({name: {"ERROR"} for name in BROKEN})
    # A test that jumps for ever leaves its looping call, too, and one that was cut off itself.
    for name in ("test_jumpsForEver", "test_stopsReactor"):
        wanted[name].add("ERROR")
    assert outcomes(output) == wanted, output


@pytest.mark.parametrize(
    "words",
    [
        "Stalled: the test waits for something that nothing is left to bring about",
        "still running at 0.1 secs",
        "DelayedCalls: ",
        "Selectables:",
        "coro=<sleep()",
        "the reactor was stopped before the test was through",
        "LeftErrors: ",
        "invalid literal for int() with base 10: 'no number'",
        "a test gives a Deferred, or nothing, and not 3",
        "its scope must be 'function', and not 'module'",
    ],
)
def test_theReaderIsToldWhatIsWrong(output: str, words: str) -> None:
    assert words in output


def test_ourOwnFramesAreNotShown(output: str) -> None:
    failure = output.partition("_ test_asyncFails _")[2].partition("\n____")[0]
    assert "assert 1 == 2" in failure
    assert "runUntilDone" not in failure


def test_nothingIsThereUnlessItIsAskedFor(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(flushLoggedErrors): pass\n")
    assert "fixture 'flushLoggedErrors' not found" in run(tmp_path, "test_it.py").stdout
    (tmp_path / "pytest.ini").write_text("[pytest]\ntorsion = true\n")
    assert "1 passed" in run(tmp_path, "test_it.py").stdout


def test_trialsOwnTestsRunAsEver(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from twisted.internet import reactor, task\n"
        "from twisted.trial.unittest import TestCase\n"
        "class It(TestCase):\n"
        "    def test_it(self):\n"
        "        return task.deferLater(reactor, 0, lambda: None)\n"
        "    async def test_too(self):\n"
        "        await task.deferLater(reactor, 0, lambda: None)\n"
        "def test_between(reactor): pass\n"
    )
    assert "3 passed" in run(tmp_path, "--torsion", "test_it.py").stdout


def test_ctrlCEndsTheRunWithoutBlamingTheTest(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import asyncio, os, signal\n"
        "from twisted.internet import defer, threads\n"
        "async def test_it(reactor):\n"
        "    reactor.callLater(0.05, os.kill, os.getpid(), signal.SIGINT)\n"
        "    await defer.Deferred()\n"
        "def test_next(): pass\n"
    )
    ended = run(tmp_path, "--torsion", "test_it.py")
    assert ended.returncode == 2
    assert "KeyboardInterrupt" in ended.stdout
    assert "DirtyReactor" not in ended.stdout + ended.stderr
    assert "passed" not in ended.stdout
