"""Two protocols in memory that hear each other a byte at a time: tests of programs stand on it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from twisted.internet.protocol import FileWrapper

__all__ = ["IOPump", "returnConnected"]


class IOPump:
    """
    Carries bytes between a client and a server.

    Attributes:
        client, server: the protocols.
        clientIO, serverIO: files that each of them writes into.
    """

    def __init__(self, client: Any, server: Any, clientIO: Any, serverIO: Any) -> None:
        self.client, self.server = client, server
        self.clientIO, self.serverIO = clientIO, serverIO

    def flush(self) -> None:
        """Carry over what there is, and what comes of it, until nothing does."""
        while self.pump():
            pass

    def pump(self) -> int:
        """
        Carry over what each has written so far.

        Returns: 1 if that was anything, or 0.
        """
        fromClient, fromServer = _taken(self.clientIO), _taken(self.serverIO)
        for receiver, data in ((self.server, fromClient), (self.client, fromServer)):
            for at in range(len(data)):
                receiver.dataReceived(data[at : at + 1])
        return 1 if fromClient or fromServer else 0


def _taken(file: Any) -> bytes:
    file.seek(0)
    data: bytes = file.read()
    file.seek(0)
    file.truncate()
    return data


def returnConnected(server: Any, client: Any) -> IOPump:
    """
    Connect two protocols.

    Returns: what carries bytes between them; it has done so for what they said at once.
    """
    clientIO, serverIO = BytesIO(), BytesIO()
    client.makeConnection(FileWrapper(clientIO))
    server.makeConnection(FileWrapper(serverIO))
    pump = IOPump(client, server, clientIO, serverIO)
    pump.flush()
    return pump
