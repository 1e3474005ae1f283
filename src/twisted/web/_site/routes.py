"""
What a route may be: for each kind its options, as values.

A route is a table, and one of its keys says what it is::

    [services.www.routes]
    "/" = { path = "htdocs" }
    "/api" = { proxy = "http://127.0.0.1:9000/" }
    "/old" = { redirect = "/new" }
    "/staff" = { path = "staff", cred = "staff" }
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from twisted.application._config.kinds import (
    WRONG,
    FilePath,
    Kind,
    Report,
    said,
)
from twisted.application._config.logins import Cred
from twisted.application._config.mistakes import Path, nearest, orList
from twisted.application._config.nesting import MapOf
from twisted.application._config.options import (
    WrongOption,
    maskedTable,
    option,
    readOptions,
    tableSchema,
)
from twisted.application._config.tables import TableOf

from .names import ObjectName, Part
from .values import HeaderFields, Target, Upstream, UpstreamURL, segmentsOf

if TYPE_CHECKING:
    from twisted.application._config.logins import CredTable

__all__ = [
    "ASGIRoute",
    "Host",
    "Hosts",
    "PathRoute",
    "ProxyRoute",
    "RedirectRoute",
    "ResourceRoute",
    "Route",
    "Routes",
    "ScriptRoute",
    "WSGIRoute",
    "mostRoutes",
]

mostRoutes: Final = 1000
"""The most routes that one host may have."""


@dataclass(frozen=True)
class Route:
    """
    What every route may say.
    """

    cred: Any = option(  # noqa: RUF009  # declares a field; a `CredTable`
        help="Who may come in; without it, everybody.", default=None, kind=Cred(), example='"staff"'
    )
    realm: str = option(help="What the browser calls the place when it asks.", default="Members")
    scheme: Literal["basic", "digest"] = option(
        help="How names and passwords are sent. Digest works with passwords in plain only.",
        default="basic",
    )
    headers: tuple[tuple[str, str], ...] = option(
        help="Header fields for the responses of this route.",
        default=(),
        kind=HeaderFields(),
        example='{ Cache-Control = "no-store" }',
    )

    def __post_init__(self) -> None:
        if '"' in self.realm or "\\" in self.realm or not self.realm.isprintable():
            raise WrongOption("realm", "wanted text of one line, without quotes and backslashes.")
        cred: CredTable | None = self.cred
        if cred is not None and self.scheme == "digest" and not _hasPlain(cred):
            raise WrongOption(
                "scheme",
                "digest wants passwords in plain, and this table has only hashes of them; "
                'basic does with these: scheme = "basic" with TLS.',
            )


def _hasPlain(cred: CredTable) -> bool:
    from twisted.cred.passwords import looksHashed

    return bool(cred.checkers) or any(not looksHashed(each) for _, each in cred.users)


class _Servable(FilePath):
    """
    The path of a folder or file that is there.
    """

    words = "the path of a folder or a file, in quotes"

    def read(self, value: object, path: Path, report: Report) -> Any:
        full = super().read(value, path, report)
        if full is not WRONG and not os.path.exists(full):
            report.wrong(path, f"there is no folder and no file {full!r}.")
            return WRONG
        return full


@dataclass(frozen=True)
class PathRoute(Route):
    """Files."""

    path: str = option(help="The folder or the file that is served.", kind=_Servable())
    index: tuple[str, ...] = option(
        help="Names of files that are shown for a folder, the first that is there.",
        default=("index.html", "index.htm"),
    )
    listing: bool = option(
        help="Whether a folder without such a file shows what is in it.", default=False
    )
    hidden: bool = option(
        help="Whether names that begin with a dot are served, too.", default=False
    )
    scripts: bool = option(
        help="Whether files that end with .rpy are run as Python, to make resources.", default=False
    )
    defaultType: str = option(
        help="The media type of files whose names say nothing of it.",
        default="application/octet-stream",
    )
    maxAge: int | None = option(
        help="Seconds for which clients may keep a file without asking again.",
        default=None,
        minimum=0,
        maximum=31536000,
        example="3600",
    )
    notFound: str | None = option(
        help="A page in HTML for what is not there.",
        default=None,
        kind=FilePath(mustBeReadable=True),
        example='"htdocs/404.html"',
    )


@dataclass(frozen=True)
class ScriptRoute(Route):
    """One file that makes a resource."""

    script: str = option(
        help="A Python file that assigns a resource to the name 'resource'.",
        kind=FilePath(mustBeReadable=True),
        example='"counter.rpy"',
    )


@dataclass(frozen=True)
class ProxyRoute(Route):
    """Another server."""

    proxy: Upstream = option(  # noqa: RUF009  # declares a field
        help="The URL of the server that answers.", kind=UpstreamURL()
    )
    keepHost: bool = option(
        help="Whether that server is told the host that the client asked for, instead of its own.",
        default=False,
    )
    timeout: float = option(
        help="Seconds that it may take to begin with its answer.",
        default=60.0,
        minimum=0.1,
        maximum=3600,
    )


@dataclass(frozen=True)
class RedirectRoute(Route):
    """Another place."""

    redirect: str = option(help="Where clients are sent.", kind=Target())
    permanent: bool = option(
        help="Whether clients may remember it for ever (308 instead of 307).", default=False
    )
    keepPath: bool = option(
        help="Whether what follows in the path, and the query, are appended.", default=True
    )


@dataclass(frozen=True)
class WSGIRoute(Route):
    """A WSGI application."""

    wsgi: Part = option(  # noqa: RUF009  # declares a field
        help="The application, which is called in threads.",
        kind=ObjectName(),
        example='"website:application"',
    )


@dataclass(frozen=True)
class ASGIRoute(Route):
    """An ASGI application."""

    asgi: Part = option(  # noqa: RUF009  # declares a field
        help="The application.", kind=ObjectName(), example='"website:app"'
    )


@dataclass(frozen=True)
class ResourceRoute(Route):
    """A resource that a program makes."""

    resource: Part = option(  # noqa: RUF009  # declares a field
        help="A resource, or what returns one when it is called.",
        kind=ObjectName(),
        example='"website:root"',
    )


_TABLES: Final[dict[str, type[Route]]] = {
    "path": PathRoute,
    "proxy": ProxyRoute,
    "redirect": RedirectRoute,
    "wsgi": WSGIRoute,
    "asgi": ASGIRoute,
    "resource": ResourceRoute,
    "script": ScriptRoute,
}


class _RouteKind(Kind):
    """
    One route: a `Route`.
    """

    short = "route"
    words = 'a table such as { path = "htdocs" } or { proxy = "http://127.0.0.1:9000/" }'
    tables = _TABLES

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, str):
            value = {"path": value}
        if not isinstance(value, dict):
            return self.refuse(value, path, report)
        kinds = [key for key in value if key in _TABLES]
        if len(kinds) != 1:
            wrong = "has none of them" if not kinds else f"has {' and '.join(kinds)}"
            close = [name for name in (nearest(key, _TABLES) for key in value) if name]
            hint = f" Did you mean {close[0]!r}?" if close and not kinds else ""
            report.wrong(
                path,
                f"a route has one of the keys {orList(list(_TABLES))}; this one {wrong}.{hint}",
            )
            return WRONG
        made: Any = readOptions(
            _TABLES[kinds[0]], value, path, report, of=f"a route with {kinds[0]!r} in it"
        )
        return WRONG if made is None else made

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, *(tableSchema(each) for each in _TABLES.values())]}

    def masked(self, value: object) -> object:
        if isinstance(value, dict):
            for key, settings in _TABLES.items():
                if key in value:
                    return maskedTable(settings, value)
        return value

    def show(self, value: Any) -> str:
        for key, settings in _TABLES.items():
            if isinstance(value, settings):
                return f"{{ {key} = {self.main(value, key)} }}"
        return ""

    @staticmethod
    def main(value: Any, key: str) -> str:
        return f'"{getattr(value, key)}"'


class Routes(MapOf):
    """
    Routes by their paths: a tuple of pairs.
    """

    tables = _TABLES
    examples = (
        ('{ "/" = { path = "htdocs" } }', "the files of a folder"),
        ('{ "/" = { path = "htdocs" }, "/api" = { proxy = "http://127.0.0.1:9000/" } }', "two"),
    )

    def __init__(self) -> None:
        super().__init__(_RouteKind(), 'a path such as "/" or "/api"')

    def show(self, value: Any) -> str:
        return super().show(value) if value else ""

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, dict):
            if not _pathsAreRight(value, path, report):
                return WRONG
        elif isinstance(value, str):
            return self.read({"/": value}, path, report)
        return super().read(value, path, report)


def _pathsAreRight(table: dict[str, object], path: Path, report: Report) -> bool:
    right = len(table) <= mostRoutes
    if not right:
        report.wrong(path, f"{len(table)} routes stand here; {mostRoutes} is the most.")
    known: dict[tuple[bytes, ...], str] = {}
    for key in table:
        parts = segmentsOf(key)
        if parts is None:
            report.wrong((*path, key), f'{said(key)} is no path of a route: wanted "/" or "/name".')
            right = False
            continue
        other = known.setdefault(parts, key)
        if other != key:
            report.wrong((*path, key), f"{key!r} and {other!r} are the same path.", atValue=False)
            right = False
    return right


@dataclass(frozen=True)
class Host:
    """
    A virtual host.
    """

    routes: tuple[tuple[str, Route], ...] = option(
        help="The routes of this host.", kind=Routes(), example='{ "/" = { path = "blog" } }'
    )
    aliases: tuple[str, ...] = option(
        help="Other names that it has.", default=(), example='["www.example.org"]'
    )

    def __post_init__(self) -> None:
        for each in self.aliases:
            if not isHostName(each):
                raise WrongOption("aliases", f"{each!r} is no name of a host.")


def isHostName(text: str) -> bool:
    """
    Returns: whether a text is the name of a host, or "*." before one: any name below that.
    """
    import re

    return re.fullmatch(r"(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", text) is not None


class Hosts(MapOf):
    """
    Virtual hosts by their names: a tuple of pairs.
    """

    def __init__(self) -> None:
        super().__init__(TableOf(Host, "routes"), 'the name of a host, such as "blog.example.org"')
        self.tables = {"routes": Host}

    def show(self, value: Any) -> str:
        return super().show(value) if value else ""

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, dict):
            return self.refuse(value, path, report)
        right = True
        for name in value:
            if not isHostName(name):
                said = f"{name!r} is no name of a host: wanted small letters and no port."
                report.wrong((*path, name), said, atValue=False)
                right = False
        found = super().read(value, path, report)
        if not right or found is WRONG:
            return WRONG
        owners: dict[str, str] = {}
        for name, host in found:
            for each in (name, *host.aliases):
                if owners.setdefault(each, name) != name:
                    report.wrong((*path, name), f"the host {each!r} stands here twice.")
                    return WRONG
        return found
