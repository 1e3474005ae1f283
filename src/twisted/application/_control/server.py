"""
Operations in AMP: what answers one caller at the control socket.

Whoever can open the socket can stop the site, and no more than that: no operation runs code that
the caller sends. What is no AMP ends the connection that it came by.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from twisted.application._site.journal import Entry
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from . import commands
from .operations import Refused
from .quiet import QuietAMP

__all__ = ["Control", "onWire", "refusalOf"]

_log = Logger(namespace="control")


class Control(QuietAMP):
    """
    One caller at the control socket.

    Attributes:
        maxBoxKeys, maxBoxBytes: what a question may hold; answers may be longer.
    """

    maxBoxKeys = 16
    maxBoxBytes = 64 * 1024
    # Nobody has descriptors to give to a site.
    maxDescriptors = 0
    mostLines = 100
    """How many reasons of a refusal are told."""
    mostCharacters = 400
    """How much of each."""

    def __init__(self, operations: Any, callers: set[Any] | None = None) -> None:
        """
        Args:
            operations: an `Operations`.
            callers: the set that this one is in while it is connected.
        """
        super().__init__()
        self._operations = operations
        self._callers = set() if callers is None else callers
        self._unfollow: Callable[[], None] | None = None
        self._full = False
        self._leftOut = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        self._callers.add(self)
        assert self.transport is not None
        # A follower that does not read must not fill our memory.
        self.transport.registerProducer(self, True)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._callers.discard(self)
        self._endFollowing()
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """The caller does not read: what is said meanwhile is not sent."""
        self._full = True

    def resumeProducing(self) -> None:
        """The caller has read."""
        self._full = False
        leftOut, self._leftOut = self._leftOut, 0
        if leftOut and self._unfollow is not None:
            text = f"{leftOut} messages were left out: they came faster than they were read"
            self._tell(
                {"time": 0.0, "level": "warn", "from": "control", "service": "", "text": text}
            )

    def stopProducing(self) -> None:
        """The connection has ended."""
        self._endFollowing()

    def dataReceived(self, data: bytes) -> None:
        try:
            super().dataReceived(data)
        except Exception as error:
            _log.warn("a caller who speaks no AMP is dropped: {problem!r}", problem=error)
            if self.transport is not None:
                self.transport.abortConnection()

    def end(self) -> None:
        """
        End the connection, without waiting for one who does not read.
        """
        if self.transport is not None:
            if self._full:
                self.transport.abortConnection()
            else:
                self.transport.loseConnection()

    def _ask(self, operation: str, **arguments: Any) -> Deferred[dict[str, Any]]:
        if self._operations is None:
            raise commands.WasRefused('{"lines": ["it has not started"], "inFile": false}')
        method = getattr(self._operations, operation)
        asked: Deferred[Any] = Deferred.fromCoroutine(method(**arguments))
        return asked.addCallbacks(lambda answer: {"answer": answer}, onWire)

    @commands.Status.responder
    def status(self) -> Any:
        """Answer `Status`."""
        return self._ask("status")

    @commands.Reload.responder
    def reload(self) -> Any:
        """Answer `Reload`."""
        return self._ask("reload")

    @commands.Down.responder
    def down(self) -> Any:
        """Answer `Down`."""
        return self._ask("down")

    @commands.Start.responder
    def start(self, name: str) -> Any:
        """Answer `Start`."""
        return self._ask("start", name=name)

    @commands.Stop.responder
    def stop(self, name: str) -> Any:
        """Answer `Stop`."""
        return self._ask("stop", name=name)

    @commands.Restart.responder
    def restart(self, name: str) -> Any:
        """Answer `Restart`."""
        return self._ask("restart", name=name)

    @commands.Logs.responder
    def logs(self, count: int | None = None, name: str | None = None) -> Any:
        """Answer `Logs`."""
        return self._ask("logs", count=100 if count is None else count, name=name or "")

    @commands.Follow.responder
    def follow(self, on: bool | None = None) -> Any:
        """Answer `Follow`."""
        self._endFollowing()
        if on is not False:
            self._unfollow = self._operations.follow(self._tell)
        return {}

    def _tell(self, entry: Entry) -> None:
        if self._full:
            self._leftOut += 1
        else:
            self.callRemote(commands.Logged, entry=entry)

    def _endFollowing(self) -> None:
        unfollow, self._unfollow = self._unfollow, None
        if unfollow is not None:
            unfollow()


def onWire(failure: Failure) -> NoReturn:
    """
    Give an operation's failure the form that goes over the wire; a bug of ours is logged.

    Raises: `commands.WasRefused`.
    """
    error = failure.value
    if not isinstance(error, Refused):
        _log.failure("an operation failed", failure=failure)
        error = Refused([f"{type(error).__name__}: {failure.getErrorMessage()}"])
    # What describes an error on the wire is short.
    lines = [line[: Control.mostCharacters] for line in error.lines[: Control.mostLines]]
    text = json.dumps({"lines": lines, "inFile": error.inFile})
    raise commands.WasRefused(text)


def refusalOf(text: str) -> Refused:
    """
    Returns: what `onWire` has written, as it was.
    """
    told = json.loads(text)
    return Refused(told["lines"], told["inFile"])
