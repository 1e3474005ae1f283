"""The errors, interfaces and numbers of Perspective Broker."""

from __future__ import annotations

from typing import Any

from zope.interface import Interface

from twisted._faces import handOn
from twisted.cred.credentials import ICredentials

__all__ = [
    "MAX_BROKER_REFS",
    "DeadReferenceError",
    "Error",
    "IPerspective",
    "IUsernameMD5Password",
    "PBConnectionLost",
    "ProtocolError",
    "RemoteError",
    "portno",
]

_PUBLIC = "twisted.spread.pb"

MAX_BROKER_REFS = 1024
"""Objects of ours that the other side of one connection may refer to."""

portno = 8787
"""The port of Perspective Broker, where nobody has another wish."""


class ProtocolError(Exception):
    """The other side does not follow the protocol, or what is asked for is no part of it."""


class DeadReferenceError(ProtocolError):
    """The connection is lost that the object is at the other end of."""


class PBConnectionLost(Exception):
    """The connection was lost before the answer came. Its argument is the reason, a Failure."""


class Error(Exception):
    """
    An error that the caller expects: it is sent, and not logged where it happened.

    One that is ``Jellyable``, or whose class the security options allow, is sent itself; of any
    other its words are.
    """


class RemoteError(Exception):
    """
    An error that happened on the other side, where it is raised here.

    Args:
        remoteType: the full name of its class, as bytes.
        value: its words.
        remoteTraceback: where it happened, as text, if the other side tells.

    Attributes:
        remoteType, remoteTraceback: as given.
    """

    remoteType: Any
    remoteTraceback: Any

    def __init__(self, remoteType: Any, value: Any, remoteTraceback: Any) -> None:
        super().__init__(value)
        self.remoteType = remoteType
        self.remoteTraceback = remoteTraceback


class IPerspective(Interface):
    """What somebody who has logged in can call: an avatar."""

    __module__ = _PUBLIC

    def perspectiveMessageReceived(broker, message, args, kwargs):  # type: ignore[no-untyped-def]  # the interface names no types
        """
        The one who has logged in calls.

        Args:
            broker: the connection.
            message: the name of the method.
            args: the arguments as received: ``broker.unserialize(args, self)`` gives a tuple.
            kwargs: the arguments with names as received.
        Returns: the answer as it is sent (``broker.serialize(answer, self)``), or a Deferred of it.
        """


class IUsernameMD5Password(ICredentials):
    """A user's name, and what only somebody answers who knows the password, or its MD5 digest."""

    __module__ = _PUBLIC

    def checkPassword(password):  # type: ignore[no-untyped-def]  # as above
        """
        Args:
            password: the right one, as bytes.
        Returns: whether that is what the user knows.
        """

    def checkMD5Password(password):  # type: ignore[no-untyped-def]  # as above
        """
        Args:
            password: the MD5 digest of the right one, 16 bytes.
        Returns: whether that is what the user knows.
        """


handOn(
    _PUBLIC,
    DeadReferenceError,
    Error,
    PBConnectionLost,
    ProtocolError,
    RemoteError,
)
