"""A service within limits: the one behind it does the work, the limits decide who gets there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.application._config.catalogue import serviceTypes
from twisted.application._config.mistakes import Mistakes
from twisted.application._config.schema import siteSchema
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure


def _factory(options: str) -> Any:
    text = f'[services.a]\ntype = "limited"\nlisten = 0\nservice = "echo"\n{options}\n'
    return readSite(Source("s.toml", text)).services[0].settings.makeFactory()


def _connect(factory: Any, host: str = "192.0.2.1") -> Any:
    peer = IPv4Address("TCP", host, 1234)
    protocol = factory.buildProtocol(peer)
    if protocol is None:
        return None
    transport = StringTransport(peerAddress=peer)
    protocol.makeConnection(transport)
    return None if transport.disconnecting else (protocol, transport)


@pytest.mark.parametrize("options", ["", "idle = 5", "connections = 1\nbytes-in = 1000"])
def test_theServiceBehindServes(options: str) -> None:
    protocol, transport = _connect(_factory(options))
    protocol.dataReceived(b"hello")
    assert transport.value() == b"hello"
    protocol.connectionLost(Failure(ConnectionDone()))


def test_onlySoManyConnectionsAreOpenAtOnce() -> None:
    factory = _factory("connections = 2")
    first, second = _connect(factory), _connect(factory)
    assert first and second
    assert _connect(factory) is None
    first[0].connectionLost(Failure(ConnectionDone()))
    assert _connect(factory) is not None


def test_oneAddressHasOnlySoMany() -> None:
    factory = _factory("connections-per-address = 1")
    factory.startFactory()
    assert _connect(factory) is not None
    assert _connect(factory) is None
    assert _connect(factory, "192.0.2.2") is not None


def test_theServiceBehindHasKeysOfItsOwn() -> None:
    text = '[services.a]\ntype = "limited"\nlisten = 0\n[services.a.service]\ntype = "qotd"\n'
    factory = readSite(Source("s.toml", text + 'quotes = "Hi."\n')).services[0].settings
    assert factory.makeFactory().buildProtocol(None) is not None
    with pytest.raises(Mistakes) as caught:
        readSite(Source("s.toml", text + "quoets = 1\nlisten = 7\n"))
    assert [(each.line, each.column) for each in caught.value.found] == [(6, 1), (7, 1)]


@pytest.mark.parametrize("service", ['"web"', '{ type = "web", path = "." }'])
def test_aTypeWithAUsualPlaceToListenMayStandBehind(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "index.html").write_text("home")
    text = f'[services.a]\ntype = "limited"\nlisten = 0\nconnections = 1\nservice = {service}\n'
    settings = readSite(Source("s.toml", text)).services[0].settings
    assert settings.service.settings.listen == ()
    factory = settings.makeFactory()
    protocol, transport = _connect(factory)
    protocol.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert transport.value().startswith(b"HTTP/1.1 200 ")
    assert _connect(factory) is None
    protocol.connectionLost(Failure(ConnectionDone()))


def test_aTypeWithAUsualPlaceToListenIsDescribedWithoutIt() -> None:
    inner = siteSchema(serviceTypes())["definitions"]["inner-web"]
    assert "path" in inner["properties"]
    assert "listen" not in inner["properties"]
