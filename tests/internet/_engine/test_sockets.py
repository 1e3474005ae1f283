"""Sockets, made, bound and named."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from twisted.internet._engine import addresses
from twisted.internet._engine.addresses import socketAddress
from twisted.internet._engine.sockets import (
    boundName,
    driveToEnd,
    driveUnderWay,
    listenBinding,
    newSocket,
    ofPython,
)
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.tcp import _resolveIPv6, makeBinding


def test_socketsNeitherBlockNorAreInherited() -> None:
    with newSocket(socket.AF_INET, socket.SOCK_STREAM) as made:
        assert not made.getblocking()
        assert not made.get_inheritable()


def test_theOptionsOfABindingAreSet() -> None:
    binding = listenBinding(makeBinding("127.0.0.1", 0, reuseAddress=True, reusePort=True), None)
    with newSocket(socket.AF_INET, socket.SOCK_STREAM, binding) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)


def test_aNumberIsSharedByRestartsOnly() -> None:
    binding = listenBinding(80, "127.0.0.1")
    assert (binding._port, binding._address) == (80, "127.0.0.1")
    assert binding._reuseAddress
    assert not binding._reusePort


def test_literalsOfIPv6AreNamedWithoutALookUp() -> None:
    assert _resolveIPv6("::1", 80) == ("::1", 80, 0, 0)
    assert _resolveIPv6("::1", -1)[:2] == ("::1", -1)
    with pytest.raises(socket.gaierror):
        _resolveIPv6("localhost", 80)
    assert boundName(socket.AF_INET6, "::1", 80) == ("::1", 80, 0, 0)
    assert boundName(socket.AF_INET, "127.0.0.1", 80) == ("127.0.0.1", 80)


def test_theZoneOfALinkIsPartOfTheName() -> None:
    name = _resolveIPv6("fe80::1%lo", 80)
    assert name[3] == socket.if_nametoindex("lo")
    assert socketAddress(name) == IPv6Address("TCP", "fe80::1%lo", 80, 0, name[3])


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (("127.0.0.1", 80), IPv4Address("TCP", "127.0.0.1", 80)),
        (("::1", 80, 0, 0), IPv6Address("TCP", "::1", 80)),
        ("/path", UNIXAddress("/path")),
        (b"\0abstract", UNIXAddress(b"\0abstract")),
        ("", UNIXAddress(None)),
    ],
)
def test_namesOfSocketsBecomeAddresses(name: Any, address: Any) -> None:
    assert socketAddress(name) == address


def test_aCoroutineThatDoesNotWaitIsRunToItsEnd() -> None:
    async def yieldTwice() -> str:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    assert driveToEnd(yieldTwice()) == "done"


def test_aCoroutineThatWaitsIsNot() -> None:
    loop = asyncio.new_event_loop()
    future: asyncio.Future[None] = loop.create_future()

    async def wait() -> None:
        await future

    with pytest.raises(RuntimeError, match="waits"):
        driveToEnd(wait())
    loop.close()


def test_aBareSocketBecomesOneOfPython() -> None:
    bare = newSocket(socket.AF_INET, socket.SOCK_STREAM, bare=True)
    assert not isinstance(bare, socket.socket)
    descriptor = bare.fileno()
    with ofPython(bare) as made:
        assert made.fileno() == descriptor
        assert not made.getblocking()
        assert ofPython(made) is made
    assert bare.fileno() == -1


def ended(coroutine: Any) -> bool:
    return coroutine.cr_frame is None


async def wait(future: asyncio.Future[None], end: BaseException | None = None) -> None:
    await asyncio.sleep(0)
    await future
    if end is not None:
        raise end


@pytest.mark.parametrize("end", [None, OSError(1, "told")])
def test_aCoroutineIsDrivenWithoutATask(end: OSError | None) -> None:
    loop = asyncio.new_event_loop()
    future, problems = loop.create_future(), list[OSError]()
    coroutine = wait(future, end)
    driveUnderWay(coroutine, loop, problems.append)
    loop.call_soon(future.set_result, None)
    for _ in range(4):
        loop.call_soon(loop.stop)
        loop.run_forever()
    assert ended(coroutine)
    assert problems == ([] if end is None else [end])
    loop.close()


def test_connectionsFromOneHostShareItsName() -> None:
    first, second = (socketAddress(("".join(["192.0.2.", "1"]), port)) for port in (1, 2))
    assert first.host is second.host


def test_howManyNamesOfHostsAreKeptIsBounded() -> None:
    for number in range(1000):
        assert socketAddress((f"host{number}", 1)).host == f"host{number}"
    assert len(addresses._hosts) <= 256
