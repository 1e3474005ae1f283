"""What may be wrong with a PROXY header. All of it is the peer's fault, and ends the connection."""

from __future__ import annotations


class InvalidProxyHeader(Exception):
    """The bytes are no PROXY header."""


class InvalidNetworkProtocol(InvalidProxyHeader):
    """The header names a protocol that PROXY headers do not know."""


class MissingAddressData(InvalidProxyHeader):
    """The header has fewer addresses or ports than its protocol wants, or they are none."""
