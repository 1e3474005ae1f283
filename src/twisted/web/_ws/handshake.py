"""How a connection of HTTP becomes a WebSocket (RFC 6455, section 4)."""

from __future__ import annotations

import base64
import binascii
import os
from hashlib import sha1
from typing import Any

__all__ = ["acceptOf", "acceptingFields", "keyOf", "newKey", "subprotocolsOf"]

_salt = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
version = b"13"


def newKey() -> bytes:
    """Returns: what a client sends as Sec-WebSocket-Key."""
    return base64.b64encode(os.urandom(16))


def acceptOf(key: bytes) -> bytes:
    """Returns: what a server answers to a key."""
    return base64.b64encode(sha1(key + _salt, usedforsecurity=False).digest())


def tokensOf(headers: Any, name: bytes) -> list[bytes]:
    """Returns: what stands in a header between commas, in lower case."""
    values = headers.getRawHeaders(name) or []
    return [token.strip().lower() for value in values for token in value.split(b",")]


def keyOf(request: Any) -> bytes | None:
    """Returns: the key of a request for a WebSocket, or None for any other request."""
    headers = request.requestHeaders
    keys = headers.getRawHeaders(b"sec-websocket-key") or []
    if (
        request.method != b"GET"
        or request.clientproto != b"HTTP/1.1"
        or b"websocket" not in tokensOf(headers, b"upgrade")
        or b"upgrade" not in tokensOf(headers, b"connection")
        or tokensOf(headers, b"sec-websocket-version") != [version]
        or len(keys) != 1
    ):
        return None
    key: bytes = keys[0]
    try:
        return key if len(base64.b64decode(key, validate=True)) == 16 else None
    except binascii.Error:
        return None


def subprotocolsOf(request: Any) -> list[str]:
    """Returns: what the client offers, the best first."""
    values = request.requestHeaders.getRawHeaders(b"sec-websocket-protocol") or []
    offered = [token.strip() for value in values for token in value.split(b",")]
    return [token.decode("latin-1") for token in offered if token]


def acceptingFields(key: bytes) -> list[tuple[bytes, bytes]]:
    """Returns: the header fields of the response that makes a WebSocket of the connection."""
    return [
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", acceptOf(key)),
    ]
