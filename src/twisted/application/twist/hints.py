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


def howToTry(bound: Bound, urlScheme: str = "") -> str:
    """
    Args:
        bound: the address.
        urlScheme: what URLs of the service begin with where there is no TLS; empty if it has none.
    Returns: a command that connects there from this machine; empty where none is known.
    """
    address, transport = bound.address, bound.listen.transport
    if isinstance(address, IPv4Address | IPv6Address):
        host = _EVERYWHERE.get(address.host, address.host)
        where = hostAndPort(host, address.port)
        if transport == "TLS":
            if urlScheme:
                # Nobody need have signed the certificate, and openssl would not ask either.
                return f"curl --insecure {shlex.quote(f'{urlScheme}s://{where}/')}"
            return f"openssl s_client -quiet -connect {where}"
        if transport == "TCP":
            if urlScheme:
                return f"curl {shlex.quote(f'{urlScheme}://{where}/')}"
            return f"nc {host} {address.port}"
    if isinstance(address, UNIXAddress):
        path = shlex.quote(bound.words)
        if urlScheme:
            return f"curl --unix-socket {path} {urlScheme}://localhost/"
        return f"socat - UNIX-CONNECT:{path}"
    return ""
