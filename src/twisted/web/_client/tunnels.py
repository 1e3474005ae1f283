"""
Through a proxy to somebody else: CONNECT (RFC 9110, section 9.3.6) and SOCKS 5 (RFC 1928).

What is said to the proxy is a machine without input or output: `begin` gives the first bytes,
`feed` takes what came and gives what is to be sent, until `isOpen`; `rest` is what came for the one
behind. Every answer is bounded, and the whole by `TunnelEndpoint.negotiationSeconds`.
"""

from __future__ import annotations

from base64 import b64encode
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Protocol

from zope.interface import implementer

from twisted.internet import protocol
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, TimeoutError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers

from .core import HeadReader
from .handing import stepAside
from .heads import parseStatus
from .request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IProtocol, IProtocolFactory

__all__ = ["ConnectTunnel", "SOCKS5Tunnel", "TunnelEndpoint", "TunnelRefused", "basicCredentials"]


class TunnelRefused(ConnectError):
    """
    A proxy does not open a tunnel.

    Attributes:
        code: the status of its response, or the number of its SOCKS reply; None where what it said
            was neither.
    """

    def __init__(self, said: str, code: int | None = None) -> None:
        super().__init__(string=f"the proxy opens no tunnel: {said}")
        self.code = code


class Tunnel(Protocol):
    """What `TunnelEndpoint` asks of a way through a proxy."""

    isOpen: bool
    rest: bytes

    def begin(self) -> bytes:
        """Returns: the first bytes to be sent."""

    def feed(self, data: bytes) -> bytes:
        """
        Args: data: what came.
        Returns: what is to be sent.
        Raises: TunnelRefused, or what is wrong with ``data``.
        """


def basicCredentials(user: bytes, password: bytes) -> bytes:
    """Returns: the value of ``Proxy-Authorization`` for a name and a password (RFC 7617)."""
    return b"Basic " + b64encode(user + b":" + password)


class ConnectTunnel(HeadReader):
    """
    Asks an HTTP proxy for a tunnel.

    Args:
        host: whom to connect to: a name or an address.
        port: there.
        headers: for the proxy, such as ``Proxy-Authorization``.
    """

    isOpen = False
    rest = b""

    def __init__(self, host: bytes, port: int, headers: Headers | None = None) -> None:
        place = b"[%b]:%d" % (host, port) if b":" in host else b"%b:%d" % (host, port)
        headers = Headers() if headers is None else headers.copy()
        headers.setRawHeaders(b"Host", [place])
        self._request = Request(b"CONNECT", place, headers, None, persistent=True)
        self._status: tuple[int, bytes] = (0, b"")
        self._begin()

    def begin(self) -> bytes:
        """Returns: the request."""
        return self._request._head(None)

    def feed(self, data: bytes) -> bytes:  # type: ignore[override]  # it has nothing to give back
        """Raises: TunnelRefused; ParseError."""
        super().feed(data)
        return b""

    def statusReceived(self, status: bytes) -> None:
        """The proxy answers."""
        _, code, phrase = parseStatus(status)
        self._status = (code, phrase)

    def allHeadersReceived(self) -> None:
        """Any response of the 200s says that the rest is for us; what it says of a body is not."""
        code, phrase = self._status
        if code < 200:
            self._begin()
            return
        self.state = "DONE"
        if code >= 300:
            raise TunnelRefused(f"{code} {phrase.decode('latin-1')}", code)
        self.isOpen, self.rest = True, self.clearLineBuffer()

    def lineLengthExceeded(self, line: bytes) -> None:
        """Raises: TunnelRefused."""
        raise TunnelRefused(f"a line of its response has more than {self.maxLineBytes} bytes")


_replies = {
    1: "general failure",
    2: "not allowed",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}


