"""
What a service of type ``web`` may say.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from twisted.application._config.addresses import Listen, TCPListen
from twisted.application._config.kinds import WRONG, FilePath, Report
from twisted.application._config.listens import Listens
from twisted.application._config.mistakes import Path
from twisted.application._config.options import WrongOption, option
from twisted.application._config.tables import PathOrFalse, TableOf
from twisted.application._site.listening import Listening

from .names import ObjectName, Part
from .routes import (
    ASGIRoute,
    Host,
    Hosts,
    PathRoute,
    ResourceRoute,
    Route,
    Routes,
    ScriptRoute,
    WSGIRoute,
)
from .values import HeaderFields, Proxies

if TYPE_CHECKING:
    from twisted.web._http.limits import Limits as Numbers

__all__ = ["AccessLog", "Limits", "WebSettings"]


_USUAL: Final = TCPListen("127.0.0.1", 8080, 50)


class _WebListens(Listens):
    """
    Where to listen, which has a default.
    """

    def show(self, value: Any) -> str:
        return str(_USUAL.port) if value == (_USUAL,) else super().show(value)


class _LogPath(PathOrFalse):
    """
    The path of a file that can be made, or false.
    """

    def read(self, value: object, path: Path, report: Report) -> Any:
        full = super().read(value, path, report)
        if isinstance(full, str) and not os.path.isdir(os.path.dirname(full) or "."):
            folder = os.path.dirname(full)
            report.wrong(path, f"the folder {folder!r} for the log is not there; make it first.")
            return WRONG
        return full


@dataclass(frozen=True)
class AccessLog:
    """
    What the table ``access-log`` may say.
    """

    file: str | bool | None = option(
        help="The file that gets a line for each request; false for none. "
        "If left out, the lines go where the other messages do.",
        default=None,
        kind=_LogPath(),
        example='"access.log"',
    )
    format: Literal["combined", "json"] = option(
        help='How a line is written: the "combined" format of other servers, or a JSON object.',
        default="combined",
    )


@dataclass(frozen=True)
class Limits:
    """
    What the table ``limits`` may say.
    """

    body: int = option(
        help="The most bytes that the body of a request may have.",
        default=64 * 1024 * 1024,
        minimum=0,
        example="10_000_000",
    )
    head: int = option(
        help="The most bytes that the first line and the header fields of a request may have.",
        default=16384,
        minimum=256,
        maximum=1 << 20,
    )
    fields: int = option(
        help="The most header fields that a request may have.",
        default=200,
        minimum=8,
        maximum=10000,
    )
    idle: float = option(
        help="Seconds that a client may do nothing; then it is sent away.",
        default=60.0,
        minimum=0.1,
        maximum=86400,
    )
    headSeconds: float = option(
        help="Seconds that the head of a request may take, from its first byte on.",
        default=30.0,
        minimum=0.1,
        maximum=3600,
    )
    bodySeconds: float = option(
        help="Seconds that the body of a request may take.",
        default=600.0,
        minimum=0.1,
        maximum=86400,
    )
    connectionsPerAddress: int | None = option(
        help="The most connections that one address may have at a time; one of 64 bits by IPv6. "
        "Trusted proxies do not count.",
        default=256,
        minimum=1,
    )
    requestsPerSecond: float | None = option(
        help="The most requests that one address may send; more are answered by 429.",
        default=None,
        minimum=0.01,
        example="20",
    )
    burst: int | None = option(
        help="How many of these may come at once; as many as in ten seconds if left out.",
        default=None,
        minimum=1,
        example="100",
    )

    def numbers(self) -> Numbers:
        """
        Returns: these, as channels take them.
        """
        from twisted.web._http.limits import Limits as Numbers

        return Numbers(
            headBytes=self.head,
            headers=self.fields,
            bodyBytes=self.body,
            headSeconds=self.headSeconds,
            bodySeconds=self.bodySeconds,
            connectionsPerPeer=self.connectionsPerAddress,
            requestsPerSecond=self.requestsPerSecond,
            requestBurst=self.burst,
        )


@dataclass(frozen=True)
class WebSettings(Listening):
    """Serve pages, files and applications by HTTP."""

    listen: tuple[Listen, ...] = option(
        help="Where to listen: a port number, a table, a description, or a list of these.",
        default=(_USUAL,),
        kind=_WebListens(),
        example="8080",
    )
    routes: tuple[tuple[str, Route], ...] = option(
        help="What answers for which paths. The longest path that fits counts.",
        default=(),
        kind=Routes(),
        example='{ "/" = { path = "htdocs" } }',
    )
    hosts: tuple[tuple[str, Host], ...] = option(
        help="Virtual hosts: routes of their own for other names of this server.",
        default=(),
        kind=Hosts(),
        example='{ "blog.example.org" = { routes = { "/" = { path = "blog" } } } }',
    )
    path: str | None = option(
        help='A folder or file to serve; short for a route "/" with a path and listings.',
        default=None,
        kind=FilePath(),
        example='"htdocs"',
    )
    wsgi: Part | None = option(  # noqa: RUF009  # declares a field
        help='A WSGI application; short for a route "/" with it.',
        default=None,
        kind=ObjectName(),
        example='"website:application"',
    )
    asgi: Part | None = option(  # noqa: RUF009  # declares a field
        help='An ASGI application; short for a route "/" with it.',
        default=None,
        kind=ObjectName(),
        example='"website:app"',
    )
    resource: Part | None = option(  # noqa: RUF009  # declares a field
        help='A resource, or what returns one; short for a route "/" with it.',
        default=None,
        kind=ObjectName(),
        example='"website:root"',
    )
    resourceScript: str | None = option(
        help='A file .rpy; short for a route "/" with a script.',
        default=None,
        kind=FilePath(mustBeReadable=True),
        example='"site.rpy"',
    )
    accessLog: AccessLog = option(  # noqa: RUF009  # declares a field, as everywhere here
        help="Where requests are noted, and how.",
        default=AccessLog(),
        kind=TableOf(AccessLog, "file"),
        example='{ file = "access.log", format = "json" }',
    )
    compress: Literal["files", "all", "none"] = option(
        help="Which responses are compressed, for clients that take that: texts among the files, "
        "or those of applications, too. Not for pages where secrets stand beside what others send.",
        default="files",
    )
    headers: tuple[tuple[str, str], ...] = option(
        help="Header fields for all responses.",
        default=(),
        kind=HeaderFields(),
        example='{ X-Content-Type-Options = "nosniff" }',
    )
    trustedProxies: tuple[Any, ...] = option(
        help="Proxies before this server whose X-Forwarded-For and -Proto are believed.",
        default=(),
        kind=Proxies(),
        example='["127.0.0.1", "unix"]',
    )
    limits: Limits = option(  # noqa: RUF009  # declares a field, as everywhere here
        help="How much a request may be, and how slow.",
        default=Limits(),
        kind=TableOf(Limits, "body"),
        example="{ body = 10_000_000, idle = 30 }",
    )
    displayTracebacks: bool = option(
        help="Whether clients are shown the errors of the program: for development only.",
        default=False,
    )

    def __post_init__(self) -> None:
        if self.path is not None and not os.path.exists(self.path):
            raise WrongOption("path", f"there is no folder and no file {self.path!r}.")
        short = [
            name
            for name in ("path", "wsgi", "asgi", "resource", "resourceScript")
            if getattr(self, name) is not None
        ]
        taken = any(path.strip("/") == "" for path, _ in self.routes)
        if len(short) > 1 or (short and taken):
            other = 'the route "/"' if taken else f"{short[0]!r}"
            raise WrongOption(short[-1], f'it answers for "/", and so does {other}: choose one.')

    def allRoutes(self) -> tuple[tuple[str, Route], ...]:
        """
        Returns: the routes of no host in particular, also those that are written in short. Where
            nothing is said, a page that says that the server works.
        """
        made: list[Route] = []
        if self.path is not None:
            made.append(PathRoute(path=self.path, listing=True))
        if self.wsgi is not None:
            made.append(WSGIRoute(wsgi=self.wsgi))
        if self.asgi is not None:
            made.append(ASGIRoute(asgi=self.asgi))
        if self.resource is not None:
            made.append(ResourceRoute(resource=self.resource))
        if self.resourceScript is not None:
            made.append(ScriptRoute(script=self.resourceScript))
        if not (made or self.routes or self.hosts):
            made.append(ResourceRoute(resource=Part("twisted.web.demo", "Test", "")))
        return (*self.routes, *(("/", each) for each in made))

    @property
    def urlScheme(self) -> str:
        """HTTP is spoken."""
        return "http"

    def makeFactory(self) -> Any:
        """
        Returns: the site.
        """
        from twisted.internet import reactor

        return self._site(reactor)[0]

    def makeService(self, reactor: Any) -> Any:
        """
        Returns: the site with its addresses.
        """
        from .service import WebService

        site, builder = self._site(reactor)
        return WebService(self.listen, site, reactor, builder.lifespans)

    def _site(self, reactor: Any) -> tuple[Any, Any]:
        from .building import Builder
        from .website import makeSite

        builder = Builder(reactor)
        return makeSite(self, builder.root(self.allRoutes(), self.hosts), reactor), builder
