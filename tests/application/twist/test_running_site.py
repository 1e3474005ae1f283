"""The commands that have a running site in hand, as a person gives them."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.examples.running import Program, call, patienceSeconds, readLine
from tests.support.load import freePorts
from twisted.application.twist._logs import entryLine
from twisted.application.twist._status import shownBytes, shownSince

_TWIST = ("-m", "twisted.application.twist")


def twist(*words: str, folder: Path, given: str = "") -> tuple[int, str, str]:
    """Run a command to its end: its status, its output and its complaints."""
    ended = subprocess.run(
        [sys.executable, *_TWIST, *words],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=patienceSeconds,
    )
    return ended.returncode, ended.stdout, ended.stderr


class Stage:
    """A site that is up, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.echo, self.quotes = freePorts(2)
        self.write()
        self.program = Program(*_TWIST, "up", folder=folder)

    def write(self, more: str = "", quote: str = "One.") -> None:
        (self.folder / "site.toml").write_text(
            '[services.echo]\ntype = "echo"\n'
            f'listen = {{ tcp = {self.echo}, host = "127.0.0.1" }}\n'
            f'[services.quotes]\ntype = "qotd"\nquotes = ["{quote}"]\nafter = ["echo"]\n'
            f'listen = {{ tcp = {self.quotes}, host = "127.0.0.1" }}\n{more}'
        )

    def twist(self, *words: str, given: str = "") -> tuple[int, str, str]:
        return twist(*words, folder=self.folder, given=given)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    with made.program as program:
        program.until("quotes +TCP")
        yield made


def test_theStatusIsATableAndAnObject(stage: Stage) -> None:
    with call(stage.echo) as connection:
        connection.sendall(b"hello\n")
        assert readLine(connection) == b"hello\n"
        status, out, _ = stage.twist("status")
        assert status == 0
        rows = {line.split()[0]: line.split() for line in out.splitlines() if line}
        assert rows["echo"][:10] == [
            *("echo", "echo", "running", "TCP", f"127.0.0.1:{stage.echo}"),
            *("1", "1", "6", "B", "6"),
        ]
        status, out, _ = stage.twist("status", "site.toml", "--json")
        found = json.loads(out)
        assert found["pid"] == stage.program.process.pid
        assert [each["name"] for each in found["services"]] == ["echo", "quotes"]
        assert found["services"][0]["open"] == 1


def test_aServiceIsStoppedStartedAndMadeAnew(stage: Stage) -> None:
    assert stage.twist("stop", "quotes") == (0, "quotes is stopped\n", "")
    with pytest.raises(ConnectionRefusedError):
        call(stage.quotes)
    assert stage.twist("start", "quotes") == (0, "quotes is running\n", "")
    with call(stage.echo) as held:
        assert stage.twist("restart", "echo") == (0, "echo is running\n", "")
        held.sendall(b"still\n")
        assert readLine(held) == b"still\n"
    assert stage.twist("stop", "echo") == (0, "echo is stopped\n", "")
    assert stage.twist("restart", "echo") == (0, "echo is running\n", "")
    status, _, err = stage.twist("stop", "quote")
    assert (status, err) == (1, "twist: there is no service 'quote'. Did you mean 'quotes'?\n")


def test_aReloadShowsTheDifference(stage: Stage) -> None:
    assert stage.twist("reload")[1] == "Nothing differs.\n"
    stage.write('[services.day]\ntype = "daytime"\nlisten = 0\n', quote="Two.")
    status, out, _ = stage.twist("reload")
    assert (status, out) == (0, '~ quotes quotes: ["One."] -> ["Two."]\n+ day (daytime)\n')
    stage.write("oops = 1\n")
    status, out, err = stage.twist("reload")
    assert (status, out) == (2, "")
    assert "site.toml:9:1: 'oops' is not a key" in err
    assert err.endswith("One mistake; nothing was changed.\n")
    with call(stage.quotes) as connection:
        assert readLine(connection) == b"Two.\r\n"


def test_aHangupIsAReload(stage: Stage) -> None:
    stage.write(quote="Two.")
    stage.program.signal(signal.SIGHUP)
    stage.program.until(r'reload: ~ quotes quotes: \["One."\] -> \["Two."\]')
    stage.write("oops = 1\n")
    stage.program.signal(signal.SIGHUP)
    stage.program.until("'oops' is not a key")


def test_messagesAreShownAndFollowed(stage: Stage) -> None:
    stage.twist("restart", "echo")
    status, out, _ = stage.twist("logs", "echo")
    assert (status, len(out.splitlines())) == (0, 1)
    assert out.endswith("[echo] echo is started anew\n")
    assert stage.twist("logs", "nix")[0] == 1
    with Program(*_TWIST, "logs", "-f", "quotes", "-n", "0", folder=stage.folder) as following:
        # It is known to follow when it is among those who are told.
        for _ in range(50):
            stage.twist("restart", "quotes")
            if not following._coming.empty():
                break
        following.until(r"\[quotes\] quotes is started anew")
        stage.program.signal()
        assert following.ended() == 0
    assert "[echo]" not in following.output
    entry = {"time": 0.0, "level": "error", "service": "a", "text": "one\ntwo\n"}
    assert entryLine(entry, False).endswith("[a] error: one\n    two")
    assert json.loads(entryLine(entry, True)) == entry


def test_theWholeIsStoppedByDown(stage: Stage) -> None:
    assert stage.twist("down") == (0, "stopped\n", "")
    assert stage.program.ended() == 0
    status, _, err = stage.twist("status")
    assert status == 1
    assert "site.toml is not up" in err and "twist up site.toml" in err


