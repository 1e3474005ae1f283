"""
A site under a reactor: from start-up to the last connection.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from twisted.application._config.site import SitePlan
from twisted.application._site.listening import CannotStart
from twisted.application._site.site import Site
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

__all__ = ["CannotChooseReactor", "chooseReactor", "runSite"]

_log = Logger()


class CannotChooseReactor(Exception):
    """
    A reactor was asked for by name, and this system has none such.
    """


def chooseReactor(name: str) -> Any:
    """
    Install a reactor.

    Args:
        name: one of `names.reactorNames`.
    Returns: the reactor.
    Raises: CannotChooseReactor if this system cannot run it.
    """
    if name != "default":
        module = {"kqueue": "kqreactor"}.get(name, f"{name}reactor")
        try:
            import_module(f"twisted.internet.{module}").install()
        except Exception as error:
            raise CannotChooseReactor(
                f"the reactor {name!r} does not run here: {type(error).__name__}: {error}"
            ) from error
    from twisted.internet import reactor

    return reactor


def runSite(plan: SitePlan, reactor: Any, ready: Callable[[Site], None]) -> int:
    """
    Run a site until a signal ends it.

    The first SIGINT or SIGTERM stops it with grace; the second waits no longer for connections;
    the third ends the process on the spot.

    Args:
        plan: what to run.
        reactor: where; it is run by this.
        ready: called when every service has started.
    Returns: the exit status: 0 after a clean stop, 1 if a service could not start.
    """
    site = Site(plan, reactor)
    status = [0]

    def begin() -> None:
        Deferred.fromCoroutine(site.start()).addCallback(lambda _: ready(site)).addErrback(fail)

    def fail(failure: Failure) -> None:
        status[0] = 1
        if isinstance(failure.value, CannotStart):
            for reason in failure.value.reasons:
                print(f"twist: {reason}", file=sys.stderr)
            print("Nothing was started.", file=sys.stderr)
        else:
            _log.failure("the site could not start", failure=failure)
        if reactor.running:
            reactor.stop()

    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(site.stop()))
    _hurryOnSecondSignal(reactor, site)
    reactor.callWhenRunning(begin)
    reactor.run()
    return status[0]


def _hurryOnSecondSignal(reactor: Any, site: Site) -> None:
    """The reactor looks its handlers up on itself, so that programs can put theirs there."""
    patience = _Patience(reactor.seconds)

    def counting(method: str) -> None:
        stop = getattr(reactor, method, None)
        if stop is None:
            return

        def handle(*signal: Any) -> None:
            step = patience.step()
            if step == 1:
                stop(*signal)
            elif step == 2:
                reactor.callFromThread(site.hurry)
            elif step > 2:
                os._exit(1)

        setattr(reactor, method, handle)

    for method in ("sigInt", "sigTerm", "sigBreak"):
        counting(method)


class _Patience:
    """
    Counts how often a person has asked for the end.

    One Ctrl-C may arrive more than once, from the terminal and from the program that started us;
    what follows at once is not counted again.
    """

    withinSeconds = 0.5

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._latest = float("-inf")
        self._count = 0

    def step(self) -> int:
        """
        Returns: 1 for the first request, 2 for the second, ...; 0 for an echo of the latest.
        """
        now = self._seconds()
        if now - self._latest < self.withinSeconds:
            return 0
        self._latest = now
        self._count += 1
        return self._count
