"""
Programs as a person runs them: in a process of their own, talked to over real sockets.
"""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

root = Path(__file__).resolve().parent.parent.parent
examples = root / "examples"

patienceSeconds = 30.0
"""How long anything here may take: far more than it does, for machines that are busy."""


class Program:
    """
    A Python program that runs until the block ends.

    Args:
        words: the arguments for the interpreter.
        folder: where it runs.
    Attributes:
        lines: what it has printed so far.
    """

    def __init__(self, *words: str | Path, folder: Path = root) -> None:
        self.lines: list[str] = []
        self._coming: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            [sys.executable, *map(str, words)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(patienceSeconds)
        self._reader.join(patienceSeconds)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._coming.put(line.rstrip("\n"))
        self._coming.put(None)

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def until(self, pattern: str) -> re.Match[str]:
        """
        Wait for a line.

        Args:
            pattern: a regular expression that it matches somewhere.
        Raises: AssertionError, with all that was printed, if the program ends before.
        """
        deadline = time.monotonic() + patienceSeconds
        while True:
            try:
                line = self._coming.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} in time in:\n{self.output}") from None
            if line is None:
                raise AssertionError(f"ended without {pattern!r}:\n{self.output}")
            self.lines.append(line)
            found = re.search(pattern, line)
            if found is not None:
                return found

    def port(self) -> int:
        """Wait for the port that an example says it listens on."""
        return int(self.until(r"listening on (?:port )?(\d+)")[1])

    def signal(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Wait for the end. Returns: the exit status."""
        status = self.process.wait(patienceSeconds)
        while (line := self._coming.get(timeout=patienceSeconds)) is not None:
            self.lines.append(line)
        return status


def call(address: object, family: int = socket.AF_INET) -> socket.socket:
    """
    Connect to an address.

    Args:
        address: a port on this machine, or what `socket.connect` takes.
    """
    made = socket.socket(family, socket.SOCK_STREAM)
    made.settimeout(patienceSeconds)
    made.connect(("127.0.0.1", address) if isinstance(address, int) else address)  # type: ignore[arg-type]
    return made


def callTLS(port: int) -> ssl.SSLSocket:
    """Connect with TLS, believing any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(call(port), server_hostname="localhost")


def readLine(connection: socket.socket) -> bytes:
    """Read up to a line's end, or to the end of all."""
    read = bytearray()
    while not read.endswith(b"\n"):
        more = connection.recv(1)
        if not more:
            break
        read += more
    return bytes(read)


def readAll(connection: socket.socket) -> bytes:
    read = bytearray()
    while more := connection.recv(65536):
        read += more
    return bytes(read)


def run(words: Sequence[str | Path], folder: Path = root) -> tuple[int, str]:
    """
    Run a Python program to its end.

    Returns: its exit status and all that it printed.
    """
    with Program(*words, folder=folder) as program:
        status = program.ended()
        return status, program.output
