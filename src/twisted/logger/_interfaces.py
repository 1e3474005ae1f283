"""What flows through the logger, and who may listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zope.interface import Interface

#: An event. Keys that start with ``log_`` are the logger's, all others the caller's. `Any` because
#: an event carries whatever its caller found worth telling.
LogEvent = dict[str, Any]


class ILogObserver(Interface):
    """Somebody who is told of every event."""

    def __call__(event: LogEvent) -> None:
        """
        Take note of an event.

        Called in the thread that logged, once for each event, and possibly while another thread
        is in the same call. The event is shared with the other observers: copy it to change it.
        An exception does not reach the caller of the logger; it is reported to the others.
        """


# Whatever can be called with an event may observe; that it says so by its interface is welcome,
# but not asked for.
if TYPE_CHECKING:
    Observer = ILogObserver | Callable[[LogEvent], object]
else:
    Observer = Callable[[LogEvent], object]
