"""Version 1 of the PROXY header: one line of text."""

from __future__ import annotations

import socket
from typing import ClassVar

from twisted.internet.address import IPv4Address, IPv6Address

from ._exceptions import InvalidNetworkProtocol, InvalidProxyHeader, MissingAddressData
from ._info import ProxyInfo

_line = b"PROXY "


def _address(family: int, host: bytes, port: bytes) -> IPv4Address | IPv6Address:
    try:
        text = host.decode("ascii")
        socket.inet_pton(family, text)
    except (OSError, ValueError) as error:
        raise MissingAddressData(f"{host!r} is no address of the protocol named") from error
    # Digits only: int() would take signs, blanks and underscores.
    if not port.isdigit() or len(port) > 5 or int(port) > 0xFFFF:
        raise MissingAddressData(f"{port!r} is no port")
    kind = IPv4Address if family == socket.AF_INET else IPv6Address
    return kind("TCP", text, int(port))


class V1Parser:
    """
    Reads a header of version 1.

    Attributes:
        maxBytes: bytes that a header may have, with its CRLF (section 2.1).
        buffer: what has come, as long as it is not whole.
    """

    prefix: ClassVar[bytes] = _line
    maxBytes: int = 107
    families: ClassVar[dict[bytes, int]] = {b"TCP4": socket.AF_INET, b"TCP6": socket.AF_INET6}

    def __init__(self) -> None:
        self.buffer = b""

    def feed(self, data: bytes) -> tuple[ProxyInfo | None, bytes | None]:
        """
        Take bytes as they come.

        Returns: the header and what follows it; two Nones ask for more.
        Raises: InvalidProxyHeader.
        """
        self.buffer += data
        line, end, rest = self.buffer.partition(b"\r\n")
        # The first half of its end may be here already.
        ahead = 1 if not end and line.endswith(b"\r") else 2
        if len(line) + ahead > self.maxBytes:
            raise InvalidProxyHeader(
                f"{len(line)} bytes came without a line end; a header has {self.maxBytes} at most"
            )
        if not end:
            if not line.startswith(_line[: len(line)]):
                raise InvalidProxyHeader(f"{line!r} begins no PROXY header")
            return None, None
        self.buffer = b""
        return self.parse(line), rest

    @classmethod
    def parse(cls, line: bytes) -> ProxyInfo:
        """
        Read the line, without its end.

        Raises: InvalidProxyHeader.
        """
        word, *parts = line.split(b" ")
        if word != b"PROXY" or not parts:
            raise InvalidProxyHeader(f"{line!r} is no PROXY header")
        protocol, *addresses = parts
        if protocol == b"UNKNOWN":
            # Whatever follows is to be ignored.
            return ProxyInfo(line, None, None)
        family = cls.families.get(protocol)
        if family is None:
            raise InvalidNetworkProtocol(f"{protocol!r} is none of TCP4, TCP6 and UNKNOWN")
        if len(addresses) != 4:
            raise MissingAddressData(f"{line!r} is to have two addresses and two ports")
        source, destination, sourcePort, destinationPort = addresses
        return ProxyInfo(
            line,
            _address(family, source, sourcePort),
            _address(family, destination, destinationPort),
        )
