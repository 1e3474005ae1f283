"""Callers that keep a server busy while something is done to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from tests.examples.running import patienceSeconds

__all__ = ["Load", "exchange", "freePorts"]


def freePorts(count: int) -> list[int]:
    ears = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(ear.getsockname()[1]) for ear in ears]
    for ear in ears:
        ear.close()
    return ports


class Load:
    """Callers that go on until they are told to stop; what goes wrong for one is kept."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.done = 0
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []

    def add(self, step: Callable[[], None]) -> None:
        def go() -> None:
            while not self._over.is_set():
                try:
                    step()
                except (OSError, AssertionError) as error:
                    self.problems.append(repr(error))
                    return
                self.done += 1

        thread = threading.Thread(target=go, daemon=True)
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(patienceSeconds)
            assert not thread.is_alive()


def exchange(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    seen = bytearray()
    while len(seen) < len(data):
        more = connection.recv(65536)
        assert more, f"{len(seen)} of {len(data)} bytes came back"
        seen += more
    assert bytes(seen) == data
