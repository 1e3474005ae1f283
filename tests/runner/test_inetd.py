"""inetd: what its files say, and programs that get connections."""

from __future__ import annotations

import io
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.streams import eventually
from twisted.logger import capturedLogs
from twisted.runner import inetd, inetdtap
from twisted.runner.inetdconf import (
    InetdConf,
    InetdService,
    InvalidInetdConfError,
    InvalidServicesConfError,
    ServicesConf,
    SimpleConfFile,
    UnknownService,
)


def services(text: str = "http 80/tcp www # the web\n\n# none\nhttp 80/udp\n") -> ServicesConf:
    conf = ServicesConf()
    conf.parseFile(io.StringIO(text))
    return conf


def test_portsAreKnownByNameAndAlias() -> None:
    assert services().services == {("http", "tcp"): 80, ("www", "tcp"): 80, ("http", "udp"): 80}


@pytest.mark.parametrize(
    "line",
    [
        *("http", "http 80", "http 80/", "http /tcp", "http x/tcp", "http 80/a/b"),
        *("x 65536/tcp", "x " + "9" * 5000 + "/tcp", "x -1/tcp", "x \u0663/tcp"),
    ],
)
def test_aLineThatMakesNoSenseIsRefusedWithItsNumber(line: str) -> None:
    with pytest.raises(InvalidServicesConfError, match=r"^line 2: "):
        services("ok 1/tcp\n" + line)


def test_aServiceIsALine() -> None:
    conf = InetdConf(services())
    conf.parseFile(
        io.StringIO(
            "http stream tcp nowait nobody.daemon /bin/cat cat -n # number them\n"
            "7777 dgram udp wait nobody internal\n"
        )
    )
    first, second = conf.services
    assert vars(first) == {
        "name": "http",
        "port": 80,
        "socketType": "stream",
        "protocol": "tcp",
        "wait": "nowait",
        "user": "nobody",
        "group": "daemon",
        "program": "/bin/cat",
        "programArgs": ("cat", "-n"),
    }
    assert (second.name, second.port, second.program) == ("unknown", 7777, "internal")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("http stream tcp", InvalidInetdConfError),
        ("99999 stream tcp nowait root internal", InvalidInetdConfError),
        ("zork stream tcp nowait root internal", UnknownService),
        ("http stream sctp nowait root internal", UnknownService),
    ],
)
def test_aServiceThatMakesNoSenseIsRefused(line: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="line 1"):
        InetdConf(services()).parseFile(io.StringIO(line))


def test_theUsualFileIsRead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "services").write_text("echo 7/tcp\n")
    monkeypatch.setattr(ServicesConf, "defaultFilename", str(tmp_path / "services"))
    assert InetdConf().knownServices.services == {("echo", "tcp"): 7}
    with pytest.raises(ValueError, match="by default"):
        SimpleConfFile().parseFile()


def exchange(reactor: Any, factory: inetd.InetdFactory, said: bytes) -> bytes:
    """Say something to what is started for a connection, and end; give what it answers."""
    factory.reactor = reactor
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    with socket.create_connection(("127.0.0.1", port.getHost().port), timeout=10) as peer:
        peer.sendall(said)
        peer.shutdown(socket.SHUT_WR)
        peer.setblocking(False)
        answer = bytearray()

        def ended() -> bool:
            try:
                data = peer.recv(65536)
            except BlockingIOError:
                return False
            answer.extend(data)
            return not data

        eventually(reactor, ended, 20)
    port.stopListening()
    return bytes(answer)


def program(code: str) -> inetd.InetdFactory:
    args = ("python", "-c", code)
    return inetd.InetdFactory(
        InetdService("x", 1, "stream", "tcp", "nowait", "", None, sys.executable, args)
    )


def test_aProgramGetsTheConnection(eachReactor: Any) -> None:
    code = (
        "import sys, os\n"
        "assert os.get_blocking(0) and os.get_blocking(1)\n"
        "said = sys.stdin.buffer.read()\n"
        "sys.stderr.write('err ')\n"
        "sys.stderr.flush()\n"
        "sys.stdout.buffer.write(said.upper() * 1000)\n"
    )
    said = b"hello " * 200
    assert exchange(eachReactor, program(code), said) == b"err " + said.upper() * 1000


def test_itsErrorsMayGoToAFile(makeReactor: Any, tmp_path: Path) -> None:
    factory = program("import sys; print('out'); print('err', file=sys.stderr)")
    factory.stderrFile = str(tmp_path / "errors")
    assert exchange(makeReactor(), factory, b"") == b"out\n"
    assert (tmp_path / "errors").read_text() == "err\n"


def test_aProgramThatFailsIsLogged(makeReactor: Any) -> None:
    reactor = makeReactor()
    with capturedLogs() as captured:
        assert exchange(reactor, program("raise SystemExit(3)"), b"") == b""
        eventually(reactor, lambda: any("program" in event for event in captured), 10)
    assert "3" in str(next(e["reason"] for e in captured if "reason" in e))


def test_noDescriptorIsLeft(makeReactor: Any) -> None:
    reactor = makeReactor()
    exchange(reactor, program("pass"), b"")
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        exchange(reactor, program("pass"), b"")
    eventually(reactor, lambda: len(os.listdir("/proc/self/fd")) <= len(before), 10)


def made(tmp_path: Path, text: str, *words: str) -> Any:
    (tmp_path / "inetd.conf").write_text(text)
    options = inetdtap.Options()
    options.parseOptions(["--file", str(tmp_path / "inetd.conf"), *words])
    return inetdtap.makeService(options)


def test_whatCanBeServedIsAndTheRestIsLogged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "services").write_text("echo 7/tcp\necho 7/udp\nfinger 79/tcp\nzork 5/tcp\n")
    monkeypatch.setattr(ServicesConf, "defaultFilename", str(tmp_path / "services"))
    text = (
        "echo stream tcp nowait root internal\n"
        "echo dgram udp wait root internal\n"
        "zork stream tcp nowait root internal\n"
        "finger stream tcp nowait.400 root /bin/cat cat\n"
        "finger stream tcp wait root /bin/cat cat\n"
        "finger stream tcp nowait nosuchuser /bin/cat cat\n"
        "finger stream tcp nowait root.nosuchgroup /bin/cat cat\n"
    )
    with capturedLogs() as captured:
        whole = made(tmp_path, text)
    ports = [service.args[0] for service in whole]
    assert ports == [7, 79]
    assert len([event for event in captured if "why" in event]) == 5
    with capturedLogs():
        assert [service.args[0] for service in made(tmp_path, text, "--nointernal")] == [79]


def test_aFileThatIsNotThereIsAnError(tmp_path: Path) -> None:
    options = inetdtap.Options()
    options.parseOptions(["--file", str(tmp_path / "none")])
    with pytest.raises(FileNotFoundError):
        inetdtap.makeService(options)
