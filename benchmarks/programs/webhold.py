"""
Holds connections to a web server that are kept open after one request each, and do nothing then.

    python webhold.py PORT FIRST MORE

prints a line when FIRST of them are there; after a line of input MORE are added, and it prints
again.
"""

from __future__ import annotations

import socket
import sys

request = b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: webhold\r\nAccept: */*\r\n\r\n"
body = b"hello, world\n"
port, first, more = map(int, sys.argv[1:])
held: list[socket.socket] = []


def hold(count: int) -> None:
    """Open so many, ask for the page on each, and see that it came."""
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(request)
        answer = b""
        while not answer.endswith(body):
            some = connection.recv(65536)
            if not some:
                sys.exit(f"after {len(held)} connections the server answered {answer!r}")
            answer += some
        held.append(connection)


hold(first)
print("holding", len(held), flush=True)
sys.stdin.readline()
hold(more)
print("holding", len(held), flush=True)
sys.stdin.read()
