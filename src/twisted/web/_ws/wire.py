"""A WebSocket on a transport: pings, the handshake of the end, and what the program is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from .deflating import Agreement, Deflation, Deflator, NotAgreed
from .frames import (
    ABNORMAL,
    BINARY,
    CLOSE,
    NO_STATUS,
    NORMAL,
    PING,
    PONG,
    TEXT,
    Conversation,
    WebSocketFault,
    isCloseCode,
    longestControl,
)

if TYPE_CHECKING:
    from twisted.web.websocket import WebSocketProtocol

__all__ = ["WebSocketWire"]


@implementer(IProtocol)
class WebSocketWire:
    """
    What a connection is from the moment it is a WebSocket: the protocol of its transport, and the
    transport of the program's protocol.

    Attributes:
        pingSeconds: the other side is asked so often whether it is there; None for never.
        pongSeconds: it has so long to answer, or the connection is cut.
        closeSeconds: how long the other side may take to agree to a close.
        pingsAtOnce, pingsPerSecond: that are answered; who sends more is closed.
        deflation: how messages are compressed where the other side knows how to; None for never.
        closeCode, closeReason: what the other side closed with; 1006 if it said nothing.

    Args:
        application: told what comes.
        isClient: which side this is.
        reactor: whose timers are used.
    """

    pingSeconds: float | None = 30.0
    pongSeconds = 30.0
    closeSeconds = 10.0
    pingsAtOnce = 1000
    pingsPerSecond = 50.0
    deflation: Deflation | None = Deflation()
    _log = Logger(namespace="twisted.web.websocket")
    transport: Any = None

    _keepalive = b"torsion"

    def __init__(self, application: WebSocketProtocol, isClient: bool, reactor: Any) -> None:
        self.application: Any = application
        self.conversation = Conversation(isClient)
        self.closeCode, self.closeReason = ABNORMAL, ""
        self._isClient = isClient
        self._reactor = reactor
        self._call: Any = None
        self._closeSent = self._over = False
        self._pings = float(self.pingsAtOnce)
        self._pingsSince = reactor.seconds()

    def __repr__(self) -> str:
        side = "client" if self._isClient else "server"
        return f"<WebSocketWire {side} closing={self._closeSent} over={self._over}>"

    # What the handshake agrees on

    def answerTo(self, extensions: Sequence[bytes]) -> bytes | None:
        """
        As a server, choose among the extensions that a client offers.

        Args: extensions: values of its ``Sec-WebSocket-Extensions``.
        Returns: the value of ours, or None for none.
        """
        answered = self.deflation.answer(extensions) if self.deflation and extensions else None
        if answered is None:
            return None
        self._deflate(answered[1])
        return answered[0]

    def acceptExtensions(self, extensions: Sequence[bytes]) -> None:
        """
        As a client, read what a server answers to what was offered.

        Args: extensions: values of its ``Sec-WebSocket-Extensions``.
        Raises: NotAgreed.
        """
        if extensions:
            if self.deflation is None:
                raise NotAgreed("the server answers with extensions, and none was asked for")
            self._deflate(self.deflation.accepted(extensions))

    def _deflate(self, agreement: Agreement) -> None:
        assert self.deflation is not None
        self.conversation.deflator = Deflator(self.deflation, agreement)

    # The transport's protocol

    def logPrefix(self) -> str:
        """What log lines of this connection begin with."""
        return "WebSocket"

    def makeConnection(self, transport: Any) -> None:
        """The transport is ours, and a WebSocket from now on."""
        self.transport = transport
        self.connectionMade()

    def connectionMade(self) -> None:
        """It is a WebSocket now: say so, and see from time to time whether the other is there."""
        self._pingLater()
        self.application.negotiationFinished()

    def dataReceived(self, data: bytes) -> None:
        """Take frames."""
        if self._over:
            return
        events, fault = self.conversation.receive(data)
        for opcode, payload in events:
            self._takers[opcode](self, payload)
            if self._over:
                return
        if fault is not None:
            self._fail(fault)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection has ended."""
        self._over = True
        self._cancelCall()
        self.application.connectionLost(reason)

    # What comes

    def _takeText(self, payload: Any) -> None:
        if not self._closeSent:
            self.application.textMessageReceived(payload)

    def _takeBytes(self, payload: Any) -> None:
        if not self._closeSent:
            self.application.bytesMessageReceived(payload)

    def _takePing(self, payload: Any) -> None:
        now = self._reactor.seconds()
        passed, self._pingsSince = max(0.0, now - self._pingsSince), now
        self._pings = min(self.pingsAtOnce, self._pings + passed * self.pingsPerSecond)
        if self._pings < 1:
            # It may read none of our answers, which would pile up.
            self._fail(WebSocketFault(1008, "too many pings came"))
            return
        self._pings -= 1
        if not self._closeSent:
            self.transport.write(self.conversation.frame(PONG, payload))

    def _takePong(self, payload: Any) -> None:
        if payload == self._keepalive and not self._closeSent:
            self._pingLater()
        else:
            self.application.pongReceived(payload)

    def _takeClose(self, payload: Any) -> None:
        self.closeCode, self.closeReason = payload
        if not self._closeSent:
            self._closeSent = True
            code = NORMAL if self.closeCode == NO_STATUS else self.closeCode
            self.transport.write(self.conversation.close(code))
        self._end()

    _takers: dict[int, Callable[[WebSocketWire, Any], None]] = {
        TEXT: _takeText,
        BINARY: _takeBytes,
        PING: _takePing,
        PONG: _takePong,
        CLOSE: _takeClose,
    }

    # The end

    def _fail(self, fault: WebSocketFault) -> None:
        self._log.debug("Closed a WebSocket: {why}", why=str(fault))
        if not self._closeSent:
            self._closeSent = True
            self.transport.write(self.conversation.close(fault.code, str(fault)))
        self._end()

    def _end(self) -> None:
        """All is said. The server closes the connection, and the client waits for that."""
        self._over = True
        self._cancelCall()
        self._call = self._reactor.callLater(self.closeSeconds, self._abort)
        if not self._isClient or self.closeCode == ABNORMAL:
            self.transport.loseConnection()

    def _abort(self) -> None:
        self._call = None
        self.transport.abortConnection()

    # Is it still there?

    def _cancelCall(self) -> None:
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _pingLater(self) -> None:
        self._cancelCall()
        if self.pingSeconds is not None:
            self._call = self._reactor.callLater(self.pingSeconds, self._ask)

    def _ask(self) -> None:
        self.transport.write(self.conversation.frame(PING, self._keepalive))
        self._call = self._reactor.callLater(self.pongSeconds, self._nobodyThere)

    def _nobodyThere(self) -> None:
        self._log.info("Cut a WebSocket that answers no pings")
        self._abort()

    # The program's transport

    def sendTextMessage(self, text: str) -> None:
        """Send a message of text. After the close, it is dropped."""
        if not self._closeSent:
            self.transport.write(self.conversation.message(TEXT, text.encode("utf-8")))

    def sendBytesMessage(self, data: bytes) -> None:
        """Send a message of bytes. After the close, it is dropped."""
        if not self._closeSent:
            self.transport.write(self.conversation.message(BINARY, bytes(data)))

    def ping(self, payload: bytes = b"") -> None:
        """
        Ask the other side to answer with the same payload, which ``pongReceived`` is given.

        Raises: ValueError for more than 125 bytes.
        """
        if len(payload) > longestControl:
            raise ValueError(
                f"a ping was given {len(payload)} bytes: it has at most {longestControl}"
            )
        if not self._closeSent:
            self.transport.write(self.conversation.frame(PING, payload))

    def loseConnection(self, code: int = NORMAL, reason: str = "") -> None:
        """
        Close. The connection ends when the other side agrees, or takes too long to.

        Args:
            code: why, by RFC 6455, section 7.4.
            reason: for people who look for a mistake.
        Raises: ValueError for a code that is not to be sent.
        """
        if not isCloseCode(code):
            raise ValueError(f"a WebSocket cannot be closed with the code {code}")
        if self._closeSent:
            return
        self._closeSent = True
        self._cancelCall()
        self.transport.write(self.conversation.close(code, reason))
        self._call = self._reactor.callLater(self.closeSeconds, self._abort)

    def attachProducer(self, producer: Any) -> None:
        """Args: producer: an IPushProducer, paused while there is no room for more."""
        self.transport.registerProducer(producer, True)

    def detachProducer(self) -> None:
        """The producer is done."""
        self.transport.unregisterProducer()
