"""The service types of single protocols: what their options do, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import drive
from twisted.application._config.mistakes import Mistakes
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.application._services.memcache import MemcacheCheck
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.testing import StringTransport
from twisted.protocols.ftp import IFTPShell


def settings(kind: str, options: str = "", listen: str = "listen = 0\n") -> Any:
    text = f'[services.a]\ntype = "{kind}"\n{listen}{options}\n'
    return readSite(Source("s.toml", text)).services[0].settings


def talk(factory: Any, *lines: str) -> list[str]:
    """Speak FTP. Returns: the answers' lines."""
    protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 5))
    transport = StringTransport(
        hostAddress=IPv4Address("TCP", "127.0.0.1", 21),
        peerAddress=IPv4Address("TCP", "127.0.0.1", 5),
    )
    protocol.wrappedProtocol.callLater = lambda *_: None
    protocol.makeConnection(transport)
    for line in lines:
        protocol.dataReceived(line.encode() + b"\r\n")
    return transport.value().decode().splitlines()


wrong = [
    ("portforward", 'to = "host"', "host:port"),
    ("portforward", 'to = "::1:80"', "host:port"),
    ("portforward", 'to = "host:99999"', "host:port"),
    ("portforward", "", "to"),
    ("socks", 'clients = ["10.0.0.1/8"]', "network"),
    ("ftp", 'folder = "/nowhere/at/all"', "folder"),
    ("ftp", 'folder = "/"\nrequire-tls = true', "certificate"),
    ("ftp", 'folder = "/"\ncertificate = "nowhere.pem"', "nowhere.pem"),
    ("ftp", 'folder = "/"\ndata-ports = "9-5"', "range"),
    ("ftp", 'folder = "/"\ndata-ports = "some"', "range"),
]


@pytest.mark.parametrize(("kind", "options", "words"), wrong)
def test_whatIsWrongIsSaid(kind: str, options: str, words: str) -> None:
    with pytest.raises(Mistakes) as refused:
        settings(kind, options)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("to", "place"),
    [("db.example.com:5432", ("db.example.com", 5432)), ("[::1]:80", ("::1", 80))],
)
def test_aPortIsForwarded(to: str, place: tuple[str, int]) -> None:
    factory = settings("portforward", f'to = "{to}"').makeFactory()
    assert (factory.host, factory.port) == place


def test_SOCKSServesThisMachineOnly_unlessToldWhom() -> None:
    near, far = IPv4Address("TCP", "127.0.0.1", 5), IPv4Address("TCP", "192.0.2.7", 5)
    mapped = IPv6Address("TCP", "::ffff:127.0.0.1", 5)
    factory = settings("socks").makeFactory()
    assert factory.buildProtocol(far) is None
    assert factory.buildProtocol(near) is not None and factory.buildProtocol(mapped) is not None
    factory = settings("socks", 'clients = ["192.0.2.0/24"]').makeFactory()
    assert factory.buildProtocol(far) is not None and factory.buildProtocol(near) is None


@pytest.mark.parametrize(("kind", "begin"), [("chargen", True), ("time", True)])
def test_theSmallServicesSend(kind: str, begin: bool) -> None:
    protocol = settings(kind).makeFactory().buildProtocol(None)
    transport = StringTransport()
    protocol.makeConnection(transport)
    if transport.producer is not None:
        transport.producer.resumeProducing()
    assert bool(transport.value()) is begin


def test_FTPWithoutLoginsIsForReading(tmp_path: Path) -> None:
    factory = settings("ftp", f'folder = "{tmp_path}"\nwelcome = "Hi."').makeFactory()
    answers = talk(factory, "USER anonymous", "PASS x", "MKD y", "USER me", "PASS x")
    assert answers[0] == "220 Hi."
    assert [line[:3] for line in answers] == ["220", "331", "230", "550", "331", "530"]


def test_FTPUsersSeeTheirOwnFolders_andWriteIfTheyMay(tmp_path: Path) -> None:
    (tmp_path / "me").mkdir()
    (tmp_path / "other").mkdir()
    logins = f'folder = "{tmp_path}"\nhomes = true\ncred = {{ users = {{ me = "secret" }} }}\n'
    for write in ("false", "true"):
        factory = settings("ftp", f"{logins}write = {write}").makeFactory()
        _, shell, _ = factory.portal.realm.requestAvatar(b"me", None, IFTPShell)
        assert shell.filesystemRoot.path == str(tmp_path / "me")
        shell.makeDirectory(["new"]).addErrback(lambda failure: None)
        assert (tmp_path / "me" / "new").exists() is (write == "true")
        with pytest.raises(UnauthorizedLogin):
            factory.portal.realm.requestAvatar(b"..", None, IFTPShell)
    refused = talk(settings("ftp", logins).makeFactory(), "USER anonymous", "PASS x")
    assert refused[1] == "331 Password required for anonymous."


def test_FTPWithTLSOnly(tmp_path: Path) -> None:
    options = f'folder = "{tmp_path}"\ncertificate = "self-signed"\nrequire-tls = true'
    factory = settings("ftp", options + '\ndata-ports = "50000-50100"').makeFactory()
    assert talk(factory, "USER anonymous")[-1].startswith("530")
    assert " AUTH TLS" in talk(factory, "FEAT")
    assert factory.passivePortRange == range(50000, 50101)


def test_aMemcachedThatAnswersIsFound_andOneThatDoesNot(reactor: Any, tmp_path: Path) -> None:
    program = shutil.which("memcached")
    if program is None:
        pytest.skip("memcached is not installed")
    port = _freePort()
    check = MemcacheCheck("127.0.0.1", port, 60, 5, reactor)
    drive(reactor, check.ask)
    assert check.version is None and "refused" in str(check.lastError).lower()
    words = [program, "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-u", "nobody"]
    with subprocess.Popen(words) as running:
        try:
            for _ in range(100):
                drive(reactor, check.ask)
                if check.version is not None:
                    break
                time.sleep(0.05)
        finally:
            running.terminate()
    assert check.version is not None and check.lastError is None
    assert check.version in repr(check)


def _freePort() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as ear:
        return int(ear.getsockname()[1])


def test_theTypesAreListed_withoutLoadingAnyOfThem() -> None:
    script = (
        "import sys; from twisted.application._config.catalogue import serviceTypes;"
        "types = serviceTypes();"
        "print(*sorted(types)); print('twisted.protocols.ftp' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert {"ftp", "socks", "portforward", "chargen", "time", "memcache"} <= set(out[0].split())
    assert out[1] == "False"
