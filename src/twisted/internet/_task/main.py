"""A function called later, and a program that is one function."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NoReturn, TypeVar

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

_T = TypeVar("_T")


def deferLater(
    clock: Any,
    delay: float,
    callable: Callable[..., Any] | None = None,
    *args: object,
    **kw: object,
) -> Deferred[Any]:
    """
    Call a function later.

    Args:
        clock: what provides `IReactorTime`, the reactor for example.
        delay: seconds.
        callable: called as ``callable(*args, **kw)``; None calls nothing.
    Returns: a Deferred of what it gave, or of None. Cancelling it cancels the call.
    """
    deferred: Deferred[Any] = Deferred(lambda _: call.cancel())
    call = clock.callLater(delay, deferred.callback, None)
    if callable is not None:
        function = callable
        deferred.addCallback(lambda _: function(*args, **kw))
    return deferred


def react(
    main: Callable[..., Deferred[Any] | Coroutine[Any, Any, Any]],
    argv: Iterable[object] = (),
    _reactor: Any = None,
) -> NoReturn:
    """
    Run the reactor until a function is done, and leave the interpreter.

    The exit status is 0, or 1 if it failed, in which case the error is logged. A function that
    fails with `SystemExit` gives its own.

    Args:
        main: called as ``main(reactor, *argv)`` when the reactor runs; gives a Deferred or a
            coroutine.
        argv: its further arguments, usually ``sys.argv[1:]``.
    Raises: SystemExit, always.
    """
    if _reactor is None:
        from twisted.internet import reactor as theReactor

        _reactor = theReactor
    status: Any = 0
    stopping = False

    def shutDown() -> None:
        nonlocal stopping
        stopping = True

    def failed(failure: Failure) -> None:
        nonlocal status
        if failure.check(SystemExit):
            status = getattr(failure.value, "code", None)
        else:
            from twisted.logger import Logger

            Logger(namespace="twisted.internet.task").failure("main function failed", failure)
            status = 1

    def done(_: object) -> None:
        if stopping:
            return
        try:
            _reactor.stop()
        except ReactorNotRunning:
            pass

    _reactor.addSystemEventTrigger("before", "shutdown", shutDown)
    finished = ensureDeferred(main(_reactor, *argv))
    finished.addErrback(failed)
    # Not before it runs, or there is nothing to stop.
    finished.addCallback(lambda _: _reactor.callWhenRunning(done, None))
    _reactor.run()
    sys.exit(status)
