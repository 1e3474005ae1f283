"""
How much a client may ask of a server, and what it is told when it asks for more.

`Limits` are numbers. `Peers` count for each client what all of its connections do. `LimitedChannel`
is the channel of HTTP/1 that looks at both: a server without limits does not pay for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.web._responses import RESPONSES

from .channel import HTTPChannel
from .heads import BadRequest, HeadTooLarge

__all__ = ["LimitedChannel", "Limits", "Peers"]

CONTENT_TOO_LARGE, URI_TOO_LONG, TIMED_OUT = 413, 414, 408
TOO_MANY_REQUESTS, FIELDS_TOO_LARGE, UNAVAILABLE = 429, 431, 503

_phrases = {TOO_MANY_REQUESTS: b"Too Many Requests", FIELDS_TOO_LARGE: b"Header Fields Too Large"}


class Limits:
    """
    What a client may do. None is no limit.

    Attributes:
        headBytes: of the first line and the headers of a request.
        headers: how many it may have.
        bodyBytes: of its body.
        headSeconds: from the first byte of a request to the end of its headers.
        bodySeconds: from there to the end of its body.
        connectionsPerPeer: at a time, from one address; from one network of 64 bits by IPv6.
        requestsPerSecond: from one address.
        requestBurst: how many may come at once, if they were fewer before; as many as
            come in 10 seconds if it is not given.

    Raises: ValueError for what is no such number.
    """

    __slots__ = (
        "bodyBytes",
        "bodySeconds",
        "connectionsPerPeer",
        "headBytes",
        "headSeconds",
        "headers",
        "requestBurst",
        "requestsPerSecond",
    )

    def __init__(
        self,
        *,
        headBytes: int = 16384,
        headers: int = 200,
        bodyBytes: int | None = 64 * 1024 * 1024,
        headSeconds: float | None = 30,
        bodySeconds: float | None = 600,
        connectionsPerPeer: int | None = 256,
        requestsPerSecond: float | None = None,
        requestBurst: float | None = None,
    ) -> None:
        self.headBytes = headBytes
        self.headers = headers
        self.bodyBytes = bodyBytes
        self.headSeconds = headSeconds
        self.bodySeconds = bodySeconds
        self.connectionsPerPeer = connectionsPerPeer
        self.requestsPerSecond = requestsPerSecond
        if requestBurst is None and requestsPerSecond is not None:
            requestBurst = max(1, requestsPerSecond * 10)
        self.requestBurst = requestBurst
        for name in self.__slots__:
            self._check(name, getattr(self, name))

    @staticmethod
    def _check(name: str, value: Any) -> None:
        optional = name not in ("headBytes", "headers")
        if value is None and optional:
            return
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ValueError(f"the limit {name} was given as {value!r}: it is a number")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Limits({shown})"


def peerOf(address: Any) -> str | None:
    """Returns: whom an address stands for; None for who has none, as by a UNIX socket."""
    host: str | None = getattr(address, "host", None)
    if host is not None and ":" in host and not host.startswith("::ffff:"):
        import ipaddress

        try:
            network = ipaddress.IPv6Network((host.partition("%")[0], 64), strict=False)
        except ValueError:
            return host
        return str(network)
    return host


class Peers:
    """
    What each client does.

    Attributes: mostKept: clients that are remembered; those that have been quiet are forgotten.

    Args:
        limits: for each.
        seconds: the clock.
    """

    mostKept = 20000

    def __init__(self, limits: Limits, seconds: Callable[[], float]) -> None:
        self._limits = limits
        self._seconds = seconds
        self._connections: dict[str, int] = {}
        self._tokens: dict[str, tuple[float, float]] = {}

    def __repr__(self) -> str:
        return f"<Peers {len(self._connections)} connected, {len(self._tokens)} asked lately>"

    def connected(self, peer: str | None) -> bool:
        """Count a connection. Returns: whether it may be; if not, it was not counted."""
        most = self._limits.connectionsPerPeer
        if peer is None or most is None:
            return True
        count = self._connections.get(peer, 0)
        if count >= most:
            return False
        self._connections[peer] = count + 1
        return True

    def disconnected(self, peer: str | None) -> None:
        """A connection that was counted is over."""
        if peer is None or peer not in self._connections:
            return
        count = self._connections[peer] - 1
        if count:
            self._connections[peer] = count
        else:
            del self._connections[peer]

    def asked(self, peer: str | None) -> bool:
        """Count a request. Returns: whether it may be."""
        rate, burst = self._limits.requestsPerSecond, self._limits.requestBurst
        if peer is None or rate is None or burst is None:
            return True
        now = self._seconds()
        left, since = self._tokens.get(peer, (burst, now))
        left = min(burst, left + max(0.0, now - since) * rate)
        allowed = left >= 1
        if peer not in self._tokens and len(self._tokens) >= self.mostKept:
            self._forget(now, rate, burst)
        self._tokens[peer] = (left - 1 if allowed else left, now)
        return allowed

    def _forget(self, now: float, rate: float, burst: float) -> None:
        """Those who could ask for all again need not be remembered, nor can all others be."""
        kept = {
            peer: (left, since)
            for peer, (left, since) in self._tokens.items()
            if left + (now - since) * rate < burst
        }
        if len(kept) >= self.mostKept:
            kept = dict(list(kept.items())[len(kept) // 2 :])
        self._tokens = kept


def phraseOf(code: int) -> bytes:
    """Returns: what stands behind a code."""
    return RESPONSES.get(code) or _phrases[code]


class _Exceeded(BadRequest):
    """Args: code: that it is answered by. why: a sentence for the client."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def lengthRefusal(limits: Limits, length: int | None) -> _Exceeded | None:
    """Returns: why a body of this length is not taken, or None."""
    most = limits.bodyBytes
    if most is None or length is None or length <= most:
        return None
    return _Exceeded(CONTENT_TOO_LARGE, f"The body of a request has at most {most} bytes here.")


