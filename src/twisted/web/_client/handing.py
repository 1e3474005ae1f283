"""A protocol steps aside for the one that it made way for."""

from __future__ import annotations

from typing import Any

__all__ = ["stepAside"]


def stepAside(transport: Any, old: object, new: Any) -> None:
    """
    Let a transport speak to another protocol.

    Args:
        transport: of both; where it can be, it hands what comes straight to the new one.
        old: had it until now, and hands on what it is still given.
        new: is given it.
    """
    for attribute in ("protocol", "wrappedProtocol"):
        if getattr(transport, attribute, None) is old:
            setattr(transport, attribute, new)
    new.makeConnection(transport)
