"""
Loads for the rows of protocols: plain sockets in a process of its own, on the last core.

    python protocolsload.py echo PORT CONNECTIONS FRAMES HEX     frames, there and back
    python protocolsload.py pour PORT CONNECTIONS                bytes without an end
    python protocolsload.py ftp PORT NAME                        one file, again and again

HEX is the content of a frame. Each runs until it is ended, or the server goes away.
"""

from __future__ import annotations

import os
import re
import selectors
import signal
import socket
import subprocess
import sys

host = "127.0.0.1"
lifeSeconds = 600
poured = bytes(262144)


class ProtocolLoad:
    """
    The process.

    Args:
        words: what it is to do; see above.
    """

    def __init__(self, *words: object) -> None:
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        self._process = subprocess.Popen([sys.executable, __file__, *map(str, words)])
        if cores:
            # The measured process was put on the first core; this one belongs on the last.
            os.sched_setaffinity(self._process.pid, {(os.cpu_count() or 1) - 1})

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def connected(port: int) -> socket.socket:
    made = socket.create_connection((host, port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def echo(port: int, connections: int, frames: int, content: bytes) -> None:
    """Send so many frames on each connection, and again when all have come back."""
    batch = content * frames
    waiting = selectors.DefaultSelector()
    for _ in range(connections):
        made = connected(port)
        waiting.register(made, selectors.EVENT_READ, [0])
        made.sendall(batch)
    while True:
        for key, _events in waiting.select():
            data = key.fileobj.recv(262144)  # type: ignore[union-attr]  # they are sockets
            if not data:
                return
            key.data[0] += len(data)
            if key.data[0] >= len(batch):
                key.data[0] -= len(batch)
                key.fileobj.sendall(batch)  # type: ignore[union-attr]  # as above


def pour(port: int, connections: int) -> None:
    """Send as fast as they are taken."""
    waiting = selectors.DefaultSelector()
    for _ in range(connections):
        made = connected(port)
        made.setblocking(False)
        waiting.register(made, selectors.EVENT_WRITE)
    while True:
        for key, _events in waiting.select():
            try:
                key.fileobj.send(poured)  # type: ignore[union-attr]  # they are sockets
            except BlockingIOError:
                continue


def retrieve(port: int, name: str) -> None:
    """Log in, and take the file whole, again and again."""
    control = connected(port).makefile("rwb")

    def ask(line: str) -> bytes:
        control.write(line.encode() + b"\r\n")
        control.flush()
        return control.readline()

    control.readline()
    ask("USER anonymous")
    ask("PASS nobody@example.org")
    ask("TYPE I")
    room = bytearray(1 << 20)
    while True:
        found = re.search(rb"(\d+),(\d+)\)", ask("PASV"))
        if found is None:
            return
        with connected(int(found[1]) << 8 | int(found[2])) as data:
            ask(f"RETR {name}")
            while data.recv_into(room):
                pass
        control.readline()


def main() -> None:
    signal.alarm(lifeSeconds)
    what, port, *words = sys.argv[1:]
    try:
        if what == "echo":
            echo(int(port), int(words[0]), int(words[1]), bytes.fromhex(words[2]))
        elif what == "pour":
            pour(int(port), int(words[0]))
        else:
            retrieve(int(port), words[0])
    except OSError:
        pass  # the server has gone


if __name__ == "__main__":
    main()
