"""
Telling the program that has started us, where that is systemd, how a site does.
"""

from __future__ import annotations

import os
from typing import Any

from twisted.application import _sdnotify as systemd

__all__ = ["Telling"]


class Telling:
    """
    What is told of a site: that it is up, that it reads its file again, that it is alive, that it
    stops. Where nobody asked, nothing is done.

    Args:
        reactor: keeps the time between signs of life.
    """

    againSeconds = 0.05
    mostTries = 100

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._asked = bool(os.environ.get("NOTIFY_SOCKET"))
        self._untold: list[tuple[str, ...]] = []
        self._tries = 0

    def up(self, services: int) -> None:
        """
        Every service has started.
        """
        if self._asked:
            self._tell(systemd.READY, systemd.status(_count(services)))
            self._signs()

    def reloading(self) -> None:
        """
        The file is read again; `reloaded` is to follow, however it ends.
        """
        if self._asked:
            self._tell(systemd.reloading())

    def reloaded(self, services: int) -> None:
        """
        What was to be changed is changed, or nothing is.
        """
        if self._asked:
            self._tell(systemd.READY, systemd.status(_count(services)))

    def stopping(self) -> None:
        """
        The site stops. Signs of life go on: open connections may take their time.
        """
        if self._asked:
            self._tell(systemd.STOPPING)

    def _tell(self, *state: str) -> None:
        """What has happened is told in its order, and again where the socket is full just now."""
        self._untold.append(state)
        self._tries = 0
        if len(self._untold) == 1:
            self._tellRest()

    def _tellRest(self) -> None:
        while self._untold and systemd.notify(*self._untold[0]):
            del self._untold[0]
        if self._untold and self._tries < self.mostTries:
            self._tries += 1
            self._reactor.callLater(self.againSeconds, self._tellRest)
        else:
            self._untold.clear()

    def _signs(self) -> None:
        every = systemd.watchdogInterval()
        if every is not None:
            systemd.notify(systemd.ALIVE)
            self._reactor.callLater(every, self._signs)


def _count(services: int) -> str:
    return f"{services} service{'' if services == 1 else 's'}"
