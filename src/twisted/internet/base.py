"""
What reactors are made of, at the place where the API has it.

Everything is made in the rooms of ``_engine``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted._faces import handOn

from ._engine.connectors import BaseConnector as BaseConnector
from ._engine.events import _SystemEventID as _SystemEventID
from ._engine.events import _ThreePhaseEvent as _ThreePhaseEvent
from ._engine.ports import BasePort as BasePort
from ._engine.reactor import Reactor as ReactorBase
from ._engine.resolving import BlockingResolver as BlockingResolver
from ._engine.resolving import PluggableResolverMixin as PluggableResolverMixin
from ._engine.resolving import ThreadedResolver as ThreadedResolver
from ._engine.timers import DelayedCall as DelayedCall

if TYPE_CHECKING:
    from twisted.python.threadpool import ThreadPool as ThreadPool

__all__ = [
    "BaseConnector",
    "BasePort",
    "BlockingResolver",
    "DelayedCall",
    "PluggableResolverMixin",
    "ReactorBase",
    "ThreadPool",
    "ThreadedResolver",
]

handOn(
    __name__,
    BaseConnector,
    BasePort,
    BlockingResolver,
    DelayedCall,
    PluggableResolverMixin,
    ThreadedResolver,
    _ThreePhaseEvent,
)


def __getattr__(name: str) -> object:
    if name != "ThreadPool":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from twisted.python.threadpool import ThreadPool

    return ThreadPool
