"""
``file:PATH``: users that stand in a file, a line ``NAME:PASSWORD`` for each.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from zope.interface import implementer

from twisted.cred.checkers import FilePasswordDB
from twisted.cred.credentials import IUsernameHashedPassword, IUsernamePassword
from twisted.cred.strcred import ICheckerFactory
from twisted.plugin import IPlugin

__all__ = [
    "FileCheckerFactory",
    "fileCheckerFactoryHelp",
    "invalidFileWarning",
    "theFileCheckerFactory",
]

fileCheckerFactoryHelp = """
Users stand in a file, one on a line: the name, a colon, the password in plain.
The file is read at each login, so that changes count at once. Let nobody but
the service read it (chmod 600).
"""

invalidFileWarning = "Warning: that file does not exist (yet); nobody can come in until it does."


@implementer(ICheckerFactory, IPlugin)
class FileCheckerFactory:
    """
    Makes checkers that know the users of a file.
    """

    authType = "file"
    authHelp = fileCheckerFactoryHelp
    argStringFormat = "The path of a file with a line NAME:PASSWORD for each user."
    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword, IUsernameHashedPassword)
    errorOutput: Any = sys.stderr

    def generateChecker(self, argstring: str) -> FilePasswordDB:
        """
        Raises: ValueError if no path is given.
        """
        if not argstring.strip():
            raise ValueError(f"{self.authType!r} requires a filename")
        path = os.path.abspath(argstring)
        if not os.path.isfile(path):
            self.errorOutput.write(f"{path}: {invalidFileWarning}\n")
        return FilePasswordDB(path)


theFileCheckerFactory = FileCheckerFactory()
