"""
A service that listens: on each of its addresses, or, where one of them cannot be had, on none.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from twisted.application._config.addresses import Listen, hostAndPort
from twisted.application._config.listens import Listens
from twisted.application._config.options import option
from twisted.application.service import Service
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import LogLevel
from twisted.python.failure import Failure

from .connections import Connections
from .sockets import Sockets

__all__ = ["Bound", "CannotStart", "Listening", "ListeningService"]

_REMEDIES: Final = {
    errno.EADDRINUSE: "Another program listens there: stop it, or choose another port.",
    errno.EACCES: "Ports below 1024 need the administrator's rights: choose a higher one.",
    errno.EADDRNOTAVAIL: "This machine has no such address.",
    errno.EAFNOSUPPORT: "This machine does not speak that kind of address.",
}


class CannotStart(Exception):
    """
    A service could not start.

    Attributes:
        reasons: a sentence for each thing that went wrong.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


class Bound(NamedTuple):
    """
    An address that is being listened on.

    Args:
        listen: what was asked for.
        port: the listening port that came of it.
        factory: what it gives connections to.
    """

    listen: Listen
    port: Any
    factory: Any = None

    @property
    def address(self) -> Any:
        """The address as the system has it: a port number 0 has become a real one."""
        return self.port.getHost()

    @property
    def words(self) -> str:
        """The address as a person reads it."""
        address = self.address
        if isinstance(address, IPv4Address | IPv6Address):
            return hostAndPort(address.host, address.port)
        if isinstance(address, UNIXAddress) and address.name:
            return os.fsdecode(address.name)
        return self.listen.words


class ListeningService(Service):
    """
    A service that gives the connections of several addresses to one factory.

    Stopping it closes the addresses; connections go on until they end or `connections` is told
    to abort them.

    Args:
        listens: the addresses.
        factory: builds a protocol for each connection.
        reactor: what listens.
    Attributes:
        bound: what is listened on at present.
        connections: the connections that are open.
        connectionLevel: that of the messages about the beginning and the end of each connection.
    """

    connectionLevel: Any = LogLevel.info

    def __init__(self, listens: Sequence[Listen], factory: Any, reactor: Any) -> None:
        self.factory = factory
        # Its starts and stops are told by the site, in words that name the service.
        factory.noisy = False
        self.bound: list[Bound] = []
        self.connections = Connections("service", reactor.seconds)
        self._listens = tuple(listens)
        self._reactor = reactor
        self._starting: Deferred[Any] | None = None
        self._inherited: list[tuple[ListeningService, Bound]] = []

    def __repr__(self) -> str:
        where = ", ".join(f"{each.transport} {each.words}" for each in self._listens)
        return f"<listening service {self.name!r} on {where}: {self.connections!r}>"

    def setName(self, name: str) -> None:
        super().setName(name)
        self.connections.rename(name)

    def privilegedStartService(self) -> None:
        """Listen before privileges are given up, so that low ports can be had."""
        self._begin()

    def startService(self) -> Deferred[None]:
        """
        Listen on every address.

        Returns: a Deferred that fires when all are listened on, or fails with CannotStart.
        """
        super().startService()
        self.connections.level = self.connectionLevel
        done: Deferred[None] = Deferred()
        self._begin().addCallback(self._judge).chainDeferred(done)
        return done

    def stopService(self) -> Deferred[None]:
        """
        Close every address, also those that are only about to open.

        Returns: a Deferred that fires when all are closed.
        """
        super().stopService()
        starting, self._starting = self._starting, None
        if starting is None:
            return maybeDeferred(lambda: None)
        return starting.addBoth(lambda _: self._close())

    def behind(self, listens: Sequence[Listen], guard: Callable[[Any], Any]) -> None:
        """
        Stand behind a door, instead of listening oneself. To be called before the start.

        Args:
            listens: the addresses of the door.
            guard: makes the factory that connections come to, given the one that serves them.
        """
        self.factory = guard(self.factory)
        self.factory.noisy = False
        self._listens = tuple(listens)

    def inherit(self, owners: Iterable[ListeningService]) -> None:
        """
        Use the ports of services that are about to stop, where they listen as this one wants to.

        To be called before the start. The ports change hands with `takeOver`, once all have
        started; without it they stay with their owners.
        """
        offered = [(owner, bound) for owner in owners for bound in owner.bound]
        for listen in self._listens:
            for pair in offered:
                if pair[1].listen == listen:
                    offered.remove(pair)
                    self._inherited.append(pair)
                    break

    def takeOver(self) -> None:
        """
        Let the ports that are inherited give their connections to this service from now on.
        """
        inherited, self._inherited = self._inherited, []
        self.connections.level = self.connectionLevel
        for owner, bound in inherited:
            owner.bound.remove(bound)
            self.bound.append(bound)
            bound.factory.serve(self.factory, self.connections)

    def _begin(self) -> Deferred[Any]:
        if self._starting is None:
            missing = list(self._listens)
            for _, bound in self._inherited:
                missing.remove(bound.listen)
            self._starting = DeferredList(
                [self._listen(each) for each in missing], consumeErrors=True
            )
        # Whoever waits gets a Deferred of their own: the result stays for `stopService`.
        waiter: Deferred[Any] = Deferred()

        def tell(results: Any) -> Any:
            waiter.callback(results)
            return results

        self._starting.addBoth(tell)
        return waiter

    def _listen(self, listen: Listen) -> Deferred[Any]:
        def begin() -> Any:
            return listen.endpoint(self._reactor).listen(factory)

        def note(port: Any) -> None:
            bound = Bound(listen, port, factory)
            self.bound.append(bound)
            factory.where = f"{listen.transport} {bound.words}"

        factory = self.connections.watched(self.factory, f"{listen.transport} {listen.words}")
        return maybeDeferred(begin).addCallbacks(note, lambda why: whyNot(listen, why))

    def _judge(self, results: list[tuple[bool, str | None]]) -> None:
        reasons = [why for _, why in results if why]
        if reasons:
            raise CannotStart(reasons)

    def _close(self) -> Deferred[Any]:
        ports, self.bound = [each.port for each in self.bound], []
        if isinstance(self._reactor, Sockets):
            for port in ports:
                self._reactor.forget(port)
        return DeferredList([maybeDeferred(port.stopListening) for port in ports])


def whyNot(listen: Listen, failure: Failure) -> str:
    """
    Returns: in a sentence or two, why an address cannot be listened on and what to do.
    """
    error: Any = failure.value
    if failure.check(CannotListenError):
        error = error.socketError
    number = getattr(error, "errno", None)
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    remedy = _REMEDIES.get(number, "") if number is not None else ""
    return f"cannot listen on {listen.transport} {listen.words}: {words}. {remedy}".rstrip()


@dataclass(frozen=True)
class Listening:
    """
    The settings of a service that listens: the base of most settings classes.

    A subclass adds its own options and says, in `makeFactory`, what serves a connection.
    """

    listen: tuple[Listen, ...] = option(
        help="Where to listen: a port number, a table, a description, or a list of these.",
        kind=Listens(),
        example="7000",
    )

    @property
    def urlScheme(self) -> str:
        """What URLs of the service begin with where there is no TLS: "http". Empty for none."""
        return ""

    def makeFactory(self) -> Any:
        """
        Returns: the `IProtocolFactory` that serves connections as these settings say.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what serves a connection")

    def makeService(self, reactor: Any) -> ListeningService:
        return ListeningService(self.listen, self.makeFactory(), reactor)
