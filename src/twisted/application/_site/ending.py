"""
Services that can end or fail by themselves while they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zope.interface import Interface

from twisted.application.service import IServiceCollection
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

__all__ = ["IEndingService", "whenEnded"]


class IEndingService(Interface):
    """
    A service that tells when it ends by itself, so that it can be started again.
    """

    def whenEnded() -> Deferred[object]:
        """
        Asked once for each start, right after `startService` has succeeded.

        Returns: a Deferred that fires when the service has done all that it had to do, or fails
            with what went wrong. It may never fire; what comes after `stopService` is ignored.
        """


def whenEnded(service: Any) -> Deferred[object]:
    """
    Returns: a Deferred that fires with None when a service, or one below it, ends by itself, or
        with a Failure.
    """
    ended: Deferred[object] = Deferred()

    def tell(result: object) -> None:
        if not ended.called:
            ended.callback(result if isinstance(result, Failure) else None)

    for each in _all(service):
        if IEndingService.providedBy(each) or hasattr(each, "whenEnded"):
            each.whenEnded().addBoth(tell)
    return ended


def _all(service: Any) -> Iterator[Any]:
    yield service
    inner = IServiceCollection(service, None)
    for each in inner if inner is not None else ():
        yield from _all(each)
