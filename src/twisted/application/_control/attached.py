"""
A site with its control socket: opened before the first service starts, closed after the last.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.application._site.journal import Journal
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger, globalLogPublisher

from .opening import CannotControl, ControlFactory, closeControl, openControl
from .paths import besideFile, shortest

__all__ = ["Attached"]

_log = Logger(namespace="control")


class Attached:
    """
    The control socket of a site, and the log that it shows.

    Args:
        reactor: where it listens.
        file: the site's file as it was given; empty for none, which has no socket.
        wanted: what the file says: a path, False for no socket, None for the usual place.
        told: which log events are shown, as a log's filter says it.
    Attributes:
        journal: the latest messages.
        path: the socket; empty where there is none.
    """

    def __init__(
        self,
        reactor: Any,
        file: str,
        wanted: str | bool | None,
        told: Callable[[Any], Any] | None = None,
    ) -> None:
        self.journal = Journal(told=told)
        self.path = ""
        if file and wanted is not False and hasattr(socket, "AF_UNIX"):
            self.path = shortest(wanted if isinstance(wanted, str) else besideFile(file))
        self._mustBe = isinstance(wanted, str)
        self._reactor = reactor
        self._port: Any = None
        self._factory: ControlFactory | None = None

    def open(self, operations: Any) -> None:
        """
        Listen, and keep messages from now on.

        Raises: AlreadyUp if the site runs already; CannotControl if the file names a place where
            no socket can be. At the usual place a site does without.
        """
        if self.path:
            self._factory = ControlFactory(operations)
            try:
                self._port = openControl(self._reactor, self.path, self._factory)
            except CannotControl as error:
                if self._mustBe:
                    raise
                _log.warn(
                    "there is no control socket ({problem}): twist status, reload and their like "
                    'do not reach this site; say control = "PATH" in [site]',
                    problem=error,
                )
        globalLogPublisher.addObserver(self.journal)

    def close(self) -> Deferred[Any]:
        """
        Stop listening, and end all callers.
        """
        globalLogPublisher.removeObserver(self.journal)
        port, self._port = self._port, None
        if port is None or self._factory is None:
            return succeed(None)
        return closeControl(port, self._factory)
