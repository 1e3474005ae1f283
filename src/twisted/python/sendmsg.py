"""
Messages that carry more than bytes: ``sendmsg(2)`` and ``recvmsg(2)``.

Their main use is to hand an open file descriptor to another process over a UNIX socket, as
ancillary data of the kind `SCM_RIGHTS`. Importing this fails where the system has no such calls.
"""

from __future__ import annotations

from socket import CMSG_SPACE, SCM_RIGHTS, AddressFamily
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from socket import socket as Socket

__all__ = ["SCM_RIGHTS", "ReceivedMessage", "getSocketFamily", "recvmsg", "sendmsg"]


class ReceivedMessage(NamedTuple):
    """
    What one call of `recvmsg` took.

    Attributes:
        data: the bytes.
        ancillary: what came with them, as triples of level, type and bytes.
        flags: what the system tells about the message, such as ``MSG_CTRUNC``.
    """

    data: bytes
    ancillary: list[tuple[int, int, bytes]]
    flags: int


def sendmsg(
    socket: Socket,
    data: bytes,
    ancillary: Iterable[tuple[int, int, bytes]] = [],
    flags: int = 0,
) -> int:
    """
    Send bytes, and ancillary data with them.

    Args:
        socket: where to send them.
        data: the bytes; at least one for ancillary data to arrive on a stream.
        ancillary: triples of level, type and bytes.
        flags: those of ``sendmsg(2)``.
    Returns: how many of the bytes were sent.
    Raises: OSError.
    """
    return socket.sendmsg([data], ancillary, flags)


def recvmsg(
    socket: Socket, maxSize: int = 8192, cmsgSize: int = 4096, flags: int = 0
) -> ReceivedMessage:
    """
    Receive bytes, and the ancillary data that came with them.

    Args:
        socket: where to receive from.
        maxSize: how many bytes to take at most.
        cmsgSize: how many bytes of ancillary data to take at most. What is beyond is lost,
            descriptors are closed by the system, and the flags say so.
        flags: those of ``recvmsg(2)``.
    Raises: OSError.
    """
    data, ancillary, received, _ = socket.recvmsg(maxSize, CMSG_SPACE(cmsgSize), flags)
    return ReceivedMessage(data, ancillary, received)


def getSocketFamily(socket: Socket) -> AddressFamily | int:
    """Give the address family of a socket, such as ``AF_INET``."""
    return socket.family
