"""The web server of the command line."""

from __future__ import annotations

from twisted.application.service import ServiceMaker

web = ServiceMaker(
    "Twisted Web",
    "twisted.web.tap",
    "Serve files, a WSGI application, or a resource, by HTTP.",
    "web",
)
