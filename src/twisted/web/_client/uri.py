"""URIs as a client needs them (RFC 3986), in bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin
from urllib.parse import urlunparse as _urlunparse

from twisted.web._http.forms import urlparse

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["URI", "urlunparse"]

# What most URIs look like; for these there is nothing to think about, and they are taken apart in a
# tenth of the time.
_plain = re.compile(
    rb"(https?)://(([0-9A-Za-z.\-_]+)(?::([0-9]{1,5}))?)(/[0-9A-Za-z/.\-_~%!$&'()*+,=:@]*)?"
    rb"(?:\?([0-9A-Za-z/.\-_~%!$&'()*+,=:@;?]*))?"
).fullmatch


def urlunparse(parts: Sequence[bytes]) -> bytes:
    """
    Args: parts: scheme, place, path, parameters, query, fragment.
    Returns: the URL that they are the parts of.
    """
    return _urlunparse([part.decode("charmap") for part in parts]).encode("charmap")


class URI:
    """
    An absolute URI and its parts.

    Attributes:
        scheme: ``b"http"``.
        netloc: host and port as they were given, an IPv6 address in brackets.
        host: without brackets.
        port: a number.
        path: what comes then, as far as the others.
        params: of the last part of the path, after ``;``.
        query: after ``?``.
        fragment: after ``#``; servers do not get to see it.
    """

    def __init__(
        self,
        scheme: bytes,
        netloc: bytes,
        host: bytes,
        port: int,
        path: bytes,
        params: bytes,
        query: bytes,
        fragment: bytes,
    ) -> None:
        self.scheme = scheme
        self.netloc = netloc
        self.host = host.strip(b"[]")
        self.port = port
        self.path = path
        self.params = params
        self.query = query
        self.fragment = fragment

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.toBytes().decode('latin-1')}>"

    @classmethod
    def fromBytes(cls, uri: bytes, defaultPort: int | None = None) -> Self:
        """
        Args:
            uri: all of it.
            defaultPort: where it names none; the usual one of its scheme by default.
        Raises: ValueError for what cannot be taken apart.
        """
        found = _plain(uri)
        if found is not None:
            scheme, netloc, host, number, path, query = found.groups()
            usual = (443 if scheme == b"https" else 80) if defaultPort is None else defaultPort
            port = usual if number is None else int(number)
            return cls(scheme, netloc, host, port, path or b"", b"", query or b"", b"")
        scheme, netloc, path, params, query, fragment = urlparse(uri.strip())
        if defaultPort is None:
            defaultPort = 443 if scheme == b"https" else 80
        host, port = netloc, defaultPort
        if b":" in host:
            before, _, after = host.rpartition(b":")
            if after.isdigit():
                host, port = before, int(after)
            elif not after:
                host = before
        return cls(scheme, netloc, host, port, path, params, query, fragment)

    def toBytes(self) -> bytes:
        """Returns: all of it."""
        return urlunparse(
            (self.scheme, self.netloc, self.path, self.params, self.query, self.fragment)
        )

    @property
    def originForm(self) -> bytes:
        """Path and query: what a request to the server itself names (RFC 9112, section 3.2.1)."""
        path = self.path
        if self.params:
            path += b";" + self.params
        if self.query:
            path += b"?" + self.query
        if path[:1] == b"/":
            return path
        return b"/" + path


def _urljoin(base: bytes, url: bytes) -> bytes:
    """
    Find out where a redirect leads (RFC 9110, section 10.2.2).

    Args:
        base: what was asked for.
        url: where to, perhaps relative to it.
    Returns: an absolute URI; with the fragment of ``base`` where ``url`` has none.
    """
    whole, oldFragment = urldefrag(base)
    target, newFragment = urldefrag(urljoin(whole, url))
    fragment = newFragment or oldFragment
    return target + b"#" + fragment if fragment else target
