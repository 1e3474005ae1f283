"""
``hashed:PATH``: users that stand in a file, each with the hash of a password.
"""

from __future__ import annotations

import os
from typing import Any

from zope.interface import implementer

from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import ICheckerFactory, InvalidAuthArgumentString
from twisted.plugin import IPlugin

__all__ = ["HashedCheckerFactory", "theHashedCheckerFactory"]


@implementer(ICheckerFactory, IPlugin)
class HashedCheckerFactory:
    """
    Makes checkers that know the users of a file, by hashes of their passwords.
    """

    authType = "hashed"
    authHelp = """
    Users stand in a file, one on a line: the name, a colon, and the argon2id,
    bcrypt or scrypt hash of the password. "twist passwd FILE NAME" writes such
    lines, and changes count at once.
    """
    argStringFormat = "The path of a file with a line NAME:HASH for each user."
    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword,)

    def generateChecker(self, argstring: str) -> Any:
        """
        Raises: InvalidAuthArgumentString if no path is given.
        """
        from twisted.cred.passwords import HashedPasswordChecker, PasswordFile

        if not argstring.strip():
            raise InvalidAuthArgumentString("the path of a file is missing: hashed:PATH")
        return HashedPasswordChecker(PasswordFile(os.path.abspath(argstring)))


theHashedCheckerFactory = HashedCheckerFactory()
