"""
From the options of routes to the resources that answer requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from zope.interface import implementer

from twisted.application._site.listening import CannotStart
from twisted.web.resource import IResource, Resource, getChildForRequest
from twisted.web.server import NOT_DONE_YET

from .areas import guarded
from .routes import (
    ASGIRoute,
    PathRoute,
    ProxyRoute,
    RedirectRoute,
    ResourceRoute,
    Route,
    ScriptRoute,
    WSGIRoute,
)
from .tree import HostTree, RouteTree
from .values import segmentsOf

if TYPE_CHECKING:
    from .names import Part
    from .routes import Host

__all__ = ["Builder"]


class Builder:
    """
    Makes resources of routes.

    Args:
        reactor: for threads, time and connections.
    Attributes:
        lifespans: ASGI applications, which are to be told when the service starts and stops.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._made: dict[Route, Any] = {}
        self.lifespans: list[Any] = []

    def root(self, routes: Iterable[tuple[str, Route]], hosts: Iterable[tuple[str, Host]]) -> Any:
        """
        Make the resource that all paths begin at.

        Args:
            routes: those of no host in particular.
            hosts: virtual hosts by their names.
        Raises: CannotStart if an application cannot be imported.
        """
        routes, hosts = tuple(routes), tuple(hosts)
        if not hosts and len(routes) == 1 and _isAll(*routes[0]):
            # Where nobody stands before an application, bodies can be streamed to it.
            return self._resource(routes[0][1])
        main = self._tree(routes)
        if not hosts:
            return main
        named: dict[str, Any] = {}
        for name, host in hosts:
            tree = self._tree(host.routes)
            named.update(dict.fromkeys((name, *host.aliases), tree))
        return HostTree(named, main if routes else None)

    def _tree(self, routes: Iterable[tuple[str, Route]]) -> RouteTree:
        made: dict[tuple[bytes, ...], Any] = {}
        for path, route in routes:
            parts = segmentsOf(path)
            assert parts is not None, path  # judged when the file was read
            # One application on two paths is still one.
            if route not in self._made:
                self._made[route] = self._resource(route)
            made[parts] = self._made[route]
        return RouteTree(made)

    def _resource(self, route: Route) -> Any:
        made = _MAKERS[type(route)](self, route)
        if route.headers:
            made = WithHeaders(made, route.headers)
        return guarded(made, route)

    def _files(self, route: PathRoute) -> Any:
        from .files import filesOf

        return filesOf(route)

    def _script(self, route: ScriptRoute) -> Any:
        return ScriptResource(route.script)

    def _proxy(self, route: ProxyRoute) -> Any:
        from .upstream import UpstreamResource

        return UpstreamResource(route.proxy, route.keepHost, route.timeout, self._reactor)

    def _redirect(self, route: RedirectRoute) -> Any:
        from .redirect import RedirectResource

        return RedirectResource(route.redirect, route.permanent, route.keepPath)

    def _wsgi(self, route: WSGIRoute) -> Any:
        from twisted.web.wsgi import WSGIResource

        application = _loaded(route.wsgi)
        return WSGIResource(self._reactor, self._reactor.getThreadPool(), application)

    def _asgi(self, route: ASGIRoute) -> Any:
        from twisted.web.asgi import ASGIResource

        made = ASGIResource(_loaded(route.asgi), self._reactor)
        self.lifespans.append(LivingApplication(made, str(route.asgi)))
        return made

    def _program(self, route: ResourceRoute) -> Any:
        made = _loaded(route.resource)
        # A class provides what its objects do only by its objects.
        if not IResource.providedBy(made) and callable(made):
            made = made()
        found = IResource(made, None)
        if found is None:
            raise CannotStart([f"{route.resource} is no resource, and returns none: {made!r}"])
        return found


def _isAll(path: str, route: Route) -> bool:
    """Whether a route is nothing but an ASGI application for every path."""
    plain = route.cred is None and not route.headers
    return isinstance(route, ASGIRoute) and plain and not segmentsOf(path)


_MAKERS: Final[dict[type[Route], Callable[[Builder, Any], Any]]] = {
    PathRoute: Builder._files,
    ScriptRoute: Builder._script,
    ProxyRoute: Builder._proxy,
    RedirectRoute: Builder._redirect,
    WSGIRoute: Builder._wsgi,
    ASGIRoute: Builder._asgi,
    ResourceRoute: Builder._program,
}


def _loaded(part: Part) -> Any:
    try:
        return part.load()
    except Exception as error:
        from twisted.logger import Logger

        Logger(namespace="twisted.web").failure("{part} cannot be imported", part=str(part))
        said = f"{part} cannot be imported: {type(error).__name__}: {error}"
        raise CannotStart([said]) from None


class LivingApplication:
    """
    The beginning and the end of an ASGI application, which are those of its service.

    Args:
        resource: the `twisted.web.asgi.ASGIResource`.
        name: of the application, for messages.
    """

    def __init__(self, resource: Any, name: str) -> None:
        self._resource = resource
        self._name = name

    async def startup(self) -> None:
        """
        Wait until the application is ready.

        Raises: CannotStart if it says that it cannot.
        """
        lifespan = self._resource._begin()
        await lifespan.ready()
        if lifespan.failed:
            raise CannotStart([f"the application {self._name} says that it cannot start"])

    async def shutdown(self) -> None:
        """Wait until the application has ended; it may be started anew after that."""
        lifespan, self._resource._lifespan = self._resource._lifespan, None
        ended = lifespan.stop() if lifespan is not None else None
        if ended is not None:
            await ended


class ScriptResource(Resource):
    """
    A file that is run for each request, and makes what answers it and all below it.

    Args:
        path: of the file.
    """

    isLeaf = True

    def __init__(self, path: str) -> None:
        super().__init__()
        from twisted.web.static import Registry

        self._path = path
        self._registry = Registry()

    def render(self, request: Any) -> int:
        """Run the file, and follow the rest of the path in what it makes."""
        from twisted.web.script import ResourceScript

        made = ResourceScript(self._path, self._registry)
        request.render(getChildForRequest(made, request))
        return NOT_DONE_YET


@implementer(IResource)
class WithHeaders:
    """
    Another resource, whose responses get some header fields more.

    Args:
        resource: what answers.
        headers: names and values; the resource may give these fields other values.
    """

    def __init__(self, resource: Any, headers: Iterable[tuple[str, str]]) -> None:
        self._resource = resource
        self._headers = tuple((n.encode("ascii"), v.encode("iso-8859-1")) for n, v in headers)
        self.isLeaf = resource.isLeaf
        self.server: Any = None

    def _add(self, request: Any) -> None:
        for name, value in self._headers:
            request.responseHeaders.setRawHeaders(name, [value])

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        """Add the fields, and let the resource go on."""
        self._add(request)
        return self._resource.getChildWithDefault(name, request)

    def putChild(self, path: bytes, child: Any) -> None:
        """Put a child below the resource."""
        self._resource.putChild(path, child)

    def render(self, request: Any) -> Any:
        """Add the fields, and have the resource answer."""
        self._add(request)
        return self._resource.render(request)
