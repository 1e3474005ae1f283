"""
UDP ports, at the place where the API has them.

Everything is made in the rooms of ``_engine.datagrams``. The lists of error numbers are changed by
published tests.
"""

from __future__ import annotations

from errno import EAGAIN as EAGAIN
from errno import ECONNREFUSED as ECONNREFUSED
from errno import EINTR as EINTR
from errno import EMSGSIZE as EMSGSIZE

from twisted._faces import handOn

from ._engine.datagrams.listening import _sockErrReadIgnore as _sockErrReadIgnore
from ._engine.datagrams.listening import _sockErrReadRefuse as _sockErrReadRefuse
from ._engine.datagrams.multicast import MulticastMixin as MulticastMixin
from ._engine.datagrams.multicast import MulticastPort as MulticastPort
from ._engine.datagrams.udp import Port as Port

__all__ = ["MulticastMixin", "MulticastPort", "Port"]

handOn(__name__, MulticastMixin, MulticastPort, Port)
