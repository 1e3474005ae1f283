"""The reactor on uvloop (libuv), which watches descriptors with the best call of the system."""

from __future__ import annotations

import sys

from ._engine.reactor import Reactor
from .main import installReactor

if sys.platform == "linux":
    from select import EPOLLERR as EPOLLERR
    from select import EPOLLHUP as EPOLLHUP
    from select import EPOLLIN as EPOLLIN
    from select import EPOLLOUT as EPOLLOUT
    from select import epoll as epoll

__all__ = ["EPollReactor", "install"]


class EPollReactor(Reactor):
    """A reactor on uvloop, or on the loop of the standard library where that does not run."""

    def doIteration(self, timeout: float | None) -> None:
        """
        Turn the loop by hand.

        Args:
            timeout: seconds to go on turning it; 0 or None for one turn.
        """
        super().doIteration(timeout)

    doPoll = doIteration


def install() -> None:
    """Make this the reactor of the process. Raises: ReactorAlreadyInstalledError."""
    installReactor(EPollReactor())
