"""Which reactor a process gets that installed none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .epollreactor import install as install

if TYPE_CHECKING:
    from twisted.python.runtime import Platform

__all__ = ["install"]


def _getInstallFunction(platform: Platform) -> Callable[[], None]:
    """
    What installs the best reactor of a platform; imported by published tests.

    Args:
        platform: uvloop serves all but Windows, which has the stock loop over ``select``.
    """
    if platform.isWindows():
        from .selectreactor import install as installSelect

        return installSelect
    return install
