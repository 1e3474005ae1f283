"""Socket names as the system gives them, turned into the platform's addresses."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

__all__ = ["socketAddress"]


def socketAddress(name: Any) -> IPv4Address | IPv6Address | UNIXAddress:
    """
    Args:
        name: what ``getsockname`` or ``getpeername`` gave: a tuple of 2 (IPv4) or 4 (IPv6) items,
            or the path or abstract name of a UNIX socket, which is empty where it has none.
    """
    if isinstance(name, tuple):
        if len(name) == 2:
            return IPv4Address("TCP", *name)
        return IPv6Address("TCP", *name)
    return UNIXAddress(name or None)
