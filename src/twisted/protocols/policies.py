"""
Policies: what is done to connections without regard to what they are for.

Each is a factory around another factory, and a protocol around its protocols: counting,
bounding, slowing down, timing out, writing down. They can be put around one another.
"""

from __future__ import annotations

from twisted._faces import handOn
from twisted.internet._wrapping import WP, ProtocolWrapper, WrappingFactory
from twisted.protocols._policies.limits import (
    LimitConnectionsByPeer,
    LimitTotalConnectionsFactory,
)
from twisted.protocols._policies.throttling import ThrottlingFactory, ThrottlingProtocol
from twisted.protocols._policies.timeouts import TimeoutFactory, TimeoutMixin, TimeoutProtocol
from twisted.protocols._policies.watching import (
    SpewingFactory,
    SpewingProtocol,
    TrafficLoggingFactory,
    TrafficLoggingProtocol,
)

handOn(
    __name__,
    LimitConnectionsByPeer,
    LimitTotalConnectionsFactory,
    ProtocolWrapper,
    SpewingFactory,
    SpewingProtocol,
    ThrottlingFactory,
    ThrottlingProtocol,
    TimeoutFactory,
    TimeoutMixin,
    TimeoutProtocol,
    TrafficLoggingFactory,
    TrafficLoggingProtocol,
    WrappingFactory,
)

__all__ = [
    "WP",
    "LimitConnectionsByPeer",
    "LimitTotalConnectionsFactory",
    "ProtocolWrapper",
    "SpewingFactory",
    "SpewingProtocol",
    "ThrottlingFactory",
    "ThrottlingProtocol",
    "TimeoutFactory",
    "TimeoutMixin",
    "TimeoutProtocol",
    "TrafficLoggingFactory",
    "TrafficLoggingProtocol",
    "WrappingFactory",
]
