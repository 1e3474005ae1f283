"""
One worker, as the process that has started it knows it.

A worker that ends unasked is replaced by a new process: at once where it had run for a while,
after a growing pause where it had not. What comes from an older process of the same worker is
dropped.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any

from twisted.application._control import commands
from twisted.application._control.operations import Refused
from twisted.application._control.quiet import QuietAMP
from twisted.application._control.server import refusalOf
from twisted.application._site.sockets import Handed
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import Factory, ProcessProtocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from . import channel

__all__ = ["Worker"]

_log = Logger(namespace="workers")


class _Channel(QuietAMP):
    """
    This end of the channel to a worker.
    """

    def __init__(self, told: Callable[[Any], None]) -> None:
        super().__init__()
        self._told = told
        self.whenReady: Deferred[None] = Deferred()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it is told
        """The worker has ended, or is about to."""
        super().connectionLost(reason)
        if not self.whenReady.called:
            self.whenReady.errback(Refused(["the worker ended before it was ready"]))

    @channel.Ready.responder
    def ready(self) -> Any:
        """Answer `Ready`."""
        if not self.whenReady.called:
            self.whenReady.callback(None)
        return {}

    @commands.Logged.responder
    def logged(self, entry: Any) -> Any:
        """Answer `Logged`."""
        self._told(entry)
        return {}


class _Process(ProcessProtocol):
    def __init__(self, ended: Callable[[Failure], None]) -> None:
        self._ended = ended

    def processEnded(self, reason: Failure = connectionDone) -> None:
        self._ended(reason)


class _Once(Factory):
    noisy = False

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def buildProtocol(self, addr: object) -> Any:
        return self._protocol


class Worker:
    """
    One worker.

    Args:
        number: which, from 1.
        reactor: where this process runs.
        words: the command line that is a worker.
        begin: has a new process start its services; gives a Deferred.
        told: is shown its messages, while they are followed.
    Attributes:
        pid: its process, 0 for none.
        state: a word for people.
        since: when that began, in seconds since the epoch.
        restarts: how often it was replaced.
        gone: fires when its process has ended; None before there was one.
    """

    wellSeconds = 10.0
    """A worker that ran for so long is replaced at once."""
    firstDelaySeconds = 0.5
    longestDelaySeconds = 30.0

    def __init__(
        self,
        number: int,
        reactor: Any,
        words: Iterable[str],
        begin: Callable[[Worker], Deferred[Any]],
        told: Callable[[Any], None],
    ) -> None:
        self.number = number
        self.pid = 0
        self.state = "stopped"
        self.restarts = 0
        self.gone: Deferred[None] | None = None
        self.since: float = reactor.seconds()
        self._reactor = reactor
        self._words = list(words)
        self._begin = begin
        self._told = told
        self._channel: _Channel | None = None
        self._process: Any = None
        self._quickEnds = 0
        self._wanted = False
        self._retry: Any = None
        self._awaited: list[Deferred[None]] = []

    def __repr__(self) -> str:
        return f"<worker {self.number}: process {self.pid}, {self.state}>"

    def start(self) -> Deferred[Any]:
        """
        Start a process, and its services.

        Returns: a Deferred that fires when they have started, or fails with Refused.
        """
        self._wanted = True
        self._enter("starting")
        return maybeDeferred(self._spawn)

    def _spawn(self) -> Deferred[Any]:
        ours, theirs = socket.socketpair()
        try:
            protocol = _Channel(self._told)
            self._process = self._reactor.spawnProcess(
                _Process(lambda why: self._ended(why, protocol)),
                sys.executable,
                [sys.executable, "-m", "twisted.application.twist", "worker", *self._words],
                env=None,
                childFDs={0: 0, 1: 1, 2: 2, channel.channelDescriptor: theirs.fileno()},
            )
            self.pid = self._process.pid
            self._channel, self.gone = protocol, Deferred()
            self._reactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, _Once(protocol))
        finally:
            ours.close()
            theirs.close()
        begun = protocol.whenReady.addCallback(lambda _: self._begin(self))
        return begun.addCallback(lambda _: self._enter("running"))

    def _enter(self, state: str) -> None:
        self.state = state
        self.since = self._reactor.seconds()
        if state != "starting":
            awaited, self._awaited = self._awaited, []
            for each in awaited:
                each.callback(None)

    def settled(self) -> Deferred[None]:
        """
        Returns: a Deferred that fires when it is not starting: it runs, or has ended again.
        """
        settled: Deferred[None] = Deferred()
        if self.state == "starting":
            self._awaited.append(settled)
        else:
            settled.callback(None)
        return settled

    def hand(self, handed: Iterable[Handed]) -> None:
        """
        Give it listening sockets. Their descriptors stay ours.
        """
        for each in handed:
            self.ask(channel.Hand, **channel.handing(each)).addErrback(
                lambda why: _log.debug("{why}", why=why.getErrorMessage())
            )

    def ask(self, command: Any, **arguments: Any) -> Deferred[Any]:
        """
        Have it do something.

        Returns: a Deferred with what it answers; it fails with Refused.
        """
        if self._channel is None or self._channel.transport is None:
            return fail(Refused([f"worker {self.number} is {self.state}"]))
        called: Deferred[Any] = self._channel.callRemote(command, **arguments)
        return called.addErrback(self._refused)

    def _refused(self, failure: Failure) -> Any:
        if failure.check(commands.WasRefused):
            raise refusalOf(str(failure.value))
        raise Refused([f"worker {self.number}: {failure.getErrorMessage()}"])

    async def stop(self) -> None:
        """
        Have it stop, with the grace that its site has, and wait for its end.
        """
        self._wanted = False
        self._noMoreRetries()
        if not self.pid:
            return
        self._enter("stopping")
        self.ask(commands.Down).addErrback(lambda _: self.kill())
        if self.gone is not None:
            await self.gone

    def kill(self) -> None:
        """
        End its process on the spot.
        """
        self._wanted = False
        self._noMoreRetries()
        self._killProcess()

    def _killProcess(self) -> None:
        if self.pid:
            try:
                self._process.signalProcess("KILL")
            except ProcessExitedAlready:
                pass

    def _noMoreRetries(self) -> None:
        retry, self._retry = self._retry, None
        if retry is not None and retry.active():
            retry.cancel()

    def _ended(self, reason: Failure, protocol: _Channel) -> None:
        ran = self._reactor.seconds() - self.since
        wasWell = self.state == "running" and ran >= self.wellSeconds
        ended, self.pid = self.pid, 0
        if self._channel is protocol:
            self._channel = None
        gone, self.gone = self.gone, None
        if self._wanted:
            _log.error(
                "worker {number} (process {pid}) has ended: {why}",
                number=self.number,
                pid=ended,
                why=reason.getErrorMessage(),
            )
            self._again(0 if wasWell else self._quickEnds)
        else:
            self._enter("stopped")
        if gone is not None:
            gone.callback(None)

    def _again(self, quickEnds: int) -> None:
        self._quickEnds = quickEnds + 1
        delay = 0.0
        if quickEnds:
            delay = min(self.longestDelaySeconds, self.firstDelaySeconds * 2.0 ** (quickEnds - 1))
        self._enter("waiting to start again")
        self._retry = self._reactor.callLater(delay, self._startAgain)

    def _startAgain(self) -> None:
        self._retry = None
        self.restarts += 1

        def failed(failure: Failure) -> None:
            _log.error("worker {number}: {why}", number=self.number, why=failure.getErrorMessage())
            if self.pid and self._wanted:
                # Its process is of no use; the end of it is what brings the next try.
                self._killProcess()
            elif self._wanted and self._retry is None:
                self._again(self._quickEnds)

        self.start().addErrback(failed)
