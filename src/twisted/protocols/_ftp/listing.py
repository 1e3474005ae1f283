"""
Folders, as lines: those of ``ls -l`` that LIST sends and clients read, and the facts of MLSD.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from twisted.protocols.basic import LineReceiver

_monthsInEnglish = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
# Older ones are shown with their year, as ls does it.
_recentSeconds = 365.2425 / 2 * 86400

# What the shell is asked for, in the order of `listLine`'s arguments.
listKeys = ("size", "directory", "permissions", "hardlinks", "modified", "owner", "group")
factKeys = ("size", "directory", "modified")
knownFacts = ("modify", "size", "type")


def oneLine(name: Any) -> bytes:
    """Write a name; what would end its line becomes a question mark, as ls has it."""
    data = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else bytes(name)
    return re.sub(rb"[\0\r\n]", b"?", data)


def listDate(modified: float, now: float) -> str:
    """
    Write a time as ls does, in UTC.

    Args:
        modified: seconds since 1970.
        now: the same; what is half a year or more from it has a year in place of the time.
    """
    when = time.gmtime(modified)
    day = f"{_monthsInEnglish[when.tm_mon - 1]} {when.tm_mday:02d}"
    if -86400 < now - modified < _recentSeconds:
        return f"{day} {when.tm_hour:02d}:{when.tm_min:02d}"
    return f"{day}  {when.tm_year}"


def listLine(
    name: Any,
    size: int,
    directory: Any,
    permissions: Any,
    hardlinks: int,
    modified: float,
    owner: str,
    group: str,
    *,
    now: float,
) -> bytes:
    """Write a file or folder as ``ls -l`` does. The end of the line is left to the caller."""
    mode = ("d" if directory else "-") + permissions.shorthand()
    date = listDate(modified, now)
    head = f"{mode}{hardlinks:4d} {owner:<9s} {group:<9s} {size:15d} {date} "
    return head.encode("utf-8", "surrogateescape") + oneLine(name)


def stamp(modified: float) -> str:
    """Write a time as RFC 3659 section 2.3 has it: UTC, to the second."""
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(modified))


def factLine(
    name: Any, values: Sequence[Any], wanted: Sequence[str] = knownFacts, kind: str = ""
) -> bytes:
    """
    Write a file or folder as RFC 3659 section 7.2 has it.

    Args:
        values: those of `factKeys`.
        wanted: the facts that are sent.
        kind: the type, where it is not ``dir`` or ``file``.
    """
    size, directory, modified = values
    facts = {
        "modify": stamp(modified),
        "size": None if directory else str(size),
        "type": kind or ("dir" if directory else "file"),
    }
    text = "".join(f"{fact}={facts[fact]};" for fact in wanted if facts[fact] is not None)
    return text.encode("ascii") + b" " + oneLine(name)


class FTPFileListProtocol(LineReceiver):
    """
    Reads what a server sends for LIST, where that looks like ``ls -l``.

    Attributes:
        files: a dict for each file, with ``filetype`` (a letter), ``perms`` (nine letters),
            ``nlinks``, ``owner``, ``group``, ``size`` (bytes), ``date`` (as it came),
            ``filename``, and ``linktarget`` (None for what is no link).
        fileLinePattern: finds these in a line.
    """

    delimiter = b"\n"
    fileLinePattern = re.compile(
        r"^(?P<filetype>[^ ])(?P<perms>[^ ]{9})[.+@]? +(?P<nlinks>[0-9]*) *"
        r"(?P<owner>[^ ]+) +(?P<group>[^ ]+) +(?P<size>[0-9]+) +"
        r"(?P<date>[^ ]+ +[0-9]+ +[0-9:]+) "
        r"(?P<filename>.+?)( -> (?P<linktarget>[^\r]*))?\r?$"
    )
    files: list[dict[str, Any]]
    _encoding = "latin-1"

    def __init__(self) -> None:
        self.files = []

    def lineReceived(self, line: bytes) -> None:
        """Read a line."""
        text = line.decode(self._encoding)
        info = self.parseDirectoryLine(text)
        if info is None:
            self.unknownLine(text)
        else:
            self.addFile(info)

    def parseDirectoryLine(self, line: str) -> dict[str, Any] | None:
        """
        Read a line.

        Returns: None for one that does not look like ``ls -l``.
        """
        found = self.fileLinePattern.match(line)
        if found is None:
            return None
        info: dict[str, Any] = found.groupdict()
        # Some servers put a backslash before a blank.
        for key in ("filename", "linktarget"):
            if info[key]:
                info[key] = info[key].replace("\\ ", " ")
        info["size"] = int(info["size"])
        info["nlinks"] = int(info["nlinks"] or 0)
        return info

    def addFile(self, info: dict[str, Any]) -> None:
        """Take a file; override to do more than to keep it."""
        self.files.append(info)

    def unknownLine(self, line: str) -> None:
        """Override: a line that does not look like ``ls -l`` came in."""
