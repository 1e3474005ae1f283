"""What the head of a request must look like (RFC 9113, section 8.3.1)."""

from __future__ import annotations

import re

from .faults import StreamFault
from .fields import Decoded, Fields, Head, partFields

__all__ = ["RequestHead", "readRequest"]

_badInPath = re.compile(rb"[^\x21-\x7e]").search
_isMethod = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_isScheme = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*").fullmatch


class RequestHead(Head):
    """
    What the fields of a request say; ``Host`` among them is the authority.

    Attributes: method, path: as the first line of HTTP/1 has them.
    """

    __slots__ = ("method", "path")

    def __init__(self, method: bytes, path: bytes, fields: Fields, size: int, count: int) -> None:
        super().__init__(fields, size, count)
        self.method, self.path = method, path

    def copied(self) -> RequestHead:
        """Returns: the same, to be changed by somebody else."""
        other = RequestHead.__new__(RequestHead)
        self._copyTo(other)
        other.method, other.path = self.method, self.path
        return other


def readRequest(decoded: Decoded) -> RequestHead:
    """
    Args: decoded: the fields of a request as they came (RFC 9113, section 8.3.1).
    Returns: what they say.
    Raises: StreamFault for what is no request.
    """
    pseudo, fields, size, count = partFields(decoded)
    method, path = _target(pseudo)
    authority = pseudo.get(b":authority")
    hosts = fields.get(b"Host")
    if authority is not None:
        if _badInPath(authority) or (hosts is not None and hosts != [authority]):
            raise StreamFault("a request names two hosts, or one that is none")
        fields = {b"Host": [authority], **fields}
    elif hosts is not None and len(hosts) > 1:
        raise StreamFault("a request names two hosts")
    return RequestHead(method, path, fields, size, count)


def _target(pseudo: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    """Method and path. Raises: StreamFault."""
    method = pseudo.get(b":method", b"")
    if _isMethod(method) is None:
        raise StreamFault(f"a request has the method {method!r:.60}")
    if not pseudo.keys() <= {b":method", b":scheme", b":authority", b":path"}:
        raise StreamFault("a request has fields with a colon that nobody knows")
    if method == b"CONNECT":
        authority = pseudo.get(b":authority")
        if not authority or b":scheme" in pseudo or b":path" in pseudo:
            raise StreamFault("a CONNECT has an authority, and neither scheme nor path")
        return method, authority
    path = pseudo.get(b":path", b"")
    if not path or _badInPath(path) or not (path[:1] == b"/" or path == b"*"):
        raise StreamFault(f"a request has the path {path!r:.60}")
    if _isScheme(pseudo.get(b":scheme", b"")) is None:
        raise StreamFault("a request has no scheme")
    return method, path
