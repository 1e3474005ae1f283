"""What systemd is told, on a socket as it makes one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from twisted.application._sdnotify import (
    ALIVE,
    READY,
    STOPPING,
    notify,
    reloading,
    status,
    watchdogInterval,
)


@pytest.fixture(params=["path", "abstract"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        name = str(tmp_path / "notify") if request.param == "path" else f"\0torsion-{os.getpid()}"
        systemd.bind(name)
        systemd.setblocking(False)
        yield systemd


def environOf(systemd: socket.socket) -> dict[str, str]:
    name = os.fsdecode(systemd.getsockname())
    return {"NOTIFY_SOCKET": "@" + name[1:] if name[0] == "\0" else name}


def test_whatIsToldArrivesAsLinesOfOneDatagram(listening: socket.socket) -> None:
    environ = environOf(listening)
    assert notify(READY, status("3 services\nREADY=0"), environ=environ)
    assert listening.recv(1000) == b"READY=1\nSTATUS=3 services READY=0"
    assert notify(STOPPING, environ=environ)
    assert notify(ALIVE, environ=environ)
    assert listening.recv(1000) == b"STOPPING=1"
    assert listening.recv(1000) == b"WATCHDOG=1"


def test_reloadingSaysWhen(listening: socket.socket) -> None:
    assert notify(reloading(), environ=environOf(listening))
    first, second = listening.recv(1000).split(b"\n")
    assert first == b"RELOADING=1"
    assert int(second.removeprefix(b"MONOTONIC_USEC=")) > 0


def test_childrenDoNotSpeakInOurName(listening: socket.socket) -> None:
    environ = {**environOf(listening), "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "HOME": "/"}
    assert notify(READY, environ=environ, unset=True)
    assert environ == {"HOME": "/"}
    assert not notify(READY, environ=environ)


@pytest.mark.parametrize(
    "address", ["", "relative", "/nonexistent/socket", "/" + "x" * 300, "@" + "y" * 300, "/a\0b"]
)
def test_withoutAListenerNothingFails(address: str) -> None:
    assert not notify(READY, environ={"NOTIFY_SOCKET": address})
    assert not notify(READY, environ={})


def test_nothingIsWaitedForWhenTheListenerIsBusy(listening: socket.socket) -> None:
    environ = environOf(listening)
    told = [notify(ALIVE, environ=environ) for _ in range(5000)]
    assert not all(told)


def test_nothingToTellIsNotTold(listening: socket.socket) -> None:
    assert not notify(environ=environOf(listening))


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "1", "WATCHDOG_PID": "me"}, None),
    ],
)
def test_theWatchdogWantsToHearTwiceInItsTime(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert watchdogInterval(environ) == seconds
