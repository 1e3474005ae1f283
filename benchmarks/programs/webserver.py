"""
A web server by the Twisted API, the same on Torsion and on genuine Twisted.

    python webserver.py WHAT FOLDER [REACTOR]

WHAT is a name in its table; FOLDER holds the files that are served, and the access log. It prints
its port.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

what, folder, *reactors = sys.argv[1:]
for name in reactors:
    import_module(f"twisted.internet.{name}").install()

import twisted  # noqa: E402
from twisted.internet import defer  # noqa: E402
from twisted.internet import reactor as installed  # noqa: E402  # after its choice
from twisted.web import resource, server, static, wsgi  # noqa: E402

reactor: Any = installed


class Hello(resource.Resource):
    """Greets; a body that is posted is read, and its length told."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        request.setHeader(b"content-type", b"text/plain")
        return b"hello, world\n"

    def render_POST(self, request: Any) -> bytes:
        return b"%d\n" % len(request.content.read())


class Awaiting(resource.Resource):
    """
    Greets by a coroutine that awaits a Deferred: as the result of ``render``, where that may be
    one, and as genuine Twisted's programs have to elsewhere.
    """

    isLeaf = True

    def __init__(self, later: bool) -> None:
        resource.Resource.__init__(self)
        self.wait = self._turn if later else lambda: defer.succeed(None)

    @staticmethod
    def _turn() -> Any:
        waited: Any = defer.Deferred()
        reactor.callLater(0, waited.callback, None)
        return waited

    if hasattr(twisted, "torsion_version"):

        async def render_GET(self, request: Any) -> bytes:
            await self.wait()
            request.setHeader(b"content-type", b"text/plain")
            return b"hello, world\n"

    else:

        def render_GET(self, request: Any) -> Any:  # type: ignore[misc]  # one of two
            defer.ensureDeferred(self.answer(request))
            return server.NOT_DONE_YET

        async def answer(self, request: Any) -> None:
            await self.wait()
            request.setHeader(b"content-type", b"text/plain")
            request.setHeader(b"content-length", b"13")
            request.write(b"hello, world\n")
            request.finish()


class Routes(resource.Resource):
    """Finds one of twenty pages by its name."""

    def __init__(self) -> None:
        resource.Resource.__init__(self)
        self.pages = {b"page%d" % number: Hello() for number in range(20)}

    def getChild(self, path: bytes, request: Any) -> Any:
        return self.pages.get(path) or resource.Resource.getChild(self, path, request)


class Below(resource.Resource):
    """Has the routes two steps further down."""

    def __init__(self, below: Any) -> None:
        resource.Resource.__init__(self)
        self.below = below

    def getChild(self, path: bytes, request: Any) -> Any:
        return self.below


def application(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello, world\n"]


def applied() -> Any:
    pool = reactor.getThreadPool()
    return wsgi.WSGIResource(reactor, pool, application)


roots = {
    "hello": Hello,
    "coroutine": lambda: Awaiting(False),
    "later": lambda: Awaiting(True),
    "routes": lambda: Below(Below(Routes())),
    "files": lambda: static.File(folder),
    "wsgi": applied,
}
site = server.Site(roots[what](), logPath=os.path.join(folder, "access.log"))
port = reactor.listenTCP(0, site, interface="127.0.0.1", backlog=512)
print("ready", port.getHost().port, flush=True)
reactor.run()
