"""Descriptors behind one of the loop's watchers."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator

import pytest

from tests.support import openDescriptors
from twisted.internet._engine.nesting import Nest, readersOf
from twisted.internet._engine.sockets import isOfUvloop


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    uvloop = pytest.importorskip("uvloop")
    made: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    assert isOfUvloop(made)
    yield made
    made.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def turn(loop: asyncio.AbstractEventLoop, turns: int = 3) -> None:
    for _ in range(turns):
        loop.call_soon(loop.stop)
        loop.run_forever()


def test_aLoopOfUvloopHasOneNest(loop: asyncio.AbstractEventLoop) -> None:
    assert isinstance(readersOf(loop), Nest)
    assert readersOf(loop) is readersOf(loop)


def test_otherLoopsWatchThemselves() -> None:
    loop = asyncio.SelectorEventLoop()
    assert readersOf(loop) is loop
    loop.close()


def test_whatCanBeReadIsTold(loop: asyncio.AbstractEventLoop, pipe: tuple[int, int]) -> None:
    told: list[str] = []
    nest = readersOf(loop)
    nest.add_reader(pipe[0], lambda: told.append("first"))
    turn(loop)
    assert not told
    os.write(pipe[1], b"x")
    turn(loop, 2)
    assert set(told) == {"first"}
    nest.add_reader(pipe[0], lambda: told.append(os.read(pipe[0], 9).decode()))
    turn(loop)
    assert told[-1] == "x"
    nest.remove_reader(pipe[0])
    nest.remove_reader(pipe[0])
    count = len(told)
    os.write(pipe[1], b"x")
    turn(loop)
    assert len(told) == count


def test_theEndIsTold(loop: asyncio.AbstractEventLoop) -> None:
    reading, writing = os.pipe()
    told: list[bytes] = []
    readersOf(loop).add_reader(reading, lambda: told.append(os.read(reading, 9)))
    os.close(writing)
    turn(loop)
    assert told[0] == b""
    readersOf(loop).remove_reader(reading)
    os.close(reading)


def test_whoeverHasTheNumberOfWhatWasClosedIsNotTold(
    loop: asyncio.AbstractEventLoop, pipe: tuple[int, int]
) -> None:
    """Both can be read; the first to be told closes the other, and opens another by its number."""
    other, otherWriting = os.pipe()
    spare, spareWriting = os.pipe()
    nest = readersOf(loop)
    told: list[str] = []
    opened: list[int] = []

    def take(mine: int, others: int) -> None:
        told.append("ready")
        nest.remove_reader(mine)
        nest.remove_reader(others)
        os.dup2(spare, others)
        opened.append(others)
        nest.add_reader(others, lambda: told.append("wrong"))

    nest.add_reader(pipe[0], lambda: take(pipe[0], other))
    nest.add_reader(other, lambda: take(other, pipe[0]))
    os.write(pipe[1], b"x")
    os.write(otherWriting, b"x")
    turn(loop)
    assert told == ["ready"]
    nest.remove_reader(opened[0])
    for fd in (other, otherWriting, spare, spareWriting):
        os.close(fd)


def test_aDescriptorThatWasClosedFirstCanBeLeft(loop: asyncio.AbstractEventLoop) -> None:
    nest = readersOf(loop)
    closed, end = os.pipe()
    nest.add_reader(closed, lambda: None)
    os.close(closed)
    os.close(end)
    nest.remove_reader(closed)
    again, writing = os.pipe()
    told: list[bytes] = []
    nest.add_reader(again, lambda: told.append(os.read(again, 9)))
    os.write(writing, b"x")
    turn(loop)
    assert told == [b"x"]
    nest.remove_reader(again)
    os.close(again)
    os.close(writing)


def test_filesAreRefusedAsByTheLoop(loop: asyncio.AbstractEventLoop) -> None:
    with open(__file__, "rb") as file, pytest.raises(PermissionError):
        readersOf(loop).add_reader(file.fileno(), lambda: None)


def test_aNestClosesWithItsLoop(loop: asyncio.AbstractEventLoop, pipe: tuple[int, int]) -> None:
    before = openDescriptors()
    gc.disable()
    try:
        readersOf(loop).add_reader(pipe[0], lambda: None)
        turn(loop)
        added = set(os.listdir("/proc/self/fd")) - before
        loop.close()
        assert added and not added & set(os.listdir("/proc/self/fd"))
    finally:
        gc.enable()
