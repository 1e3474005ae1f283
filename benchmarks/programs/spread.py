"""What Perspective Broker costs, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

from typing import Any

from harness import Rates, repeated, runTwisted

some = {"a": 1, "b": [1, 2, "x"], "c": (None, True, b"bytes")}


def table(count: int) -> Any:
    return [{"id": at, "name": f"n{at}", "values": [1.5, None, True, b"x"]} for at in range(count)]


class Transport:
    """Keeps what is written until it is taken."""

    disconnecting = False

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def take(self) -> bytes:
        data = b"".join(self.written)
        self.written.clear()
        return data


def talking(argument: Any) -> Any:
    """A call and its answer, between two brokers in memory."""
    from twisted.spread import pb

    class Root(pb.Root):
        def remote_echo(self, value: Any) -> Any:
            return value

    client: Any = pb.PBClientFactory().buildProtocol(None)
    server: Any = pb.PBServerFactory(Root()).buildProtocol(None)
    near, far = Transport(), Transport()
    client.makeConnection(near)
    server.makeConnection(far)

    def pump() -> None:
        while near.written or far.written:
            if near.written:
                server.dataReceived(near.take())
            if far.written:
                client.dataReceived(far.take())

    pump()
    root = client.remoteForName("root")
    answers: list[Any] = []

    def call() -> None:
        root.callRemote("echo", argument).addCallback(answers.append)
        pump()
        answers.pop()

    return call


def small(seconds: float, _: int) -> Rates:
    """A number there and back."""
    return repeated(talking(5), seconds, 1)


def mixed(seconds: float, _: int) -> Rates:
    """A small dictionary there and back."""
    return repeated(talking(some), seconds, 1)


def large(seconds: float, count: int) -> Rates:
    """A list of dictionaries there and back."""
    return repeated(talking(table(count)), seconds, count)


def long(seconds: float, size: int) -> Rates:
    """A string there and back."""
    return repeated(talking(b"x" * size), seconds, 1)


if __name__ == "__main__":
    runTwisted(alone={"small": small, "mixed": mixed, "large": large, "long": long})
