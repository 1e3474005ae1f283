"""What each kind of description becomes."""

from __future__ import annotations

import sys
from typing import Any
from unittest import mock

import pytest
from zope.interface import implementer

from tests.support import drive
from twisted.internet import endpoints
from twisted.internet._endpoints.kinds import clientKinds, serverKinds
from twisted.internet._tls.selfsigned import selfSignedCertificate
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpointStringParser,
)
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.plugin import IPlugin, getPlugins

SERVERS: list[tuple[str, str, dict[str, Any]]] = [
    ("tcp:80", "TCP4ServerEndpoint", {"port": 80, "backlog": 50, "interface": ""}),
    ("TCP:80", "TCP4ServerEndpoint", {"port": 80}),
    ("tcp:0:127.0.0.1:7", "TCP4ServerEndpoint", {"port": 0, "interface": "127.0.0.1"}),
    ("tcp:port=80:backlog=7", "TCP4ServerEndpoint", {"port": 80, "backlog": 7}),
    (r"tcp6:80:interface=\:\:1", "TCP6ServerEndpoint", {"port": 80, "interface": "::1"}),
    ("tcp6:80:7", "TCP6ServerEndpoint", {"backlog": 7, "interface": "::"}),
    ("unix:/s", "UNIXServerEndpoint", {"address": "/s", "mode": 0o666, "wantPID": True}),
    ("unix:/s:mode=0600:lockfile=no", "UNIXServerEndpoint", {"mode": 0o600, "wantPID": False}),
    (r"unix:/a\:b", "UNIXServerEndpoint", {"address": "/a:b"}),
    ("stdio:", "StandardIOEndpoint", {}),
    ("stdio", "StandardIOEndpoint", {}),
]
CLIENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("tcp:h:80", "TCP4ClientEndpoint", {"host": "h", "port": 80, "timeout": 30}),
    ("tcp:host=h:80", "TCP4ClientEndpoint", {"host": "h", "port": 80}),
    ("tcp:h:port=80:timeout=2.5", "TCP4ClientEndpoint", {"port": 80, "timeout": 2.5}),
    (
        "tcp:h:80:bindAddress=127.0.0.2",
        "TCP4ClientEndpoint",
        {"bindAddress": ("127.0.0.2", 0)},
    ),
    (r"tcp:\:\:1:80", "TCP4ClientEndpoint", {"host": "::1"}),
    ("unix:/s", "UNIXClientEndpoint", {"path": "/s", "timeout": 30, "checkPID": False}),
    ("unix:path=/s:lockfile=1", "UNIXClientEndpoint", {"path": "/s", "checkPID": True}),
]


def assertMade(made: Any, className: str, reactor: object, attributes: dict[str, Any]) -> None:
    assert type(made) is getattr(endpoints, className)
    assert made._reactor is reactor
    assert {name: getattr(made, f"_{name}") for name in attributes} == attributes


@pytest.mark.parametrize(("description", "className", "attributes"), SERVERS)
def test_aServerIsMade(description: str, className: str, attributes: dict[str, Any]) -> None:
    reactor = MemoryReactorClock()
    made = endpoints.serverFromString(reactor, description)
    assertMade(made, className, reactor, attributes)


@pytest.mark.parametrize("kind", ["tcp", "tcp6", "ssl", "tls"])
def test_severalProcessesMayListenAtOnePort(kind: str, reactor: Any, tmp_path: Any) -> None:
    words = {
        "tcp": "tcp:{port}:interface=127.0.0.1",
        "tcp6": r"tcp6:{port}:interface=\:\:1",
        "ssl": "ssl:{port}:interface=127.0.0.1:privateKey={key}:certKey={certificate}",
        "tls": r"tls:{folder}:{port}:interface=127.0.0.1",
    }[kind]
    certificate, key = selfSignedCertificate(["localhost"], tmp_path)
    words = words.replace("{folder}", str(tmp_path)).replace("{key}", str(key))
    words = words.replace("{certificate}", str(certificate))

    async def main() -> None:
        def listen(number: int, more: str = "") -> Any:
            description = words.replace("{port}", str(number)) + more
            return endpoints.serverFromString(reactor, description).listen(Factory())

        first = await listen(0, ":reuse_port=1")
        number = first.getHost().port
        second = await listen(number, ":reuse_port=yes")
        assert second.getHost().port == number
        with pytest.raises(CannotListenError):
            await listen(number)

    drive(reactor, lambda: Deferred.fromCoroutine(main()))


