"""
What programs behind a gateway are told of a request: the same for CGI (RFC 3875) and WSGI.

Two headers that become the same variable would let a client pass one for the other, and variables
have no hyphens: a header with an underscore in its name is left out. So is ``Proxy``, which would
become ``HTTP_PROXY``, by which many programs choose the proxy of their own requests
(CVE-2016-1000111).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["asText", "headerVariables", "hopByHop", "portOf"]

(_underscore,) = b"_"

hopByHop = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Headers that are about one connection, and are not handed on (RFC 9110, section 7.6.1)."""


def asText(value: bytes | str) -> str:
    """Returns: bytes as the text that has a character for each (PEP 3333)."""
    return value if isinstance(value, str) else value.decode("iso-8859-1")


def headerVariables(request: Any) -> Iterator[tuple[str, list[bytes]]]:
    """Returns: ``HTTP_...`` names, and the values that the request has for each."""
    for name, values in request.requestHeaders.getAllRawHeaders():
        lower = name.lower()
        if _underscore not in lower and lower != b"proxy":
            yield "HTTP_" + asText(lower).upper().replace("-", "_"), values


def portOf(address: Any) -> str:
    """Returns: the port of an address; nothing for one that has none."""
    port = getattr(address, "port", None)
    return "" if port is None else str(port)
