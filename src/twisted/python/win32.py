"""
What is needed to get along with Windows; importable everywhere.

Errors of Windows have numbers of their own, which an OSError keeps as ``winerror``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = [
    "ERROR_DIRECTORY",
    "ERROR_FILE_NOT_FOUND",
    "ERROR_INVALID_NAME",
    "ERROR_PATH_NOT_FOUND",
    "O_BINARY",
    "cmdLineQuote",
    "formatError",
    "quoteArguments",
]

# System Error Codes, as Microsoft documents them.
ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3
ERROR_INVALID_NAME = 123
ERROR_DIRECTORY = 267

O_BINARY: int = getattr(os, "O_BINARY", 0)
"""What keeps ``os.open`` from changing line ends; nothing, where nothing does."""


def cmdLineQuote(s: str) -> str:
    """Quote one argument the way that programs of Windows take their command line apart."""
    return quoteArguments([s])


def quoteArguments(arguments: Iterable[str]) -> str:
    """Make a command line from arguments, each quoted as by `cmdLineQuote`."""
    from subprocess import list2cmdline

    return list2cmdline(list(arguments))


class _ErrorFormatter:
    """
    Finds words for the number of an error, in the best place that there is.

    Attributes:
        winError: makes an exception for a number, with the words of Windows; or None.
        formatMessage: gives the words of Windows; or None.
        errorTab: words by number; or None.
    """

    def __init__(
        self,
        WinError: Callable[[int], Any] | None,
        FormatMessage: Callable[[int], str] | None,
        errorTab: Mapping[int, str] | None,
    ) -> None:
        """
        Args:
            WinError: the attribute ``winError``.
            FormatMessage: the attribute ``formatMessage``.
            errorTab: the attribute of that name.
        """
        self.winError = WinError
        self.formatMessage = FormatMessage
        self.errorTab = errorTab

    @classmethod
    def fromEnvironment(cls) -> _ErrorFormatter:
        """Make one from what there is on this system."""
        import socket

        winError: Callable[[int], Any] | None = None
        try:
            import ctypes

            winError = getattr(ctypes, "WinError", None)
        except ImportError:
            # Python may be built without it.
            pass
        return cls(winError, None, getattr(socket, "errorTab", None))

    def formatError(self, errorcode: int) -> str:
        """Give words for the number of an error."""
        if self.winError is not None:
            return str(self.winError(errorcode).strerror)
        if self.formatMessage is not None:
            return self.formatMessage(errorcode)
        if self.errorTab is not None and errorcode in self.errorTab:
            return self.errorTab[errorcode]
        return os.strerror(errorcode)


_formatter: _ErrorFormatter | None = None


def formatError(errorcode: int) -> str:
    """Give words for the number of an error."""
    global _formatter
    if _formatter is None:
        _formatter = _ErrorFormatter.fromEnvironment()
    return _formatter.formatError(errorcode)