def rateRefusal() -> _Exceeded:
    """Returns: why a request is not answered now."""
    return _Exceeded(TOO_MANY_REQUESTS, "Too many requests came from your address. Wait a little.")


class LimitedChannel(HTTPChannel):
    """
    A channel of HTTP/1 that keeps to limits.

    Attributes: lingerSeconds: that what comes is read and dropped after a refusal, so that the
        client can read it; a connection that is closed while something comes is reset.

    Args: limits, peers: of the factory.
    """

    lingerSeconds = 2.0
    _timer: Any = None
    _counted = False

    def __init__(self, limits: Limits, peers: Peers) -> None:
        super().__init__()
        self.limits, self.peers = limits, peers
        self.maxHeaders, self.totalHeadersSize = limits.headers, limits.headBytes
        self._peer: str | None = None
        self._bodyCame = 0

    # Connections

    def connectionMade(self) -> None:
        """Begin to receive, if this client has not too many connections."""
        super().connectionMade()
        self._peer = peerOf(self.transport.getPeer())
        self._counted = self.peers.connected(self._peer)
        if not self._counted:
            why = "Your address has too many connections to this server."
            self._answerRefusal(_Exceeded(UNAVAILABLE, why))

    def connectionLost(self, *args: Any) -> None:
        """The connection has ended."""
        self.release()
        self._stopTimer()
        super().connectionLost(*args)

    def release(self) -> None:
        """The connection is counted no more."""
        if self._counted:
            self._counted = False
            self.peers.disconnected(self._peer)

    def handOver(self, heir: Any) -> None:
        """Give the connection to another protocol: it is counted until its end."""
        self._stopTimer()
        lost = heir.connectionLost

        def connectionLost(*args: Any) -> None:
            self.release()
            lost(*args)

        heir.connectionLost = connectionLost
        super().handOver(heir)

    # Time

    def _startTimer(self, seconds: float | None, why: str) -> None:
        if self._timer is None and seconds is not None:
            self._timer = self.callLater(seconds, lambda: self._tooSlow(why))

    def _stopTimer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _tooSlow(self, why: str) -> None:
        self._timer = None
        self._answerRefusal(_Exceeded(TIMED_OUT, why))

    # Requests

    def _keepHead(self, data: bytes) -> None:
        super()._keepHead(data)
        self._startTimer(self.limits.headSeconds, "The headers of the request took too long.")

    def _begin(self, fields: dict[bytes, list[bytes]], length: int | None) -> None:
        self._stopTimer()
        if not self.peers.asked(self._peer):
            raise rateRefusal()
        refusal = lengthRefusal(self.limits, length)
        if refusal is not None:
            raise refusal
        super()._begin(fields, length)
        decoder = self._transferDecoder
        if decoder is not None:
            self._startTimer(self.limits.bodySeconds, "The body of the request took too long.")
            if length is None and self.limits.bodyBytes is not None:
                self._bodyCame = 0
                self._takePart: Any = decoder.dataCallback
                decoder.dataCallback = self._countPart

    def _countPart(self, data: bytes) -> None:
        self._bodyCame += len(data)
        refusal = lengthRefusal(self.limits, self._bodyCame)
        if refusal is not None:
            raise refusal
        self._takePart(data)

    def allContentReceived(self) -> None:
        """All of a request is there: have it answered."""
        self._stopTimer()
        super().allContentReceived()

    # Refusals

    def _refuseFor(self, why: BadRequest) -> None:
        if isinstance(why, HeadTooLarge):
            why = _Exceeded(
                URI_TOO_LONG if why.inLine else FIELDS_TOO_LARGE,
                f"The head of a request has at most {self.limits.headBytes} bytes and "
                f"{self.limits.headers} headers here.",
            )
        if isinstance(why, _Exceeded):
            self._answerRefusal(why)
        else:
            super()._refuseFor(why)

    def _answerRefusal(self, why: _Exceeded) -> None:
        """Tell the client why, let it read that, and close."""
        self._log.info(
            "Refused {peer} with {code}: {why}",
            peer=self.transport.getPeer(),
            code=why.code,
            why=str(why),
        )
        body = f"{why}\n".encode()
        retry = b"Retry-After: 10\r\n" if why.code in (TOO_MANY_REQUESTS, UNAVAILABLE) else b""
        if not any(getattr(request, "startedWriting", 0) for request in self.requests):
            self.transport.write(
                b"HTTP/1.1 %d %b\r\nConnection: close\r\n%bContent-Type: text/plain; "
                b"charset=utf-8\r\nContent-Length: %d\r\n\r\n"
                % (why.code, phraseOf(why.code), retry, len(body))
                + body
            )
        self._head = b""
        self._refused = True
        self._stopTimer()
        self.setTimeout(None)
        end = getattr(self.transport, "loseWriteConnection", None)
        if end is None:
            self.loseConnection()
        else:
            end()
            self._timer = self.callLater(self.lingerSeconds, self.transport.abortConnection)
