"""What gets along with Windows, wherever it runs."""

from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from twisted.python import win32


@pytest.mark.parametrize(
    "given, wanted",
    [("", '""'), ("plain", "plain"), ("a b", '"a b"'), ('a"b', 'a\\"b'), ("a b\\", '"a b\\\\"')],
)
def test_argumentsAreQuoted(given: str, wanted: str) -> None:
    assert win32.cmdLineQuote(given) == wanted


def test_aCommandLineIsMade() -> None:
    assert win32.quoteArguments(["a b", "c"]) == '"a b" c'


@pytest.mark.parametrize(
    "places, wanted",
    [
        ((None, None, None), os.strerror(errno.EPIPE)),
        ((None, None, {1: "other"}), os.strerror(errno.EPIPE)),
        ((None, None, {errno.EPIPE: "table"}), "table"),
        ((None, lambda code: "message", {errno.EPIPE: "table"}), "message"),
        ((lambda code: OSError(code, "windows"), lambda code: "message", {}), "windows"),
    ],
)
def test_theBestWordsAreFound(places: Any, wanted: str) -> None:
    assert win32._ErrorFormatter(*places).formatError(errno.EPIPE) == wanted


def test_thisSystemHasWords() -> None:
    assert win32.formatError(errno.ENOENT) == os.strerror(errno.ENOENT)
    assert win32.ERROR_DIRECTORY == 267
