"""
Applications by ASGI (Starlette, FastAPI, Django and others) as parts of a site.

    from twisted.web.asgi import ASGIResource
    site = Site(ASGIResource(application))

They run on the reactor's own loop: what they await may be of asyncio or of Twisted.
"""

from __future__ import annotations

from twisted._faces import handOn
from twisted.web._asgi.resource import ASGIResource, StreamingRequest
from twisted.web._asgi.waiting import ClientDisconnected

__all__ = ["ASGIResource", "ClientDisconnected", "StreamingRequest"]

handOn(__name__, ASGIResource, ClientDisconnected, StreamingRequest)
