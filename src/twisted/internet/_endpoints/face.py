"""
Where the rooms find each other's makers.

Programs replace names on ``twisted.internet.endpoints`` (``HostnameEndpoint`` above all), and
expect the replacement to be used wherever an endpoint makes another. So a room that needs one
asks the face for it, at the moment of use. The face imports the rooms; no room imports it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["onFace"]

_faceName = "twisted.internet.endpoints"


def onFace(name: str) -> Any:  # Any: the caller knows what the name stands for
    """Give what stands at present under a name of ``twisted.internet.endpoints``."""
    return getattr(sys.modules.get(_faceName) or import_module(_faceName), name)
