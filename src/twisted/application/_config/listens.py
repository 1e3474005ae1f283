"""
Where a service listens: what a file may say of it, and what comes of that.

The key ``listen`` takes a port number, a table, a description, or a list of these:

- ``7007``: that TCP port, for programs on this machine only.
- ``{ tcp = 7007, host = "*" }``, ``{ tls = 7008, certificate = "self-signed" }``,
  ``{ unix = "echo.sock" }``: a table whose first key says what it is.
- ``"tcp:7007:interface=127.0.0.1"``: a description, as `serverFromString` reads them.

One entry may come to several addresses: "localhost" is 127.0.0.1 and, where there is one, ::1.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .addresses import Described, Listen, TCPListen, TLSListen, UNIXListen
from .kinds import WRONG, FilePath, Kind, Report, Whole, fromFile, said, tableFromText
from .mistakes import Path, nearest
from .options import WrongOption, option, readOptions, tableSchema

__all__ = ["Listens", "hasIPv6"]

_ADDRESS_LIKE = re.compile(
    r"(?P<host>\*|localhost|[\w-]+(?:\.[\w-]+)+|\[[0-9a-fA-F:.]+\]):(?P<port>\d+)$"
)

longestUNIXPathBytes: Final = 107
"""What Linux's ``sun_path`` holds beside its closing NUL; other systems hold 103."""


class _Hosts(Kind):
    """
    Whose connections are taken, as the addresses to bind.
    """

    short = "host"
    words = (
        '"localhost" (this machine only), "*" (everyone), an address such as "192.0.2.1" or '
        '"2001:db8::1", or a list of such'
    )

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, list):
            each = [self.read(one, (*path, n), report) for n, one in enumerate(value)]
            if any(one is WRONG for one in each):
                return WRONG
            return tuple(dict.fromkeys(host for one in each for host in one))
        hosts = _hosts(value) if isinstance(value, str) else None
        return self.refuse(value, path, report) if hosts is None else hosts

    def schema(self) -> dict[str, Any]:
        text = {"type": "string", "examples": ["localhost", "*"]}
        return {"anyOf": [text, {"type": "array", "items": text}]}


class _Mode(Whole):
    """
    Permissions of a file, as an octal number.
    """

    short = "permissions"

    def __init__(self) -> None:
        super().__init__(0, 0o777)
        self.words = "permissions such as 0o660 (from 0 to 0o777)"

    def show(self, value: Any) -> str:
        return f"0o{value:o}"


class _CertificatePath(FilePath):
    words = '"self-signed", or the path of a PEM file'

    def read(self, value: object, path: Path, report: Report) -> Any:
        if value == "self-signed":
            return value
        return super().read(value, path, report)


_PORT: Final = Whole(0, 65535)


@dataclass(frozen=True)
class _Table:
    backlog: int = option(
        help="How many connections may wait to be taken.", default=50, minimum=1, maximum=65535
    )

    def listens(self) -> Iterator[Listen]:
        """Go over the addresses that this entry comes to."""
        raise NotImplementedError


@dataclass(frozen=True)
class _PortTable(_Table):
    host: tuple[str, ...] | str = option(
        help='Who may connect: "localhost", "*", or addresses of this machine.',
        default="localhost",
        kind=_Hosts(),
    )

    @property
    def hosts(self) -> tuple[str, ...]:
        # The default is looked up when it is used: not every machine has IPv6.
        return self.host if isinstance(self.host, tuple) else _hosts(self.host) or ()


@dataclass(frozen=True)
class _TCPTable(_PortTable):
    tcp: int = option(help="The port's number; 0 lets the system choose.", kind=_PORT)

    def listens(self) -> Iterator[Listen]:
        for host in self.hosts:
            yield TCPListen(host, self.tcp, self.backlog)


@dataclass(frozen=True)
class _TLSTable(_PortTable):
    tls: int = option(help="The port's number; 0 lets the system choose.", kind=_PORT)
    certificate: str = option(
        help='A PEM file, or "self-signed" for a demo.',
        kind=_CertificatePath(),
        example='"self-signed"',
    )
    key: str | None = option(
        help="The PEM file of the certificate's private key, if it is another file.",
        default=None,
        kind=FilePath(),
    )

    def __post_init__(self) -> None:
        from .certificates import WrongCertificate, checkCertificate

        if self.certificate == "self-signed" and self.key is not None:
            raise WrongOption("key", "a self-signed certificate comes with a key of its own.")
        try:
            checkCertificate(self.certificate, self.key)
        except WrongCertificate as error:
            key = "key" if error.inKey and self.key is not None else "certificate"
            raise WrongOption(key, str(error)) from None

    def listens(self) -> Iterator[Listen]:
        from .certificates import fingerprint

        version = fingerprint(self.certificate, self.key)
        for host in self.hosts:
            yield TLSListen(host, self.tls, self.backlog, self.certificate, self.key, version)


@dataclass(frozen=True)
class _UNIXTable(_Table):
    unix: str = option(help="The socket's path.", kind=FilePath())
    mode: int = option(help="The permissions of the socket's file.", default=0o660, kind=_Mode())

    def __post_init__(self) -> None:
        wrong = _wrongSocketPath(self.unix)
        if wrong is not None:
            raise WrongOption("unix", wrong)

    def listens(self) -> Iterator[Listen]:
        yield UNIXListen(self.unix, self.mode, self.backlog)


