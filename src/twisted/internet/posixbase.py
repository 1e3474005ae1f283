"""
The reactor of POSIX systems, which is the one that there is.

Attributes:
    unixEnabled: whether this system has UNIX sockets.
    processEnabled: whether children can be started and reaped here.
"""

from __future__ import annotations

import os
import socket

from ._engine.reactor import Reactor as PosixReactorBase

__all__ = ["PosixReactorBase", "processEnabled", "unixEnabled"]

processEnabled = os.name == "posix"
unixEnabled = hasattr(socket, "AF_UNIX")
