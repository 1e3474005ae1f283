"""Socket names as the system gives them, turned into the platform's addresses."""

from __future__ import annotations

import socket
from sys import intern
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
            # Many connections come from few hosts: those behind a proxy all from one.
            return IPv4Address("TCP", intern(name[0]), name[1])
        return IPv6Address("TCP", _withZone(name[0], name[3]), *name[1:])
    return UNIXAddress(name or None)


def _withZone(host: str, scopeID: int) -> str:
    # A link-local address means nothing without the link; getsockname() tells that by number.
    if not scopeID or "%" in host:
        return host
    try:
        return f"{host}%{socket.if_indextoname(scopeID)}"
    except OSError:
        return host
