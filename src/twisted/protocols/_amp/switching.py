"""The command that gives a connection to another protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from .boxes import AmpBox
from .commands import Command

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


class SwitchBox(AmpBox):
    """The last box on this connection: what follows is of another protocol."""

    # An attribute is kept beside the strings, unlike in other boxes.
    __slots__: Any = ["innerProto"]

    def __init__(self, innerProto: Any, **kw: Any) -> None:
        AmpBox.__init__(self, **kw)
        self.innerProto = innerProto

    def __repr__(self) -> str:
        return f"_SwitchBox({self.innerProto!r}, **{dict.__repr__(self)})"

    def _sendTo(self, proto: Any) -> None:
        AmpBox._sendTo(self, proto)
        proto._lockForSwitch()
        proto._switchTo(self.innerProto)


class ProtocolSwitchCommand(Command):
    """
    Subclass this to have a connection go on in another protocol.

    The first argument of ``callRemote``, after the command, is a client factory, which builds
    this side's protocol once the peer has agreed. The responder returns the protocol of its
    side, or a Deferred of that. Between asking and the answer, nothing can be sent.
    """

    def __init__(self, _protoToSwitchToFactory: Any, **kw: Any) -> None:
        self.protoToSwitchToFactory = _protoToSwitchToFactory
        Command.__init__(self, **kw)

    @classmethod
    def makeResponse(cls, innerProto: Any, proto: Any) -> Any:
        """Make the box after which the protocols change."""
        return SwitchBox(innerProto)

    def _doCommand(self, proto: Any) -> Deferred[Any] | None:
        done = Command._doCommand(self, proto)
        proto._lockForSwitch()
        if done is not None:
            done.addCallbacks(
                self._agreed, self._refused, callbackArgs=(proto,), errbackArgs=(proto,)
            )
        return done

    def _agreed(self, answer: Any, proto: Any) -> Any:
        factory = self.protoToSwitchToFactory
        inner = factory.buildProtocol(proto.transport.getPeer())
        proto._switchTo(inner, factory)
        return answer

    def _refused(self, failure: Failure, proto: Any) -> Failure:
        proto._unlockFromSwitch()
        self.protoToSwitchToFactory.clientConnectionFailed(None, Failure(ConnectionLost()))
        return failure
