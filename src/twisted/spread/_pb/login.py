"""
Logging in.

The server asks a question, 16 bytes that nobody can foretell; the client answers with a digest of
them and of the password, which itself is never sent. MD5 is what the protocol has: it keeps an
eavesdropper from the password for a while only, and nobody from reading the rest. Use TLS.
"""

from __future__ import annotations

import os
from hashlib import md5
from typing import Any

from zope.interface import implementer

from twisted._faces import handOn
from twisted.cred._compare import sameSecret
from twisted.cred.credentials import Anonymous, IUsernameHashedPassword
from twisted.cred.portal import Portal
from twisted.python.components import registerAdapter
from twisted.spread.flavors import IPBRoot, Referenceable, Root
from twisted.spread.interfaces import IJellyable

from .common import IPerspective, IUsernameMD5Password
from .references import AsReferenceable

__all__ = ["PortalAuthChallenger", "PortalRoot", "PortalWrapper", "challenge", "respond"]


def challenge() -> bytes:
    """Returns: 16 bytes that nobody can foretell."""
    return os.urandom(16)


def respond(challenge: bytes, password: bytes) -> bytes:
    """
    Args:
        challenge: what the server asked.
        password: the user's.
    Returns: the answer, 16 bytes.
    """
    return _digest(_digest(password) + challenge)


def _digest(data: bytes) -> bytes:
    return md5(data, usedforsecurity=False).digest()


class _AvatarGiver:
    """What asks a portal for an avatar, and sends a reference to it."""

    portal: Any
    broker: Any

    def _login(self, credentials: Any, mind: Any) -> Any:
        return self.portal.login(credentials, mind, IPerspective).addCallback(self._cbLogin)

    def _cbLogin(self, result: tuple[Any, Any, Any]) -> Any:
        _, avatar, logout = result
        broker = self.broker
        if not IJellyable.providedBy(avatar):
            avatar = AsReferenceable(avatar, "perspective")
        if broker.disconnected:
            logout()
            return None
        puid = avatar.processUniqueID()
        logouts = [logout]

        def maybeLogout() -> None:
            """Once: when nobody refers to the avatar any more, or the connection is lost."""
            broker.dontNotifyOnDisconnect(maybeLogout)
            broker._localCleanup.pop(puid, None)
            if logouts:
                logouts.pop()()

        broker._localCleanup[puid] = maybeLogout
        broker.notifyOnDisconnect(maybeLogout)
        return avatar


@implementer(IPBRoot)
class PortalRoot:
    """
    A portal as what a server gives to whoever connects.

    Args:
        portal: the portal.
    """

    def __init__(self, portal: Any) -> None:
        self.portal = portal

    def rootObject(self, broker: Any) -> Root:
        """Returns: what one can log in with. See `IPBRoot`."""
        return PortalWrapper(self.portal, broker)


class PortalWrapper(Root, _AvatarGiver):
    """
    What one can log in with.

    Args:
        portal: the portal.
        broker: the connection.
    """

    def __init__(self, portal: Any, broker: Any) -> None:
        self.portal = portal
        self.broker = broker

    def remote_login(self, username: bytes) -> tuple[bytes, PortalAuthChallenger]:
        """Returns: a question, and what takes the answer to it. Args: username: who it is."""
        asked = challenge()
        return asked, PortalAuthChallenger(self.portal, self.broker, username, asked)

    def remote_loginAnonymous(self, mind: Any) -> Any:
        """Returns: a Deferred of an avatar. Args: mind: what the client can be called by."""
        return self._login(Anonymous(), mind)


@implementer(IUsernameHashedPassword, IUsernameMD5Password)
class PortalAuthChallenger(Referenceable, _AvatarGiver):
    """
    A question that was asked; with the answer to it, credentials.

    Args:
        portal: the portal.
        broker: the connection.
        username: who it claims to be.
        challenge: the question.
    """

    response: Any = None

    def __init__(self, portal: Any, broker: Any, username: bytes, challenge: bytes) -> None:
        self.portal = portal
        self.broker = broker
        self.username = username
        self.challenge = challenge

    def remote_respond(self, response: bytes, mind: Any) -> Any:
        """
        Args:
            response: the answer.
            mind: what the client can be called by.
        Returns: a Deferred of an avatar.
        """
        self.response = response
        return self._login(self, mind)

    def checkPassword(self, password: bytes) -> bool:
        """See `IUsernameHashedPassword`."""
        return self.checkMD5Password(_digest(password))

    def checkMD5Password(self, md5Password: bytes) -> bool:
        """See `IUsernameMD5Password`."""
        return sameSecret(self.response, _digest(md5Password + self.challenge))


registerAdapter(PortalRoot, Portal, IPBRoot)
handOn("twisted.spread.pb", challenge, respond)
