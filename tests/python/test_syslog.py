"""Events that go to the log of the system."""

from __future__ import annotations

import syslog as system
from typing import Any

import pytest

from twisted.python import log, syslog
from twisted.python.failure import Failure


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(syslog.SyslogObserver, "openlog", lambda self, *args: calls.append(args))
    monkeypatch.setattr(syslog.SyslogObserver, "syslog", lambda self, *args: calls.append(args))
    return calls


@pytest.mark.parametrize(
    "more, wanted",
    [
        ({"message": ("hello",)}, [(system.LOG_INFO, "[-] hello")]),
        ({"message": ("hello",), "system": "http"}, [(system.LOG_INFO, "[http] hello")]),
        ({"message": ()}, []),
        (
            {"message": ("one\ntwo\n\n",)},
            [(system.LOG_INFO, "[-] one"), (system.LOG_INFO, "[-] \ttwo")],
        ),
        (
            {"message": ("bad",), "isError": True, "failure": Failure(Exception())},
            [(system.LOG_ALERT, "[-] bad")],
        ),
        ({"message": ("x",), "syslogPriority": system.LOG_DEBUG}, [(system.LOG_DEBUG, "[-] x")]),
        (
            {"message": ("x",), "isError": True, "syslogPriority": system.LOG_NOTICE},
            [(system.LOG_NOTICE, "[-] x")],
        ),
        (
            {"message": ("x",), "syslogFacility": system.LOG_CRON},
            [(system.LOG_INFO | system.LOG_CRON, "[-] x")],
        ),
    ],
)
def test_eachLineIsSent(
    sent: list[tuple[Any, ...]], more: dict[str, Any], wanted: list[tuple[int, str]]
) -> None:
    observer = syslog.SyslogObserver("prefix", 3, 4)
    observer.emit({"isError": False, "system": "-", **more})
    assert sent == [("prefix", 3, 4), *wanted]


def test_loggingIsStarted(sent: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(
        log, "startLoggingWithObserver", lambda observer, setStdout: started.append(setStdout)
    )
    syslog.startLogging("me", setStdout=0)
    assert sent == [("me", syslog.DEFAULT_OPTIONS, syslog.DEFAULT_FACILITY)]
    assert started == [0]
