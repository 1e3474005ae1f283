"""Who waits for what; and context variables for plain callbacks."""

from __future__ import annotations

import contextvars
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from twisted.internet import defer
from twisted.internet.defer import Deferred, ensureDeferred, inlineCallbacks, liveWaits, succeed


def names(wait: Any) -> list[str]:
    found = []
    while wait is not None:
        found.append(wait.name.rpartition(".")[2])
        wait = wait.on
    return found


def test_theChainOfThoseWhoWaitIsFound() -> None:
    last: Deferred[None] = Deferred()

    async def innermost() -> None:
        await last

    @inlineCallbacks
    def middle() -> Generator[Any, Any, None]:
        yield innermost()

    async def helper() -> None:
        await middle()

    async def outermost() -> None:
        await helper()

    running = ensureDeferred(outermost())
    mine = [wait for wait in liveWaits() if wait.name.endswith("outermost")]
    assert len(mine) == 1
    assert names(mine[0]) == ["outermost", "helper", "middle", "innermost", repr(last)]
    assert mine[0].place.startswith(f"{__file__}:")
    shown = str(mine[0]).splitlines()
    assert shown[-1] == f"        {last!r}"
    last.callback(None)
    assert running.called
    assert not [wait for wait in liveWaits() if "outermost" in wait.name]


def test_aDeferredThatWaitsForAnotherIsFound() -> None:
    last: Deferred[None] = Deferred()
    waits = succeed(None).addCallback(lambda _: last)
    mine = [wait for wait in liveWaits() if wait.name == f"Deferred at 0x{id(waits):x}"]
    assert [wait.on.name for wait in mine if wait.on] == [repr(last)]


def test_aCircleIsShownOnceAround() -> None:
    first: Deferred[Any] = Deferred()
    second: Deferred[Any] = Deferred()
    first.addCallback(lambda _: second)
    second.addCallback(lambda _: first)
    first.callback(None)
    second.callback(None)
    entrance = succeed(None).addCallback(lambda _: first)
    mine = [wait for wait in liveWaits() if wait.name == f"Deferred at 0x{id(entrance):x}"]
    assert len(names(mine[0])) == 4


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")


@pytest.fixture
def callbackContext() -> Iterator[None]:
    defer.setCallbackContext(True)
    yield
    defer.setCallbackContext(False)


def seenByCallbacks() -> list[str]:
    """Add callbacks in one context, fire in another, and tell what they see."""
    seen: list[str] = []

    def look(result: Any, *args: Any) -> Any:
        seen.append(variable.get())
        return result

    def add(deferred: Deferred[Any]) -> None:
        variable.set("added")
        deferred.addCallback(look, 1).addBoth(look).addCallbacks(look, look, (2,))
        deferred.addCallback(lambda _: 1 // 0).addErrback(look).addErrback(lambda f: None)

    def fire(deferred: Deferred[Any]) -> None:
        variable.set("fired")
        deferred.callback(None)

    deferred: Deferred[Any] = Deferred()
    contextvars.copy_context().run(add, deferred)
    contextvars.copy_context().run(fire, deferred)
    return seen


def test_callbacksRunInTheContextOfTheFiring() -> None:
    assert not defer.getCallbackContext()
    assert seenByCallbacks() == ["fired"] * 4


@pytest.mark.usefixtures("callbackContext")
def test_callbacksCanRunInTheContextOfTheirAdding() -> None:
    assert defer.getCallbackContext()
    assert seenByCallbacks() == ["added"] * 4