def test_aSecondStartIsRefusedAndDisturbsNothing(stage: Stage) -> None:
    status, out, err = stage.twist("up")
    assert (status, out) == (1, "")
    assert "the site is up already" in err and "twist status" in err
    assert stage.twist("status")[0] == 0


def test_aKilledSiteLeavesASocketThatHindersNobody(stage: Stage) -> None:
    stage.program.process.kill()
    stage.program.ended()
    assert (stage.folder / ".site.toml.control").exists()
    assert "is not up (Connection refused)" in stage.twist("status")[2]
    with Program(*_TWIST, "up", folder=stage.folder) as again:
        again.until("quotes +TCP")
        assert stage.twist("status")[0] == 0
        again.signal()
        assert again.ended() == 0
    assert not (stage.folder / ".site.toml.control").exists()


def test_theCommandsSayWhatTheyMiss(tmp_path: Path) -> None:
    for words in (("status",), ("reload",), ("down",), ("stop", "a"), ("logs",)):
        status, out, err = twist(*words, folder=tmp_path)
        assert (status, out) == (1, "")
        assert "there is no site.toml; say which site is meant: --site FILE" in err
    (tmp_path / "site.toml").write_text("[site]\ncontrol = false\n")
    assert "control = false" in twist("status", folder=tmp_path)[2]
    assert twist("worker", folder=tmp_path)[0] == 2


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1550000, "1.6 MB"),
        (2 * 10**9, "2.0 GB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)
def test_amountsAreShownForPeople(count: int, shown: str) -> None:
    assert shownBytes(count) == shown


def test_aTimeOfAnotherDayIsShownWithItsDate() -> None:
    assert len(shownSince(1_000_000_000, 1_000_000_001)) == len("01:46:40")
    assert "-" in shownSince(1_000_000_000, 1_100_000_000)


def test_systemdIsToldOfTheStartOfChangesOfLifeAndOfTheEnd(tmp_path: Path) -> None:
    address = f"\0torsion-{os.getpid()}-{tmp_path.name}"
    (port, _) = freePorts(2)
    (tmp_path / "site.toml").write_text(
        f'[services.echo]\ntype = "echo"\nlisten = {{ tcp = {port}, host = "127.0.0.1" }}\n'
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(patienceSeconds)

        def told() -> str:
            # Signs of life come whenever they do.
            while (said := systemd.recv(1000).decode()) == "WATCHDOG=1":
                signs.append(said)
            return said.partition("\nMONOTONIC")[0]

        signs: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("NOTIFY_SOCKET", "@" + address[1:])
            patch.setenv("WATCHDOG_USEC", "20000")
            program = Program(*_TWIST, "up", folder=tmp_path)
        with program:
            assert told() == "READY=1\nSTATUS=1 service"
            assert systemd.recv(1000) == b"WATCHDOG=1"
            assert twist("reload", folder=tmp_path)[0] == 0
            assert told() == "RELOADING=1"
            assert told() == "READY=1\nSTATUS=1 service"
            program.signal()
            assert told() == "STOPPING=1"
            assert program.ended() == 0
    assert signs


# The prompt


def test_aPromptAwaitsDeferredsAndAsyncioAndHasTheSite(stage: Stage) -> None:
    lines = (
        "import asyncio\n"
        "await asyncio.sleep(0)\n"
        "await task.deferLater(reactor, 0, lambda: 'later')\n"
        "async def both():\n"
        "    await asyncio.sleep(0)\n"
        "    return await defer.succeed(9)\n"
        "\n"
        "await both() + 1\n"
        "[each['name'] for each in (await site.status())['services']]\n"
        "(await site.stop('quotes'))['state']\n"
    )
    status, out, err = stage.twist("console", given=lines)
    assert (status, err) == (0, "")
    assert out == "'later'\n10\n['echo', 'quotes']\n'stopped'\n"


def test_aPromptShowsWhatIsRaisedAndTellsItToScripts(tmp_path: Path) -> None:
    status, out, err = twist("console", folder=tmp_path, given="1/0\nsite\n2+2\n")
    assert (status, out) == (1, "4\n")
    assert "ZeroDivisionError" in err
    status, _, err = twist("console", folder=tmp_path, given="x = 1 +\n")
    assert status == 1
    assert "SyntaxError" in err
    assert twist("console", folder=tmp_path, given="exit()\n1/0\n")[0] == 0


def test_aPromptAtATerminalAnswersCtrlC(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *_TWIST, "console"],
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = b""

    def until(text: bytes) -> None:
        nonlocal said
        while text not in said:
            said += os.read(ours, 1024)
        said = said.partition(text)[2]

    try:
        until(b">>> ")
        os.write(ours, b"print('beg' + 'un') or await defer.Deferred()\n")
        until(b"begun")
        process.send_signal(signal.SIGINT)
        until(b"cancelled")
        until(b">>> ")
        os.write(ours, b"6 * 7\n")
        until(b"42")
        until(b">>> ")
        os.write(ours, b"\x04")
        assert process.wait(patienceSeconds) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_aSiteCanHaveAPromptOfItsOwn(tmp_path: Path) -> None:
    (port, _) = freePorts(2)
    (tmp_path / "site.toml").write_text(
        f'[services.echo]\ntype = "echo"\nlisten = {{ tcp = {port}, host = "127.0.0.1" }}\n'
    )
    lines = "services.getServiceNamed('echo').running\nsite.plan.name\n"
    status, out, _ = twist("up", "--console", folder=tmp_path, given=lines)
    assert status == 0
    assert "\n1\n'site'\n" in out


def test_wordsOfEveryCommandAreExplained(tmp_path: Path) -> None:
    for command in ("status", "reload", "start", "stop", "restart", "logs", "console", "down"):
        found: Any = twist(command, "--help", folder=tmp_path)
        assert found[0] == 0
        assert f"usage: twist {command}" in found[1]