@pytest.mark.parametrize(("description", "className", "attributes"), CLIENTS)
def test_aClientIsMade(description: str, className: str, attributes: dict[str, Any]) -> None:
    reactor = MemoryReactorClock()
    made = endpoints.clientFromString(reactor, description)
    assertMade(made, className, reactor, attributes)


def test_bytesAreReadAsUTF8() -> None:
    made: Any = endpoints.clientFromString(None, "tcp:hé:80".encode())
    assert made._host == "hé"


CALLS: list[tuple[str, Any]] = [
    ("tcp:80:backlog=6", ("TCP", (80, "F"), {"interface": "", "backlog": 6})),
    ("unix:/s", ("UNIX", ("/s", "F"), {"mode": 0o666, "backlog": 50, "wantPID": True})),
]


@pytest.mark.parametrize(("description", "call"), CALLS)
def test_aServerCanBeReadAsACall(description: str, call: Any) -> None:
    assert endpoints._parseServer(description, "F") == call


def test_anyOtherKindIsReadAsItsParser() -> None:
    parser, args, named = endpoints._parseServer("tcp6:80:backlog=6", "F")
    assert isinstance(parser, endpoints._TCP6ServerParser)
    assert (args, named) == (["80"], {"backlog": "6"})


@implementer(IPlugin, IStreamServerEndpointStringParser)
class FakeServers:
    """A plugin that gives back what it was given."""

    prefix = "Fake"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        return reactor, args, kwargs


@implementer(IPlugin, IStreamClientEndpointStringParserWithReactor)
class FakeClients:
    """The same for clients."""

    prefix = "fake"

    def parseStreamClient(self, reactor: Any, *args: Any, **kwargs: Any) -> Any:
        return reactor, args, kwargs


def test_aPluginReadsItsOwnKind() -> None:
    reactor = object()
    with mock.patch("twisted.plugin.getPlugins", lambda interface: [FakeServers()]):
        made: Any = endpoints.serverFromString(reactor, "fake:a::n=1")
    assert made == (reactor, ("a", ""), {"n": "1"})
    with mock.patch("twisted.plugin.getPlugins", lambda interface: [FakeClients()]):
        made = endpoints.clientFromString(reactor, b"fake:a:n=1")
    assert made == (reactor, ("a",), {"n": "1"})


def test_programsThatListThePluginsFindOurs() -> None:
    servers = {each.prefix for each in getPlugins(IStreamServerEndpointStringParser)}
    clients = {each.prefix for each in getPlugins(IStreamClientEndpointStringParserWithReactor)}
    assert {"tcp6", "tls", "stdio", "systemd"} <= servers
    assert "tls" in clients


def test_aListedParserMakesTheEndpoint() -> None:
    for parser in getPlugins(IStreamServerEndpointStringParser):
        if parser.prefix == "tcp6":
            made = parser.parseStreamServer("R", "80", backlog="6")
            assertMade(made, "TCP6ServerEndpoint", "R", {"port": 80, "backlog": 6})
            return
    raise AssertionError("no parser for tcp6 was listed")


@pytest.mark.parametrize("description", [case[0] for case in SERVERS])
def test_ourOwnKindsDoNotLookForPlugins(description: str) -> None:
    with mock.patch("twisted.plugin.getPlugins", side_effect=AssertionError):
        assert endpoints.serverFromString(MemoryReactorClock(), description) is not None


@pytest.mark.parametrize("kinds", [serverKinds, clientKinds])
def test_everyKindCanBeShown(kinds: Any) -> None:
    for prefix, kind in kinds.items():
        assert kind.usage().startswith(prefix)
        assert kind.help
        assert all(argument.help for argument in kind.arguments)


def test_aClassReplacedOnTheFaceIsMade() -> None:
    with mock.patch("twisted.internet.endpoints.TCP4ServerEndpoint") as replaced:
        made = endpoints.serverFromString("reactor", "tcp:80")
    assert made is replaced.return_value
    replaced.assert_called_once_with("reactor", 80, interface="", backlog=50)


def test_noNameOfTheFaceBringsOpenSSL() -> None:
    import subprocess

    code = (
        "import sys; from twisted.internet import endpoints as e;"
        "e.serverFromString(None, 'tcp:80'); e.clientFromString(None, 'unix:/s');"
        "assert 'OpenSSL' not in sys.modules;"
        "assert 'twisted.internet.reactor' not in sys.modules;"
        "print(e.TLSMemoryBIOFactory.__name__, 'OpenSSL' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("TLSMemoryBIOFactory True\n", "")


def test_whatIsNotOnTheFaceIsAnAttributeError() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        endpoints.nonsense  # noqa: B018  # type: ignore[attr-defined]
