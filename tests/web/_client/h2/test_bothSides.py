"""Our client and our server, in memory: whatever is asked, and however the bytes are cut."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web._h2.peer import Answer, Peer
from twisted.internet.task import Clock
from twisted.web._newclient import ResponseDone

from .talking import Asked, Talk, Whole

times = int(os.environ.get("TORSION_EXAMPLES", "1"))


class Pair:
    """
    A client and a server, and what is between them.

    Attributes: client, server: each sends what comes to the transport of the other.
    """

    def __init__(self) -> None:
        self.client = Talk(greet=False)
        self.server = Peer(Answer, greet=False)
        self.clocks: list[Clock] = [self.client.clock, self.server.clock]

    def pump(self, cut: Callable[[int], int]) -> None:
        """Let both talk until nobody says anything. Args: cut: how many bytes go at once."""
        ends: list[tuple[Any, Any]] = [
            (self.client.transport, self.server.server),
            (self.server.transport, self.client.connection),
        ]
        silent = 0
        while silent < 3:
            silent += 1
            for transport, other in ends:
                data = transport.value()
                transport.clear()
                while data:
                    silent = 0
                    size = max(1, cut(len(data)))
                    other.dataReceived(data[:size])
                    data = data[size:]
            for clock in self.clocks:
                clock.advance(0)


requests = st.lists(
    st.one_of(st.none(), st.sampled_from([0, 1, 16384, 65535, 65536, 300_000])), max_size=12
)


@given(requests, st.randoms(use_true_random=False), st.integers(1, 5))
@settings(deadline=None, max_examples=30 * times)
def test_whatIsAskedIsAnswered(bodies: list[int | None], source: Any, streams: int) -> None:
    pair = Pair()
    pair.server.server._core.maxStreams = cast(Any, 100)
    pair.client.connection._core.peerMaxStreams = streams
    contents = [None if size is None else os.urandom(size) for size in bodies]
    asked: list[Asked] = []
    for content in contents:
        producer = None if content is None else Whole(content)
        asked.append(pair.client.ask(b"GET" if producer is None else b"POST", producer))
        if source.random() < 0.3:
            pair.pump(lambda most: source.choice([1, 9, 100, most]) if most < 500 else most)
    pair.pump(lambda most: source.choice([most, most // 2, 16393]))
    for content, each in zip(contents, asked, strict=True):
        wanted = b"GET / " if content is None else b"POST / " + content
        assert (each.kind, each.body.data == wanted) == (ResponseDone, True)
    assert pair.client.connection.state == "QUIESCENT"
    assert pair.server.server.streams == {}


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30 * times)
def test_whoLeavesDisturbsNobody(source: Any) -> None:
    pair = Pair()
    asked: list[Asked] = []
    left = set()
    for number in range(20):
        asked.append(pair.client.ask(b"POST", Whole(bytes(source.choice([10, 100_000])))))
        if source.random() < 0.5:
            pair.pump(lambda most: max(1, most // source.randrange(1, 4)))
        if source.random() < 0.4 and asked[number].kind is None:
            left.add(number)
            asked[number].answer.cancel()
    pair.pump(lambda most: most)
    for number, each in enumerate(asked):
        assert (each.kind is ResponseDone) == (number not in left)
    assert not pair.client.closed
    assert pair.client.connection.state == "QUIESCENT"
    assert pair.server.server.streams == {}
