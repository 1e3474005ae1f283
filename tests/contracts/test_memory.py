"""The contract of stream transports, for the network in memory of ``twisted.test.iosim``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.streams import Recorder
from twisted.test.iosim import FakeTransport, connect

from .streams import *  # noqa: F403  # they run here


class MemoryLink:
    """What `tests.support.streams.Link` is, with a pump for a reactor."""

    def __init__(self, server: Any = None, client: Any = None) -> None:
        self.server = Recorder() if server is None else server
        self.client = Recorder() if client is None else client
        self.pump = connect(
            self.server,
            FakeTransport(self.server, isServer=True),
            self.client,
            FakeTransport(self.client, isServer=False),
        )

    def until(self, condition: Callable[[], object]) -> None:
        for _ in range(1000):
            if condition():
                return
            self.pump.pump()
        raise AssertionError("this never comes to be")

    def untilLost(self) -> None:
        self.until(lambda: self.server.lost and self.client.lost)

    def pause(self) -> None:
        self.pump.flush()


@pytest.fixture
def link() -> Callable[..., Any]:
    """Connects two protocols, given or new."""
    return MemoryLink
