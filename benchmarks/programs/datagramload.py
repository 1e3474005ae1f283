"""
A load of datagrams, in a process of its own on another core than what it loads.

    python datagramload.py HOST PORT FLIGHT

has FLIGHT datagrams on their way until it is ended; each that comes back goes out again. One that
is lost is not made up for, so that a server which loses many is seen to be slow.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys

warmSeconds = 0.3
size = 64
lifeSeconds = 600


class DatagramLoad:
    """
    The load, started.

    Args:
        host, port: where to.
        flight: datagrams on their way.
    """

    def __init__(self, host: str, port: int, flight: int) -> None:
        words = [sys.executable, __file__, host, str(port), str(flight)]
        self._process = subprocess.Popen(words)

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def _leaveOurCore() -> None:
    if not hasattr(os, "sched_setaffinity"):
        return
    ours = os.sched_getaffinity(0)
    others = set(range(os.cpu_count() or 1)) - ours
    try:
        os.sched_setaffinity(0, others or ours)
    except OSError:
        pass  # the others are not ours to use


def main() -> None:
    host, port, flight = sys.argv[1:]
    _leaveOurCore()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.settimeout(lifeSeconds)
        ours.connect((host, int(port)))
        ours.setblocking(True)
        for _ in range(int(flight)):
            ours.send(bytes(size))
        receive, send = ours.recv, ours.send
        while True:
            send(receive(size))


if __name__ == "__main__":
    main()
