"""
Applications by their names: ``"module:name"``.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from twisted.application._config.kinds import WRONG, Report, Text
from twisted.application._config.mistakes import Path

__all__ = ["ObjectName", "Part"]

_WORD: Final = r"[^\W\d]\w*"
_FORM: Final = re.compile(
    rf"(?P<module>{_WORD}(?:\.{_WORD})*)(?::(?P<name>{_WORD}(?:\.{_WORD})*)|\.(?P<last>{_WORD}))"
)


class Part(NamedTuple):
    """
    Something in a Python module.

    Args:
        module: the module's dotted name.
        name: what it is called there; dots lead into it.
        folder: where the module is looked for, after Python's own path; empty for nowhere else.
    """

    module: str
    name: str
    folder: str

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"

    def load(self) -> Any:
        """
        Import it.

        Raises: ImportError or AttributeError, or whatever the module itself raises.
        """
        import sys
        from importlib import import_module

        # An application's parts may be imported at any time: the folder stays.
        if self.folder and self.folder not in sys.path:
            sys.path.append(self.folder)
        found: Any = import_module(self.module)
        for each in self.name.split("."):
            found = getattr(found, each)
        return found


class ObjectName(Text):
    """
    A name in a module, as a `Part`. The module may stand beside the configuration file. A dot may
    stand before the name, too, as other commands take it.

    Reading it imports nothing, but sees whether there is such a module.
    """

    short = "module:name"
    words = 'a module and a name in it, such as "website:application"'

    def read(self, value: object, path: Path, report: Report) -> Any:
        found = _FORM.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return self.refuse(value, path, report)
        import os

        name = found["name"] or found["last"]
        part = Part(found["module"], name, os.path.abspath(report.folder or "."))
        top = part.module.partition(".")[0]
        if not _isThere(top, part.folder):
            report.wrong(
                path,
                f"there is no module {top!r}, neither on Python's path nor in {part.folder!r}.",
            )
            return WRONG
        return part

    def show(self, value: Any) -> str:
        return "" if value is None else f'"{value}"'


def _isThere(module: str, folder: str) -> bool:
    import sys
    from importlib.machinery import PathFinder

    if module in sys.modules or module in sys.builtin_module_names:
        return True
    return PathFinder.find_spec(module, [*sys.path, folder]) is not None
