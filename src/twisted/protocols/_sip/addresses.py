"""SIP's URLs, addresses and Via headers (RFC 3261 sections 19.1, 20.10 and 20.42)."""

from __future__ import annotations

import re
import warnings
from typing import Any

from .words import PORT, unq

# A host may be an IPv6 address in brackets.
_hostPort = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\s\[\]]*)(?::([0-9]{1,5}))?")
_number = re.compile(r"[0-9]{1,10}")


def _readHostPort(text: str) -> tuple[str, int | None]:
    found = _hostPort.fullmatch(text.strip())
    if found is None or int(found[2] or 0) > 0xFFFF:
        raise ValueError(f"{text!r} is no host with a port")
    return found[1], int(found[2]) if found[2] else None


def _readNumber(text: str) -> int:
    if not _number.fullmatch(text):
        raise ValueError(f"{text!r} is no number")
    return int(text)


class URL:
    """
    A SIP URL.

    Attributes:
        usertype: the parameter ``user``.
        other: parameters that have no attribute, as they were written.
        headers: what follows the question mark.
    """

    def __init__(
        self,
        host: str,
        username: str | None = None,
        password: str | None = None,
        port: int | None = None,
        transport: str | None = None,
        usertype: str | None = None,
        method: str | None = None,
        ttl: int | None = None,
        maddr: str | None = None,
        tag: str | None = None,
        other: list[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.username = username
        self.host = host
        self.password = password
        self.port = port
        self.transport = transport
        self.usertype = usertype
        self.method = method
        self.tag = tag
        self.ttl = ttl
        self.maddr = maddr
        self.other = [] if other is None else other
        self.headers = {} if headers is None else headers

    def toString(self) -> str:
        """Write it."""
        who = ""
        if self.username is not None:
            secret = "" if self.password is None else f":{self.password}"
            who = f"{self.username}{secret}@"
        pieces = [f"sip:{who}{self.host}"]
        if self.port is not None:
            pieces.append(f":{self.port}")
        for name, value in (
            ("user", self.usertype),
            ("transport", self.transport),
            ("ttl", self.ttl),
            ("maddr", self.maddr),
            ("method", self.method),
            ("tag", self.tag),
        ):
            if value is not None:
                pieces.append(f";{name}={value}")
        pieces += [f";{parameter}" for parameter in self.other]
        if self.headers:
            pieces.append("?" + "&".join(f"{name}={self.headers[name]}" for name in self.headers))
        return "".join(pieces)

    __str__ = toString

    def __repr__(self) -> str:
        return f"<URL {self.username}@{self.host}:{self.port}/{self.transport}>"


_urlParameters = {
    "user": "usertype",
    "transport": "transport",
    "ttl": "ttl",
    "maddr": "maddr",
    "method": "method",
    "tag": "tag",
}


def parseURL(url: str, host: str | None = None, port: int | None = None) -> URL:
    """
    Read a URL.

    Args:
        host, port: stand in the place of those in the URL, where they are not None.
    Raises: ValueError where it is none of SIP.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme.lower() != "sip":
        raise ValueError(f"unsupported scheme: {scheme}")
    rest, _, headers = rest.partition("?")
    # A user's name may have semicolons of its own, but no @.
    who, at, rest = rest.rpartition("@")
    place, *parameters = rest.split(";")
    found: dict[str, Any] = {}
    if at:
        found["username"], colon, password = who.partition(":")
        if colon:
            found["password"] = password
    found["host"], found["port"] = _readHostPort(place)
    other = []
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        attribute = _urlParameters.get(name)
        if attribute is None:
            other.append(parameter)
        else:
            found[attribute] = _readNumber(value) if attribute == "ttl" else value
    if host is not None:
        found["host"] = host
    if port is not None:
        found["port"] = port
    pairs = [pair.partition("=") for pair in headers.split("&") if pair]
    return URL(other=other, headers={name: value for name, _, value in pairs}, **found)


def cleanRequestURL(url: URL) -> None:
    """Take off, in place, what the URL of a request may not have."""
    url.transport = url.maddr = url.ttl = None
    url.headers = {}


def parseAddress(
    address: str, host: str | None = None, port: int | None = None, clean: int = 0
) -> tuple[str, URL, dict[str, str]]:
    """
    Read an address: a URL, or a name, a URL in angle brackets, and parameters.

    Args:
        host, port: see `parseURL`.
        clean: whether to put the URL through `cleanRequestURL`.
    Returns: the name, the URL and the parameters.
    Raises: ValueError.
    """
    address = address.strip()
    name, parameters = "", ""
    if not address.lower().startswith("sip:"):
        name, bracket, rest = address.partition("<")
        address, closing, parameters = rest.partition(">")
        if not bracket or not closing:
            raise ValueError(f"{name!r} is no address: it has no URL in angle brackets")
    url = parseURL(address, host=host, port=port)
    if clean:
        cleanRequestURL(url)
    pairs = [pair.strip().partition("=") for pair in parameters.split(";") if pair.strip()]
    return unq(name.strip()), url, {key: unq(value) for key, _, value in pairs}


_absent: Any = object()


class Via:
    """
    One hop that a request has made, and by which its response goes back.

    Attributes:
        transport, host, port: where the hop is.
        ttl, hidden, branch, maddr: parameters, see the RFC.
        received: the address that the request really came from, if it is another.
        rportValue: likewise the port (RFC 3581); None where there is none.
        rportRequested: whether the port is to be filled in.
        otherParams: parameters that have no attribute; None for those without a value.
    """

    transport: str
    host: str
    port: int
    ttl: int | None
    hidden: bool
    received: str | None
    branch: str | None
    maddr: str | None
    otherParams: dict[str, str | None]
    rportValue: int | None
    rportRequested: bool

    def __init__(
        self,
        host: str,
        port: int = PORT,
        transport: str = "UDP",
        ttl: int | None = None,
        hidden: bool = False,
        received: str | None = None,
        rport: Any = _absent,
        branch: str | None = None,
        maddr: str | None = None,
        **kw: Any,
    ) -> None:
        self.transport = transport
        self.host = host
        self.port = port
        self.ttl = ttl
        self.hidden = hidden
        self.received = received
        if rport is True:
            warnings.warn(
                "rport=True is deprecated since Twisted 9.0.", DeprecationWarning, stacklevel=2
            )
        self.rportValue = None
        self.rportRequested = rport is True or rport is None
        if not self.rportRequested and rport is not _absent:
            self.rportValue = rport
        self.branch = branch
        self.maddr = maddr
        self.otherParams = kw

    @property
    def rport(self) -> Any:
        """The port that the request came from; True where it is to be filled in."""
        return True if self.rportRequested else self.rportValue

    @rport.setter
    def rport(self, newRPort: int) -> None:
        self.rportValue = newRPort
        self.rportRequested = False

    def toString(self) -> str:
        """Write it."""
        pieces = [f"SIP/2.0/{self.transport} {self.host}:{self.port}"]
        if self.hidden:
            pieces.append("hidden")
        for name in ("ttl", "branch", "maddr", "received"):
            value = getattr(self, name)
            if value is not None:
                pieces.append(f"{name}={value}")
        if self.rportRequested:
            pieces.append("rport")
        elif self.rportValue is not None:
            pieces.append(f"rport={self.rportValue}")
        for name, value in self.otherParams.items():
            pieces.append(name if value is None else f"{name}={value}")
        return ";".join(pieces)


def parseViaHeader(value: str) -> Via:
    """
    Read a Via header.

    Raises: ValueError.
    """
    sent, *parameters = value.split(";")
    protocol, by = sent.split(None, 1)
    name, version, transport = protocol.split("/")
    if (name, version) != ("SIP", "2.0"):
        raise ValueError(f"wrong protocol or version: {value!r}")
    host, port = _readHostPort(by.partition("(")[0])
    via = Via(host, PORT if port is None else port, transport)
    for parameter in parameters:
        # A comment may follow.
        key, equals, text = parameter.partition("(")[0].strip().partition("=")
        if key == "hidden":
            via.hidden = True
        elif key == "ttl":
            via.ttl = _readNumber(text)
        elif key == "rport":
            via.rportRequested = not equals
            via.rportValue = _readNumber(text) if equals else None
        elif key in ("branch", "maddr", "received"):
            setattr(via, key, text)
        elif key:
            via.otherParams[key] = text if equals else None
    return via
