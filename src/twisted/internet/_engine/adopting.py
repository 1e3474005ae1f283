"""Connections that somebody else accepted, and whose descriptor came to us."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from twisted.internet.error import UnsupportedAddressFamily

from .core import log
from .listeners import Port, Server
from .sockets import adoptedStream, leaveToLoop

if TYPE_CHECKING:
    from .reactor import Reactor

__all__ = ["adoptConnection"]


def adoptConnection(
    reactor: Reactor, fileDescriptor: int, addressFamily: int, factory: Any
) -> Server | None:
    """See `Reactor.adoptStreamConnection`."""
    given = adoptedStream(fileDescriptor, addressFamily)
    port: Any
    if addressFamily in (socket.AF_INET, socket.AF_INET6):
        port = Port(0, factory, reactor=reactor)
        port._realPortNumber = given.getsockname()[1]
        adopted = port.transport(port)
    elif addressFamily == getattr(socket, "AF_UNIX", None):
        from .unix import UNIXPort

        port = UNIXPort(given.getsockname(), factory, reactor=reactor)
        adopted = port.transport(port)
    else:
        given.close()
        raise UnsupportedAddressFamily(addressFamily)
    try:
        peer: Any = port.peerAddress(given.getpeername())
        protocol = factory.buildProtocol(port._buildAddr(peer))
    except BaseException:
        given.close()
        raise
    if protocol is None:
        given.close()
        return None
    # A port that never listens: it lends the protocol to this one connection.
    port.factory = _Once(factory, protocol)
    port.connected = 1
    loop = reactor._asyncioEventloop
    task = loop.create_task(_serve(loop, adopted, given))
    task.add_done_callback(_logFailure)
    return adopted  # type: ignore[no-any-return]  # a Server of either kind


async def _serve(loop: asyncio.AbstractEventLoop, adopted: Server, given: socket.socket) -> None:
    transport, _ = await loop.connect_accepted_socket(lambda: adopted, given)
    leaveToLoop(transport, given)


class _Once:
    """A factory that has made its protocol already."""

    def __init__(self, factory: Any, protocol: Any) -> None:
        self._factory = factory
        self._protocols = [protocol]

    def buildProtocol(self, address: Any) -> Any:
        return self._protocols.pop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)


def _logFailure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        problem = task.exception()
        log.error("could not serve an adopted connection: {problem}", problem=problem)
