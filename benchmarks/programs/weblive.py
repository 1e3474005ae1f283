"""
A web server with HTTP/2 by the Twisted API, the same on Torsion and on genuine Twisted; and, on
Torsion, an application of ASGI.

    python weblive.py WHAT FOLDER CERTIFICATE [REACTOR]

WHAT is `h2`, `h2-post` or `asgi`; FOLDER gets the access log. It prints its port.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

what, folder, certificate, *reactors = sys.argv[1:]
for name in reactors:
    import_module(f"twisted.internet.{name}").install()

from twisted.internet import reactor as installed  # noqa: E402  # after its choice
from twisted.internet import ssl  # noqa: E402
from twisted.web import resource, server  # noqa: E402

sys.path.insert(0, os.path.dirname(__file__))
reactor: Any = installed
log = os.path.join(folder, "access.log")


class Hello(resource.Resource):
    """Greets."""

    isLeaf = True

    def render_GET(self, request: Any) -> bytes:
        request.setHeader(b"content-type", b"text/plain")
        return b"hello, world\n"

    def render_POST(self, request: Any) -> bytes:
        return b"%d\n" % len(request.content.read())


if what == "asgi":
    from asgihello import application

    from twisted.web import asgi

    site = server.Site(
        asgi.ASGIResource(application), requestFactory=asgi.StreamingRequest, logPath=log
    )
    port = reactor.listenTCP(0, site, interface="127.0.0.1", backlog=512)
else:
    with open(certificate, "rb") as file:
        options = ssl.PrivateCertificate.loadPEM(file.read()).options()
    site = server.Site(Hello(), logPath=log)
    port = reactor.listenSSL(0, site, options, interface="127.0.0.1", backlog=512)
print("ready", port.getHost().port, flush=True)
reactor.run()
