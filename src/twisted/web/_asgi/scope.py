"""What an application is told of a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

__all__ = ["Application", "Message", "Receive", "Scope", "Send", "httpScope", "websocketScope"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_spec = {"version": "3.0", "spec_version": "2.4"}
_lowered: dict[bytes, bytes] = {}
_mostLowered = 512


def _lower(name: bytes) -> bytes:
    lowered = name.lower()
    if len(_lowered) < _mostLowered:
        _lowered[name] = lowered
    return lowered


def _address(address: Any) -> list[Any] | None:
    host = getattr(address, "host", None)
    return None if host is None else [host, address.port]


def _common(request: Any, kind: str, state: dict[str, Any]) -> Scope:
    raw, _, query = request.uri.partition(b"?")
    path = request.path.decode("latin-1")
    return {
        "type": kind,
        "asgi": _spec,
        "http_version": request.clientproto[5:].decode("latin-1"),
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw,
        "query_string": query,
        "root_path": rootPath(request),
        "headers": [
            (_lowered.get(name) or _lower(name), value)
            for name, values in request.requestHeaders._rawHeaders.items()
            for value in values
        ],
        "client": _address(request.client),
        "server": _address(request.getHost()),
        "state": state.copy(),
    }


def rootPath(request: Any) -> str:
    """Returns: where the application stands in the site, without a slash at the end."""
    prepath = request.prepath
    if not prepath:
        return ""
    return "/" + "/".join([part.decode("utf-8", "replace") for part in prepath])


def httpScope(request: Any, state: dict[str, Any]) -> Scope:
    """Returns: what is told of a request."""
    scope = _common(request, "http", state)
    scope["method"] = request.method.decode("latin-1").upper()
    scope["scheme"] = "https" if request.isSecure() else "http"
    if hasattr(request.channel, "sendTrailers"):
        scope["extensions"] = {"http.response.trailers": {}}
    return scope


def websocketScope(request: Any, state: dict[str, Any], subprotocols: list[str]) -> Scope:
    """Returns: what is told of a request for a WebSocket."""
    scope = _common(request, "websocket", state)
    scope["scheme"] = "wss" if request.isSecure() else "ws"
    scope["subprotocols"] = subprotocols
    scope["extensions"] = {"websocket.http.response": {}}
    return scope
