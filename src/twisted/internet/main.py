"""
Installing a reactor, and the two classes of reasons for which every stream ends.
"""

from __future__ import annotations

from twisted.internet import error

CONNECTION_DONE = error.ConnectionDone("Connection done")
CONNECTION_LOST = error.ConnectionLost("Connection lost")


def installReactor(reactor: object) -> None:
    """
    Make a reactor the one that ``from twisted.internet import reactor`` gives.

    Raises: `twisted.internet.error.ReactorAlreadyInstalledError` where there is one. It cannot
        be exchanged: other modules hold on to it.
    """
    import sys

    import twisted.internet

    if "twisted.internet.reactor" in sys.modules:
        present = sys.modules["twisted.internet.reactor"]
        raise error.ReactorAlreadyInstalledError(
            f"{present!r} is installed already; install another one before anything imports "
            "twisted.internet.reactor"
        )
    # What stands where a module is expected is a reactor, by design.
    vars(twisted.internet)["reactor"] = reactor
    sys.modules["twisted.internet.reactor"] = reactor  # type: ignore[assignment]


__all__ = ["CONNECTION_DONE", "CONNECTION_LOST", "installReactor"]
