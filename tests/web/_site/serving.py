"""A site as its part of a file says, asked in memory."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple

from twisted.application._config.mistakes import Mistakes
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure


class Answer(NamedTuple):
    """A response: its code, headers with names in small letters, and body."""

    code: int
    headers: dict[str, str]
    body: bytes


def settingsOf(text: str, folder: Path | str = ".") -> Any:
    """The settings of the only service of a file, of which only the options are given."""
    source = Source(str(Path(folder) / "site.toml"), text)
    return readSite(source).services[0].settings


def mistakesIn(text: str, folder: Path | str = ".") -> list[str]:
    """What is wrong with a service of type web: for each mistake its line and text."""
    try:
        settingsOf(f'[services.www]\ntype = "web"\n{text}\n', folder)
    except Mistakes as wrong:
        return [f"{each.line}: {each.text}" for each in wrong.found]
    return []


class Served:
    """
    A site, with a log in memory.

    Args:
        options: what stands in its table.
        folder: where the file stands.
        cred: what stands before it.
    """

    def __init__(self, options: str, folder: Path | str = ".", cred: str = "") -> None:
        text = f'{cred}\n[services.www]\ntype = "web"\n{options}\n'
        self.settings = settingsOf(text, folder)
        self.reactor: Any = MemoryReactorClock()
        self.site, self.builder = self.settings._site(self.reactor)
        self.site.startFactory()
        self.lines: list[str] = []
        self.site.logFile = self

    def write(self, data: str) -> None:
        self.lines += data.splitlines()

    def connect(self, peer: str = "192.0.2.1") -> tuple[Any, Any]:
        """Returns: a channel and its transport."""
        address = IPv4Address("TCP", peer, 1234)
        channel = self.site.buildPlainProtocol(address)
        transport: Any = StringTransport(peerAddress=address)
        channel.makeConnection(transport)
        return channel, transport

    def ask(
        self,
        target: str,
        *headers: str,
        method: str = "GET",
        host: str = "example.org",
        peer: str = "192.0.2.1",
        body: bytes = b"",
    ) -> Answer:
        """Ask for something; the connection is closed after the answer."""
        channel, transport = self.connect(peer)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        channel.dataReceived("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        # Files produce their bodies in turns of the reactor.
        from twisted.internet import reactor

        turns: Any = reactor
        for turn in range(500):
            if transport.disconnecting:
                break
            turns.iterate(0 if turn < 50 else 0.02)
            self.reactor.advance(0)
        channel.connectionLost(Failure(ConnectionDone()))
        return parse(transport.value())


def parse(data: bytes) -> Answer:
    """Read one response, which may come in chunks."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *fields = head.decode("iso-8859-1").split("\r\n")
    pairs = (field.partition(":") for field in fields)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            whole += body[: int(size, 16)]
            body = body[int(size, 16) + 2 :]
        body = whole
    return Answer(int(first.split()[1]), headers, body)


def basic(name: str, password: str) -> str:
    """The header field by which a client says who it is."""
    return "Authorization: Basic " + b64encode(f"{name}:{password}".encode()).decode()
