"""Sites as a person runs them: a process, its sockets, its signals, and real peers."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.examples.running import (
    Program,
    call,
    callTLS,
    examples,
    patienceSeconds,
    readAll,
    readLine,
)
from twisted.application._config.site import SitePlan
from twisted.application.twist.cli import main
from twisted.application.twist.running import _Patience
from twisted.internet.task import Clock

_TWIST = ("-m", "twisted.application.twist")
_ECHO = '[services.echo]\ntype = "echo"\nlisten = { tcp = 0, host = "127.0.0.1" }\n'


def twist(*words: str | Path, folder: Path) -> Program:
    return Program(*_TWIST, *words, folder=folder)


def write(folder: Path, text: str) -> str:
    (folder / "site.toml").write_text(text)
    return "site.toml"


def tcpPort(program: Program, by: str = "TCP") -> int:
    return int(program.until(rf"{by} +127\.0\.0\.1:(\d+)")[1])


def freePort() -> int:
    with socket.create_server(("127.0.0.1", 0)) as ear:
        return int(ear.getsockname()[1])


@pytest.fixture
def welcome(tmp_path: Path) -> str:
    """The welcome site with ports that the system chooses, so that two runs do not meet."""
    text = (examples / "welcome" / "site.toml").read_text()
    return write(tmp_path, re.sub(r"(tcp|tls) = \d+", r"\1 = 0", text))


def test_theWelcomeSiteServesOnEveryAddressItListsAndLeavesNothing(
    tmp_path: Path, welcome: str
) -> None:
    with twist("up", welcome, folder=tmp_path) as program:
        program.until("welcome is up: 2 services")
        program.until("^$")
        program.until("^service +by +listens on +try it with$")
        program.until("^$")
        rows = [line.split() for line in program.lines[3:-1]]
        found = {(row[0], row[1], "[" in row[2]): row[2] for row in rows}
        assert {key[:2] for key in found} == {
            (service, by) for service in ("echo", "quotes") for by in ("TCP", "TLS", "UNIX")
        }
        for (service, by, six), where in found.items():
            if by == "UNIX":
                connection: socket.socket = call(str(tmp_path / where), socket.AF_UNIX)
            elif six:
                port = int(where.rpartition(":")[2])
                connection = call(("::1", port), socket.AF_INET6)
                if by == "TLS":
                    connection.close()
                    continue
            else:
                port = int(where.rpartition(":")[2])
                connection = callTLS(port) if by == "TLS" else call(port)
            with connection:
                if service == "echo":
                    connection.sendall(b"hello\n")
                    assert readLine(connection) == b"hello\n"
                else:
                    assert readLine(connection).endswith(b".\r\n")
        program.signal()
        assert program.ended() == 0
    assert [path.name for path in tmp_path.iterdir()] == ["site.toml"]
    assert "Traceback" not in program.output


def test_theWelcomeSiteAsItIsDeliveredIsRight() -> None:
    with Program(*_TWIST, "check", examples / "welcome" / "site.toml") as program:
        assert program.ended() == 0
    assert "TCP 127.0.0.1:7007" in program.output


@pytest.mark.parametrize("peer", ["nc", "openssl", "socat"])
def test_whatTheTableSaysToTryWorks(tmp_path: Path, welcome: str, peer: str) -> None:
    if shutil.which(peer) is None:
        pytest.skip(f"{peer} is not installed")
    with twist("up", welcome, folder=tmp_path) as program:
        program.until("^quotes +UNIX")
        rows = [line for line in program.lines if f"  {peer} " in line]
        assert {row.split()[0] for row in rows} == {"echo", "quotes"}
        for row in rows:
            command = row[row.index(f"  {peer} ") :].strip()
            asked = subprocess.Popen(
                ["sh", "-c", f"exec {command}"],
                cwd=tmp_path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert asked.stdin is not None and asked.stdout is not None
            try:
                # Nothing is said to who speaks first and hangs up: that would be an error.
                if row.startswith("echo"):
                    asked.stdin.write(b"hello\n")
                    asked.stdin.flush()
                answer = asked.stdout.readline()
            finally:
                asked.kill()
                asked.wait(patienceSeconds)
                asked.stdin.close()
                asked.stdout.close()
            assert answer.endswith(b"hello\n" if row.startswith("echo") else b".\r\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_aSignalEndsAnIdleSiteAtOnce(tmp_path: Path, number: signal.Signals) -> None:
    name = write(tmp_path, "[site]\ngrace = 3600\n" + _ECHO)
    with twist("up", name, folder=tmp_path) as program:
        tcpPort(program)
        program.signal(number)
        assert program.ended() == 0


def test_openConnectionsMayFinishWhileNewOnesAreRefused(tmp_path: Path) -> None:
    name = write(tmp_path, "[site]\ngrace = 3600\n" + _ECHO)
    with twist("up", name, folder=tmp_path) as program:
        port = tcpPort(program)
        with call(port) as connection:
            connection.sendall(b"one\n")
            assert readLine(connection) == b"one\n"
            program.signal()
            program.until("1 open connection may take 3600 s to finish")
            with pytest.raises(ConnectionRefusedError):
                call(port)
            connection.sendall(b"two\n")
            assert readLine(connection) == b"two\n"
        assert program.ended() == 0


def test_theGraceIsBounded(tmp_path: Path) -> None:
    with twist("up", write(tmp_path, _ECHO), "--grace", "0.2", folder=tmp_path) as program:
        with call(tcpPort(program)) as connection:
            connection.sendall(b"one\n")
            readLine(connection)
            program.signal()
            with pytest.raises(ConnectionResetError):
                readAll(connection)
        assert program.ended() == 0
        assert "did not finish in time" in program.output


def test_aSecondSignalEndsAtOnce(tmp_path: Path) -> None:
    with twist("up", write(tmp_path, _ECHO), "--grace", "3600", folder=tmp_path) as program:
        with call(tcpPort(program)) as connection:
            connection.sendall(b"one\n")
            readLine(connection)
            program.signal()
            program.until("1 open connection may take 3600 s")
            # The same Ctrl-C once more, as a program that started us would hand it on.
            program.signal()
            connection.settimeout(_Patience.withinSeconds + 0.1)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(patienceSeconds)
            program.signal()
            with pytest.raises(ConnectionResetError):
                readAll(connection)
        assert program.ended() == 0


def test_oneRequestToEndIsCountedOnceHoweverOftenItArrives() -> None:
    clock = Clock()
    patience = _Patience(clock.seconds)
    steps = []
    for wait in (0, 0.1, 0.3, 0.2, 0.1, 5):
        clock.advance(wait)
        steps.append(patience.step())
    assert steps == [1, 0, 0, 2, 0, 3]


def test_aPortThatIsTakenIsSaidAndNothingIsLeftListening(tmp_path: Path) -> None:
    free = freePort()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = taken.getsockname()[1]
        name = write(
            tmp_path,
            f'[services.a]\ntype = "echo"\nlisten = {{ tcp = {free}, host = "127.0.0.1" }}\n'
            '[services.b]\ntype = "echo"\n'
            f'listen = ["unix:b.sock", "tcp:{busy}:interface=127.0.0.1"]\n',
        )
        with twist("up", name, folder=tmp_path) as program:
            assert program.ended() == 1
        assert f"twist: b: cannot listen on TCP {busy}:interface=127.0.0.1: " in program.output
        assert "Address already in use" in program.output
        assert "Nothing was started." in program.output
        assert "Traceback" not in program.output and "is up" not in program.output
    with pytest.raises(ConnectionRefusedError):
        call(free)
    assert [path.name for path in tmp_path.iterdir()] == ["site.toml"]


def test_aSocketLeftByAKilledProcessIsTakenOverAndALivingOneIsNot(tmp_path: Path) -> None:
    name = write(tmp_path, '[services.a]\ntype = "echo"\nlisten = { unix = "a.sock" }\n')
    with twist("up", name, folder=tmp_path) as first:
        first.until("UNIX +a.sock")
        (tmp_path / "other.toml").write_text((tmp_path / name).read_text())
        with twist("up", "other.toml", folder=tmp_path) as second:
            assert second.ended() == 1
            assert "a: cannot listen on UNIX a.sock: " in second.output
        with call(str(tmp_path / "a.sock"), socket.AF_UNIX) as connection:
            connection.sendall(b"x\n")
            assert readLine(connection) == b"x\n"
        first.process.kill()
        first.ended()
    assert (tmp_path / "a.sock").exists()
    with twist("up", name, folder=tmp_path) as third:
        third.until("UNIX +a.sock")
        third.signal()
        assert third.ended() == 0


@pytest.mark.parametrize("reactor", ["default", "asyncio", "select", "poll"])
def test_oneServiceRunsFromItsFlagsOnEachReactor(tmp_path: Path, reactor: str) -> None:
    words = ("--reactor", reactor, "echo", "--listen", '{ tcp = 0, host = "127.0.0.1" }')
    with twist(*words, folder=tmp_path) as program:
        with call(tcpPort(program)) as connection:
            connection.sendall(b"x\n")
            assert readLine(connection) == b"x\n"
        program.until("left after")
        program.signal(signal.SIGTERM)
        assert program.ended() == 0


def test_flagsSayWhatAFileWould(tmp_path: Path) -> None:
    quotes = ("--quotes", "First.", "--quotes", "Second.", "--order", "in-turn")
    words = ("qotd", "--listen", "tcp:0:interface=127.0.0.1", *quotes)
    with twist(*words, folder=tmp_path) as program:
        port = tcpPort(program)
        for quote in (b"First.\r\n", b"Second.\r\n", b"First.\r\n"):
            with call(port) as connection:
                assert readAll(connection) == quote


@pytest.mark.parametrize("given", [True, False])
def test_aFlagSaysWhereCallbacksRun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    plans: list[SitePlan] = []

    def runSite(plan: SitePlan, *rest: object) -> int:
        plans.append(plan)
        reread = rest[3]
        if callable(reread):
            plans.append(reread())
        return 0

    monkeypatch.setattr("twisted.application.twist.commands.runSite", runSite)
    monkeypatch.setattr("twisted.application.twist.commands.startLogging", lambda *_: None)
    monkeypatch.setattr("twisted.application.twist.commands.chooseReactor", lambda _: None)
    monkeypatch.chdir(tmp_path)
    flags = ["--callback-context"] * given
    assert main([*flags, "up", write(tmp_path, _ECHO)]) == 0
    assert main(["echo", *flags, "--listen", "0"]) == 0
    assert [plan.callbackContext for plan in plans] == [given] * 3


def test_aLogForProgramsHasTheOutputForItself(tmp_path: Path) -> None:
    words = (*_TWIST, "up", write(tmp_path, _ECHO), "--log-format", "json")
    with Program(*words, folder=tmp_path) as program:
        with call(tcpPort(program)) as connection:
            connection.sendall(b"x\n")
            readLine(connection)
        program.until("left after")
        program.signal()
        assert program.ended() == 0
    # Tables go to standard error, which is the same here: what is no table is JSON.
    events = [
        json.loads(line.strip("\x1e")) for line in program.lines if line.strip("\x1e")[:1] == "{"
    ]
    namespaces = [event["log_namespace"] for event in events]
    assert namespaces.count("echo") == 2
    assert events[-1]["log_format"] == "stopped"


def test_theLogGoesToAFileThatIsNamed(tmp_path: Path) -> None:
    words = ("up", write(tmp_path, _ECHO), "--log-file", "log", "--log-level", "debug")
    with twist(*words, folder=tmp_path) as program:
        port = tcpPort(program)
        with call(port) as connection:
            connection.sendall(b"x\n")
            readLine(connection)
        program.signal()
        assert program.ended() == 0
    assert "connected to" not in program.output
    assert f"connected to TCP 127.0.0.1:{port}" in (tmp_path / "log").read_text()


def test_aLogFileThatCannotBeWrittenIsAMistake(tmp_path: Path) -> None:
    words = ("up", write(tmp_path, _ECHO), "--log-file", "nowhere/log")
    with twist(*words, folder=tmp_path) as program:
        assert program.ended() == 2
    assert "--log-file: 'nowhere/log' cannot be written: No such file" in program.output


def test_aCertificateThatCannotBeReadStopsAllBeforeItStarts(tmp_path: Path) -> None:
    free = freePort()
    name = write(
        tmp_path,
        f'[services.a]\ntype = "echo"\nlisten = [{free}, {{ tls = 0, certificate = "no.pem" }}]\n',
    )
    with twist("up", name, folder=tmp_path) as program:
        assert program.ended() == 2
    assert "site.toml:3:" in program.output
    assert "the certificate 'no.pem' cannot be read: No such file" in program.output
