"""
A site under a reactor: from start-up to the last connection.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from twisted.application._config.site import SitePlan
from twisted.application._control.attached import Attached
from twisted.application._control.opening import AlreadyUp, CannotControl
from twisted.application._control.operations import Operations
from twisted.application._site.listening import CannotStart
from twisted.application._site.site import Site
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from .logs import notToldBefore
from .telling import Telling

__all__ = ["CannotChooseReactor", "chooseReactor", "runAttached", "runSite"]

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


def runSite(
    plan: SitePlan,
    reactor: Any,
    ready: Callable[[Any], None],
    file: str = "",
    reread: Callable[[], SitePlan] | None = None,
    workerWords: Sequence[str] = (),
) -> int:
    """
    Run a site until a signal ends it, or somebody by its control socket.

    The first SIGINT or SIGTERM stops it with grace; the second waits no longer for connections;
    the third ends the process on the spot. SIGHUP reads the file again.

    Args:
        plan: what to run.
        reactor: where; it is run by this.
        ready: called when every service has started.
        file: where the plan came from; empty for nowhere.
        reread: reads it again.
        workerWords: the command line of a worker, behind its name.
    Returns: the exit status: 0 after a clean stop, 1 if a service could not start.
    """
    attached = Attached(reactor, file, plan.control, notToldBefore)
    path = os.path.abspath(file) if file else ""
    rest = (attached.journal, reread, lambda: _stopReactor(reactor), path)
    site: Any
    operations: Operations
    if plan.workers > 1:
        from twisted.application._workers.crew import Crew, CrewOperations

        site = Crew(plan, reactor, workerWords)
        operations = CrewOperations(site, *rest)
    else:
        site = Site(plan, reactor)
        operations = Operations(site, *rest)
    return runAttached(site, attached, operations, reactor, ready)


def runAttached(
    site: Any, attached: Attached, operations: Any, reactor: Any, ready: Callable[[Any], None]
) -> int:
    """
    Run something that starts and stops as a `Site` does, with its control socket.

    Returns: the exit status.
    """
    status = [0]
    stopping = [False]
    telling = operations.telling = Telling(reactor)

    def begin() -> None:
        try:
            attached.open(operations)
        except (AlreadyUp, CannotControl) as error:
            end(_whyNotAttached(error))
            return
        starting = Deferred.fromCoroutine(site.start())
        starting.addCallback(up).addErrback(fail)

    def up(_: object) -> None:
        ready(site)
        telling.up(len(site.plan.services))

    def fail(failure: Failure) -> None:
        if stopping[0]:
            return  # somebody has ended it before it was up
        if isinstance(failure.value, CannotStart):
            end([f"twist: {reason}" for reason in failure.value.reasons])
        else:
            _log.failure("the site could not start", failure=failure)
            end([])

    def end(reasons: list[str]) -> None:
        status[0] = 1
        for reason in reasons:
            print(reason, file=sys.stderr)
        if reasons:
            print("Nothing was started.", file=sys.stderr)
        _stopReactor(reactor)

    async def stop() -> None:
        stopping[0] = True
        # Up to its end a site can be asked how it is doing.
        telling.stopping()
        try:
            if site.started:
                await site.stop()
        finally:
            await attached.close()

    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(stop()))
    _hurryOnSecondSignal(reactor, site)
    reactor.callWhenRunning(_reloadOnHangup, reactor, operations)
    reactor.callWhenRunning(begin)
    reactor.run()
    return status[0]


def _whyNotAttached(error: Exception) -> list[str]:
    if isinstance(error, AlreadyUp):
        return [
            f"twist: {error}.",
            "twist status shows what it does, twist reload makes it read its file again, and "
            "twist down stops it.",
        ]
    return [f"twist: the control socket cannot be opened: {error}"]


def _stopReactor(reactor: Any) -> None:
    if reactor.running:
        reactor.stop()


def _reloadOnHangup(reactor: Any, operations: Any) -> None:
    """SIGHUP is how other programs, such as systemd, ask a server to read its file again."""
    import signal

    def told(failure: Failure) -> None:
        _log.error("reload: {problem}", problem=failure.getErrorMessage())

    def reload() -> None:
        Deferred.fromCoroutine(operations.reload()).addErrback(told)

    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(reload))


def _hurryOnSecondSignal(reactor: Any, site: Any) -> None:
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
                site.abandon()
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
