"""
A worker: a site that is started, changed and stopped by the process that has made it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from twisted.application._config.site import SitePlan
from twisted.application._control.operations import Operations, refusing
from twisted.application._control.server import Control, onWire
from twisted.application._site.journal import Journal
from twisted.application._site.site import Site
from twisted.application._site.sockets import Handed
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from . import channel

__all__ = ["Member", "planFor", "runMember"]


def planFor(plan: SitePlan, number: int) -> SitePlan:
    """
    What one worker runs.

    Services that listen run in all workers; any other, which has nothing to share, in the first.

    Args:
        plan: the site's.
        number: the worker's, from 1.
    """
    services = tuple(
        each for each in plan.services if number == 1 or hasattr(each.settings, "listen")
    )
    return plan._replace(services=services)


class Member(Control):
    """
    A worker's end of the channel.

    Args:
        reactor: where the worker's site runs.
        journal: its latest messages.
    """

    maxBoxKeys = 4096
    maxBoxBytes = 64 * 1024 * 1024
    maxDescriptors = 256

    def __init__(self, reactor: Any, journal: Journal) -> None:
        super().__init__(None)
        self._reactor = reactor
        self._journal = journal
        self._number = 0
        self._waiting: list[Handed] = []
        self.site: Site | None = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self.callRemote(channel.Ready)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Whoever has made us is gone: that is the end."""
        super().connectionLost(reason)
        self._end()

    def _end(self) -> None:
        if self._reactor.running:
            self._reactor.stop()

    @channel.Hand.responder
    def hand(self, **arguments: Any) -> Any:
        """Answer `Hand`."""
        handed = channel.asHanded(**arguments)
        if self.site is None:
            self._waiting.append(handed)
        else:
            self.site.sockets.hand([handed])
        return {}

    @channel.Begin.responder
    def begin(self, number: int, paths: list[str], plan: bytes, stopped: list[str]) -> Any:
        """Answer `Begin`."""
        sys.path[:] = paths
        self._number = number

        async def start() -> dict[str, Any]:
            with refusing():
                site = Site(planFor(channel.unpickled(plan), number), self._reactor, self._waiting)
                self.site = site
                self._operations = Operations(site, self._journal, None, self._end)
                await site.start(without=stopped)
            return {}

        return Deferred.fromCoroutine(start()).addErrback(onWire)

    @channel.Change.responder
    def change(self, plan: bytes) -> Any:
        """Answer `Change`."""

        async def follow() -> dict[str, Any]:
            assert self.site is not None
            with refusing():
                await self.site.reload(planFor(channel.unpickled(plan), self._number))
            return {}

        return Deferred.fromCoroutine(follow()).addErrback(onWire)

    @channel.Hurry.responder
    def hurry(self) -> Any:
        """Answer `Hurry`."""
        if self.site is not None:
            self.site.hurry()
        return {}


class _Once(Factory):
    """Gives the one end of the channel."""

    noisy = False

    def __init__(self, member: Member) -> None:
        self._member = member

    def buildProtocol(self, addr: object) -> Member:
        return self._member


def runMember(reactor: Any, told: Callable[[Any], Any] | None = None) -> int:
    """
    Be a worker, until the channel ends.

    Args:
        reactor: where; it is run by this.
        told: which log events are shown, as a log's filter says it.
    Returns: the exit status.
    """
    journal = Journal(told=told)
    globalLogPublisher.addObserver(journal)
    member = Member(reactor, journal)

    def begin() -> None:
        # Ctrl-C reaches all processes of a terminal; the first of them tells us what to do.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        reactor.adoptStreamConnection(channel.channelDescriptor, socket.AF_UNIX, _Once(member))
        # The transport has a duplicate.
        os.close(channel.channelDescriptor)

    async def stop() -> None:
        if member.site is not None:
            await member.site.stop()

    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(stop()))
    reactor.callWhenRunning(begin)
    reactor.run()
    return 0
