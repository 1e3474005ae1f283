"""What tests of datagrams share: protocols that write down what happens to them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import ConnectedDatagramProtocol, DatagramProtocol

__all__ = ["ConnectedRecorder", "Recorder", "ScriptedSocket", "plainSocket"]


class Recorder(DatagramProtocol):
    """
    Attributes:
        got: pairs of datagram and sender.
        events: ``start``, ``stop`` and ``refused``, in order.
        onDatagram: called with each datagram, after it is written down.
    """

    noisy = False
    transport: Any
    onDatagram: Callable[[bytes], object] | None = None

    def __init__(self) -> None:
        self.got: list[tuple[bytes, Any]] = []
        self.events: list[str] = []

    @property
    def datagrams(self) -> list[bytes]:
        return [datagram for datagram, _ in self.got]

    def startProtocol(self) -> None:
        self.events.append("start")

    def stopProtocol(self) -> None:
        self.events.append("stop")

    def datagramReceived(self, datagram: bytes, addr: Any = None) -> None:
        self.got.append((datagram, addr))
        if self.onDatagram is not None:
            self.onDatagram(datagram)

    def connectionRefused(self) -> None:
        self.events.append("refused")


class ConnectedRecorder(Recorder, ConnectedDatagramProtocol):
    """A `Recorder` for UNIX sockets with one peer."""

    failure: Any = None

    def connectionFailed(self, failure: Any) -> None:
        self.events.append("failed")
        self.failure = failure


class ScriptedSocket:
    """
    A socket that gives and raises what it is told to, one thing for each call.

    Args:
        script: bytes to receive, counts to return, and error numbers to raise.
    """

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.sent: list[Any] = []
        self.connectedTo: Any = None

    def _next(self) -> Any:
        step = self.script.pop(0)
        if isinstance(step, OSError):
            raise step
        return step

    def recvfrom(self, size: int) -> tuple[bytes, Any]:
        return self._next(), ("192.0.2.1", 9)

    def sendto(self, *arguments: Any) -> Any:
        self.sent.append(arguments)
        return self._next()

    def send(self, *arguments: Any) -> Any:
        return self.sendto(*arguments)

    def connect(self, name: Any) -> None:
        self.connectedTo = name


def plainSocket(family: int = socket.AF_INET, host: str = "127.0.0.1") -> socket.socket:
    """A bound socket outside of any reactor, which waits ten seconds for a datagram."""
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.bind((host, 0))
    made.settimeout(10)
    return made
