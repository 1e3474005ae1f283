"""
The requests of a site: what its settings say of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.web.server import Request

__all__ = ["clientOf", "isTrustedHost", "requestClass"]


class SiteRequest(Request):
    """
    A request to a site of a configuration file.

    Attributes:
        forwardedFor: the addresses of those before the client, as a trusted proxy told them.
        fileEncoders: makes what compresses a file; None for nothing.
    """

    forwardedFor: tuple[bytes, ...] = ()
    fileEncoders: Any = None


def requestClass(
    headers: Iterable[tuple[str, str]] = (),
    proxies: Iterable[Any] = (),
    compress: str = "none",
    streams: bool = False,
) -> type[SiteRequest]:
    """
    Make a class of requests, which does no more than is asked for.

    Args:
        headers: fields that every response begins with.
        proxies: networks whose word on clients is believed, and "unix".
        compress: which responses are compressed: "files", "all" or "none".
        streams: whether bodies are given to an application while they come.
    Returns: the class.
    """
    made: Any = SiteRequest
    if streams:
        from twisted.web.asgi import StreamingRequest

        made = type("SiteRequest", (SiteRequest, StreamingRequest), {})
    fields = [(n.encode("ascii"), v.encode("iso-8859-1")) for n, v in headers]
    if fields:
        made = _beginning(made, fields)
    trusted = tuple(proxies)
    if trusted:
        made = _believing(made, trusted)
    if compress != "none":
        from twisted.web.coding import ContentEncoderFactory

        encoders = ContentEncoderFactory()
        made = _compressing(made, encoders) if compress == "all" else made
        made = type(made.__name__, (made,), {"fileEncoders": encoders})
    return made  # type: ignore[no-any-return]  # each is made of the first


def _beginning(base: Any, fields: list[tuple[bytes, bytes]]) -> Any:
    class Beginning(base):  # type: ignore[misc]  # known at run time
        """Every response begins with some fields."""

        def process(self) -> None:
            for name, value in fields:
                self.responseHeaders.setRawHeaders(name, [value])
            super().process()

    return Beginning


def _compressing(base: Any, encoders: Any) -> Any:
    class Compressing(base):  # type: ignore[misc]  # known at run time
        """Every response is compressed that is worth it."""

        def render(self, resrc: Any) -> None:
            request: Any = self
            if request._encoder is None:
                request._encoder = encoders.encoderForRequest(request)
            super().render(resrc)

    return Compressing


def _believing(base: Any, trusted: tuple[Any, ...]) -> Any:
    class Believing(base):  # type: ignore[misc]  # known at run time
        """A trusted proxy tells who the client is."""

        def process(self) -> None:
            if _isTrusted(self.client, trusted):
                self._believe()
            super().process()

        def _believe(self) -> None:
            said = self.requestHeaders.getRawHeaders(b"x-forwarded-for") or ()
            chain = [each.strip() for value in said for each in value.split(b",")]
            found = clientOf(chain, trusted)
            if found is not None:
                at, self.client = found
                self.forwardedFor = tuple(chain[:at])
            scheme = self.requestHeaders.getRawHeaders(b"x-forwarded-proto")
            if scheme and scheme[-1].strip().lower() == b"https":
                self._forceSSL = 1

    return Believing


def clientOf(chain: list[bytes], trusted: Iterable[Any]) -> tuple[int, Any] | None:
    """
    Find the client in what proxies have added up.

    Each proxy appends whom it was asked by, so that the last one that is not a trusted proxy is the
    last word of somebody trusted: what stands before it, anybody may have written.

    Args:
        chain: addresses, the farthest first.
        trusted: networks.
    Returns: where in the chain, and the address; None where there is none.
    """
    trusted = tuple(trusted)
    found = None
    for at in range(len(chain) - 1, -1, -1):
        address = _address(chain[at])
        if address is None:
            break
        found = at, address
        if not _isTrusted(address, trusted):
            break
    return found


def _address(text: bytes) -> IPv4Address | IPv6Address | None:
    import ipaddress

    try:
        found = ipaddress.ip_address(text.decode("ascii").strip("[]"))
    except ValueError:
        return None
    # The port is nobody's: the proxy does not tell it.
    return (
        IPv4Address("TCP", str(found), 0)
        if found.version == 4
        else IPv6Address("TCP", str(found), 0)
    )


def _isTrusted(address: Any, trusted: Iterable[Any]) -> bool:
    if isinstance(address, UNIXAddress):
        return "unix" in trusted
    host = getattr(address, "host", None)
    return host is not None and isTrustedHost(host, trusted)


def isTrustedHost(host: str, trusted: Iterable[Any]) -> bool:
    """
    Returns: whether an address, or the network of one, is that of a proxy that is trusted.
    """
    import ipaddress

    try:
        found: Any = ipaddress.ip_address(host.partition("/")[0].partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(each != "unix" and found in each for each in trusted)
