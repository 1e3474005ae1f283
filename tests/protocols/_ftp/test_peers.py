"""The server with curl and lftp, the client with our server and vsftpd, over sockets."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import drive
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.protocols import ftp

from .serving import host, listening

content = os.urandom(700_000)
needsCurl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
needsLftp = pytest.mark.skipif(shutil.which("lftp") is None, reason="needs lftp")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "root" / "me"
    (made / "sub").mkdir(parents=True)
    (made / "large").write_bytes(content)
    (made / "sub" / "ä b").write_bytes(b"text\n")
    return made


def run(reactor: Any, program: str, *words: str) -> bytes:
    """Run a program beside the server. Returns: what it wrote; it has to exit with 0."""
    ended = drive(
        reactor,
        lambda: getProcessOutputAndValue(program, words, os.environ, reactor=reactor),
        timeout=30,
    )
    out, err, code = ended
    assert code == 0, (words, err)
    return bytes(out)


def certificate(folder: Path) -> Any:
    """Make a certificate for TLS. Returns: its options; "cert.pem" is in the folder."""
    from twisted.internet.ssl import DN, KeyPair

    key = KeyPair.generate(size=2048)
    made = key.selfSignedCert(1, CN="localhost")
    (folder / "cert.pem").write_bytes(made.dumpPEM().split(b"-----BEGIN PRIVATE")[0])
    assert DN is not None
    return made.options()


ways: list[Sequence[str]] = [
    (),
    ("--disable-epsv",),
    ("-P", "-"),
    ("-P", "-", "--disable-eprt"),
]


@needsCurl
@pytest.mark.parametrize("way", ways, ids=lambda way: " ".join(way) or "EPSV")
def test_curlGetsAndPutsByEachKindOfDataConnection(
    reactor: Any, home: Path, way: Sequence[str]
) -> None:
    _, port = listening(reactor, home.parent)
    url = f"ftp://me:secret@{host}:{port}"
    assert run(reactor, "curl", "-sS", *way, f"{url}/large") == content
    run(reactor, "curl", "-sS", *way, "-T", str(home / "large"), f"{url}/copy")
    assert (home / "copy").read_bytes() == content


@needsCurl
def test_curlResumes_lists_andMakesFolders(reactor: Any, home: Path) -> None:
    _, port = listening(reactor, home.parent)
    url = f"ftp://me:secret@{host}:{port}"
    assert run(reactor, "curl", "-sS", "-r", "1000-", f"{url}/large") == content[1000:]
    (home / "part").write_bytes(content[:5000])
    run(reactor, "curl", "-sS", "-C", "-", "-T", str(home / "large"), f"{url}/part")
    assert (home / "part").read_bytes() == content
    run(reactor, "curl", "-sS", "-a", "-T", str(home / "large"), f"{url}/part")
    assert (home / "part").read_bytes() == content * 2
    assert (
        run(reactor, "curl", "-sS", "-l", f"{url}/sub/") == "ä b\n".encode()
    )  # curl's own line ends
    assert run(reactor, "curl", "-sS", "-B", f"{url}/sub/%C3%A4%20b") == b"text\n"
    large = str(home / "large")
    run(reactor, "curl", "-sS", "--ftp-create-dirs", "-T", large, f"{url}/new/er/x")
    assert (home / "new" / "er" / "x").read_bytes() == content
    run(reactor, "curl", "-sS", "-Q", "RNFR part", "-Q", "RNTO whole", f"{url}/")
    assert (home / "whole").exists() and not (home / "part").exists()


@needsCurl
def test_curlGetsAndPutsThroughTLS(reactor: Any, home: Path, tmp_path: Path) -> None:
    factory, port = listening(reactor, home.parent)
    factory.tlsContextFactory = certificate(tmp_path)
    factory.requireTLS = True
    url = f"ftp://me:secret@{host}:{port}"
    words = ("-sS", "--ssl-reqd", "-k")
    assert run(reactor, "curl", *words, f"{url}/large") == content
    run(reactor, "curl", *words, "-T", str(home / "large"), f"{url}/copy")
    assert (home / "copy").read_bytes() == content


@needsLftp
@pytest.mark.parametrize("passive", ["true", "false"])
@pytest.mark.parametrize("tls", ["true", "false"])
def test_lftpMirrorsThereAndBack(
    reactor: Any, home: Path, tmp_path: Path, tls: str, passive: str
) -> None:
    """With TLS 1.3 on data connections, lftp's uploads lose their ends: see `_ftp.datatls`."""
    factory, port = listening(reactor, home.parent)
    factory.tlsContextFactory = certificate(tmp_path)
    settings = {
        "ftp:ssl-force": tls,
        "ftp:ssl-allow": tls,
        "ftp:ssl-protect-data": tls,
        "ssl:verify-certificate": "false",
        "ftp:passive-mode": passive,
        "ftp:use-mlsd": "true",
        "net:max-retries": "1",
        "net:timeout": "5",
        "cmd:fail-exit": "true",
    }
    script = "".join(f"set {name} {value}; " for name, value in settings.items())
    script += f"open -u me,secret ftp://{host}:{port}; mirror / {tmp_path}/got; "
    script += f"mirror -R {tmp_path}/got back"
    run(reactor, "lftp", "-c", script)
    for folder in (tmp_path / "got", home / "back"):
        assert (folder / "large").read_bytes() == content
        assert (folder / "sub" / "ä b").read_bytes() == b"text\n"


