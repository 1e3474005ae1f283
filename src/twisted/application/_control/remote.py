"""
A running site as an object of another program: each operation is a method that gives a Deferred.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.python.failure import Failure

from . import commands
from .paths import shortest
from .quiet import QuietAMP
from .server import refusalOf

__all__ = ["RemoteSite"]


class RemoteSite:
    """
    What can be asked of a site that runs in another process.

    Each method is one of `Operations`, and gives a Deferred with what that gives; it fails with
    `Refused`, or with what keeps the site from being reached.

    Args:
        path: its control socket.
        reactor: what connects.
        file: its configuration file, for people.
    """

    def __init__(self, path: str, reactor: Any, file: str = "") -> None:
        self._path = shortest(path)
        self._reactor = reactor
        self._file = file

    def __repr__(self) -> str:
        return f"<site {self._file or self._path}: await site.status(), .reload(), .logs() ...>"

    def status(self) -> Deferred[Any]:
        """How every service is doing."""
        return self._ask(commands.Status)

    def start(self, name: str) -> Deferred[Any]:
        """Start a service."""
        return self._ask(commands.Start, name=name)

    def stop(self, name: str) -> Deferred[Any]:
        """Stop a service."""
        return self._ask(commands.Stop, name=name)

    def restart(self, name: str) -> Deferred[Any]:
        """Make a service anew."""
        return self._ask(commands.Restart, name=name)

    def reload(self) -> Deferred[Any]:
        """Have the file read again."""
        return self._ask(commands.Reload)

    def logs(self, count: int = 100, name: str = "") -> Deferred[Any]:
        """The latest messages."""
        return self._ask(commands.Logs, count=count, name=name)

    def down(self) -> Deferred[Any]:
        """Stop the site."""
        return self._ask(commands.Down)

    def _ask(self, command: Any, **arguments: Any) -> Deferred[Any]:
        asking = QuietAMP()

        def ask(_: object) -> Any:
            return asking.callRemote(command, **arguments)

        def answered(result: Any) -> Any:
            if asking.transport is not None:
                asking.transport.loseConnection()
            if isinstance(result, Failure):
                if result.check(commands.WasRefused):
                    raise refusalOf(str(result.value))
                return result
            return result["answer"]

        connecting: Deferred[Any] = connectProtocol(
            UNIXClientEndpoint(self._reactor, self._path), asking
        )
        return connecting.addCallback(ask).addBoth(answered)
