"""The reactor on uvloop (libuv), which watches descriptors with the best call of the system."""

from __future__ import annotations

from ._engine.reactor import Reactor
from .main import installReactor

__all__ = ["KQueueReactor", "install"]


class KQueueReactor(Reactor):
    """A reactor on uvloop, or on the loop of the standard library where that does not run."""


def install() -> None:
    """Make this the reactor of the process. Raises: ReactorAlreadyInstalledError."""
    installReactor(KQueueReactor())
