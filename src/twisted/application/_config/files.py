"""
The files of one configuration: the main one, and those that ``include`` names.

An included file has tables as the main one has, all but ``[site]``. Relative paths in it start
from its own folder, and mistakes in it are told with its name.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from typing import Any, Final

from .mistakes import Mistake, Mistakes, Path
from .secrets import resolveAll
from .source import Source

__all__ = ["FileReport", "gather", "maxFiles"]

maxFiles: Final = 256
"""How many files a configuration may have."""


class FileReport:
    """
    One file: its data with all references resolved, and what is found to be wrong in it.

    Args:
        source: the file.
        found: the list that mistakes are put into; all files of a configuration share one.
    Attributes:
        folder: where relative paths start from.
        types: the service types to choose from, by name.
        logins: the tables ``[cred.NAME]`` by name; None for one that has mistakes.
    """

    def __init__(self, source: Source, found: list[Mistake]) -> None:
        self.source = source
        self.folder = source.folder
        self.found = found
        self.types: Mapping[str, Any] = {}
        self.logins: Mapping[str, Any] = {}
        self._over: set[Path] = set()
        self.data: dict[str, Any] = resolveAll(source.data, (), self)

    def wrong(self, path: Path, text: str, *, atValue: bool = True) -> None:
        if path not in self._over:
            self.found.append(self.source.mistake(path, text, atValue=atValue))

    def passOver(self, path: Path) -> None:
        """Say nothing more of a value."""
        self._over.add(path)


def gather(source: Source) -> list[FileReport]:
    """
    Read all files that a file includes, and those that these include.

    Returns: the file itself, and then the others in the order of the including keys.
    """
    found: list[Mistake] = []
    main = FileReport(source, found)
    reports = {_identity(source.name): main}
    waiting = [main]
    while waiting:
        report = waiting.pop(0)
        names = report.data.pop("include", ())
        for path, name in _included(names, report):
            identity = _identity(name)
            if identity in reports:
                _twice(identity, path, report, main)
                continue
            if len(reports) >= maxFiles:
                report.wrong(path, f"there are more than {maxFiles} files here.")
                return list(reports.values())
            try:
                other = FileReport(Source.fromFile(name), found)
            except Mistakes as mistakes:
                _cannotInclude(mistakes, path, report)
                continue
            reports[identity] = other
            waiting.append(other)
    return list(reports.values())


def _twice(identity: str, path: Path, report: FileReport, main: FileReport) -> None:
    """A circle is a mistake; that two patterns find the same file is none."""
    if identity in (_identity(report.source.name), _identity(main.source.name)):
        report.wrong(path, "a file that is being read already cannot be included.")


def _cannotInclude(mistakes: Mistakes, path: Path, report: FileReport) -> None:
    for mistake in mistakes.found:
        if mistake.line:
            report.found.append(mistake)
        else:
            report.wrong(path, f"{mistake.place!r} {mistake.text}")


def _included(names: object, report: FileReport) -> list[tuple[Path, str]]:
    """The paths of the files that a key names, each with its own place."""
    entries = names if isinstance(names, list | tuple) else [names]
    found: list[tuple[Path, str]] = []
    for index, name in enumerate(entries):
        path: Path = ("include", index) if isinstance(names, list) else ("include",)
        if not isinstance(name, str) or not name or "\0" in name:
            report.wrong(
                path, 'wanted the path of a file, in quotes, or a pattern such as "sites/*.toml".'
            )
            continue
        given = os.path.expanduser(name)
        if not any(char in given for char in "*?["):
            found.append((path, os.path.join(report.folder, given)))
            continue
        main = _identity(report.source.name)
        # Only the pattern may have such characters, not the folder that it starts from.
        matching = sorted(glob.glob(given, root_dir=report.folder or None))
        full = [os.path.join(report.folder, each) for each in matching]
        found += [(path, each) for each in full if _identity(each) != main]
    return found


def _identity(name: str) -> str:
    return os.path.realpath(name)
