"""Socket names as the system gives them, turned into the platform's addresses."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

__all__ = ["socketAddress"]


# Many connections come from few hosts, those behind a proxy all from one: they share its name. What
# `sys.intern` keeps is never let go by Python 3.12, so it is not for names that strangers choose.
_hosts: dict[str, str] = {}
_mostHosts = 256


def _remembered(host: str) -> str:
    if len(_hosts) >= _mostHosts:
        _hosts.clear()
    _hosts[host] = host
    return host


def socketAddress(name: Any) -> IPv4Address | IPv6Address | UNIXAddress:
    """
    Args:
        name: what ``getsockname`` or ``getpeername`` gave: a tuple of 2 (IPv4) or 4 (IPv6) items,
            or the path or abstract name of a UNIX socket, which is empty where it has none.
    """
    if isinstance(name, tuple):
        if len(name) == 2:
            return IPv4Address("TCP", _hosts.get(name[0]) or _remembered(name[0]), name[1])
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
