"""
Values of a web service's options: addresses of pages, of other servers, and header fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from twisted.application._config.kinds import WRONG, Kind, Report, Text, said, tableFromText
from twisted.application._config.mistakes import Path

__all__ = ["HeaderFields", "Proxies", "Target", "Upstream", "UpstreamURL", "segmentsOf"]

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_FRAMING: Final = frozenset(("connection", "content-length", "transfer-encoding"))


def segmentsOf(path: str) -> tuple[bytes, ...] | None:
    """
    Returns: the parts of a path that begins with a slash; the last slash does not count. None for
        a path that no request should have.
    """
    if not path.startswith("/") or "?" in path or "#" in path or not path.isprintable():
        return None
    parts = tuple(unquote_to_bytes(part) for part in path.strip("/").split("/") if path != "/")
    wrong = any(part in (b"", b".", b"..") or b"/" in part or b"\0" in part for part in parts)
    return None if wrong else parts


class Target(Text):
    """
    Where a client is sent: an URL, or a path on the same server.
    """

    short = "URL"
    words = 'an URL such as "https://example.org/", or a path such as "/new"'

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, str) or not _isTarget(value):
            return self.refuse(value, path, report)
        return value


def _isTarget(text: str) -> bool:
    if re.fullmatch(r"[!-~]+", text) is None or "\\" in text or "#" in text:
        return False
    if text.startswith("/"):
        return not text.startswith("//")
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and _port(parts) >= 0
    except ValueError:
        return False


def _port(parts: Any) -> int:
    """The port of a split URL. Raises: ValueError for one that is none."""
    return int(parts.port if parts.port is not None else (443 if parts.scheme == "https" else 80))


class Upstream(NamedTuple):
    """
    Another server, which answers in place of this one.

    Args:
        scheme: "http" or "https".
        host, port: where it is.
        path: what stands before each path that it is asked for; it ends with no slash.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as an URL has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}/"


class UpstreamURL(Text):
    """
    The URL of another server, as an `Upstream`.
    """

    short = "URL"
    words = 'the URL of a server, such as "http://127.0.0.1:9000/"'

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, str) or not _isTarget(value) or value.startswith("/"):
            return self.refuse(value, path, report)
        parts = urlsplit(value)
        if parts.query or parts.username is not None:
            what = "a query" if parts.query else "a name and a password"
            report.wrong(path, f"the URL of a server has no room for {what}.")
            return WRONG
        return Upstream(parts.scheme, str(parts.hostname), _port(parts), parts.path.rstrip("/"))

    def show(self, value: Any) -> str:
        return "" if value is None else f'"{value}"'


class HeaderFields(Kind):
    """
    Header fields that are added to responses, as a tuple of pairs.
    """

    short = "table"
    words = 'a table of names and values, such as { Referrer-Policy = "same-origin" }'

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, dict):
            return self.refuse(value, path, report)
        right = True
        for name, field in value.items():
            wrong = _wrongField(name, field)
            if wrong is not None:
                report.wrong((*path, name), wrong)
                right = False
        return tuple(value.items()) if right else WRONG

    def fromText(self, text: str) -> object:
        return tableFromText(text)

    def show(self, value: Any) -> str:
        if not value:
            return ""
        # Of a field that refers to a secret, the reference is shown.
        shown = [f"{name} = {Kind.show(self, field)}" for name, field in value]
        return "{ " + ", ".join(shown) + " }"

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


def _wrongField(name: str, field: object) -> str | None:
    if _TOKEN.fullmatch(name) is None:
        return f"{name!r} is no name of a header field."
    if name.lower() in _FRAMING:
        return f"{name!r} says where a message ends, which the server alone knows."
    if not isinstance(field, str) or _FIELD.fullmatch(field) is None:
        return "wanted text of one line, in quotes; its characters are those of Latin-1."
    return None


class Proxies(Kind):
    """
    The proxies that are believed what they say of their clients, as a tuple of networks.
    """

    many = True
    short = "addresses"
    words = 'an address or network such as "127.0.0.1" or "10.0.0.0/8", "unix", or a list of such'

    def read(self, value: object, path: Path, report: Report) -> Any:
        import ipaddress

        given = value if isinstance(value, list) else [value]
        found: list[Any] = []
        for index, each in enumerate(given):
            where = (*path, index) if isinstance(value, list) else path
            if each == "unix":
                found.append("unix")
                continue
            try:
                found.append(ipaddress.ip_network(each if isinstance(each, str) else ""))
            except ValueError as error:
                report.wrong(where, f"wanted {self.words}, got {said(each)}: {error}.")
                return WRONG
        return tuple(found)

    def show(self, value: Iterable[Any]) -> str:
        shown = ", ".join(f'"{each}"' for each in value)
        return f"[{shown}]" if shown else ""

    def schema(self) -> dict[str, Any]:
        text = {"type": "string"}
        return {"anyOf": [text, {"type": "array", "items": text}]}