# Our client.


class Collector(Protocol):
    def __init__(self) -> None:
        self.data = b""
        self.ended = False

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Any = None) -> None:
        self.ended = True


@pytest.fixture(params=["passive", "active", "IPv6"])
def connecting(request: pytest.FixtureRequest, reactor: Any, home: Path) -> Any:
    """Connects a client, in one of three ways."""
    interface = "::1" if request.param == "IPv6" else host
    _, port = listening(reactor, home.parent, interface)
    kind = TCP6ClientEndpoint if request.param == "IPv6" else TCP4ClientEndpoint

    def connect(password: str = "secret") -> Deferred[Any]:
        client = ftp.FTPClient("me", password, passive=request.param != "active")
        client.connectFactory = reactor.connectTCP  # type: ignore[method-assign]  # as documented
        client.reactor = reactor
        return connectProtocol(kind(reactor, interface, port), client)

    return connect


def test_theClientDoesWhatIsAskedInOrder(reactor: Any, home: Path, connecting: Any) -> None:
    @inlineCallbacks
    def talk() -> Any:
        client = yield connecting()
        yield client.makeDirectory("made")
        sender, stored = client.storeFile("made/file")
        consumer = yield sender
        consumer.write(b"0123456789")
        consumer.finish()
        yield stored
        yield client.rename("made/file", "made/renamed")
        yield client.cwd("made")
        where = yield client.getDirectory()
        listing, names, part, whole = (
            ftp.FTPFileListProtocol(),
            Collector(),
            Collector(),
            Collector(),
        )
        yield gatherResults(
            [
                client.list(".", listing),
                client.nlst(".", names),
                client.retrieveFile("renamed", part, offset=4),
                client.retrieveFile("/large", whole),
            ]
        )
        yield client.removeFile("renamed")
        yield client.cdup()
        yield client.removeDirectory("made")
        yield client.quit()
        return where, listing.files, names.data, part.data, whole.data

    where, files, names, part, whole = drive(reactor, talk)
    assert where == "/made"
    assert [(each["filename"], each["size"]) for each in files] == [("renamed", 10)]
    assert names == b"renamed\r\n" and part == b"456789" and whole == content
    assert sorted(os.listdir(home)) == ["large", "sub"]


def test_whatTheServerRefusesFails_andTheNextCommandIsCarriedOut(
    reactor: Any, home: Path, connecting: Any
) -> None:
    @inlineCallbacks
    def talk() -> Any:
        client = yield connecting()
        found = Collector()
        with pytest.raises(ftp.CommandFailed) as refused:
            yield client.retrieveFile("nowhere", found)
        after = Collector()
        yield client.retrieveFile("large", after)
        client.transport.loseConnection()
        return refused.value.args[0][-1], after.data

    line, data = drive(reactor, talk)
    assert line.startswith("550") and data == content


def test_aWrongPasswordFailsWhatWaits(reactor: Any, connecting: Any) -> None:
    @inlineCallbacks
    def talk() -> Any:
        client = yield connecting("wrong")
        with pytest.raises(ftp.ConnectionLost):
            yield client.pwd()

    drive(reactor, talk)


@pytest.fixture
def vsftpd(tmp_path: Path) -> Iterator[int]:
    """vsftpd with a file for everybody. Gives its port."""
    program = shutil.which("vsftpd") or shutil.which("vsftpd", path="/usr/sbin")
    if program is None or os.getuid():
        pytest.skip("needs vsftpd, and to be root")
    with tempfile.TemporaryDirectory() as folder, socket.create_server((host, 0)) as ear:
        port = int(ear.getsockname()[1])
        ear.close()
        os.makedirs("/var/run/vsftpd/empty", exist_ok=True)
        os.chmod(folder, 0o755)
        (Path(folder) / "large").write_bytes(content)
        lines = {
            "listen": "YES",
            "listen_address": host,
            "listen_port": str(port),
            "anonymous_enable": "YES",
            "anon_root": folder,
            "background": "NO",
            "seccomp_sandbox": "NO",
        }
        settings = tmp_path / "vsftpd.conf"
        settings.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
        with subprocess.Popen([program, str(settings)]) as running:
            yield port
            running.terminate()


@pytest.mark.parametrize("passive", [1, 0])
def test_theClientReadsFromVsftpd(reactor: Any, vsftpd: int, passive: int) -> None:
    @inlineCallbacks
    def talk() -> Any:
        client = None
        while client is None:
            made = ftp.FTPClient(passive=passive)
            made.connectFactory = reactor.connectTCP  # type: ignore[method-assign]  # as documented
            made.reactor = reactor
            try:
                endpoint = TCP4ClientEndpoint(reactor, host, vsftpd)
                client = yield connectProtocol(endpoint, made)
            except ConnectionRefusedError:
                yield deferLater(reactor, 0.05, lambda: None)
        whole, part, listing = Collector(), Collector(), ftp.FTPFileListProtocol()
        yield client.retrieveFile("large", whole)
        yield client.retrieveFile("large", part, offset=1000)
        yield client.list(".", listing)
        with pytest.raises(ftp.CommandFailed):
            yield client.makeDirectory("x")
        where = yield client.getDirectory()
        yield client.quit()
        return whole.data, part.data, listing.files, where

    whole, part, files, where = drive(reactor, talk)
    assert whole == content and part == content[1000:] and where == "/"
    assert [(each["filename"], each["size"]) for each in files] == [("large", len(content))]
