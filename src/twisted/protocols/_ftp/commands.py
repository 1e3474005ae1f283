"""
What a client's line says.

A line is a verb and, after a blank, its argument to the end of the line. Clients that abort put
Telnet's bytes before the verb (RFC 959 section 4.1.3); they are dropped.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import CmdSyntaxError, InvalidPath

# IAC and what may come after it: interrupt process, data mark, and the like.
_telnet = re.compile(rb"\A(?:\xff[\xf0-\xff])+")
# A verb has letters only, so that it can be a part of a method's name.
_verb = re.compile(r"[A-Za-z]{1,16}\Z")


class CommandLine(NamedTuple):
    """
    A command.

    Attributes:
        verb: in upper case.
        argument: what stands after the blank; None where there is no blank.
    """

    verb: str
    argument: str | None


def readCommand(line: bytes, encoding: str = "utf-8") -> CommandLine:
    """
    Read a line, without its end.

    Bytes that are no text in that encoding are kept as lone surrogates, as names of files are.

    Raises: CmdSyntaxError for what is no command, and for NUL and line ends within one: these
        would be names of files that another client reads as something else.
    """
    text = _telnet.sub(b"", line).decode(encoding, "surrogateescape")
    verb, blank, argument = text.partition(" ")
    if not _verb.match(verb):
        raise CmdSyntaxError("a command has letters only")
    if any(each in argument for each in "\0\r\n"):
        raise CmdSyntaxError("NUL, CR and LF have no place in a command")
    return CommandLine(verb.upper(), argument if blank else None)


def isAbort(line: bytes) -> bool:
    """Tell whether a line asks for the end of the transfer that is under way."""
    return _telnet.sub(b"", line).rstrip().upper() == b"ABOR"


def toSegments(cwd: list[str], path: str) -> list[str]:
    """
    Find what a path names.

    Args:
        cwd: the segments of the folder that a path without a slash in front begins at.
        path: ``/``, ``.`` and ``..`` mean what they mean on POSIX systems.
    Returns: the segments, from the root.
    Raises: InvalidPath where it leads out of the root, or has a NUL in it.
    """
    segments = [] if path.startswith("/") else list(cwd)
    for part in path.split("/"):
        if "\0" in part:
            raise InvalidPath(cwd, path)
        if part == "..":
            if not segments:
                raise InvalidPath(cwd, path)
            segments.pop()
        elif part not in ("", "."):
            segments.append(part)
    return segments


def _isGlobbingExpression(segments: list[str] | None = None) -> bool:
    """Tell whether the last segment stands for all names that are like it."""
    return bool(segments) and any(each in segments[-1] for each in "*?[")  # type: ignore[index]


def withoutFlags(argument: str) -> str:
    """Drop what clients that take LIST for the command ``ls`` put before the path: ``-la``."""
    return re.sub(r"\A(?:-[A-Za-z1]+(?:\s+|\Z))+", "", argument)
