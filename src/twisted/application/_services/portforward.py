"""
Forwarding of a port: whoever connects here is connected to another place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.application._config.options import WrongOption, option
from twisted.application._site.listening import Listening

__all__ = ["PortForwardSettings", "hostAndPortIn"]


def hostAndPortIn(text: str, key: str) -> tuple[str, int]:
    """
    Read ``host:port``, where an IPv6 address stands in brackets.

    Args:
        key: the option that it is the value of.
    Raises: WrongOption.
    """
    host, colon, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    bare = ":" in host and not text.startswith("[")
    right = colon and host and not bare and port.isascii() and port.isdecimal()
    if not right or not 0 < int(port[:6]) < 65536:
        raise WrongOption(
            key, f'{text!r} is no place to connect to: wanted "host:port" or "[address]:port".'
        )
    return host, int(port)


@dataclass(frozen=True)
class PortForwardSettings(Listening):
    """Connect whoever comes to another place."""

    to: str = option(  # declares a field
        help="Where to: a host and a port, with a colon between.",
        example='"db.example.com:5432"',
    )

    def __post_init__(self) -> None:
        hostAndPortIn(self.to, "to")

    def makeFactory(self) -> Any:
        from twisted.protocols.portforward import ProxyFactory

        return ProxyFactory(*hostAndPortIn(self.to, "to"))
