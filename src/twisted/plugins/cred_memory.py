"""
``memory:NAME:PASSWORD:...``: users whose passwords stand on the command line.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.credentials import IUsernameHashedPassword, IUsernamePassword
from twisted.cred.strcred import ICheckerFactory, InvalidAuthArgumentString
from twisted.plugin import IPlugin

__all__ = ["InMemoryCheckerFactory", "inMemoryCheckerFactoryHelp", "theInMemoryCheckerFactory"]

inMemoryCheckerFactoryHelp = """
Names and passwords are given right here. Other users of the machine can read
them in its list of processes: take this to try things out, and for nothing else.
"""


@implementer(ICheckerFactory, IPlugin)
class InMemoryCheckerFactory:
    """
    Makes checkers that know the users of a description.
    """

    authType = "memory"
    authHelp = inMemoryCheckerFactoryHelp
    argStringFormat = "Names and passwords by turns, with colons between: NAME:PASSWORD:..."
    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword, IUsernameHashedPassword)

    def generateChecker(self, argstring: str) -> InMemoryUsernamePasswordDatabaseDontUse:
        """
        Raises: InvalidAuthArgumentString if a name has no password.
        """
        checker = InMemoryUsernamePasswordDatabaseDontUse()
        words = argstring.split(":") if argstring else []
        if len(words) % 2:
            raise InvalidAuthArgumentString(
                f"{words[-1]!r} has no password; write NAME:PASSWORD, with a colon between each two"
            )
        for name, password in zip(words[::2], words[1::2], strict=True):
            # Protocols give names as text or as bytes; one user answers to both.
            checker.addUser(name, password)
            checker.addUser(name.encode("utf-8"), password.encode("utf-8"))
        return checker


theInMemoryCheckerFactory = InMemoryCheckerFactory()
