"""
Helpers for tests that other programs import from here. Our own tests stand elsewhere.

Programs also take `DummyRequest` and `DummyChannel` from ``twisted.web.test.test_web``. There are
no tests of that name here; where nobody else has such a module, it is one with these two in it.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__: list[str] = []


class _FormerPlace(Loader):
    """Finds and loads ``test_web``. It is the last to be asked for modules."""

    name = f"{__name__}.test_web"

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        from twisted.web.test import requesthelper

        for name in requesthelper.__all__:
            setattr(module, name, getattr(requesthelper, name))


sys.meta_path.append(_FormerPlace())
