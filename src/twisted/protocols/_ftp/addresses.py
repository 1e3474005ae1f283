"""
Where a data connection goes, as PORT and PASV (RFC 959) and EPRT and EPSV (RFC 2428) write it.
"""

from __future__ import annotations

import re

IP4, IP6 = "1", "2"  # RFC 2428 section 2, numbers of address families
_sixNumbers = re.compile(r"(?<!\d)(\d{1,3}(?:,\d{1,3}){5})(?!,?\d)")


def decodeHostPort(line: str) -> tuple[str, int]:
    """
    Read an address of six numbers.

    Args:
        line: has it somewhere; a server's reply to PASV has words and brackets around it.
    Returns: the IPv4 address and the port number.
    Raises: ValueError where there is none, or a number is more than a byte.
    """
    found = _sixNumbers.search(line)
    if found is None:
        raise ValueError(f"{line!r} has no address: six numbers with commas between were wanted")
    numbers = [int(each) for each in found[1].split(",")]
    if max(numbers) > 255:
        raise ValueError(f"{found[1]!r} is no address: {max(numbers)} is more than a byte")
    return ".".join(map(str, numbers[:4])), numbers[4] << 8 | numbers[5]


def encodeHostPort(host: str, port: int) -> str:
    """
    Write an IPv4 address and a port number as six numbers.

    Returns: ``encodeHostPort("127.0.0.1", 2000)`` is ``"127,0,0,1,7,208"``.
    """
    return ",".join([*host.split("."), str(port >> 8), str(port & 255)])


def decodeExtendedAddress(address: str) -> tuple[str, str, int]:
    """
    Read an address with its family: ``|1|127.0.0.1|2000|``. Any character may stand for the bar.

    Returns: the family's number, the address and the port number, none of which is looked at.
    Raises: ValueError for anything else.
    """
    parts = address.split(address[:1] or "|")
    if len(parts) != 5 or parts[0] or parts[4] or not (parts[3].isdecimal() and parts[3].isascii()):
        raise ValueError(f"{address!r} is no address: |family|address|port| was wanted")
    # More digits than a port number has are not worth reading.
    if len(parts[3]) > 5:
        raise ValueError(f"{parts[3]!r} is no port number")
    return parts[1], parts[2], int(parts[3])


def encodeExtendedAddress(host: str, port: int) -> str:
    """Write an address with its family; a colon tells an IPv6 address."""
    return f"|{IP6 if ':' in host else IP4}|{host}|{port}|"


def plainHost(host: str) -> str:
    """Write an IPv4 address that came in as an IPv6 one (RFC 4291 section 2.5.5.2) as IPv4."""
    mapped = "::ffff:"
    return host[len(mapped) :] if host.lower().startswith(mapped) and "." in host else host


def isSameHost(one: str, other: str) -> bool:
    """Tell whether two addresses are of one host, as far as addresses can tell."""
    one, other = plainHost(one), plainHost(other)
    return one == other or (_isLoopback(one) and _isLoopback(other))


def _isLoopback(host: str) -> bool:
    return host == "::1" or host.startswith("127.")
