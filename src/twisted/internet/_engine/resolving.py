"""Names to addresses: where a reactor keeps its resolver, and the resolvers of threads."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet import defer
from twisted.internet._resolver import (
    ComplexResolverSimplifier,
    SimpleResolverComplexifier,
)
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IReactorPluggableResolver,
    IResolverSimple,
)
from twisted.python.failure import Failure

from .core import Core
from .lookups import SystemResolver

__all__ = ["BlockingResolver", "PluggableResolverMixin", "Resolving", "ThreadedResolver"]

defaultTimeouts = (1, 3, 11, 45)
"""Seconds that each try of a look-up may take, after those before it."""


@implementer(IResolverSimple)
class BlockingResolver:
    """Looks names up with the C library, and holds everything up meanwhile."""

    def getHostByName(
        self, name: str, timeout: Sequence[int] = defaultTimeouts
    ) -> defer.Deferred[str]:
        """
        Args:
            name: a host's name.
            timeout: not heeded.
        Returns: the first IPv4 address, dotted; fails with DNSLookupError.
        """
        try:
            return defer.succeed(socket.gethostbyname(name))
        except OSError as error:
            return defer.fail(Failure(_notFound(name, error)))


@implementer(IResolverSimple)
class ThreadedResolver:
    """
    Looks names up with the C library in the reactor's thread pool.

    Args:
        reactor: whose threads and timers to use.
    """

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self._runningQueries: dict[defer.Deferred[str], tuple[defer.Deferred[str], Any]] = {}

    def getHostByName(
        self, name: str, timeout: Sequence[int] = defaultTimeouts
    ) -> defer.Deferred[str]:
        """
        Args:
            name: a host's name.
            timeout: seconds; their sum is the most that the look-up may take.
        Returns: the first IPv4 address, dotted; fails with DNSLookupError.
        """
        from twisted.internet import threads

        delay = sum(timeout) if timeout else 60
        answer: defer.Deferred[str] = defer.Deferred()
        lookup = threads.deferToThreadPool(
            self.reactor, self.reactor.getThreadPool(), socket.gethostbyname, name
        )
        limit = self.reactor.callLater(delay, self._giveUp, name, lookup)
        self._runningQueries[lookup] = (answer, limit)
        lookup.addBoth(self._finish, name, lookup)
        return answer

    def _giveUp(self, name: str, lookup: defer.Deferred[str]) -> None:
        # The thread goes on; `_finish` finds nobody waiting when it is done.
        answer, _ = self._runningQueries.pop(lookup)
        answer.errback(Failure(DNSLookupError(f"timeout looking up {name!r}")))

    def _finish(self, result: str | Failure, name: str, lookup: defer.Deferred[str]) -> None:
        waiting = self._runningQueries.pop(lookup, None)
        if waiting is None:
            return
        answer, limit = waiting
        limit.cancel()
        if isinstance(result, Failure):
            answer.errback(Failure(_notFound(name, result.value)))
        else:
            answer.callback(result)


def _notFound(name: str, error: BaseException) -> DNSLookupError:
    return DNSLookupError(f"address {name!r} not found: {error}")


@implementer(IReactorPluggableResolver, IReactorPluggableNameResolver)
class PluggableResolverMixin:
    """A place for the two kinds of resolver, each of which can stand in for the other."""

    resolver: IResolverSimple = BlockingResolver()
    _nameResolver: IHostnameResolver = SimpleResolverComplexifier(resolver)

    def installResolver(self, resolver: IResolverSimple) -> IResolverSimple:
        """
        Look names up with an `IResolverSimple` from now on.

        Args:
            resolver: the new one.
        Returns: the one before.
        """
        former = self.resolver
        self.resolver = resolver
        self._nameResolver = SimpleResolverComplexifier(resolver)
        return former

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        """
        Look names up with an `IHostnameResolver` from now on.

        Args:
            resolver: the new one.
        Returns: the one before.
        """
        former = self._nameResolver
        self._nameResolver = resolver
        self.resolver = ComplexResolverSimplifier(resolver)
        return former

    @property
    def nameResolver(self) -> IHostnameResolver:
        """The resolver in use."""
        return self._nameResolver


class Resolving(PluggableResolverMixin, Core):
    """The resolvers of a reactor; the first one asks the operating system."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        reactor: Any = self  # the whole of which this is a part
        self.installNameResolver(SystemResolver(reactor))

    def resolve(self, name: str, timeout: Sequence[int] = defaultTimeouts) -> defer.Deferred[str]:
        """
        Look up an IPv4 address.

        Args:
            name: a host's name, or an address, which comes back as it is; empty for 0.0.0.0.
            timeout: seconds for each try.
        Returns: the dotted address; fails with DNSLookupError.
        """
        if not name:
            return defer.succeed("0.0.0.0")
        if isIPAddress(name) or isIPv6Address(name):
            return defer.succeed(name)
        return self.resolver.getHostByName(name, timeout)
