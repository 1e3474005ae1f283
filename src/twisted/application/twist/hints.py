"""
How to try an address that something listens on.
"""

from __future__ import annotations

import shlex

from twisted.application._config.addresses import hostAndPort
from twisted.application._site.listening import Bound
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

__all__ = ["howToTry", "whereBound"]

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def whereBound(bound: Bound) -> str:
    """
    Returns: an address as a person reads it, and who may reach it if that is everyone.
    """
    host = getattr(bound.address, "host", None)
    return f"{bound.words} (everyone)" if host in _EVERYWHERE else bound.words


def howToTry(bound: Bound) -> str:
    """
    Returns: a command that connects there from this machine; empty where none is known.
    """
    address = bound.address
    if isinstance(address, IPv4Address | IPv6Address):
        host = _EVERYWHERE.get(address.host, address.host)
        if bound.listen.transport == "TLS":
            return f"openssl s_client -quiet -connect {hostAndPort(host, address.port)}"
        if bound.listen.transport == "TCP":
            return f"nc {host} {address.port}"
    if isinstance(address, UNIXAddress):
        return f"socat - UNIX-CONNECT:{shlex.quote(bound.words)}"
    return ""
