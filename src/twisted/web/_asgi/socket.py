"""A WebSocket to an application."""

from __future__ import annotations

from collections import deque
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._responses import FORBIDDEN, SERVICE_UNAVAILABLE
from twisted.web._ws.frames import NO_STATUS, UNEXPECTED
from twisted.web._ws.handshake import subprotocolsOf
from twisted.web._ws.server import extensionsFor, upgrade
from twisted.web._ws.wire import WebSocketWire

from .exchange import setFields
from .lifespan import Lifespan
from .scope import Application, Message, websocketScope
from .waiting import ClientDisconnected, Gate

__all__ = ["Socket"]

_log = Logger(namespace="twisted.web.asgi")


@implementer(IPushProducer)
class Socket:
    """
    Runs an application for one WebSocket.

    Attributes:
        maxAsideBytes, maxAsideMessages: what came and waits for the application: then the client
            is made to wait.

    Args:
        application, lifespan: for which site.
        request: asks for the WebSocket.
        key: of the handshake.
        loop: of asyncio.
        reactor: of the site.
        held: what is at work.
    """

    maxAsideBytes = 1048576
    maxAsideMessages = 64

    def __init__(
        self,
        application: Application,
        lifespan: Lifespan,
        request: Any,
        key: bytes,
        loop: Any,
        reactor: Any,
        held: set[Any],
    ) -> None:
        self._application, self._lifespan = application, lifespan
        self._request, self._key = request, key
        self._loop = loop
        self._held = held
        self._task: Any = None
        self._wire = WebSocketWire(self, False, reactor)
        self._something = Gate(loop, False)
        self._room = Gate(loop, True)
        self._came: deque[Message] = deque([{"type": "websocket.connect"}])
        self._aside = 0
        self._paused = False
        # Before: "asking"; then "open" or "refusing"; at last "over".
        self._state = "asking"
        self._isLost = False

    def start(self) -> None:
        """Begin."""
        self._request.notifyFinish().addErrback(self._gone)
        self._held.add(self)
        self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._lifespan.ready()
            if self._lifespan.failed:
                self._refuse(SERVICE_UNAVAILABLE)
                return
            state = self._lifespan.state
            scope = websocketScope(self._request, state, subprotocolsOf(self._request))
            await self._application(scope, self.receive, self.send)
            if self._state == "asking":
                self._refuse(FORBIDDEN)
            elif self._state == "open":
                self._close({})
        except ClientDisconnected:
            pass
        except Exception:
            self._fail(Failure())
        finally:
            self._held.discard(self)

    def _fail(self, failure: Failure) -> None:
        state = self._state
        if state in ("asking", "refusing") and not self._isLost:
            self._state = "over"
            self._request.processingFailed(failure)
            return
        _log.failure("An application failed in a WebSocket", failure=failure)
        if state == "open":
            self._close({"code": UNEXPECTED})

    def _refuse(self, code: int) -> None:
        self._state = "over"
        if not self._isLost:
            self._request.setResponseCode(code)
            self._request.setHeader(b"content-length", b"0")
            self._request.finish()

    # What comes: this is the protocol of the wire

    def negotiationStarted(self, transport: object) -> None:
        """The wire is known from the beginning."""

    def negotiationFinished(self) -> None:
        """It is open."""
        self._wire.attachProducer(self)

    def textMessageReceived(self, message: str) -> None:
        """A message came."""
        self._put({"type": "websocket.receive", "text": message}, len(message))

    def bytesMessageReceived(self, data: bytes) -> None:
        """A message came."""
        self._put({"type": "websocket.receive", "bytes": data}, len(data))

    def pongReceived(self, payload: bytes) -> None:
        """ASGI knows no pongs."""

    def connectionLost(self, reason: Failure) -> None:
        """It is over."""
        self._gone(reason)

    def _gone(self, reason: Failure) -> None:
        if self._isLost:
            return
        self._isLost = True
        self._state = "over"
        message: Message = {"type": "websocket.disconnect", "code": self._wire.closeCode}
        if self._wire.closeReason:
            message["reason"] = self._wire.closeReason
        self._came.append(message)
        self._something.open()
        self._room.open()

    def _put(self, message: Message, size: int) -> None:
        self._came.append(message)
        self._aside += size
        full = self._aside > self.maxAsideBytes or len(self._came) > self.maxAsideMessages
        if full and not self._paused:
            self._paused = True
            self._wire.transport.pauseProducing()
        self._something.open()

    async def receive(self) -> Message:
        """Returns: what came, as soon as something did."""
        while not self._came:
            if self._isLost:
                return {"type": "websocket.disconnect", "code": self._wire.closeCode}
            self._something.shut()
            await self._something.passed()
        message = self._came.popleft()
        if not self._came and self._paused:
            self._paused = False
            self._wire.transport.resumeProducing()
        if not self._came:
            self._aside = 0
        return message

    # What is sent

    async def send(self, message: Message) -> None:
        """
        Take a message of the application.

        Raises:
            ClientDisconnected: when nobody is there to have it.
            RuntimeError: for a message that does not come then.
        """
        if self._isLost:
            raise ClientDisconnected("the client has closed the connection")
        take = self._takers.get((self._state, message["type"]))
        if take is None:
            raise RuntimeError(
                f"an application sent {message['type']!r}, and its WebSocket is {self._state}"
            )
        take(self, message)
        if not self._room.isOpen:
            await self._room.passed()

    def _accept(self, message: Message) -> None:
        request = self._request
        setFields(request, message.get("headers", ()))
        chosen = message.get("subprotocol")
        extra = extensionsFor(request, self._wire)
        if chosen is not None:
            extra.append((b"Sec-WebSocket-Protocol", chosen.encode("latin-1")))
        self._state = "open"
        upgrade(request, self._key, self._wire, extra)

    def _sendMessage(self, message: Message) -> None:
        data = message.get("bytes")
        if data is None:
            self._wire.sendTextMessage(message["text"])
        else:
            self._wire.sendBytesMessage(data)

    def _close(self, message: Message) -> None:
        self._state = "over"
        code = message.get("code", 1000)
        self._wire.loseConnection(
            1000 if code == NO_STATUS else code, message.get("reason", "") or ""
        )

    def _refuseByClose(self, message: Message) -> None:
        self._refuse(FORBIDDEN)

    def _beginRefusal(self, message: Message) -> None:
        self._state = "refusing"
        self._request.setResponseCode(message["status"])
        self._request.defaultContentType = None
        setFields(self._request, message.get("headers", ()))

    def _bodyOfRefusal(self, message: Message) -> None:
        self._request.write(bytes(message.get("body", b"")))
        if not message.get("more_body", False):
            self._state = "over"
            self._request.finish()

    def _nothing(self, message: Message) -> None:
        """A close after a close."""

    _takers = {
        ("asking", "websocket.accept"): _accept,
        ("asking", "websocket.close"): _refuseByClose,
        ("asking", "websocket.http.response.start"): _beginRefusal,
        ("refusing", "websocket.http.response.body"): _bodyOfRefusal,
        ("open", "websocket.send"): _sendMessage,
        ("open", "websocket.close"): _close,
        ("over", "websocket.close"): _nothing,
    }

    # The connection paces us

    def pauseProducing(self) -> None:
        """There is enough to send."""
        self._room.shut()

    def resumeProducing(self) -> None:
        """There is room for more."""
        self._room.open()

    def stopProducing(self) -> None:
        """Nobody takes any more."""
        self._room.open()
