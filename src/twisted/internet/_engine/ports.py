"""What every port is, of streams or of datagrams, to a program that asks for its class."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import _Binding

from .sockets import newSocket

__all__ = ["BasePort"]


class BasePort(FileDescriptor):
    """
    A socket that waits for others to begin.

    Attributes:
        addressFamily: of the socket, such as ``AF_INET``.
        socketType: of the socket, such as ``SOCK_STREAM``.
    """

    addressFamily: Any = None
    socketType: Any = None
    _binding: _Binding | None = None

    def createInternetSocket(self) -> socket.socket:
        """The socket, not yet bound."""
        return newSocket(self.addressFamily, self.socketType, self._binding)

    def doWrite(self) -> Any:
        """Raises: RuntimeError, for nothing is buffered that could be written."""
        raise RuntimeError(f"{self!r} is a port: it has nothing to write when it can be written to")
