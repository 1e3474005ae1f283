"""WebSockets as resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from twisted.web._responses import BAD_REQUEST, FORBIDDEN, RESPONSES, SWITCHING
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from .handshake import acceptingFields, keyOf
from .wire import WebSocketWire

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol
    from twisted.web.websocket import WebSocketProtocol, WebSocketServerFactory

__all__ = ["WebSocketResource", "extensionsFor", "upgrade"]


def upgrade(
    request: Any,
    key: bytes,
    wire: IProtocol,
    extra: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """
    Make a WebSocket of the connection that a request came by.

    Args:
        request: it has no response yet.
        key: that `keyOf` found.
        wire: takes the connection over.
        extra: header fields of the response, such as a subprotocol.
    """
    channel = request.channel
    request.setResponseCode(SWITCHING)
    fields = [
        (name, value)
        for name, values in request.responseHeaders.getAllRawHeaders()
        for value in values
    ]
    fields += [(b"Set-Cookie", cookie) for cookie in request.cookies]
    fields += [*acceptingFields(key), *extra]
    channel.writeHeaders(b"HTTP/1.1", b"%d" % SWITCHING, RESPONSES[SWITCHING], fields)
    channel.handOver(wire)


def extensionsFor(request: Any, wire: WebSocketWire) -> list[tuple[bytes, bytes]]:
    """
    Agree with a client on extensions.

    Args: wire: will take the connection over, and keep to what was agreed.
    Returns: the header fields that say so.
    """
    offered = request.requestHeaders.getRawHeaders(b"sec-websocket-extensions") or []
    answer = wire.answerTo(offered)
    return [] if answer is None else [(b"Sec-WebSocket-Extensions", answer)]


class WebSocketResource(Resource):
    """
    Makes a WebSocket of each connection that asks for one here.

    Attributes:
        wireFactory: makes the `WebSocketWire` of a connection; a subclass of it has other limits.
        allowedOrigins: from which pages browsers may connect, such as ``{b"https://a.example"}``;
            None for any. Browsers send the user's cookies along, whichever page asks.

    Args: factory: makes the protocols.
    """

    wireFactory: Callable[[Any, bool, Any], WebSocketWire] = WebSocketWire
    allowedOrigins: frozenset[bytes] | set[bytes] | None = None

    def __init__(self, factory: WebSocketServerFactory[WebSocketProtocol]) -> None:
        super().__init__()
        self._factory = factory

    def render_GET(self, request: Any) -> Any:
        """
        Make a WebSocket of the connection.

        Returns: NOT_DONE_YET, or why it cannot be.
        """
        key = keyOf(request)
        if key is None or not hasattr(request.channel, "handOver"):
            request.setResponseCode(BAD_REQUEST)
            return b"websocket protocol negotiation error"
        if self.allowedOrigins is not None and not self._allows(request):
            request.setResponseCode(FORBIDDEN)
            return b"websockets are not for pages of this origin"
        application: Any = self._factory.buildProtocol(request)
        if application is None:
            request.setResponseCode(FORBIDDEN)
            return b"this websocket is not open"
        wire = type(self).wireFactory(application, False, reactorOf(request))
        application.negotiationStarted(wire)
        upgrade(request, key, wire, extensionsFor(request, wire))
        return NOT_DONE_YET

    def _allows(self, request: Any) -> bool:
        origins = request.requestHeaders.getRawHeaders(b"origin")
        return origins is None or origins[-1] in (self.allowedOrigins or ())


def reactorOf(request: Any) -> Any:
    """Returns: the reactor of the site that a request is for."""
    site = getattr(request.channel, "site", None) or getattr(request, "site", None)
    found = getattr(site, "reactor", None)
    if found is None:
        from twisted.internet import reactor as found
    return found
