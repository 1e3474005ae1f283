"""
Which route answers a request: the one whose path is the longest that the request's begins with.

Servers behind a proxy, and file systems, read some paths in more than one way: ``/a/../b`` is
``/b``, two slashes are one, ``%2F`` is a slash. Where such a second reading of a path would lead to
another route, there is nothing: what protects the one could otherwise be walked around through
the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.web.pages import errorPage, notFound
from twisted.web.resource import IResource

__all__ = ["HostTree", "RouteTree", "plainSegments"]


def plainSegments(segments: Iterable[bytes]) -> list[bytes]:
    """
    Read the parts of a path as the most eager of servers would.

    Args:
        segments: the parts between slashes, unquoted.
    Returns: parts without slashes, empty ones, dots, and what they lead out of.
    """
    plain: list[bytes] = []
    for segment in segments:
        for part in segment.replace(b"\\", b"/").split(b"/"):
            if part == b"..":
                del plain[-1:]
            elif part not in (b"", b"."):
                plain.append(part)
    return plain


def _isPlain(request: Any) -> bool:
    """Whether nothing in the path of a request could be read in a second way: most are so."""
    path: bytes = request.path
    return not (b"%" in path or b"//" in path or b"/." in path or b"\\" in path)


@implementer(IResource)
class RouteTree:
    """
    The routes of one host.

    Args:
        routes: resources by the parts of their paths; for the longest of them that a path begins
            with, what is left of the path is for the resource to follow.
    """

    isLeaf = False
    server: Any = None

    def __init__(self, routes: Mapping[tuple[bytes, ...], Any]) -> None:
        self._routes = dict(routes)
        self._lengths = sorted({len(path) for path in routes}, reverse=True)

    def __repr__(self) -> str:
        paths = ", ".join("/" + b"/".join(each).decode("utf-8", "replace") for each in self._routes)
        return f"<routes {paths}>"

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        """Find the route, and let it begin where its path ends."""
        segments = [name, *request.postpath]
        found = self._find(segments)
        if found is None or not (_isPlain(request) or self._isClear(segments, found)):
            return notFound()
        # The first part was taken off before we were asked.
        length = len(found)
        request.prepath[-1:] = segments[:length]
        request.postpath[:] = segments[length:]
        return self._routes[found]

    def _find(self, segments: Sequence[bytes]) -> tuple[bytes, ...] | None:
        most = len(segments)
        for length in self._lengths:
            if length <= most:
                path = tuple(segments[:length])
                if path in self._routes:
                    return path
        return None

    def _isClear(self, segments: Sequence[bytes], found: tuple[bytes, ...]) -> bool:
        """Whether a path is read in one way only, as far as routes are concerned."""
        if any(b"\0" in segment for segment in segments):
            return False
        return self._find(plainSegments(segments)) == found

    def putChild(self, path: bytes, child: Any) -> None:
        """Put a route here. Args: path: its first and only part."""
        self._routes[(path,)] = child
        self._lengths = sorted({len(each) for each in self._routes}, reverse=True)

    def render(self, request: Any) -> Any:
        """Answer what has no path at all: the server is asked, and no page of it."""
        return notFound().render(request)


@implementer(IResource)
class HostTree:
    """
    Virtual hosts.

    Args:
        hosts: what answers for a host, by its name; ``*.example.org`` is all below that.
        default: what answers for all others; None for nothing.
    """

    isLeaf = False
    server: Any = None

    def __init__(self, hosts: Mapping[str, Any], default: Any = None) -> None:
        named = {name.encode("ascii"): each for name, each in hosts.items()}
        self._below = {name[1:]: each for name, each in named.items() if name[:2] == b"*."}
        self._named = {name: each for name, each in named.items() if name[:2] != b"*."}
        self._default = default

    def __repr__(self) -> str:
        return f"<hosts {', '.join(sorted(map(ascii, [*self._named, *self._below])))}>"

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        """Find the host, which goes on as if there were no other."""
        host = self._hostFor(request.getRequestHostname())
        if host is None:
            return errorPage(421, "Wrong Server", "There is no such host here.")
        return host.getChildWithDefault(name, request)

    def _hostFor(self, name: bytes) -> Any:
        # A dot at the end of a name says that it is whole (RFC 3986, section 3.2.2).
        name = name.lower()
        name = name[:-1] if name[-1:] == b"." else name
        found = self._named.get(name)
        if found is not None or not self._below:
            return self._default if found is None else found
        dot = name.find(b".")
        while dot >= 0:
            if name[dot:] in self._below:
                return self._below[name[dot:]]
            dot = name.find(b".", dot + 1)
        return self._default

    def putChild(self, path: bytes, child: Any) -> None:
        """Raises: TypeError: what is below belongs to a host."""
        raise TypeError("routes belong to a host, and not to all of them")

    def render(self, request: Any) -> Any:
        """Answer what has no path at all."""
        return notFound().render(request)
