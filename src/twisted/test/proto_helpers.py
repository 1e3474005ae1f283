"""
The former place of `twisted.internet.testing`. Each access warns.
"""

from __future__ import annotations

import warnings
from typing import Any

from twisted.internet import testing as _testing

# What was public here when the place moved, and two that programs use all the same.
_moved = (
    "AccumulatingProtocol",
    "EventLoggingObserver",
    "FakeDatagramTransport",
    "LineSendingProtocol",
    "MemoryReactor",
    "MemoryReactorClock",
    "NonStreamingProducer",
    "RaisingMemoryReactor",
    "StringIOWithoutClosing",
    "StringTransport",
    "StringTransportWithDisconnection",
    "_FakeConnector",
    "_FakePort",
    "waitUntilAllDisconnected",
)

__all__ = [*_moved]


def __getattr__(name: str) -> Any:
    if name not in _moved:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"{__name__}.{name} has moved, in version 19.7.0, to twisted.internet.testing.{name}",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(_testing, name)


def __dir__() -> list[str]:
    return [*globals(), *_moved]
