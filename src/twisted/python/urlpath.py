"""
URLs to move about in, as one does by following links.

`URLPath` is what ``twisted.web`` gives for the place of a request. Its parts are bytes that are fit
for the wire; ``hyperlink`` does the work, and is what new programs use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from hyperlink import URL

__all__ = ["URLPath"]

_Path = TypeVar("_Path", bound="URLPath")

# Every ASCII character that is not a control: what is quoted already is left as it is.
_plain = "".join(map(chr, range(33, 127)))


def _asBytes(part: str | bytes) -> bytes:
    """Give a part of a URL as bytes fit for the wire."""
    return quote(part, safe=_plain).encode("ascii")


def _asText(part: str | bytes) -> str:
    """Give a part of a URL as ASCII text."""
    return quote(part, safe=_plain)


def _parse(text: str) -> URL:
    """Parse a URL into what may be sent."""
    from hyperlink import URL

    return _fit(URL.from_text(text))


def _fit(url: URL) -> URL:
    """Quote whatever may not be sent, write a host as IDNA has it, and give it a path."""
    if url.host and not url.path:
        url = url.replace(path=("",))
    if ":" not in url.host:
        return url.to_uri()
    # Not an IPv6 address: hyperlink would take it for a name.
    return url.replace(host="localhost").to_uri().replace(host=url.host)


class URLPath:
    """
    A URL that can be taken apart, changed, and moved away from.

    The parts may be set, to text or bytes, and are bytes when they are read.

    Attributes:
        scheme: such as ``b"https"``.
        netloc: host and port, and a user's name if any. A password is not shown.
        path: the path, with its slashes.
        query: what follows the question mark.
        fragment: what follows the number sign.
    """

    def __init__(
        self,
        scheme: str | bytes = b"",
        netloc: str | bytes = b"localhost",
        path: str | bytes = b"",
        query: str | bytes = b"",
        fragment: str | bytes = b"",
    ) -> None:
        """
        Args:
            scheme: see the class; ``http`` if empty.
            netloc: see the class.
            path: see the class; ``/`` if empty.
            query: see the class.
            fragment: see the class.
        """
        self._parts = {
            "scheme": _asBytes(scheme) or b"http",
            "netloc": _asBytes(netloc),
            "path": _asBytes(path) or b"/",
            "query": _asBytes(query),
            "fragment": _asBytes(fragment),
        }
        # As the netloc, but with the password.
        self._authority = self._parts["netloc"]
        self._assemble()

    def _assemble(self) -> None:
        """Make the URL from its parts."""
        text = {name: part.decode("ascii") for name, part in self._parts.items()}
        url = f"{text['scheme']}://{self._authority.decode('ascii')}{text['path']}"
        url += f"?{text['query']}" if text["query"] else ""
        self._url = _parse(url + (f"#{text['fragment']}" if text["fragment"] else ""))

    @classmethod
    def _fromURL(cls: type[_Path], url: URL) -> _Path:
        """Make one from a parsed URL."""
        self = cls.__new__(cls)
        self._url = url
        rest = url.to_text().partition("#")[0]
        path, _, query = rest.partition("?")
        if url.host:
            path = "/" + path.partition("://")[2].partition("/")[2]
        self._parts = {
            "scheme": url.scheme.encode("ascii"),
            "netloc": url.authority().encode("ascii"),
            "path": path.encode("ascii"),
            "query": query.encode("ascii"),
            "fragment": url.fragment.encode("ascii"),
        }
        self._authority = url.authority(with_password=True).encode("ascii")
        return self

    @classmethod
    def fromString(cls: type[_Path], url: str) -> _Path:
        """
        Parse a URL. Whatever a URL may not hold is quoted, as UTF-8.

        Raises: ValueError if it is no text, or no URL.
        """
        if not isinstance(url, str):
            raise ValueError(f"a URL as str is wanted, not {url!r}; for bytes there is fromBytes")
        return cls._fromURL(_parse(url))

    @classmethod
    def fromBytes(cls: type[_Path], url: bytes) -> _Path:
        """
        Parse a URL as it came over the wire. Whatever a URL may not hold is quoted.

        Raises: ValueError if it is not bytes, or no URL.
        """
        if not isinstance(url, bytes):
            raise ValueError(f"a URL as bytes is wanted, not {url!r}; for str there is fromString")
        return cls._fromURL(_parse(_asText(url)))

    @classmethod
    def fromRequest(cls: type[_Path], request: Any) -> _Path:
        """Give the place of a request of ``twisted.web``, as far as it was looked up."""
        return cls.fromBytes(request.prePathURL())

    def _part(name: str) -> Any:  # type: ignore[misc]  # makes a property while the class is made
        def get(self: URLPath) -> bytes:
            return self._parts[name]

        def change(self: URLPath, value: str | bytes) -> None:
            self._parts[name] = _asBytes(value)
            if name == "netloc":
                self._authority = self._parts[name]
            self._assemble()

        return property(get, change)

    scheme = _part("scheme")
    netloc = _part("netloc")
    path = _part("path")
    query = _part("query")
    fragment = _part("fragment")

    del _part

    def pathList(self, unquote: bool = False, copy: bool = True) -> list[bytes]:
        """
        Give the segments of the path; the first is empty, for the slash it begins with.

        Args:
            unquote: whether to resolve what is quoted.
            copy: has no effect; the list is always the caller's own.
        """
        segments = self.path.split(b"/")
        return [unquote_to_bytes(each) for each in segments] if unquote else list(segments)

    def _moved(self: _Path, url: URL, keepQuery: bool) -> _Path:
        """Give where a move leads; the fragment stays behind."""
        url = url.replace(fragment="", query=self._url.query if keepQuery else ())
        return self._fromURL(_fit(url))

    def sibling(self: _Path, path: str | bytes, keepQuery: bool = False) -> _Path:
        """
        Go to another name in the same directory.

        Args:
            path: the name; a slash in it is quoted.
            keepQuery: whether the query comes along.
        """
        return self._moved(self._url.sibling(_asText(path)), keepQuery)

    def child(self: _Path, path: str | bytes, keepQuery: bool = False) -> _Path:
        """
        Go one segment down.

        Args:
            path: the name; a slash in it is quoted.
            keepQuery: whether the query comes along.
        """
        return self._moved(self._url.child(_asText(path)), keepQuery)

    def parent(self: _Path, keepQuery: bool = False) -> _Path:
        """
        Go to the directory above, as ``..`` does; the topmost one is its own parent.

        Args:
            keepQuery: whether the query comes along.
        """
        return self._moved(self._url.click(".."), keepQuery)

    def here(self: _Path, keepQuery: bool = False) -> _Path:
        """
        Go to the directory of this URL, as ``.`` does.

        Args:
            keepQuery: whether the query comes along.
        """
        return self._moved(self._url.click("."), keepQuery)

    def click(self: _Path, st: str | bytes) -> _Path:
        """
        Follow a link that is found at this URL.

        Args:
            st: the link, which may be relative (RFC 3986 section 5.2).
        """
        return self._fromURL(_fit(self._url.click(_asText(st))))

    def __str__(self) -> str:
        return self._url.to_text()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={part!r}" for name, part in self._parts.items())
        return f"URLPath({shown})"
