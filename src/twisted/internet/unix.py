"""
UNIX ports, connectors and connections, at the place where the API has them.

Everything is made in the rooms of ``_engine``.
"""

from __future__ import annotations

from ._engine.datagrams.unix import ConnectedDatagramPort as ConnectedDatagramPort
from ._engine.datagrams.unix import DatagramPort as DatagramPort
from ._engine.passing import DescriptorPassing as _SendmsgMixin
from ._engine.unix import UNIXClient as Client
from ._engine.unix import UNIXConnector as Connector
from ._engine.unix import UNIXPort as Port
from ._engine.unix import UNIXServer as Server

__all__ = [
    "Client",
    "ConnectedDatagramPort",
    "Connector",
    "DatagramPort",
    "Port",
    "Server",
    "_SendmsgMixin",
]
