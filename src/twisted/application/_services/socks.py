"""
A SOCKS server (versions 4 and 4a): it connects its clients to where they ask.

Whoever may use it reaches whatever this machine reaches. So it serves this machine only, unless
it is told whom to serve.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

from twisted.application._config.kinds import FilePath
from twisted.application._config.options import WrongOption, option
from twisted.application._site.listening import Listening

__all__ = ["SOCKSSettings"]


@dataclass(frozen=True)
class SOCKSSettings(Listening):
    """Connect clients to where they ask, by SOCKS 4 and 4a."""

    clients: tuple[str, ...] = option(
        help="Who is served: addresses and networks. All others are closed as they come.",
        default=("127.0.0.0/8", "::1"),
        example='["127.0.0.0/8", "192.168.1.0/24"]',
    )
    log: str | None = option(
        help="A file to which what is relayed is appended, for finding faults.",
        default=None,
        kind=FilePath(),
        example='"socks.log"',
    )

    def __post_init__(self) -> None:
        self._networks()

    def _networks(self) -> list[Any]:
        networks = []
        for each in self.clients:
            try:
                networks.append(ipaddress.ip_network(each))
            except ValueError as error:
                raise WrongOption(
                    "clients", f'{error}: wanted an address or a network, as "10.0.0.0/8".'
                ) from None
        return networks

    def makeFactory(self) -> Any:
        from twisted.protocols.socks import SOCKSv4Factory

        networks = self._networks()

        class Guarded(SOCKSv4Factory):
            def buildProtocol(self, addr: Any) -> Any:
                if not _isAmong(getattr(addr, "host", None), networks):
                    return None
                return SOCKSv4Factory.buildProtocol(self, addr)

        return Guarded(self.log)


def _isAmong(host: str | None, networks: list[Any]) -> bool:
    """Tell whether a client is served. One that comes by a UNIX socket, having no host, is."""
    if host is None:
        return True
    address: Any = ipaddress.ip_address(host.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)
