"""What systemd is told of a site."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from twisted.application.twist.telling import Telling
from twisted.internet.task import Clock


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("")  # the system finds an abstract name
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + ear.getsockname()[1:].decode())
        monkeypatch.delenv("WATCHDOG_USEC", raising=False)
        ear.setblocking(False)
        yield ear


def heard(ear: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(ear.recv(1000).decode().partition("\n")[0])
        except BlockingIOError:
            return found


def test_whatAFullSocketDidNotTakeIsToldAgainInItsOrder(systemd: socket.socket) -> None:
    clock = Clock()
    telling = Telling(clock)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as others:
        others.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                others.sendto(b"noise", systemd.getsockname())
    telling.up(1)
    telling.reloading()
    clock.advance(telling.againSeconds)
    assert set(heard(systemd)) == {"noise"}
    telling.reloaded(1)
    clock.advance(telling.againSeconds)
    assert heard(systemd) == ["READY=1", "RELOADING=1", "READY=1"]
    telling.stopping()
    assert heard(systemd) == ["STOPPING=1"]
    assert clock.getDelayedCalls() == []


def test_whoDoesNotListenIsGivenUp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    clock = Clock()
    telling = Telling(clock)
    telling.up(1)
    clock.pump([telling.againSeconds] * (telling.mostTries + 1))
    assert clock.getDelayedCalls() == []


def test_nothingIsToldWhereNobodyAsked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    clock = Clock()
    telling = Telling(clock)
    telling.up(1)
    telling.stopping()
    assert clock.getDelayedCalls() == []
