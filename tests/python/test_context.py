"""Values that travel down the call stack."""

from __future__ import annotations

import threading

import pytest

from twisted.python import context


def test_aValueHoldsBelowTheCallAndNotAfterIt() -> None:
    def inner() -> tuple[object, object]:
        return context.get("a"), context.call({"a": 2}, context.get, "a")

    assert context.call({"a": 1}, inner) == (1, 2)
    assert context.get("a") is None
    assert context.get("a", "default") == "default"


def test_anInnerCallAddsToTheOuterOne() -> None:
    def both() -> tuple[object, object]:
        return context.get("a"), context.get("b")

    assert context.call({"a": 1}, context.call, {"b": 2}, both) == (1, 2)


def test_theContextIsLeftWhenTheFunctionFails() -> None:
    def fail() -> None:
        raise ZeroDivisionError(context.get("a"))

    with pytest.raises(ZeroDivisionError, match="1"):
        context.call({"a": 1}, fail)
    assert context.get("a") is None


def test_aDefaultHoldsEverywhere() -> None:
    key = object()
    context.setDefault(key, "default")
    try:
        assert context.get(key) == "default"
        assert context.call({"a": 1}, context.get, key) == "default"
        assert context.call({key: "set"}, context.get, key) == "set"
    finally:
        del context.defaultContextDict[key]


def test_eachThreadHasItsOwn() -> None:
    seen: list[object] = []

    def look() -> None:
        seen.append(context.get("a"))

    def inside() -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        seen.append(context.get("a"))

    context.call({"a": 1}, inside)
    assert seen == [None, 1]


def test_anotherTrackerCanBeInstalled() -> None:
    old = context.theContextTracker
    new = context.ThreadedContextTracker()
    context.installContextTracker(new)
    try:
        assert context.call({"a": 3}, new.getContext, "a") == 3
    finally:
        context.installContextTracker(old)
    assert context.theContextTracker is old


def test_aTrackerShowsTheContextsThatAreOpen() -> None:
    tracker = context.ContextTracker()
    depth = tracker.callWithContext({"a": 1}, lambda: len(tracker.contexts))
    assert (depth, len(tracker.contexts)) == (2, 1)