_TABLES: Final[dict[str, type[_Table]]] = {"tcp": _TCPTable, "tls": _TLSTable, "unix": _UNIXTable}


class Listens(Kind):
    """
    The value of ``listen``: a tuple of `Listen`.
    """

    many = True
    short = "addresses"
    words = (
        'a port number, a table such as { tcp = 7007 } or { unix = "name.sock" }, '
        'a description such as "tcp:7007", or a list of such'
    )
    examples = (
        ("7000", "a TCP port, for programs on this machine"),
        ('{ tcp = 7000, host = "*" }', "a TCP port, for everyone"),
        ('{ tls = 7001, certificate = "self-signed" }', "the same with TLS"),
        ('{ unix = "name.sock" }', "a UNIX socket"),
        ('"tcp:7000:interface=192.0.2.1"', "a description, as other programs take it"),
        ('[7000, { unix = "name.sock" }]', "several of these"),
    )
    tables = _TABLES

    def read(self, value: object, path: Path, report: Report) -> Any:
        found: list[Listen] = []
        entries = value if isinstance(value, list) else [value]
        if not entries:
            report.wrong(path, f"the list is empty: wanted {self.words}.")
            return WRONG
        right = True
        for index, given in enumerate(entries):
            entry = fromFile(self, given)
            where = (*path, index) if isinstance(value, list) else path
            listens = self._one(entry, where, report)
            if listens is None:
                right = False
                continue
            for listen in listens:
                if listen in found and getattr(listen, "port", None) != 0:
                    report.wrong(where, f"{listen.transport} {listen.words} stands here twice.")
                    right = False
                found.append(listen)
        return tuple(found) if right else WRONG

    def fromText(self, text: str) -> object:
        """A number and a table are what they are in a file; anything else is a description."""
        if text.lstrip("-").isdecimal():
            return int(text)
        return tableFromText(text)

    def schema(self) -> dict[str, Any]:
        entry = {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 65535},
                {"type": "string"},
                *(tableSchema(settings) for settings in _TABLES.values()),
            ]
        }
        return {"anyOf": [entry, {"type": "array", "minItems": 1, "items": entry}]}

    def _one(self, entry: object, path: Path, report: Report) -> list[Listen] | None:
        if isinstance(entry, bool):
            self.refuse(entry, path, report)
            return None
        if isinstance(entry, int):
            entry = {"tcp": entry}
        if isinstance(entry, dict):
            return self._table(entry, path, report)
        if isinstance(entry, str):
            return self._description(entry, path, report)
        self.refuse(entry, path, report)
        return None

    def _table(self, table: dict[str, Any], path: Path, report: Report) -> list[Listen] | None:
        kinds = [key for key in table if key in _TABLES]
        if len(kinds) != 1:
            wrong = "has none of them" if not kinds else f"has {' and '.join(kinds)}"
            close = [name for name in (nearest(key, _TABLES) for key in table) if name]
            hint = f" Did you mean {close[0]!r}?" if close and not kinds else ""
            report.wrong(
                path,
                "a table that says where to listen has exactly one of the keys "
                f"tcp, tls and unix; this one {wrong}.{hint}",
            )
            return None
        made = readOptions(
            _TABLES[kinds[0]], table, path, report, of=f"a table with {kinds[0]!r} in it"
        )
        return None if made is None else list(made.listens())

    def _description(self, text: str, path: Path, report: Report) -> list[Listen] | None:
        wrong = _wrongDescription(text)
        if wrong is None:
            return [Described(text)]
        report.wrong(path, wrong)
        return None


def _wrongDescription(text: str) -> str | None:
    from twisted.internet.endpoints import serverFromString

    if text.isdecimal():
        return f"a port number stands without quotes: {text}"
    try:
        serverFromString(object(), text)
    except Exception as error:
        bare = _ADDRESS_LIKE.match(text)
        if bare is not None:
            host = bare["host"].strip("[]")
            return (
                f"{said(text)} does not say what it is. Did you mean "
                f'{{ tcp = {bare["port"]}, host = "{host}" }}?'
            )
        return f"{said(text)} is no description to listen on: {_cause(error)}"
    return None


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename!r} cannot be read: {error.strerror}"
    return str(error) or type(error).__name__


def _wrongSocketPath(path: str) -> str | None:
    size = len(os.fsencode(path))
    if size > longestUNIXPathBytes:
        return (
            f"the path {path!r} is {size} bytes long, and the system takes "
            f"{longestUNIXPathBytes} at most; put the socket into a folder with a shorter name."
        )
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return f"the folder {folder!r} for the socket is not there; make it first."
    if not os.access(folder, os.W_OK):
        return f"no file may be made in the folder {folder!r}; choose another."
    return None


def _hosts(text: str) -> tuple[str, ...] | None:
    """The addresses to bind, or None for a text that names none."""
    if text == "localhost":
        return ("127.0.0.1", "::1") if hasIPv6() else ("127.0.0.1",)
    if text == "*":
        # One IPv6 socket takes IPv4 too, unless the machine has no IPv6.
        return ("::",) if hasIPv6() else ("0.0.0.0",)
    try:
        return (str(ipaddress.ip_address(text)),)
    except ValueError:
        return None


def hasIPv6() -> bool:
    """
    Returns: whether this machine has an IPv6 address of its own.
    """
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
