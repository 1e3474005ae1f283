"""
The part of the pytest plugin that is there only if it is asked for: with ``--torsion`` on the
command line, or ``torsion = true`` in pytest's settings.

- the fixture `reactor`, a fresh reactor for each test, and `clock`, with which time jumps;
- tests and fixtures that are ``async def``, or give Deferreds, run in that reactor;
- a test that leaves calls, sockets, threads or tasks, or has logged errors, fails.
"""

from __future__ import annotations

import functools
import gc
import unittest
from inspect import isasyncgenfunction, iscoroutinefunction, signature
from typing import TYPE_CHECKING, Any

import pytest

from twisted.internet.defer import Deferred

from . import _fresh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.python.failure import Failure


_wasInterrupted = pytest.StashKey[bool]()


class LeftErrors(Exception):
    """
    Errors were logged while a test ran, and the test did not ask for them.

    Attributes:
        failures: what was logged.
    """

    def __init__(self, failures: list[Failure]) -> None:
        super().__init__(failures)
        self.failures = failures

    def __str__(self) -> str:
        return "\n".join(failure.getTraceback() for failure in self.failures)


@pytest.fixture
def flushLoggedErrors() -> Callable[..., list[Failure]]:
    """
    A function that gives the errors that were logged so far, all or those of some kinds, and
    forgets them. Errors that are left when the test ends make it fail.
    """
    from . import _synctest

    return _synctest._logObserver.flushErrors


@pytest.fixture
def reactor(request: pytest.FixtureRequest) -> Iterator[Any]:
    """
    A fresh reactor, which is the installed one while the test runs.
    """
    made = _fresh.makeReactor(jumps="clock" in request.fixturenames)
    with _fresh.installed(made), _fresh.errorsObserved() as observer:
        yield made
        left = _fresh.close(made)
        # A failure in a Deferred that is part of a circle is logged when that is collected.
        gc.collect(1)
        logged = observer.flushErrors()
    if logged:
        left.append(LeftErrors(logged))
    # Who was interrupted could not clean up.
    if left and not request.node.stash.get(_wasInterrupted, False):
        raise left[0]


@pytest.fixture
def clock(reactor: Any) -> Any:
    """
    The clock of the test's reactor. Time jumps to the next call when nothing else can happen.
    """
    return reactor.clock


def _isAsync(function: Any) -> bool:
    return iscoroutinefunction(function) or isasyncgenfunction(function)


def _belongsToAnother(item: pytest.Item) -> bool:
    """
    Whether a test is run by somebody else: its class, or a plugin that was asked to.
    """
    if issubclass(getattr(item, "cls", None) or object, unittest.TestCase):
        return True
    return any(item.get_closest_marker(name) is not None for name in ("asyncio", "anyio", "trio"))


def _seconds(config: pytest.Config, node: pytest.Item | None = None) -> float:
    """
    Give how long a test may wait.
    """
    marker = None if node is None else node.get_closest_marker("torsion")
    if marker is not None and "timeout" in marker.kwargs:
        return float(marker.kwargs["timeout"])
    return float(config.getini("torsion_timeout"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give a reactor to each test that needs one."""
    if not isinstance(item, pytest.Function) or _belongsToAnother(item):
        return
    if _isAsync(item.obj) and "reactor" not in item.fixturenames:
        item.fixturenames.insert(0, "reactor")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that waits."""
    __tracebackhide__ = True
    reactor = pyfuncitem.funcargs.get("reactor")
    if not hasattr(reactor, "_asyncioEventloop") or _belongsToAnother(pyfuncitem):
        return None
    try:
        _call(pyfuncitem, reactor)
    except KeyboardInterrupt:
        pyfuncitem.stash[_wasInterrupted] = True
        raise
    return True


def _call(test: pytest.Function, reactor: Any) -> None:
    """
    Call the function of a test, and wait for what it gives.
    """
    __tracebackhide__ = True
    wanted = test._fixtureinfo.argnames
    call = functools.partial(test.obj, **{name: test.funcargs[name] for name in wanted})
    seconds = _seconds(test.config, test)
    if iscoroutinefunction(test.obj):
        _fresh.runUntilDone(reactor, call, seconds)
        return
    # What runs the reactor itself must not be called from within it.
    result = call()
    if isinstance(result, Deferred):
        _fresh.runUntilDone(reactor, lambda: result, seconds)
    elif result is not None:
        pytest.fail(f"a test gives a Deferred, or nothing, and not {result!r}")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Any:
    """Let a fixture wait, in the reactor of the test that asks for it."""
    function = fixturedef.func
    if not _isAsync(function) or _belongsToAnother(request.node):
        return (yield)
    if fixturedef.scope != "function":
        pytest.fail(
            f"the fixture {fixturedef.argname!r} waits, and so it needs the reactor of one test: "
            f"its scope must be 'function', and not {fixturedef.scope!r}",
            pytrace=False,
        )
    reactor = request.getfixturevalue("reactor")
    seconds = _seconds(request.config)
    if request.instance is not None and next(iter(signature(function).parameters), "") == "self":
        function = functools.partial(function, request.instance)

    def run(start: Callable[[], Any]) -> Any:
        return _fresh.runUntilDone(reactor, start, seconds)

    original = fixturedef.func
    make = _waitingGenerator if isasyncgenfunction(original) else _waitingFunction
    fixturedef.func = make(function, run)
    try:
        return (yield)
    finally:
        fixturedef.func = original


def _waitingFunction(
    function: Callable[..., Any], run: Callable[[Callable[[], Any]], Any]
) -> Callable[..., Any]:
    def fixture(**arguments: Any) -> Any:
        return run(functools.partial(function, **arguments))

    return fixture


def _waitingGenerator(
    function: Callable[..., Any], run: Callable[[Callable[[], Any]], Any]
) -> Callable[..., Any]:
    def fixture(**arguments: Any) -> Iterator[Any]:
        steps = function(**arguments)
        yield run(steps.__anext__)
        try:
            run(steps.__anext__)
        except StopAsyncIteration:
            return
        raise RuntimeError(f"the fixture {function!r} gives more than one value")

    return fixture
