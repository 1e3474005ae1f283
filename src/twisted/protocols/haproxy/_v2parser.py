"""Version 2 of the PROXY header: binary, with a signature that no other protocol begins with."""

from __future__ import annotations

from struct import Struct
from typing import Any, ClassVar

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from ._exceptions import InvalidNetworkProtocol, InvalidProxyHeader, MissingAddressData
from ._info import ProxyInfo

_signature = b"\r\n\r\n\0\r\nQUIT\n"
# Signature, version and command, family and protocol, bytes that follow.
_fixed = Struct("!12sBBH")

_version = 2
_local, _proxy = 0, 1
_inet, _inet6, _unix = 1, 2, 3
_sockets = {1: "TCP", 2: "UDP"}
_layouts = {_inet: Struct("!4s4sHH"), _inet6: Struct("!16s16sHH"), _unix: Struct("!108s108s")}


def _addresses(family: int, protocol: int, data: bytes) -> tuple[Any, Any]:
    layout = _layouts[family]
    if len(data) < layout.size:
        raise MissingAddressData(
            f"{len(data)} bytes of addresses came; this family has {layout.size}"
        )
    # What follows are extensions, each with its type and length, which we do not need.
    source, destination, *ports = layout.unpack_from(data)
    if family == _unix:
        return UNIXAddress(source.rstrip(b"\0")), UNIXAddress(destination.rstrip(b"\0"))
    kind: Any = IPv4Address if family == _inet else IPv6Address
    write = _dotted if family == _inet else _coloned
    socketType = _sockets[protocol]
    return (
        kind(socketType, write(source), ports[0]),
        kind(socketType, write(destination), ports[1]),
    )


def _dotted(packed: bytes) -> str:
    return ".".join(str(byte) for byte in packed)


def _coloned(packed: bytes) -> str:
    return ":".join(f"{packed[at] << 8 | packed[at + 1]:x}" for at in range(0, 16, 2))


class V2Parser:
    """
    Reads a header of version 2. Its length field bounds it to 64 KiB.

    Attributes:
        buffer: what has come, as long as it is not whole.
    """

    prefix: ClassVar[bytes] = _signature

    def __init__(self) -> None:
        self.buffer = bytearray()

    def feed(self, data: bytes) -> tuple[ProxyInfo | None, bytes | None]:
        """
        Take bytes as they come.

        Returns: the header and what follows it; two Nones ask for more.
        Raises: InvalidProxyHeader.
        """
        seen = self.buffer
        seen += data
        if not seen.startswith(_signature[: len(seen)]):
            raise InvalidProxyHeader(f"{bytes(seen[:12])!r} begins no PROXY header")
        if len(seen) < _fixed.size:
            return None, None
        end = _fixed.size + int.from_bytes(seen[14:16], "big")
        if len(seen) < end:
            return None, None
        self.buffer = bytearray()
        return self.parse(bytes(seen[:end])), bytes(seen[end:])

    @classmethod
    def parse(cls, line: bytes) -> ProxyInfo:
        """
        Read a whole header.

        Raises: InvalidProxyHeader.
        """
        if len(line) < _fixed.size:
            raise InvalidProxyHeader(f"{len(line)} bytes are no PROXY header")
        signature, versionCommand, familyProtocol, length = _fixed.unpack_from(line)
        if signature != _signature:
            raise InvalidProxyHeader(f"{signature!r} begins no PROXY header")
        version, command = divmod(versionCommand, 16)
        if version != _version or command not in (_local, _proxy):
            raise InvalidProxyHeader(f"Version {version} with command {command} is unknown")
        family, protocol = divmod(familyProtocol, 16)
        if family > _unix or protocol > max(_sockets):
            raise InvalidNetworkProtocol(f"Family {family} with protocol {protocol} is unknown")
        if command == _local or not family or not protocol:
            # From the load balancer itself, or from where no address can be given.
            return ProxyInfo(line, None, None)
        addresses = line[_fixed.size : _fixed.size + length]
        return ProxyInfo(line, *_addresses(family, protocol, addresses))
