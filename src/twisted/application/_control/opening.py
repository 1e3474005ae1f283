"""
The control socket: a UNIX socket that only its owner can open, and one site at most answers at.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.protocol import Factory
from twisted.logger import Logger

__all__ = ["AlreadyUp", "CannotControl", "ControlFactory", "closeControl", "openControl"]

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
        self._callers: set[Any] = set()

    def buildProtocol(self, addr: object) -> Any:
        if len(self._callers) >= self.maxCallers:
            _log.warn("{count} callers are connected: one more is refused", count=self.maxCallers)
            return None
        # Few sites are ever asked anything, and none before it is up.
        from .server import Control

        return Control(self._operations, self._callers)

    def drop(self) -> None:
        """
        End all connections.
        """
        for each in list(self._callers):
            each.end()


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
    import fcntl  # not where there are no UNIX sockets

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
