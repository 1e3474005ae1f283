"""
The control socket: operations in AMP, over a UNIX socket that only its owner can open.

Whoever can open it can stop the site, and no more than that: no operation runs code that the
caller sends. What is no AMP ends the connection that it came by.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import stat
from collections.abc import Callable
from typing import Any, NoReturn

from twisted.application._site.journal import Entry
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.protocols.amp import BinaryBoxProtocol, BoxDispatcher, CommandLocator
from twisted.python.failure import Failure

from . import commands
from .operations import Refused

__all__ = [
    "AlreadyUp",
    "CannotControl",
    "Control",
    "ControlFactory",
    "closeControl",
    "onWire",
    "openControl",
    "refusalOf",
]

_log = Logger(namespace="control")


class AlreadyUp(Exception):
    """
    Somebody answers at the control socket: the site runs already.

    Args:
        path: the socket.
    """

    def __init__(self, path: str) -> None:
        super().__init__(f"the site is up already: it answers at {path}")
        self.path = path


class CannotControl(Exception):
    """
    The control socket cannot be made.
    """


class Control(BinaryBoxProtocol, BoxDispatcher, CommandLocator):
    """
    One caller at the control socket: AMP, without its log of who comes and goes.

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

    def __init__(self, operations: Any) -> None:
        BoxDispatcher.__init__(self, self)
        BinaryBoxProtocol.__init__(self, self)
        self._operations = operations
        self._unfollow: Callable[[], None] | None = None
        self._full = False
        self._leftOut = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        assert self.transport is not None
        # A follower that does not read must not fill our memory.
        self.transport.registerProducer(self, True)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
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


class ControlFactory(Factory):
    """
    Answers callers at the control socket.

    Args:
        operations: an `Operations`.
    Attributes:
        maxCallers: how many may be connected at once; more are refused.
    """

    maxCallers = 64
    noisy = False

    def __init__(self, operations: Any) -> None:
        self._operations = operations
        self._callers: set[Control] = set()

    def buildProtocol(self, addr: object) -> Control | None:
        if len(self._callers) >= self.maxCallers:
            _log.warn("{count} callers are connected: one more is refused", count=self.maxCallers)
            return None
        return _Counted(self._operations, self._callers)

    def drop(self) -> None:
        """
        End all connections.
        """
        for each in list(self._callers):
            each.end()


class _Counted(Control):
    def __init__(self, operations: Any, callers: set[Control]) -> None:
        super().__init__(operations)
        self._callers = callers

    def connectionMade(self) -> None:
        self._callers.add(self)
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._callers.discard(self)
        super().connectionLost(reason)


def openControl(reactor: Any, path: str, factory: Any) -> Any:
    """
    Listen at a control socket. What a killed process left behind is cleared away.

    Args:
        reactor: where.
        path: the socket's path.
        factory: what answers.
    Returns: the listening port.
    Raises: AlreadyUp if somebody answers there; CannotControl.
    """
    folder = os.path.dirname(path) or "."
    try:
        lock = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise CannotControl(f"{folder}: {error.strerror}") from None
    try:
        # Of two that start at once, one after the other looks and binds.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _clear(path)
        return reactor.listenUNIX(path, factory, 8, 0o600)
    except OSError as error:
        raise CannotControl(f"{path}: {error.strerror or error}") from None
    except AlreadyUp:
        raise
    except Exception as error:
        inner = getattr(error, "socketError", error)
        raise CannotControl(f"{path}: {getattr(inner, 'strerror', None) or inner}") from None
    finally:
        os.close(lock)


def _clear(path: str) -> None:
    """Remove a socket that nobody listens at."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise CannotControl(f"{path} is there already, and is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)
        try:
            asking.connect(path)
        except OSError as error:
            if error.errno == errno.ECONNREFUSED:
                os.unlink(path)
                return
            if error.errno != errno.EAGAIN:
                raise
    raise AlreadyUp(path)


def closeControl(port: Any, factory: ControlFactory) -> Deferred[Any]:
    """
    Close a control socket, and end its callers.
    """
    factory.drop()
    return maybeDeferred(port.stopListening)
