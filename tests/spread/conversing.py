"""Two brokers and the wire between them."""

from __future__ import annotations

import gc
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.spread import banana, pb
from twisted.spread._banana.reading import MORE, BananaReader

__all__ = ["Wire", "expressions"]


def expressions(data: bytes) -> list[Any]:
    """What some bytes of the dialect "pb" say."""
    reader = BananaReader(banana.Banana.incomingVocabulary)
    reader.feed(data)
    found = []
    while (item := reader.next()) is not MORE:
        found.append(item)
    return found


class Wire:
    """
    A client and a server, connected in memory.

    Attributes:
        client, server: the brokers.
        said: every expression that went over, with the side that sent it: "C" or "S".
    """

    def __init__(self, root: Any, **options: Any) -> None:
        self.clients = pb.PBClientFactory()
        self.servers = pb.PBServerFactory(root, **options)
        self.client: Any = self.clients.buildProtocol(None)
        self.server: Any = self.servers.buildProtocol(None)
        self.sides = (("C", self.client, self.server), ("S", self.server, self.client))
        self.said: list[tuple[str, Any]] = []
        for _, side, _ in self.sides:
            side.makeConnection(StringTransport())
        self.client.dataReceived(self._take(self.server))
        self.server.dataReceived(self._take(self.client))
        self.pump()
        self.said.clear()

    @property
    def root(self) -> Any:
        return self.client.remoteForName("root")

    def _take(self, side: Any) -> bytes:
        data: bytes = side.transport.value()
        side.transport.clear()
        return data

    def pump(self) -> None:
        """Let both sides hear all that was said."""
        while self.client.transport.value() or self.server.transport.value():
            for name, side, other in self.sides:
                data = self._take(side)
                self.said += [(name, each) for each in expressions(data)]
                other.dataReceived(data)

    def result(self, called: Any) -> Any:
        """What a Deferred comes to, once everything was said."""
        found: list[Any] = []
        called.addBoth(found.append)
        self.pump()
        assert found, "no answer"
        return found[0]

    def call(self, method: str, *args: Any, **kw: Any) -> Any:
        return self.result(self.root.callRemote(method, *args, **kw))

    def forget(self) -> None:
        """Let both sides notice what nobody refers to."""
        gc.collect()
        self.pump()

    def lose(self) -> None:
        for _, side, _ in self.sides:
            if not side.disconnected:
                side.connectionLost(Failure(ConnectionDone()))
