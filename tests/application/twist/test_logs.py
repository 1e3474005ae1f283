"""What of the log a person sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.application.twist.logs import notToldBefore
from twisted.logger import LogLevel, PredicateResult


def event(namespace: str, text: str, level: Any = LogLevel.info) -> dict[str, Any]:
    return {"log_namespace": namespace, "log_text": text, "log_level": level}


@pytest.mark.parametrize(
    "left",
    [
        event("log_legacy", "Factory starting on 7007"),
        event("log_legacy", "Factory (TLS) starting on 7007"),
        event("log_legacy", "Factory starting on '/run/echo.sock'"),
        event("log_legacy", "(TCP Port 7007 Closed)"),
        event("log_legacy", "(UNIX Port 'echo.sock' Closed)"),
        event("twisted.internet.reactor", "Received SIGINT, shutting down."),
    ],
    ids=lambda each: each["log_text"],
)
def test_whatTheSiteTellsItselfIsNotToldTwice(left: dict[str, Any]) -> None:
    assert notToldBefore(left) is PredicateResult.no
    assert notToldBefore({**left, "log_level": LogLevel.warn}) is PredicateResult.maybe


@pytest.mark.parametrize(
    "kept",
    [
        event("log_legacy", "work is starting on time today"),
        event("log_legacy", "hello"),
        event("log_legacy", "(TCP Port 7007 Closed) or so"),
        event("echo", "Factory starting on 7007"),
        event("twisted.internet.reactor", "no more descriptors", LogLevel.error),
    ],
    ids=lambda each: each["log_text"],
)
def test_allElseIsTold(kept: dict[str, Any]) -> None:
    assert notToldBefore(kept) is PredicateResult.maybe


def test_theLogIsAppendedToAFile(tmp_path: Path) -> None:
    from twisted.application.twist.logs import _open

    path = tmp_path / "log"
    for line in ("one\n", "two\n"):
        with _open(str(path)) as file:
            file.write(line)
    assert path.read_text() == "one\ntwo\n"
