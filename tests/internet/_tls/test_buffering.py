"""Small writes leave together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet._tls.buffering import SmallWrites, toBytes
from twisted.internet.task import Clock


@given(st.lists(st.one_of(st.none(), st.integers(1, 70_000)), max_size=50))
def test_whatIsWrittenLeavesInOrderAndNeverTooMuchWaits(writes: list[int | None]) -> None:
    clock = Clock()
    handed: list[bytes] = []
    small = SmallWrites(handed.append, clock)
    written = b""
    for index, size in enumerate(writes):
        if size is None:
            clock.advance(0)
            assert small.size == 0
        else:
            data = bytes([index % 256]) * size
            written += data
            small.write(data)
            assert small.size <= SmallWrites.MAX_BUFFER_SIZE
    small.flush()
    assert b"".join(handed) == written


@pytest.mark.parametrize(("beyond", "handedOn"), [(0, 0), (1, 1)])
def test_theWriteThatIsTooMuchTakesAllAlong(beyond: int, handedOn: int) -> None:
    clock = Clock()
    handed: list[bytes] = []
    small = SmallWrites(handed.append, clock)
    small.write(b"x" * 1000)
    small.write(b"x" * (SmallWrites.MAX_BUFFER_SIZE - 1000 + beyond))
    assert len(handed) == handedOn


def test_whatIsHeldIsNotScheduled() -> None:
    clock = Clock()
    handed: list[bytes] = []
    small = SmallWrites(handed.append, clock)
    small.held = True
    small.write(b"a")
    assert clock.getDelayedCalls() == []
    small.flush()
    assert handed == [b"a"]


def test_closingForgetsAndCancels() -> None:
    clock = Clock()
    handed: list[bytes] = []
    small = SmallWrites(handed.append, clock)
    small.write(b"a")
    small.close()
    small.close()
    assert clock.getDelayedCalls() == []
    small.flush()
    assert handed == []


@pytest.mark.parametrize("wrong", [None, 1, [b"x"]])
def test_onlyBytesAndTextAreSent(wrong: object) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        toBytes(wrong)
