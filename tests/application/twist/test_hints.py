"""What is said of how an address may be tried."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.examples.running import Program, patienceSeconds
from twisted.application._config.addresses import TCPListen
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.application._site.listening import Bound
from twisted.application.twist.hints import howToTry
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress


class _Port:
    """Something that listens."""

    def __init__(self, address: Any) -> None:
        self.address = address

    def getHost(self) -> Any:
        return self.address


class _Encrypted:
    """Stands for a place to listen with TLS."""

    transport = "TLS"
    words = "somewhere"


_TCP = TCPListen("127.0.0.1", 0, 50)
_HOME = IPv4Address("TCP", "127.0.0.1", 80)
_HOME6 = IPv6Address("TCP", "::1", 80)
_ALL = IPv4Address("TCP", "0.0.0.0", 80)


@pytest.mark.parametrize(
    ("listen", "address", "scheme", "command"),
    [
        (_TCP, _HOME, "", "nc 127.0.0.1 80"),
        (_TCP, _HOME, "http", "curl http://127.0.0.1:80/"),
        (_TCP, _ALL, "http", "curl http://127.0.0.1:80/"),
        (_TCP, _HOME6, "", "nc ::1 80"),
        (_TCP, _HOME6, "http", "curl 'http://[::1]:80/'"),
        (_Encrypted(), _HOME, "", "openssl s_client -quiet -connect 127.0.0.1:80"),
        (_Encrypted(), _HOME, "http", "curl --insecure https://127.0.0.1:80/"),
        (_TCP, UNIXAddress("a b"), "", "socat - UNIX-CONNECT:'a b'"),
        (_TCP, UNIXAddress("a b"), "http", "curl --unix-socket 'a b' http://localhost/"),
        (_TCP, None, "http", ""),
    ],
)
def test_theCommandSpeaksWhatTheServiceDoes(
    listen: Any, address: Any, scheme: str, command: str
) -> None:
    assert howToTry(Bound(listen, _Port(address)), scheme) == command


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        ('"web"', "http"),
        ('"echo"', ""),
        ('"limited"\nservice = "web"', "http"),
        ('"limited"\nservice = "echo"', ""),
    ],
)
def test_servicesOfTheWebHaveURLs(kind: str, scheme: str) -> None:
    source = Source("site.toml", f"[services.a]\nlisten = 0\ntype = {kind}\n")
    assert readSite(source).services[0].settings.urlScheme == scheme


def test_whatIsSaidOfAWebSiteWorks(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    (tmp_path / "index.html").write_text("<p>home")
    (tmp_path / "site.toml").write_text(
        '[services.www]\ntype = "web"\npath = "."\nlisten = [0, { unix = "here" }]\n'
    )
    with Program("-m", "twisted.application.twist", "up", folder=tmp_path) as program:
        program.until("^www +UNIX")
        rows = [line for line in program.lines if "  curl " in line]
        assert {row.split()[1] for row in rows} == {"TCP", "UNIX"}
        for row in rows:
            command = shlex.split(row[row.index("  curl ") :])
            ended = subprocess.run(
                [command[0], "--silent", *command[1:]],
                cwd=tmp_path,
                capture_output=True,
                timeout=patienceSeconds,
            )
            assert ended.stdout == b"<p>home"
        program.signal()
        assert program.ended() == 0
