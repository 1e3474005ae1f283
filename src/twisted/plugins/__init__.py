"""
Plugins of the platform, and of every package that brings some.

A file in a folder ``twisted/plugins`` anywhere on ``sys.path`` belongs here, as long as that folder
has no ``__init__.py`` of its own.
"""

from __future__ import annotations

from twisted.plugin import pluginPackagePaths

__all__: list[str] = []

__path__.extend(pluginPackagePaths(__name__))
