"""The descriptor that is held back, and the messages that wait meanwhile."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support.streams import loggedFailures
from twisted.internet._engine.reserve import openNothing, outOfDescriptors
from twisted.internet.tcp import (
    _BuffersLogs,
    _FileDescriptorReservation,
    _IFileDescriptorReservation,
    _NullFileDescriptorReservation,
)


class Opened:
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    "made", [_FileDescriptorReservation(Opened), _NullFileDescriptorReservation()]
)
def test_reservationsProvideTheirInterface(made: Any) -> None:
    assert verifyObject(_IFileDescriptorReservation, made)
    assert not made.available()


def test_theDescriptorIsFreeWithinTheBlockAndHeldAfterIt() -> None:
    opened: list[Opened] = []

    def make() -> Opened:
        opened.append(Opened())
        return opened[-1]

    reservation = _FileDescriptorReservation(make)
    reservation.reserve()
    reservation.reserve()
    assert len(opened) == 1
    with reservation:
        assert opened[0].closed
        assert not reservation.available()
    assert reservation.available()
    assert len(opened) == 2
    reservation.release()
    assert opened[1].closed


def test_whatIsNotHeldCannotBeFreed() -> None:
    reservation = _FileDescriptorReservation(Opened)
    with pytest.raises(RuntimeError, match="reserve"):
        reservation.release()
    with pytest.raises(RuntimeError), reservation:
        raise AssertionError("the block must not run")


def test_beingOutOfDescriptorsIsLogged() -> None:
    def fail() -> Opened:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    reservation = _FileDescriptorReservation(fail)
    with loggedFailures() as logged:
        reservation.reserve()
    assert len(logged) == 1
    assert not reservation.available()


def test_anotherErrorIsRaised() -> None:
    def fail() -> Opened:
        raise OSError(errno.ENOENT, "gone")

    with pytest.raises(OSError, match="gone"):
        _FileDescriptorReservation(fail).reserve()


def test_aReservationCostsOneDescriptor() -> None:
    before = len(os.listdir("/proc/self/fd"))
    held = openNothing()
    assert len(os.listdir("/proc/self/fd")) == before + 1
    held.close()


def test_messagesWaitForTheEndOfTheBlock() -> None:
    events: list[Any] = []
    with _BuffersLogs("a.namespace", events.append) as log:  # type: ignore[arg-type]  # is one
        log.info("one")
        log.info("two")
        assert events == []
    assert [each["log_format"] for each in events] == ["one", "two"]
    assert {each["log_namespace"] for each in events} == {"a.namespace"}


@pytest.mark.parametrize(
    ("number", "wanted"), [(errno.EMFILE, True), (errno.ENFILE, True), (errno.EAGAIN, False)]
)
def test_theErrorsOfWant(number: int, wanted: bool) -> None:
    assert outOfDescriptors(OSError(number, "")) is wanted
