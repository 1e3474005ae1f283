"""
The addresses that a service listens on, as values; each knows how to listen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

if TYPE_CHECKING:
    from twisted.internet.interfaces import IStreamServerEndpoint

__all__ = ["Described", "Listen", "TCPListen", "TLSListen", "UNIXListen", "hostAndPort"]


@dataclass(frozen=True)
class Listen:
    """
    One address to listen on. Equal ones listen on the same address in the same way.
    """

    transport: ClassVar[str]
    """How it is called in tables: "TCP"."""

    def endpoint(self, reactor: Any) -> IStreamServerEndpoint:
        """
        Returns: what listens, when it is told to.
        """
        raise NotImplementedError

    @property
    def words(self) -> str:
        """The address as a person reads it."""
        raise NotImplementedError


@dataclass(frozen=True)
class TCPListen(Listen):
    host: str
    port: int
    backlog: int

    transport = "TCP"

    def endpoint(self, reactor: Any) -> IStreamServerEndpoint:
        from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint

        kind = TCP6ServerEndpoint if ":" in self.host else TCP4ServerEndpoint
        return cast(
            "IStreamServerEndpoint", kind(reactor, self.port, self.backlog, interface=self.host)
        )

    @property
    def words(self) -> str:
        return hostAndPort(self.host, self.port)


@dataclass(frozen=True)
class TLSListen(TCPListen):
    certificate: str
    key: str | None
    version: str = ""
    """Another one where the files hold something else, as after a renewal."""

    transport = "TLS"

    def endpoint(self, reactor: Any) -> IStreamServerEndpoint:
        from twisted.internet.endpoints import SSL4ServerEndpoint

        from .certificates import contextFor

        return cast(
            "IStreamServerEndpoint",
            SSL4ServerEndpoint(
                reactor,
                self.port,
                contextFor(self.certificate, self.key, self.version),
                self.backlog,
                interface=self.host,
            ),
        )


@dataclass(frozen=True)
class UNIXListen(Listen):
    path: str
    mode: int
    backlog: int

    transport = "UNIX"

    def endpoint(self, reactor: Any) -> IStreamServerEndpoint:
        from twisted.internet.endpoints import UNIXServerEndpoint

        # With wantPID a socket that a killed process left behind is cleared away.
        endpoint = UNIXServerEndpoint(reactor, self.path, self.backlog, self.mode, wantPID=True)
        return cast("IStreamServerEndpoint", endpoint)

    @property
    def words(self) -> str:
        return self.path


@dataclass(frozen=True)
class Described(Listen):
    description: str

    @property
    def transport(self) -> str:  # type: ignore[override]  # differs by description
        kind = self.description.partition(":")[0].lower()
        return {"ssl": "TLS", "tcp6": "TCP"}.get(kind, kind.upper())

    def endpoint(self, reactor: Any) -> IStreamServerEndpoint:
        from twisted.internet.endpoints import serverFromString

        return serverFromString(reactor, self.description)

    @property
    def words(self) -> str:
        return self.description.partition(":")[2]


def hostAndPort(host: str, port: int) -> str:
    """
    Returns: an address as programs take it, an IPv6 one in brackets.
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
