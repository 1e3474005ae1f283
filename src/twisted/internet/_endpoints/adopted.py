"""Ports that somebody else has opened: descriptors handed over, by systemd above all."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from zope.interface import implementer

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import AlreadyListened
from twisted.internet.fdesc import setNonBlocking
from twisted.internet.interfaces import IStreamServerEndpoint

from .mistakes import WrongArguments, WrongValue, nearest

if TYPE_CHECKING:
    from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorSocket
    from twisted.python.systemd import ListenFDs

__all__ = ["AdoptedStreamServerEndpoint", "inheritedDescriptors", "systemdEndpoint"]


@implementer(IStreamServerEndpoint)
class AdoptedStreamServerEndpoint:
    """A listening socket that is open already. It can be listened at once only."""

    _close = staticmethod(os.close)
    _setNonBlocking = staticmethod(setNonBlocking)

    def __init__(self, reactor: IReactorSocket, fileno: int, addressFamily: int) -> None:
        """
        Args:
            fileno: the descriptor of the socket. The endpoint owns it from now on.
            addressFamily: its family, such as `socket.AF_INET`.
        """
        self.reactor = reactor
        self.fileno = fileno
        self.addressFamily = addressFamily
        self._used = False

    def __repr__(self) -> str:
        return f"<AdoptedStreamServerEndpoint descriptor {self.fileno}>"

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Begin to accept; the second time fails with `AlreadyListened`."""
        if self._used:
            return fail(AlreadyListened(f"descriptor {self.fileno} was handed over before"))
        self._used = True
        try:
            self._setNonBlocking(self.fileno)
            port = self.reactor.adoptStreamPort(
                self.fileno,
                self.addressFamily,  # type: ignore[arg-type]  # a plain number will do
                factory,
            )
            self._close(self.fileno)  # the reactor has one of its own
        except Exception:
            return fail()
        return succeed(port)


_inherited: ListenFDs | None = None


def inheritedDescriptors() -> ListenFDs:
    """Give what this process got from systemd. It can be taken over once, so it is kept."""
    global _inherited
    if _inherited is None:
        from twisted.python.systemd import ListenFDs

        _inherited = ListenFDs.fromEnvironment()
    return _inherited


def systemdEndpoint(
    reactor: IReactorSocket,
    descriptors: ListenFDs,
    domain: str,
    index: int | None = None,
    name: str | None = None,
) -> AdoptedStreamServerEndpoint:
    """
    Find a socket among those that systemd has opened for us.

    Args:
        descriptors: what was handed over.
        domain: ``INET``, ``INET6`` or ``UNIX``; any ``AF_`` constant without these letters.
        index: its place among the sockets, from 0; or else
        name: what ``FileDescriptorName=`` of its socket unit says.
    Raises: DescriptionError (a ValueError) where nothing fits.
    """
    if (index is None) == (name is None):
        raise WrongArguments(
            "systemd: give either index= or name=" + (", not both" if name is not None else ""),
            part="index" if name is None else "name",
            expected="exactly one of index and name",
        )
    families = {each[3:]: value for each, value in vars(socket).items() if each[:3] == "AF_"}
    if domain not in families:
        suggestion = nearest(domain, families)
        raise WrongValue("systemd", "domain", domain, "one of INET, INET6, UNIX", suggestion)
    if name is not None:
        named = descriptors.inheritedNamedDescriptors()
        if name not in named:
            known = ", ".join(sorted(named)) or "there are none"
            raise WrongValue(
                "systemd", "name", name, f"the name of a socket ({known})", nearest(name, named)
            )
        fileno = named[name]
    else:
        every = descriptors.inheritedDescriptors()
        assert index is not None
        if not 0 <= index < len(every):
            expected = f"a number below {len(every)}, the count of sockets from systemd"
            raise WrongValue("systemd", "index", index, expected)
        fileno = every[index]
    return AdoptedStreamServerEndpoint(reactor, fileno, families[domain])
