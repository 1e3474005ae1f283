"""
Versions that can be compared: handed on from `incremental`.
"""

from __future__ import annotations

from incremental import IncomparableVersions as IncomparableVersions
from incremental import Version as Version
from incremental import getVersionString as getVersionString

__all__ = ["IncomparableVersions", "Version", "getVersionString"]
