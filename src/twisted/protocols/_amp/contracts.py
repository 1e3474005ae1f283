"""What the parts of AMP ask of one another."""

from __future__ import annotations

from typing import Any

from zope.interface import Interface

# The public home of an interface is settled when it is made.
_face = "twisted.protocols.amp"


class IArgumentType(Interface):
    """Turns one argument of a command into a string of a box, and back."""

    __module__ = _face

    def fromBox(name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """
        Read the argument from a box.

        Args:
            name: what it is called on the wire.
            strings: the box, or any mapping of names to bytes.
            objects: where to put the value, under its Python name.
            proto: the AMP protocol it came over.
        """

    def toBox(name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """Put the argument of the Python objects, if it is there, into the box."""


class IBoxSender(Interface):
    """Sends boxes."""

    __module__ = _face

    def sendBox(box: Any) -> None:
        """
        Send a box.

        Raises:
            ProtocolSwitched: the connection was given to another protocol.
            ConnectionLost: there is no connection any more.
        """

    def unhandledError(failure: Any) -> None:
        """Something failed and nobody dealt with it: log it, and end the connection."""


class IBoxReceiver(Interface):
    """
    Is given boxes.

    First `startReceivingBoxes`, then any number of boxes, last `stopReceivingBoxes`.
    """

    __module__ = _face

    def startReceivingBoxes(boxSender: Any) -> None:
        """Boxes will come; answers go to this `IBoxSender`, which can be used at once."""

    def ampBoxReceived(box: Any) -> None:
        """A box came."""

    def stopReceivingBoxes(reason: Any) -> None:
        """No more boxes will come, for this reason, a failure."""


class IResponderLocator(Interface):
    """Knows who answers which command."""

    __module__ = _face

    def locateResponder(name: bytes) -> Any:
        """
        Find who answers.

        Returns: what takes a box and gives one, or a Deferred of one; None where nobody does.
        """
