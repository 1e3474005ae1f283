"""
WebSockets to a server behind this one: after both sides have agreed, bytes go through as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.web._http.heads import BadRequest, parseFields
from twisted.web._ws.handshake import acceptOf
from twisted.web._ws.server import upgrade
from twisted.web.pages import errorPage

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web.http_headers import Headers

    from .values import Upstream

__all__ = ["openTunnel"]

_log = Logger(namespace="twisted.web.proxy")

_HANDED_ON: Final = (b"Sec-Websocket-Protocol", b"Sec-Websocket-Extensions")

_VERSIONS: Final = (b"HTTP/1.1", b"HTTP/1.0")

mostHeadBytes: Final = 16384
"""What the other server may answer before the WebSocket begins."""

mostFields: Final = 200


def openTunnel(
    request: Any,
    key: bytes,
    upstream: Upstream,
    target: bytes,
    headers: Headers,
    reactor: Any,
    timeout: float,
) -> None:
    """
    Ask another server for a WebSocket, and join the client with it.

    Args:
        request: the client's; it gets an answer in any case.
        key: the one that the client sent.
        upstream: the server.
        target: what it is asked for.
        headers: what it gets, without those that concern the connection.
        reactor: for connections and time.
        timeout: seconds until it must have agreed.
    """
    fields = [*headers.getAllRawHeaders()]
    fields += [(b"Connection", [b"Upgrade"]), (b"Upgrade", [b"websocket"])]
    lines = [b"GET %b HTTP/1.1" % target]
    lines += [b"%b: %b" % (name, value) for name, values in fields for value in values]
    far = _Far(request, key, b"\r\n".join(lines) + b"\r\n\r\n", reactor, timeout)
    connecting = _endpoint(upstream, reactor).connect(Factory.forProtocol(lambda: far))
    far.connecting = connecting
    connecting.addErrback(far.cannotConnect)
    request.notifyFinish().addErrback(lambda _: far.giveUp())


def _endpoint(upstream: Upstream, reactor: Any) -> Any:
    from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS

    plain = HostnameEndpoint(reactor, upstream.host, upstream.port)
    if upstream.scheme == "http":
        return plain
    from twisted.internet.ssl import optionsForClientTLS

    return wrapClientTLS(optionsForClientTLS(upstream.host), plain)


class _Far(Protocol):
    """
    The connection to the other server.

    Args:
        request, key: the client's.
        head: what the other server is sent first.
        reactor: whose timers are used.
        timeout: seconds until the other server must have agreed.
    """

    transport: Any
    connecting: Any = None

    def __init__(self, request: Any, key: bytes, head: bytes, reactor: Any, timeout: float) -> None:
        self._request = request
        self._key = key
        self._head = head
        self._seen = b""
        self._near: _Near | None = None
        self._timer = reactor.callLater(timeout, self.tooLate)

    def connectionMade(self) -> None:
        if self._request is None:
            self.transport.abortConnection()
            return
        self.transport.write(self._head)

    def dataReceived(self, data: bytes) -> None:
        if self._near is not None:
            self._near.transport.write(data)
            return
        if self._request is None:
            return
        self._seen += data
        head, ended, rest = self._seen.partition(b"\r\n\r\n")
        if ended:
            self._answered(head, rest)
        elif len(self._seen) > mostHeadBytes:
            self._refuse(502, "it said too much")

    def _answered(self, head: bytes, rest: bytes) -> None:
        first, _, block = head.partition(b"\r\n")
        status = first.split(b" ", 2)
        if len(head) > mostHeadBytes or len(status) < 2 or status[0] not in _VERSIONS:
            self._refuse(502, "it does not speak HTTP")
            return
        if status[1] != b"101":
            # What it says beside the code is for a page, which nobody sees here.
            known = status[1].isdigit() and 400 <= int(status[1]) < 600
            self._refuse(int(status[1]) if known else 502, f"it said {status[1]!r}")
            return
        try:
            fields = parseFields(block, mostFields) if block else {}
        except BadRequest as why:
            self._refuse(502, str(why))
            return
        if fields.get(b"Sec-Websocket-Accept") != [acceptOf(self._key)]:
            self._refuse(502, "it has not agreed to this WebSocket")
            return
        self._join(fields, rest)

    def _join(self, fields: dict[bytes, list[bytes]], rest: bytes) -> None:
        self._stopTimer()
        request, self._request = self._request, None
        extra = [(name, value) for name in _HANDED_ON for value in fields.get(name, ())]
        near = self._near = _Near(self)
        upgrade(request, self._key, near, extra)
        if rest:
            near.transport.write(rest)
        near.transport.registerProducer(self.transport, True)
        self.transport.registerProducer(near.transport, True)

    def tooLate(self) -> None:
        """The other server takes too long."""
        self._refuse(504, "it took too long")

    def cannotConnect(self, reason: Failure) -> None:
        """The other server cannot be reached."""
        self._refuse(502, reason.getErrorMessage())

    def giveUp(self) -> None:
        """The client is gone."""
        self._request = None
        self._stopTimer()
        self._leave()

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()
        elif self.connecting is not None:
            self.connecting.cancel()

    def _refuse(self, code: int, why: str) -> None:
        self._stopTimer()
        request, self._request = self._request, None
        if request is None:
            return
        _log.info("No WebSocket for {uri}: {why}", uri=request.uri, why=why)
        page: Any = errorPage(code, "No WebSocket", "The server behind this one has none here.")
        request.render(page)
        self._leave()

    def _stopTimer(self) -> None:
        if self._timer.active():
            self._timer.cancel()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        near, self._near = self._near, None
        if near is not None:
            near.transport.unregisterProducer()
            near.transport.loseConnection()
        else:
            self._refuse(502, "it has closed the connection")


class _Near(Protocol):
    """
    The connection to the client, once it is a WebSocket.

    Args:
        far: the one to the other server.
    """

    transport: Any

    def __init__(self, far: _Far) -> None:
        self._far: _Far | None = far

    def dataReceived(self, data: bytes) -> None:
        if self._far is not None:
            self._far.transport.write(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        far, self._far = self._far, None
        if far is not None and far._near is not None:
            far._near = None
            far.transport.unregisterProducer()
            far.transport.loseConnection()
