"""
The walk of a person who knows no Python, as ``docs/tutorial/no-python.md`` tells it: from an empty
folder to TLS, a forwarded port and files behind passwords, by what the commands print.
"""

from __future__ import annotations

import ftplib
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.running import Program, call, callTLS, patienceSeconds, readLine, root
from twisted.application._config.catalogue import serviceTypes

_TWIST = [sys.executable, "-m", "twisted.application.twist"]
_PAGE = root / "docs" / "tutorial" / "no-python.md"


def _freePort() -> int:
    with socket.create_server(("127.0.0.1", 0)) as ear:
        return int(ear.getsockname()[1])


class _Person:
    """
    Somebody at a terminal in an empty folder.

    Args:
        folder: where they are.
    Attributes:
        did: every command that was run, as it was typed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site.toml"
        self.did: list[str] = []

    def types(self, command: str, answers: str = "") -> str:
        """Run a command to its end, which is to be a good one; give what it prints."""
        self.did.append(command)
        words = shlex.split(command)
        program = [*_TWIST, *words[1:]] if words[0] == "twist" else words
        ended = subprocess.run(
            program,
            cwd=self.folder,
            input=answers,
            capture_output=True,
            text=True,
            timeout=patienceSeconds,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def starts(self, command: str) -> Program:
        """Run a command that goes on."""
        self.did.append(command)
        return Program("-m", "twisted.application.twist", *command.split()[1:], folder=self.folder)

    def edits(self, text: str) -> None:
        """Add to the file with an editor."""
        with self.site.open("a") as file:
            file.write(f"\n{text}\n")


def _printed(out: str) -> list[str]:
    """The commands that a command prints for the next steps, each on a line of its own."""
    return re.findall(r"^  (twist .*)$", out, re.MULTILINE)


def _tried(program: Program, service: str, by: str) -> str:
    """What `twist up` prints to try an IPv4 address of a service with."""
    found = program.until(rf"^{service} +{by} +127\.0\.0\.1:\d+ +(.*)$")
    return found[1].strip()


def _stop(program: Program) -> None:
    program.signal()
    assert program.ended() == 0
    assert "Traceback" not in program.output


@pytest.fixture
def person(tmp_path: Path) -> _Person:
    return _Person(tmp_path)


def test_fromAnEmptyFolderToAServerByWhatIsPrinted(person: _Person) -> None:
    port = _freePort()
    out = person.types("twist init", f"echo\n\n{port}\n\nyes\n\n\n")
    assert _printed(out) == ["twist check site.toml", "twist up site.toml"]
    check, up = _printed(out)
    person.types(check)
    person.types("twist check")
    with person.starts(up) as program:
        command = _tried(program, "echo", "TLS")
        assert command.startswith("openssl s_client -quiet -connect 127.0.0.1:")
        if shutil.which("openssl"):
            talk = subprocess.Popen(
                shlex.split(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert talk.stdin is not None
            assert talk.stdout is not None
            talk.stdin.write(b"hello\n")
            talk.stdin.flush()
            assert talk.stdout.readline() == b"hello\n"
            talk.kill()
            talk.communicate()
        _stop(program)

    listed = person.types("twist services")
    for name in re.findall(r"^(\w[\w-]*) {2,}", listed, re.MULTILINE)[1:4]:
        person.types(f"twist services {name}")
    person.edits(
        '[cred.people]\nusers = { guest = "${GUEST_PASSWORD:-welcome}" }\n'
        '[services.quotes]\ntype = "qotd"\nlisten = { tcp = 0, host = "127.0.0.1" }\n'
        'order = "in-turn"\nafter = ["echo"]\n'
        'restart = { policy = "on-failure", delay = 1, limit = 5 }'
    )
    shown = person.types("twist show")
    assert "welcome" not in shown.replace("examples/welcome", "")
    person.types("twist schema")
    person.types("twist doctor")
    with person.starts("twist up") as program:
        quoted = program.until(r"^quotes +TCP +127\.0\.0\.1:(\d+)")
        with call(int(quoted[1])) as connection:
            assert readLine(connection).endswith(b"\r\n")
        _stop(program)

    commands = set(re.findall(r"^\$ (twist.*)$", _PAGE.read_text(), re.MULTILINE))
    elsewhere = {"twist services portforward", "twist passwd passwords alice"}
    assert commands - elsewhere <= set(person.did)


@pytest.mark.skipif("portforward" not in serviceTypes(), reason="no such service yet")
def test_aPortOfThisMachineLeadsToAnother(person: _Person) -> None:
    out = person.types("twist services portforward")
    assert "to" in out
    target = _freePort()
    person.edits(
        f'[services.echo]\ntype = "echo"\nlisten = {target}\n'
        f'[services.door]\ntype = "portforward"\nlisten = {{ tcp = 0, host = "127.0.0.1" }}\n'
        f'to = "127.0.0.1:{target}"\nafter = "echo"'
    )
    person.types("twist check")
    with person.starts("twist up") as program:
        port = int(program.until(r"^door +TCP +127\.0\.0\.1:(\d+)")[1])
        with call(port) as connection:
            connection.sendall(b"through the door\n")
            assert readLine(connection) == b"through the door\n"
        _stop(program)


@pytest.mark.skipif("ftp" not in serviceTypes(), reason="no such service yet")
def test_twoServicesShareOneTableOfPasswords(person: _Person) -> None:
    (person.folder / "public").mkdir()
    (person.folder / "public" / "hello.txt").write_text("hello\n")
    # A folder that is not there is told, and asked for again.
    answers = f"pubic\n{_freePort()}\n\n\n\npublic\n{_freePort()}\n\n\n"
    out = person.types("twist init", f"ftp\nfiles\n{answers}no\n")
    assert "There is no folder 'pubic'" in out
    (passwd, check, up) = _printed(out)
    assert passwd == "twist passwd passwords NAME"
    person.types(passwd.replace("NAME", "alice"), "wonderland\n")
    person.edits('[services.more]\ntype = "ftp"\nlisten = 0\nfolder = "public"\ncred = "people"')
    person.types(check)
    with person.starts(up) as program:
        ports = [
            int(program.until(rf"^{each} +TCP +127\.0\.0\.1:(\d+)")[1])
            for each in ("files", "more")
        ]
        for port in ports:
            with ftplib.FTP() as ftp:
                ftp.connect("127.0.0.1", port, patienceSeconds)
                ftp.login("alice", "wonderland")
                assert ftp.nlst() == ["hello.txt"]
                ftp.quit()
            with ftplib.FTP() as ftp:
                ftp.connect("127.0.0.1", port, patienceSeconds)
                with pytest.raises(ftplib.error_perm):
                    ftp.login("alice", "wrong")
        _stop(program)


@pytest.mark.skipif("ftp" not in serviceTypes(), reason="no such service yet")
def test_whatThePageAddsMakesOneSite(person: _Person) -> None:
    blocks = re.findall(r"^```text\n(\[.*?)^```", _PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    ports = {each: _freePort() for each in ("7443", "7080", "7021", "7090")}
    person.types("twist init", f"echo\n\n{ports['7443']}\n\nyes\n\n\n")
    for block in blocks:
        person.edits(re.sub(r"\b7\d{3}\b", lambda found: str(ports[found[0]]), block))
    person.edits(f'[services.inside]\ntype = "echo"\nlisten = {ports["7090"]}')
    (person.folder / "public").mkdir()
    person.types("twist passwd passwords alice", "wonderland\n")
    person.types("twist check")
    assert "wonderland" not in person.types("twist show")
    with person.starts("twist up") as program:
        program.until("is up: 4 services")
        program.until("^$")
        with callTLS(ports["7443"]) as secure:
            secure.sendall(b"hello\n")
            assert readLine(secure) == b"hello\n"
        with call(ports["7080"]) as forwarded:
            forwarded.sendall(b"through\n")
            assert readLine(forwarded) == b"through\n"
        with ftplib.FTP() as ftp:
            ftp.connect("127.0.0.1", ports["7021"], patienceSeconds)
            ftp.login("alice", "wonderland")
        _stop(program)
    assert "wonderland" not in program.output
