"""
TLS that gathers small writes, and the factory that puts it between transports and protocols.

What happens on a connection is in `twisted.internet._tls.machine`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from twisted._faces import handOn
from twisted.internet._wrapping import WrappingFactory
from twisted.internet.interfaces import ILoggingContext
from twisted.internet.protocol import connectionDone

from .buffering import SmallWrites, toBytes
from .creators import connectionMaker
from .machine import TLSMemoryBIOProtocol as TLSMemoryBIOProtocol
from .machine import reactorOf

if TYPE_CHECKING:
    from twisted.internet.interfaces import (
        IOpenSSLClientConnectionCreator,
        IOpenSSLContextFactory,
        IOpenSSLServerConnectionCreator,
        IProtocolFactory,
        IReactorTime,
        ITransport,
    )
    from twisted.python.failure import Failure

    SomeConnectionCreator = (
        IOpenSSLContextFactory | IOpenSSLClientConnectionCreator | IOpenSSLServerConnectionCreator
    )


class BufferingTLSTransport(TLSMemoryBIOProtocol):
    """
    TLS that gathers small writes into few records.

    What is written while data is being delivered leaves when the protocol returns; anything
    else when the reactor's turn is over, or at once when it is much.
    """

    def makeConnection(self, transport: ITransport) -> None:
        """Start TLS over a connected transport."""
        clock = self.factory._clock or reactorOf(transport) or installedReactor()
        self._smallWrites = SmallWrites(self._send, clock)
        super().makeConnection(transport)

    def write(self, data: bytes) -> None:
        """Send application data, soon."""
        if type(data) is not bytes:
            data = toBytes(data)
        if self._shutdownSent or (
            (self.disconnecting or self._writeEnding) and self._producer is None
        ):
            return
        small = self._smallWrites
        if small is not None and not self._lostTLSConnection:
            small.write(data)

    def loseConnection(self) -> None:
        """Send what was written, then close."""
        if self._smallWrites is not None and not self.disconnecting:
            self._smallWrites.flush()
        super().loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The transport has gone."""
        super().connectionLost(reason)
        self._smallWrites = None


class TLSMemoryBIOFactory(WrappingFactory[Any]):
    """
    Put TLS between the transports and the protocols of a factory.

    Attributes:
        handshakeTimeoutSeconds: how long a handshake may take on a transport that has a
            reactor; after that the connection is aborted.
        closeTimeoutSeconds: how long, after `loseConnection` and after all was sent, the peer's
            close_notify is waited for before the connection is aborted.
        acceptedTogether: how many connections a port takes in one turn: handshakes that go in
            step find the code and the tables of cryptography in the processor's caches.
    """

    protocol: Any = BufferingTLSTransport
    acceptedTogether = 16
    noisy = False
    handshakeTimeoutSeconds = 60.0
    closeTimeoutSeconds = 30.0

    def __init__(
        self,
        contextFactory: SomeConnectionCreator,
        isClient: bool,
        wrappedFactory: IProtocolFactory,
        clock: IReactorTime | None = None,
    ) -> None:
        """
        Args:
            contextFactory: makes the connection for each transport, or the context for it.
            isClient: whether to begin the handshake (as the accepting side may, too).
            wrappedFactory: makes the protocols. Where it provides IProtocolNegotiationFactory,
                it says what to negotiate by ALPN.
            clock: tells when a turn of the reactor is over; by default the reactor of the
                transport, or the installed one for a transport that has none.
        """
        super().__init__(wrappedFactory)
        self._creatorCallable = connectionMaker(contextFactory, isClient)
        self._clock = _replacedClock() if clock is None else clock

    def logPrefix(self) -> str:
        """The prefix of the factory within, marked as TLS."""
        within = self.wrappedFactory
        if ILoggingContext.providedBy(within):
            return f"{within.logPrefix()} (TLS)"
        return f"{type(within).__name__} (TLS)"


def _replacedClock() -> IReactorTime | None:
    """
    What a program put in the place of `installedReactor` on its face.

    Without that no clock is chosen before there is a transport, which mostly has one: to make a
    factory must not install a reactor.
    """
    face = sys.modules.get("twisted.protocols.tls")
    if face is None or face._get_default_clock is installedReactor:
        return None
    return cast("IReactorTime", face._get_default_clock())


def installedReactor() -> IReactorTime:
    """The reactor, which is installed if it has not been."""
    from importlib import import_module

    return cast("IReactorTime", import_module("twisted.internet.reactor"))


# Here and not on the face alone, which a program that only listens never imports.
handOn("twisted.protocols.tls", BufferingTLSTransport, TLSMemoryBIOFactory, TLSMemoryBIOProtocol)
