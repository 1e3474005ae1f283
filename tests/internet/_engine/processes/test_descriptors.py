"""The steps that give a child its descriptors, and the list of our own."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as some

from twisted.internet._engine.processes.descriptors import (
    _getFileActions,
    _listOpenFDs,
    descriptorStates,
    firstFree,
)

_number = some.integers(0, 8)


@given(
    some.dictionaries(_number, some.booleans(), min_size=1),
    some.data(),
)
def test_aChildHasWhatWasAskedForAndNothingElse(
    state: dict[int, bool], data: some.DataObject
) -> None:
    wanted = data.draw(some.dictionaries(_number, some.sampled_from(sorted(state))))

    table = {fd: (f"ours {fd}", closes) for fd, closes in state.items()}
    for step in _getFileActions(list(state.items()), wanted, "close", "duplicate"):
        if step[0] == "close":
            del table[step[1]]
        else:
            _, source, target = step  # type: ignore[misc]  # a pair or a triple
            assert source != target
            table[target] = (table[source][0], False)
    kept = {fd: what for fd, (what, closes) in table.items() if not closes}

    assert kept == {fd: f"ours {ours}" for fd, ours in wanted.items()}


def test_nothingIsDoneForDescriptorsThatAreWhereTheyShallBe() -> None:
    states = [(0, False), (1, False), (2, False), (7, True)]

    assert _getFileActions(states, {0: 0, 1: 1, 2: 2}, "close", "duplicate") == []


def test_twoDescriptorsCanChangePlaces() -> None:
    steps = _getFileActions([(0, False), (1, False)], {0: 1, 1: 0}, "close", "duplicate")

    assert steps == [
        ("duplicate", 0, 2),
        ("duplicate", 1, 0),
        ("duplicate", 2, 1),
        ("close", 2),
    ]


def test_openDescriptorsAreListedWithWhetherExecClosesThem() -> None:
    stays, closes = os.pipe()
    os.set_inheritable(stays, True)
    try:
        states = dict(descriptorStates())
        listed = _listOpenFDs()
    finally:
        os.close(stays)
        os.close(closes)

    assert (states[stays], states[closes]) == (False, True)
    assert {stays, closes} <= set(listed)


def test_theLowestNumberThatIsFreeIsFound() -> None:
    assert [firstFree(taken) for taken in ([], [0, 1, 3], [5])] == [0, 2, 0]
