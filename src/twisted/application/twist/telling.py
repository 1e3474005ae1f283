"""
Telling the program that has started us, where that is systemd, how a site does.
"""

from __future__ import annotations

import os
from typing import Any

__all__ = ["Telling"]


class Telling:
    """
    What is told of a site: that it is up, that it reads its file again, that it is alive, that it
    stops. Where nobody asked, nothing is done.

    Args:
        reactor: keeps the time between signs of life.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._asked = bool(os.environ.get("NOTIFY_SOCKET"))
        self._nextSign: Any = None

    def up(self, services: int) -> None:
        """
        Every service has started.
        """
        if not self._asked:
            return
        from twisted.application import _sdnotify as systemd

        systemd.notify(systemd.READY, systemd.status(_count(services)))
        self._signs()

    def reloading(self) -> None:
        """
        The file is read again; `reloaded` is to follow, however it ends.
        """
        if self._asked:
            from twisted.application import _sdnotify as systemd

            systemd.notify(systemd.reloading())

    def reloaded(self, services: int) -> None:
        """
        What was to be changed is changed, or nothing is.
        """
        if self._asked:
            from twisted.application import _sdnotify as systemd

            systemd.notify(systemd.READY, systemd.status(_count(services)))

    def stopping(self) -> None:
        """
        The site stops. Signs of life go on: open connections may take their time.
        """
        if self._asked:
            from twisted.application import _sdnotify as systemd

            systemd.notify(systemd.STOPPING)

    def _signs(self) -> None:
        from twisted.application import _sdnotify as systemd

        every = systemd.watchdogInterval()
        if every is not None:
            systemd.notify(systemd.ALIVE)
            self._nextSign = self._reactor.callLater(every, self._signs)


def _count(services: int) -> str:
    return f"{services} service{'' if services == 1 else 's'}"