class SOCKS5Tunnel:
    """
    Asks a SOCKS 5 proxy for a connection. Names are left to the proxy.

    Args:
        host: whom to connect to: a name or an address.
        port: there.
        credentials: name and password, where the proxy wants them (RFC 1929).
    Raises: ValueError for what SOCKS cannot say.
    """

    isOpen = False
    rest = b""

    def __init__(
        self, host: bytes, port: int, credentials: tuple[bytes, bytes] | None = None
    ) -> None:
        for what in (host, *(credentials or ())):
            if not 0 < len(what) < 256:
                raise ValueError(f"SOCKS takes 1 to 255 bytes for {what!r:.60}")
        self._target = _socksAddress(host) + port.to_bytes(2, "big")
        self._credentials = credentials
        self._kept = b""
        self._next: Callable[[bytes], tuple[int, bytes]] = self._method

    def begin(self) -> bytes:
        """Returns: the ways to say who we are that we know."""
        return b"\x05\x01\x00" if self._credentials is None else b"\x05\x02\x00\x02"

    def feed(self, data: bytes) -> bytes:
        """Raises: TunnelRefused."""
        self._kept += data
        out = b""
        while not self.isOpen:
            taken, answer = self._next(self._kept)
            if not taken:
                return out
            self._kept = self._kept[taken:]
            out += answer
        self.rest, self._kept = self._kept, b""
        return out

    # Each step is given what there is; it returns how much of that it took, 0 where more must come
    # first, and what to send.

    def _method(self, data: bytes) -> tuple[int, bytes]:
        if len(data) < 2:
            return 0, b""
        if data[:2] == b"\x05\x02" and self._credentials is not None:
            self._next = self._admission
            user, password = self._credentials
            return 2, b"\x01%c%b%c%b" % (len(user), user, len(password), password)
        if data[:2] != b"\x05\x00":
            raise TunnelRefused(f"it wants to know who we are, or speaks no SOCKS 5: {data[:2]!r}")
        self._next = self._reply
        return 2, self._ask()

    def _admission(self, data: bytes) -> tuple[int, bytes]:
        if len(data) < 2:
            return 0, b""
        if data[1]:
            raise TunnelRefused("it does not take this name and password", data[1])
        self._next = self._reply
        return 2, self._ask()

    def _ask(self) -> bytes:
        return b"\x05\x01\x00" + self._target

    def _reply(self, data: bytes) -> tuple[int, bytes]:
        if len(data) < 5:
            return 0, b""
        version, code, _, kind, length = data[:5]
        sizes = {1: 10, 4: 22, 3: 7 + length}
        if version != 5 or kind not in sizes:
            raise TunnelRefused(f"{data[:5]!r} is no reply of SOCKS 5")
        if code:
            raise TunnelRefused(_replies.get(code, f"reply {code}"), code)
        if len(data) < sizes[kind]:
            return 0, b""
        self.isOpen = True
        return sizes[kind], b""


def _socksAddress(host: bytes) -> bytes:
    try:
        packed = ip_address(host.decode("ascii")).packed
    except ValueError:
        return b"\x03%c%b" % (len(host), host)
    return (b"\x01" if len(packed) == 4 else b"\x04") + packed


class _Negotiating(protocol.Protocol):
    """Speaks to the proxy, and then steps aside for the protocol that wanted to get through."""

    _inner: Any = None  # an IProtocol, once there is a tunnel
    _timer: IDelayedCall | None = None

    def __init__(self, tunnel: Tunnel, endpoint: TunnelEndpoint, factory: IProtocolFactory) -> None:
        self._tunnel = tunnel
        self._endpoint = endpoint
        self._factory = factory
        self.result: Deferred[Any] = Deferred(lambda _: self._abort())

    def connectionMade(self) -> None:
        seconds = self._endpoint.negotiationSeconds
        self._timer = self._endpoint._reactor.callLater(seconds, self._tooLate)
        self.transport.write(self._tunnel.begin())  # type: ignore[union-attr]  # there is one

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()  # type: ignore[attr-defined]  # those of streams have it

    def _tooLate(self) -> None:
        self._timer = None
        self._fail(Failure(TimeoutError("the proxy did not say in time whether it opens a tunnel")))

    def _fail(self, reason: Failure) -> None:
        self._stopTimer()
        self._abort()
        if not self.result.called:
            self.result.errback(reason)

    def _stopTimer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def dataReceived(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.dataReceived(data)
            return
        if self.result.called:
            return
        try:
            answer = self._tunnel.feed(data)
        except Exception:
            self._fail(Failure())
            return
        if answer:
            self.transport.write(answer)  # type: ignore[union-attr]  # there is one
        if self._tunnel.isOpen:
            self._handOver(self._tunnel.rest)

    def _handOver(self, rest: bytes) -> None:
        self._stopTimer()
        transport: Any = self.transport
        try:
            self._inner = inner = self._factory.buildProtocol(transport.getPeer())
            if inner is None:
                raise ConnectError(string=f"{self._factory!r} built no protocol")
            stepAside(transport, self, inner)
        except Exception:
            self._inner = None
            self._fail(Failure())
            return
        self.result.callback(inner)
        if rest:
            inner.dataReceived(rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stopTimer()
        if self._inner is not None:
            self._inner.connectionLost(reason)
        elif not self.result.called:
            self.result.errback(reason)


@implementer(IStreamClientEndpoint)
class TunnelEndpoint:
    """
    Connects to somebody through a proxy.

    Args:
        reactor: for the time.
        proxy: connects to the proxy.
        makeTunnel: makes what asks it: a `ConnectTunnel` or a `SOCKS5Tunnel`.

    Attributes:
        negotiationSeconds: that the proxy has from the connection to the tunnel.
    """

    negotiationSeconds: float = 30

    def __init__(
        self, reactor: Any, proxy: IStreamClientEndpoint, makeTunnel: Callable[[], Tunnel]
    ) -> None:
        self._reactor = reactor
        self._proxy = proxy
        self._makeTunnel = makeTunnel

    def __repr__(self) -> str:
        return f"<{type(self).__name__} through {self._proxy!r}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        Returns: fires with the protocol when the tunnel is open; fails with `TunnelRefused`, or
            with what connecting to the proxy fails with.
        """
        outside = protocol.Factory()
        outside.noisy = False
        outside.buildProtocol = lambda addr: _Negotiating(  # type: ignore[method-assign]  # for this one
            self._makeTunnel(), self, protocolFactory
        )
        connecting: Deferred[Any] = self._proxy.connect(outside)
        return connecting.addCallback(lambda negotiating: negotiating.result)
