"""
The real Deferred against a plain list of steps.

`Plain` says what a Deferred does in the simplest words: one list, taken from the front, with
recursion wherever it is convenient. Hypothesis writes programs for both, and both must call the
same steps with the same things in the same order. The ordinary run takes a sample; for more:

    TORSION_MODEL_EXAMPLES=10000 python -m pytest --timeout 1800 tests/internet/test_defer_model.py
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.defer import AlreadyCalledError, CancelledError, Deferred
from twisted.python.failure import Failure

howMany = 4


class Broken(Exception):
    """What a step of a program raises."""


class Plain:
    """A Deferred in the simplest words."""

    def __init__(self) -> None:
        self.called = False
        self.paused = 0
        self.running = False
        self.forgiving = False
        self.steps: list[Any] = []

    def add(self, onResult: Any, onError: Any) -> None:
        self.steps.append((onResult, onError))
        self.run()

    def fire(self, result: Any) -> None:
        if self.called:
            if not self.forgiving:
                raise AlreadyCalledError
            self.forgiving = False
            return
        self.called = True
        self.result = result
        self.run()

    def pause(self) -> None:
        self.paused += 1

    def unpause(self) -> None:
        self.paused -= 1
        self.run()

    def cancel(self, seen: tuple[Any, ...] = ()) -> None:
        if not self.called:
            self.forgiving = True
            self.fire(CancelledError())
        elif isinstance(self.result, Plain) and self.result not in seen:
            self.result.cancel((*seen, self))

    def run(self) -> None:
        if not self.called or self.running:
            return
        while self.steps and not self.paused:
            step = self.steps.pop(0)
            if isinstance(step, Plain):
                step.result, self.result = self.result, None
                step.paused -= 1
                step.run()
                continue
            function = step[isinstance(self.result, Exception)]
            if function is None:
                continue
            self.running = True
            try:
                self.result = function(self.result)
            except Exception as error:
                self.result = error
            self.running = False
            inner = self.result
            if isinstance(inner, Plain):
                if not inner.called or inner.paused or isinstance(inner.result, Plain):
                    self.paused += 1
                    inner.steps.append(self)
                else:
                    self.result, inner.result = inner.result, None


class OnPlain:
    """Runs a program on `Plain`s."""

    def __init__(self) -> None:
        self.them: list[Any] = [Plain() for _ in range(howMany)]
        self.trace: list[Any] = []

    def do(self, operation: tuple[Any, ...]) -> None:
        name, index, *rest = operation
        it = self.them[index]
        try:
            getattr(self, name)(it, *rest)
        except AlreadyCalledError:
            self.trace.append(("already called", index))

    def callback(self, it: Any, value: int) -> None:
        it.fire(value)

    def errback(self, it: Any) -> None:
        it.fire(Broken())

    def pause(self, it: Any) -> None:
        it.pause()

    def unpause(self, it: Any) -> None:
        if it.paused:
            it.unpause()

    def cancel(self, it: Any) -> None:
        it.cancel()

    def chain(self, it: Any, other: int) -> None:
        if it is not self.them[other]:
            it.add(self.them[other].fire, self.them[other].fire)

    def addCallback(self, it: Any, number: int, what: Any) -> None:
        it.add(self.step(it, number, what), None)

    def addErrback(self, it: Any, number: int, what: Any) -> None:
        it.add(None, self.step(it, number, what))

    def addBoth(self, it: Any, number: int, what: Any) -> None:
        step = self.step(it, number, what)
        it.add(step, step)

    def step(self, it: Any, number: int, what: Any) -> Any:
        def called(result: Any) -> Any:
            self.trace.append((number, self.told(result)))
            if what == "raise":
                raise Broken
            if what == "pass":
                return result
            if isinstance(what, int):
                inner = self.them[what]
                return None if inner is it else inner
            self.do(what)
            return number

        return called

    def told(self, result: Any) -> Any:
        if isinstance(result, (Plain, Deferred)):
            return "one of them", self.them.index(result)
        if isinstance(result, Failure):
            return result.type
        return type(result) if isinstance(result, Exception) else result

    def outcome(self) -> list[Any]:
        return [
            self.told(it.result)
            if it.called and not isinstance(it.result, type(it))
            else (it.called, it.paused)
            for it in self.them
        ]


class OnDeferred(OnPlain):
    """Runs a program on Deferreds."""

    def __init__(self) -> None:
        super().__init__()
        self.them = [Deferred() for _ in range(howMany)]

    def callback(self, it: Any, value: int) -> None:
        it.callback(value)

    def errback(self, it: Any) -> None:
        it.errback(Broken())

    def chain(self, it: Any, other: int) -> None:
        if it is not self.them[other]:
            it.chainDeferred(self.them[other])

    def addCallback(self, it: Any, number: int, what: Any) -> None:
        it.addCallback(self.step(it, number, what))

    def addErrback(self, it: Any, number: int, what: Any) -> None:
        it.addErrback(self.step(it, number, what))

    def addBoth(self, it: Any, number: int, what: Any) -> None:
        it.addBoth(self.step(it, number, what))


indices = st.integers(0, howMany - 1)
simple = st.one_of(
    st.tuples(st.just("callback"), indices, st.integers(0, 9)),
    st.tuples(st.just("errback"), indices),
    st.tuples(st.just("pause"), indices),
    st.tuples(st.just("unpause"), indices),
    st.tuples(st.just("cancel"), indices),
    st.tuples(st.just("chain"), indices, indices),
)
adders = st.sampled_from(["addCallback", "addErrback", "addBoth"])


def adding(what: Any) -> Any:
    return st.tuples(adders, indices, st.integers(10, 99), what)


plainSteps = st.one_of(st.sampled_from(["raise", "pass"]), indices)
reentrant = st.one_of(simple, adding(plainSteps))
operations = st.one_of(simple, adding(plainSteps), adding(reentrant))


@settings(max_examples=int(os.environ.get("TORSION_MODEL_EXAMPLES", "1000")), deadline=None)
@given(st.lists(operations, max_size=25))
def test_everyProgramRunsAsOnAPlainList(program: list[Any]) -> None:
    plain, real = OnPlain(), OnDeferred()
    for operation in program:
        plain.do(operation)
        real.do(operation)
        assert real.trace == plain.trace
    assert real.outcome() == plain.outcome()
    for it in real.them:
        # Whatever is left is not worth a line in the log.
        if it._debugInfo is not None:
            it._debugInfo.failResult = None
