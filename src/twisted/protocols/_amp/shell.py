"""AMP on a connection."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.error import ConnectionClosed, ConnectionLost, PeerVerifyError
from twisted.internet.interfaces import IFileDescriptorReceiver
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.protocols.basic import Int16StringReceiver, StatefulStringProtocol
from twisted.python.failure import Failure

from .boxes import MAX_KEY_LENGTH, MAX_VALUE_LENGTH, AmpBox, BoxReader, KeyTooLong
from .contracts import IBoxSender
from .dispatcher import BoxDispatcher
from .errors import MalformedAmpBox, OnlyOneTLS, ProtocolSwitched, TooLong
from .locators import CommandLocator, SimpleStringLocator
from .securing import StartTLS, theTLS

if TYPE_CHECKING:
    from .contracts import IBoxReceiver

_log = Logger("twisted.protocols.amp")


@implementer(IFileDescriptorReceiver)
class DescriptorExchanger:
    """
    Numbers the descriptors that come and go beside the boxes, each way from 0.

    Attributes:
        maxDescriptors: how many may have come that no box has claimed yet.
    """

    maxDescriptors: int = 256

    transport: Any
    _sent = 0
    _received = 0

    def __init__(self) -> None:
        self._descriptors: dict[int, int] = {}

    def _getDescriptor(self, number: int) -> int:
        """Claim a descriptor; KeyError where it is not there."""
        return self._descriptors.pop(number)

    def _sendFileDescriptor(self, descriptor: int) -> int:
        """Send one; gives its number."""
        self.transport.sendFileDescriptor(descriptor)
        number = self._sent
        self._sent += 1
        return number

    def fileDescriptorReceived(self, descriptor: int) -> None:
        """Keep a descriptor for the box that claims it."""
        if len(self._descriptors) >= self.maxDescriptors:
            os.close(descriptor)
            _log.error(
                "The peer sent more than {limit} descriptors without claiming them "
                "(maxDescriptors). Closing.",
                limit=self.maxDescriptors,
            )
            self.transport.loseConnection()
            return
        self._descriptors[self._received] = descriptor
        self._received += 1

    def _closeUnclaimed(self) -> None:
        """Nothing can claim them any more."""
        unclaimed, self._descriptors = self._descriptors, {}
        for descriptor in unclaimed.values():
            os.close(descriptor)


@implementer(IBoxSender)
class BinaryBoxProtocol(StatefulStringProtocol, Int16StringReceiver, DescriptorExchanger):
    """
    Carries boxes over a stream.

    Bytes become boxes in a `BoxReader`. The ``proto_`` methods are there for those who have the
    strings already.

    Args:
        boxReceiver: an `IBoxReceiver`, which gets the boxes.

    Attributes:
        boxReceiver: as given.
        maxBoxKeys: keys that a box of the peer may have.
        maxBoxBytes: bytes that its keys and values may have together.
        hostCertificate: the certificate of this side, once TLS was started.
        noPeerCertificate: True where the peer is known to have none.
        innerProtocol: the protocol that has the connection now, after a switch.
        innerProtocolClientFactory: the factory that built it, on the side that asked.
    """

    MAX_LENGTH: int = MAX_KEY_LENGTH
    maxBoxKeys: int = 4096
    maxBoxBytes: int = 16 * 1024 * 1024

    boxReceiver: Any
    hostCertificate: Any = None
    noPeerCertificate: bool = False
    innerProtocol: Any = None
    innerProtocolClientFactory: Any = None

    _justStartedTLS = False
    # Boxes to be sent once TLS runs; None where it is not being started.
    _startingTLSBuffer: list[AmpBox] | None = None
    _locked = False
    _keyLengthLimitExceeded = False
    _refused: Failure | None = None
    _reader: BoxReader | None = None
    _reading = False
    _currentBox: AmpBox
    _currentKey: bytes

    def __init__(self, boxReceiver: IBoxReceiver | Any) -> None:
        DescriptorExchanger.__init__(self)
        self.boxReceiver = boxReceiver

    # From the transport

    def makeConnection(self, transport: Any) -> None:
        """Begin: the receiver is told, and may send at once."""
        self.transport = transport
        self.boxReceiver.startReceivingBoxes(self)
        Protocol.makeConnection(self, transport)

    def dataReceived(self, data: bytes) -> None:
        """Hand on each box that is whole now; after a switch, the bytes."""
        if self.innerProtocol is not None:
            self.innerProtocol.dataReceived(data)
            return
        self._justStartedTLS = False
        reader = self._reader
        if reader is None:
            reader = self._reader = BoxReader(self.maxBoxKeys, self.maxBoxBytes)
        if self._refused is not None:
            return
        reader.feed(data)
        if self._reading:
            return  # we are being fed while we hand on a box, and go on after that
        self._reading = True
        try:
            while not self.paused:
                box = reader.next()
                if box is None:
                    break
                self.boxReceiver.ampBoxReceived(box)
        except KeyTooLong as error:
            self._refuse(error)
            self.lengthLimitExceeded(error.length)
        except MalformedAmpBox as error:
            self._refuse(error)
            self.unhandledError(Failure())
        finally:
            self._reading = False

    def _refuse(self, error: TooLong | MalformedAmpBox) -> None:
        """From here on it is not known where anything begins: read no more."""
        self._refused = Failure(error)
        if self._reader is not None:
            self._reader.takeRest()

    def fileDescriptorReceived(self, descriptor: int) -> None:
        """Keep a descriptor for its box; after a switch, hand it on to who can have it."""
        inner = self.innerProtocol
        if inner is None:
            DescriptorExchanger.fileDescriptorReceived(self, descriptor)
        elif IFileDescriptorReceiver.providedBy(inner):
            inner.fileDescriptorReceived(descriptor)
        else:
            os.close(descriptor)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it is told
        """Tell whoever has the connection, and the receiver of boxes."""
        self._closeUnclaimed()
        if self.innerProtocol is not None:
            self.innerProtocol.connectionLost(reason)
            if self.innerProtocolClientFactory is not None:
                self.innerProtocolClientFactory.clientConnectionLost(None, reason)
        if self._keyLengthLimitExceeded:
            reason = Failure(TooLong(True, False, None, None))
        elif self._refused is not None:
            reason = self._refused
        elif self._justStartedTLS and reason.check(ConnectionClosed):
            reason = Failure(
                PeerVerifyError("The peer closed during the handshake, and did not say why.")
            )
        self.boxReceiver.stopReceivingBoxes(reason)

    # Sending

    def sendBox(self, box: AmpBox) -> None:
        """
        Send a box.

        Raises:
            ProtocolSwitched: the connection has, or is about to have, another protocol.
            ConnectionLost: it is gone.
            TooLong, TypeError: see `AmpBox.serialize`.
        """
        if self._locked:
            raise ProtocolSwitched(
                "No box can be sent: the connection is given to another protocol"
            )
        if self.transport is None:
            raise ConnectionLost()
        if self._startingTLSBuffer is not None:
            self._startingTLSBuffer.append(box)
        else:
            self.transport.write(box.serialize())

    def unhandledError(self, failure: Failure) -> None:
        """Log it, and close: who asked does not know what became of it."""
        _log.failure(
            "An error of AMP that nobody dealt with ends the connection; errbacks on all calls "
            "prevent that",
            failure,
        )
        if self.transport is not None:
            self.transport.loseConnection()

    # Strings, for those who have them already

    def proto_init(self, string: bytes) -> str | None:
        """The first string of a box: a key."""
        self._currentBox = AmpBox()
        return self.proto_key(string)

    def proto_key(self, string: bytes) -> str | None:
        """A key, or the empty string that ends the box."""
        if string:
            self._currentKey = string
            self.MAX_LENGTH = MAX_VALUE_LENGTH
            return "value"
        self.boxReceiver.ampBoxReceived(self._currentBox)
        return "init"

    def proto_value(self, string: bytes) -> str:
        """The value for the key before."""
        self._currentBox[self._currentKey] = string
        self.MAX_LENGTH = MAX_KEY_LENGTH
        return "key"

    def lengthLimitExceeded(self, length: int) -> None:
        """A key is announced that is longer than keys are: this is no AMP. Closes."""
        self._keyLengthLimitExceeded = True
        self.transport.loseConnection()

    # Giving the connection to another protocol

    def _lockForSwitch(self) -> None:
        """Let nothing be sent until it is known which protocol goes on."""
        self._locked = True

    def _unlockFromSwitch(self) -> None:
        """Go on with AMP after all."""
        if self.innerProtocol is not None:
            raise ProtocolSwitched("The connection was given to another protocol already")
        self._locked = False

    def _switchTo(self, newProto: Any, clientFactory: Any = None) -> None:
        """Give the connection away, with the bytes that came after the last box."""
        rest = b"" if self._reader is None else self._reader.takeRest()
        self.innerProtocol = newProto
        self.innerProtocolClientFactory = clientFactory
        newProto.makeConnection(self.transport)
        if rest:
            newProto.dataReceived(rest)

    # TLS

    def _prepareTLS(self, certificate: Any, verifyAuthorities: Any) -> None:
        """Keep what is sent from now on until the peer has agreed."""
        if self.hostCertificate is not None:
            raise OnlyOneTLS(f"The connection is encrypted already, with {self.hostCertificate!r}")
        self._startingTLSBuffer = []

    def _startTLS(self, certificate: Any, verifyAuthorities: Any) -> None:
        """Encrypt from here on, and send what was kept."""
        self.hostCertificate = certificate
        self._justStartedTLS = True
        if self._reader is not None:
            # Whatever came in the clear after the agreement was put there by somebody else.
            self._reader.takeRest()
        self.transport.startTLS(certificate.options(*(verifyAuthorities or ())))
        kept, self._startingTLSBuffer = self._startingTLSBuffer, None
        for box in kept or ():
            self.sendBox(box)

    @property
    def peerCertificate(self) -> Any:
        """The certificate that the peer has shown; None where it has none."""
        if self.noPeerCertificate:
            return None
        return theTLS().Certificate.peerFromTransport(self.transport)

    @StartTLS.responder
    def _defaultStartTLSResponder(self) -> dict[str, Any]:
        """Agree, with no certificate and no questions, unless a subclass knows better."""
        return {}


class AMP(BinaryBoxProtocol, BoxDispatcher, CommandLocator, SimpleStringLocator):
    """
    Asks and answers commands over a stream: what most programs use.

    Args:
        boxReceiver: gets the boxes; this object itself by default.
        locator: knows who answers; this object itself by default.
    """

    # Subclasses with an own __init__ need not call ours.
    _ampInitialized = False

    def __init__(self, boxReceiver: Any = None, locator: Any = None) -> None:
        self._ampInitialized = True
        BoxDispatcher.__init__(self, self if locator is None else locator)
        BinaryBoxProtocol.__init__(self, self if boxReceiver is None else boxReceiver)

    def locateResponder(self, name: bytes) -> Any:
        """Look among the declared responders, then among the methods ``amp_NAME``."""
        responder = CommandLocator.locateResponder(self, name)
        if responder is None:
            responder = SimpleStringLocator.locateResponder(self, name)
        return responder

    def __repr__(self) -> str:
        inner = "" if self.innerProtocol is None else f" inner {self.innerProtocol!r}"
        return f"<{self.__class__.__name__}{inner} at 0x{id(self):x}>"

    def makeConnection(self, transport: Any) -> None:
        """Begin."""
        if not self._ampInitialized:
            AMP.__init__(self)
        _log.info(
            "{name} connected: here {host}, there {peer}",
            name=self.__class__.__name__,
            host=transport.getHost(),
            peer=transport.getPeer(),
        )
        BinaryBoxProtocol.makeConnection(self, transport)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it is told
        """End."""
        transport = self.transport
        if transport is not None:
            _log.info(
                "{name} disconnected: here {host}, there {peer}",
                name=self.__class__.__name__,
                host=transport.getHost(),
                peer=transport.getPeer(),
            )
        BinaryBoxProtocol.connectionLost(self, reason)
        self.transport = None
