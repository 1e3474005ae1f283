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
_versions = {b"HTTP/1.1": "1.1", b"HTTP/1.0": "1.0", b"HTTP/2": "2"}
_methods = {b"GET": "GET", b"POST": "POST", b"HEAD": "HEAD", b"PUT": "PUT", b"DELETE": "DELETE"}
_lowered: dict[bytes, bytes] = {}
_mostLowered = 512


def _lower(name: bytes) -> bytes:
    lowered = name.lower()
    if len(_lowered) < _mostLowered:
        _lowered[name] = lowered
    return lowered


def _address(address: Any) -> tuple[str, int] | None:
    try:
        return address.host, address.port
    except AttributeError:
        return None  # a UNIX socket, or none at all


def _common(request: Any, kind: str, scheme: str, state: dict[str, Any]) -> Scope:
    raw, _, query = request.uri.partition(b"?")
    path = request.path.decode("latin-1")
    version = request.clientproto
    return {
        "type": kind,
        "asgi": _spec,
        "http_version": _versions.get(version) or version[5:].decode("latin-1"),
        "scheme": scheme,
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw,
        "query_string": query,
        "root_path": rootPath(request) if request.prepath else "",
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
    return "/" + "/".join([part.decode("utf-8", "replace") for part in request.prepath])


def httpScope(request: Any, state: dict[str, Any]) -> Scope:
    """Returns: what is told of a request."""
    scope = _common(request, "http", "https" if request.isSecure() else "http", state)
    method = request.method
    scope["method"] = _methods.get(method) or method.decode("latin-1").upper()
    if hasattr(request.channel, "sendTrailers"):
        scope["extensions"] = {"http.response.trailers": {}}
    return scope


def websocketScope(request: Any, state: dict[str, Any], subprotocols: list[str]) -> Scope:
    """Returns: what is told of a request for a WebSocket."""
    scope = _common(request, "websocket", "wss" if request.isSecure() else "ws", state)
    scope["subprotocols"] = subprotocols
    scope["extensions"] = {"websocket.http.response": {}}
    return scope
