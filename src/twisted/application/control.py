"""
What can be asked of a running site, for programs and for surfaces of other kinds.

`Operations` is the one list of it: a plain class whose coroutines take and give what JSON can hold.
A surface (a web page, an SSH shell) calls the object that its site has; another program asks
through `RemoteSite`, over the control socket.
"""

from __future__ import annotations

from twisted._faces import handOn

from ._control.operations import Operations as Operations
from ._control.operations import Refused as Refused
from ._control.operations import operationNames as operationNames
from ._control.paths import controlPath as controlPath
from ._control.remote import RemoteSite as RemoteSite

__all__ = ["Operations", "Refused", "RemoteSite", "controlPath", "operationNames"]

handOn(__name__, Operations, Refused, RemoteSite, controlPath)
