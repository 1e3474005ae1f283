"""
Paths as objects that do not let themselves be led astray.

`FilePath` is a place in the file system: ``FilePath("/srv").child(name)`` either lies in ``/srv``
or raises `InsecurePath`, whoever chose the name. `IFilePath` is what it shares with places in an
archive (`twisted.python.zippath`).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode as armor
from os import urandom as randomBytes

from twisted._faces import handOn as _handOn
from twisted.python._filepath.abstract import AbstractFilePath, FileMode, IFilePath
from twisted.python._filepath.errors import InsecurePath, LinkError, UnlistableError
from twisted.python._filepath.local import FilePath
from twisted.python._filepath.modes import OtherAnyStr
from twisted.python._filepath.modes import asBytes as _asFilesystemBytes
from twisted.python._filepath.modes import asText as _asFilesystemText

# Imported by the platform's published tests.
from twisted.python._filepath.modes import inModeOf as _coerceToFilesystemEncoding
from twisted.python._filepath.permissions import RWX, Permissions

__all__ = [
    "RWX",
    "AbstractFilePath",
    "FileMode",
    "FilePath",
    "IFilePath",
    "InsecurePath",
    "LinkError",
    "OtherAnyStr",
    "Permissions",
    "UnlistableError",
    "_asFilesystemBytes",
    "_asFilesystemText",
    "_coerceToFilesystemEncoding",
    "armor",
    "randomBytes",
]

_handOn(
    __name__,
    AbstractFilePath,
    FilePath,
    InsecurePath,
    LinkError,
    Permissions,
    RWX,
    UnlistableError,
)
