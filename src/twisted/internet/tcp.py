"""
TCP ports, connectors and connections, at the place where the API has them.

Everything is made in the rooms of ``_engine``. Programs import `_resolveIPv6` and
`_NUMERIC_ONLY` from here; the reservation of descriptors is imported by published tests.
"""

from __future__ import annotations

# Imported by published tests.
from errno import EAGAIN as EAGAIN
from errno import ECONNABORTED as ECONNABORTED
from errno import EINPROGRESS as EINPROGRESS
from errno import EMFILE as EMFILE
from errno import ENFILE as ENFILE
from errno import EWOULDBLOCK as EWOULDBLOCK

from twisted._faces import handOn

from ._engine.connectors import Client as Client
from ._engine.connectors import Connector as Connector
from ._engine.connectors import StreamClient as BaseClient
from ._engine.listeners import Port as Port
from ._engine.listeners import Server as Server
from ._engine.reserve import _BuffersLogs as _BuffersLogs
from ._engine.reserve import _FileDescriptorReservation as _FileDescriptorReservation
from ._engine.reserve import _IFileDescriptorReservation as _IFileDescriptorReservation
from ._engine.reserve import _NullFileDescriptorReservation as _NullFileDescriptorReservation
from ._engine.sockets import _NUMERIC_ONLY as _NUMERIC_ONLY
from ._engine.sockets import _resolveIPv6 as _resolveIPv6
from ._engine.sockets import makeBinding as makeBinding
from ._engine.streams import Connection as Connection
from .interfaces import ITLSTransport as ITLSTransport

__all__ = [
    "BaseClient",
    "Client",
    "Connection",
    "Connector",
    "ITLSTransport",
    "Port",
    "Server",
    "makeBinding",
]

handOn(__name__, Client, Connection, Connector, Port, Server, makeBinding)
