"""
A reactor as the services of a site see it: sockets that listen already are used again.

What asks for an address gets the socket that was handed over for it, if there is one, and a new
one otherwise. A handed socket is a duplicate: the queue of callers is the same, so that nobody who
calls meanwhile is refused when the former owner closes its own.

An address is known by what was asked for, not by what came of it: port 0, which is another one
each time, is found again by its turn.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, NamedTuple

from zope.interface import directlyProvides, providedBy

__all__ = ["Address", "Handed", "Sockets"]


class Address(NamedTuple):
    """
    What was asked for.

    Args:
        kind: "TCP" (TLS too) or "UNIX".
        host: the interface; empty for UNIX.
        port: the number or the path.
    """

    kind: str
    host: str
    port: int | str


class Handed(NamedTuple):
    """
    A socket that listens already.

    Args:
        address: what it was once asked for.
        descriptor: its descriptor.
        family: AF_INET, AF_INET6 or AF_UNIX.
    """

    address: Address
    descriptor: int
    family: int


class Sockets:
    """
    Everything that a reactor is, with listening of its own.

    Args:
        reactor: the reactor.
        accepting: whether ports take connections; otherwise they only hold their sockets, for
            other processes to accept from.
    """

    def __init__(self, reactor: Any, accepting: bool = True) -> None:
        self._reactor = reactor
        self._accepting = accepting
        self._handed: list[Handed] = []
        self._ports: dict[int, tuple[Address, Any]] = {}
        directlyProvides(self, providedBy(reactor))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def hand(self, handed: Iterable[Handed]) -> None:
        """
        Give sockets to use. Their descriptors are this object's from now on.
        """
        self._handed += handed

    def offer(self, ports: Iterable[Any]) -> None:
        """
        Let the sockets of some ports, made here, be used again, until `withdraw`.
        """
        for port in ports:
            found = self.held(port)
            # A port that refuses to be shared is none of ours, or has closed.
            if found is not None and found.address.port != 0:
                self._handed.append(found._replace(descriptor=os.dup(found.descriptor)))

    def withdraw(self) -> None:
        """
        Close what was handed over or offered, and not used.
        """
        handed, self._handed = self._handed, []
        for each in handed:
            os.close(each.descriptor)

    def held(self, port: Any) -> Handed | None:
        """
        Returns: the socket of a port that was made here, with its own descriptor; None for others.
        """
        found = self._ports.get(id(port))
        if found is None or getattr(port, "socket", None) is None:
            return None
        return Handed(found[0], port.socket.fileno(), port.socket.family)

    def forget(self, port: Any) -> None:
        """
        Take note that a port is closed.
        """
        self._ports.pop(id(port), None)

    def listenTCP(self, port: Any, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """As the reactor's."""
        asked = Address("TCP", interface, port)
        taken = self._take(asked)
        if taken is None:
            made = self._reactor.listenTCP(port, factory, backlog, interface)
        else:
            made = self._adopt(taken, factory)
        return self._noted(asked, made)

    def listenSSL(
        self, port: Any, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """As the reactor's."""
        asked = Address("TCP", interface, port)
        taken = self._take(asked)
        if taken is None:
            made = self._reactor.listenSSL(port, factory, contextFactory, backlog, interface)
        else:
            from twisted.protocols.tls import TLSMemoryBIOFactory

            made = self._adopt(taken, TLSMemoryBIOFactory(contextFactory, False, factory))
        return self._noted(asked, made)

    def listenUNIX(
        self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: Any = 0
    ) -> Any:
        """As the reactor's."""
        asked = Address("UNIX", "", os.fsdecode(address))
        taken = self._take(asked)
        if taken is None:
            made = self._reactor.listenUNIX(address, factory, backlog, mode, wantPID)
        else:
            made = self._adopt(taken, factory)
        return self._noted(asked, made)

    def _take(self, asked: Address) -> Handed | None:
        for index, each in enumerate(self._handed):
            if each.address == asked:
                return self._handed.pop(index)
        return None

    def _adopt(self, handed: Handed, factory: Any) -> Any:
        try:
            return self._reactor.adoptStreamPort(handed.descriptor, handed.family, factory)
        finally:
            # The port has a duplicate of its own.
            os.close(handed.descriptor)

    def _noted(self, asked: Address, port: Any) -> Any:
        self._ports[id(port)] = (asked, port)
        if not self._accepting:
            # Nothing was accepted yet: that takes a turn of the loop.
            port.stopReading()
        return port
