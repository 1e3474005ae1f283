"""
``anonymous``: everybody comes in as a guest.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.cred.checkers import AllowAnonymousAccess
from twisted.cred.credentials import IAnonymous
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

__all__ = [
    "AnonymousCheckerFactory",
    "anonymousCheckerFactoryHelp",
    "theAnonymousCheckerFactory",
]

anonymousCheckerFactoryHelp = """
Whoever asks comes in as a guest, with no name and no password.
What guests may do is for the service to say.
"""


@implementer(ICheckerFactory, IPlugin)
class AnonymousCheckerFactory:
    """
    Makes checkers that let guests in.
    """

    authType = "anonymous"
    authHelp = anonymousCheckerFactoryHelp
    argStringFormat = "No argstring required."
    credentialInterfaces: tuple[Any, ...] = (IAnonymous,)

    def generateChecker(self, argstring: str = "") -> AllowAnonymousAccess:
        return AllowAnonymousAccess()


theAnonymousCheckerFactory = AnonymousCheckerFactory()
