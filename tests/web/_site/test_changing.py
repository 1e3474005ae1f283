"""A service that becomes a web site while it runs, and the other way round."""

from __future__ import annotations

from typing import Any

from tests.support import drive
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.application._site.site import Site
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.logger import LogLevel

_echo = '[services.door]\ntype = "echo"\nlisten = 0\n'
_web = '[services.door]\ntype = "web"\nlisten = 0\n'


class _Client(Protocol):
    def __init__(self) -> None:
        self.seen = b""

    def dataReceived(self, data: bytes) -> None:
        self.seen += data


def _plan(text: str) -> Any:
    return readSite(Source("site.toml", text))


def test_connectionsAreCountedOnAndToldOfAsTheNewTypeDoes(reactor: Any) -> None:
    site = Site(_plan(_echo), reactor)

    async def connect(say: bytes, until: bytes) -> _Client:
        at = site.bound[0][1].address
        client = await connectProtocol(TCP4ClientEndpoint(reactor, at.host, at.port), _Client())
        assert client.transport is not None
        client.transport.write(say)
        for _ in range(500):
            if until in client.seen:
                break
            await deferLater(reactor, 0.01)
        assert until in client.seen
        return client

    async def use() -> None:
        await site.start()
        connections: Any = site.keptNamed("door").service.connections
        assert connections.level == LogLevel.info
        old = await connect(b"hello", b"hello")
        await site.reload(_plan(_web))
        kept: Any = site.keptNamed("door").service
        await connect(b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", b"</html>")
        assert (len(kept.connections), kept.connections.total) == (2, 2)
        assert kept.connections.level == LogLevel.debug
        assert old.transport is not None
        old.transport.write(b"again")
        await site.reload(_plan(_echo))
        await connect(b"echo", b"echo")
        kept = site.keptNamed("door").service
        assert kept.connections.total == 3
        assert kept.connections.level == LogLevel.info
        await site.stop()

    drive(reactor, use)
