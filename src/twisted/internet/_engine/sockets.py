"""Sockets of the families that we use, made, bound and named."""

from __future__ import annotations

import _socket
import asyncio
import os
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.interfaces import Binding, _Binding

__all__ = [
    "_NUMERIC_ONLY",
    "_resolveIPv6",
    "adoptedStream",
    "boundName",
    "descriptorLimit",
    "driveToEnd",
    "driveUnderWay",
    "isOfUvloop",
    "leaveToLoop",
    "listenBinding",
    "makeBinding",
    "newSocket",
    "ofPython",
]

_NUMERIC_ONLY = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

_T = TypeVar("_T")


def _resolveIPv6(ip: str, port: int) -> tuple[Any, ...]:
    """
    The socket name of an IPv6 literal, with the number of its zone (``fe80::1%eth0``).

    Raises: socket.gaierror if it is no literal.
    """
    if not isinstance(port, int):
        raise socket.gaierror(socket.EAI_NONAME, f"{port!r} is no number of a port")
    name: tuple[Any, ...] = socket.getaddrinfo(ip, 0, 0, 0, 0, _NUMERIC_ONLY)[0][4]
    # The C library would wrap a port that is out of range; whoever uses it says so instead.
    return (name[0], port, *name[2:])


def makeBinding(
    interface: str = "", port: int = 0, reuseAddress: bool = False, reusePort: bool = False
) -> Binding:
    """
    Say where a socket is bound, and how it shares that place.

    Args:
        interface: literal address; empty for all of IPv4.
        port: number; 0 lets the system choose.
        reuseAddress: whether SO_REUSEADDR is set.
        reusePort: whether SO_REUSEPORT is set.
    """
    return Binding(_Binding(interface, port, reuseAddress, reusePort))


def listenBinding(port: int | tuple[str, int] | _Binding | None, interface: str | None) -> _Binding:
    """
    One form for the ways to say where a port listens.

    Args: port: None makes a port that is not bound, for its `createInternetSocket` alone.

    Raises: ValueError if ``port`` and ``interface`` contradict each other.
    """
    if port is None or isinstance(port, int):
        return _Binding(interface or "", port or 0, reuseAddress=os.name == "posix")
    if isinstance(port, tuple):
        port = _Binding(port[0], port[1], reuseAddress=os.name == "posix")
    if interface and interface != port._address:
        raise ValueError(
            f"port says to listen on {port._address!r}, but interface={interface!r}: give one"
        )
    return port


_ofInternet = frozenset(map(int, (socket.AF_INET, socket.AF_INET6)))
_stream = int(socket.SOCK_STREAM)
_nonBlocking = int(getattr(socket, "SOCK_NONBLOCK", 0))


def _protocol(family: int, kind: int) -> int:
    """asyncio switches Nagle's algorithm off only where the number of the protocol is told."""
    return int(socket.IPPROTO_TCP) if kind == _stream and family in _ofInternet else 0


def adoptedStream(fd: int, family: int) -> socket.socket:
    """A socket of our own, which never blocks, for a stream that somebody else has opened."""
    adopted = socket.fromfd(fd, family, socket.SOCK_STREAM, _protocol(family, socket.SOCK_STREAM))
    adopted.setblocking(False)
    return adopted


def newSocket(
    family: int, kind: int, binding: _Binding | None = None, bare: bool = False
) -> socket.socket:
    """
    A socket that never blocks and that children do not inherit.

    Args:
        binding: whose options to set; it is not bound here.
        bare: for a loop that works on the bare descriptor: a socket as it is below
            ``socket.socket``, which makes enumerations of each number that it is asked for.
    """
    make: Any = _socket.socket if bare else socket.socket
    made: socket.socket = make(int(family), int(kind) | _nonBlocking, _protocol(family, kind))
    if not _nonBlocking:
        made.setblocking(False)
    if binding is not None and binding._reuseAddress:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if binding is not None and binding._reusePort:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return made


def boundName(family: int, host: str, port: int) -> tuple[Any, ...]:
    """What ``bind`` and ``connect`` take for a literal address."""
    return _resolveIPv6(host, port) if family == socket.AF_INET6 else (host, port)


def descriptorLimit() -> int:
    """How many descriptors this process may have open."""
    try:
        import resource
    except ImportError:
        return 1 << 30  # Windows has no such limit on sockets
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1 << 30 if soft == resource.RLIM_INFINITY else soft


def driveToEnd(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """
    Run a coroutine that does not wait: no more than bare yields stand between start and result.

    ``loop.create_server(sock=...)`` is one: done at once on uvloop, after one yield on asyncio.

    Raises: RuntimeError if it does wait for something.
    """
    for _ in range(8):
        try:
            awaited = coroutine.send(None)
        except StopIteration as done:
            result: _T = done.value
            return result
        if awaited is not None:
            break
    coroutine.close()
    raise RuntimeError(f"{coroutine!r} waits for something, and cannot be run to its end at once")


def driveUnderWay(
    coroutine: Coroutine[Any, Any, object],
    loop: asyncio.AbstractEventLoop,
    failed: Callable[[OSError], object],
) -> None:
    """
    Run a coroutine whose result nobody waits for, without the costs of a task.

    It waits for futures, one after the other, and makes no use of the task that it runs in.

    Args:
        failed: told of an OSError that it raises.
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return
    except OSError as problem:
        failed(problem)
        return
    if awaited is None:
        loop.call_soon(driveUnderWay, coroutine, loop, failed)
    else:
        awaited.add_done_callback(lambda _: driveUnderWay(coroutine, loop, failed))


def ofPython(bare: socket.socket) -> socket.socket:
    """The same descriptor as a ``socket.socket``, in place of what ``newSocket`` made bare."""
    if isinstance(bare, socket.socket):
        return bare
    made = socket.socket(bare.family, bare.type, bare.proto, bare.detach())
    made.setblocking(False)
    return made


def leaveToLoop(transport: asyncio.BaseTransport, given: socket.socket) -> None:
    """
    Forget a socket that a loop was given, where the loop does not use it itself.

    uvloop works on the bare descriptor and closes that. It takes the Python socket away from it
    when it closes, but only from the turn after ``connection_made`` on: one that is aborted in
    there was closed twice, the second time when the socket is collected, and whatever has
    that number by then.
    """
    if isOfUvloop(transport):
        given.detach()


def isOfUvloop(thing: object) -> bool:
    """Whether a loop or transport is uvloop's, which may not be here."""
    kind = type(thing)
    known = _ofUvloop.get(kind)
    if known is None:
        known = _ofUvloop[kind] = kind.__module__.partition(".")[0] == "uvloop"
    return known


_ofUvloop: dict[type, bool] = {}
