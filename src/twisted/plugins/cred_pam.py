"""
``pam:SERVICE``: users of this machine, by the rules of PAM.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from zope.interface import implementer

from twisted.cred.credentials import IUsernamePassword
from twisted.cred.strcred import ICheckerFactory, InvalidAuthArgumentString
from twisted.plugin import IPlugin

__all__ = ["PAMCheckerFactory"]


@implementer(ICheckerFactory, IPlugin)
class PAMCheckerFactory:
    """
    Makes checkers that ask PAM.
    """

    authType = "pam"
    authHelp = """
    The users of this machine come in as its PAM rules say, by passwords. The rules
    are those of a file in /etc/pam.d, "login" if none is named. For accounts
    in the shadow table it takes root's rights, or those of PAM's own helper.
    """
    argStringFormat = "The name of a file in /etc/pam.d, or nothing for login."
    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword,)

    def generateChecker(self, argstring: str) -> Any:
        """
        Raises: InvalidAuthArgumentString if the argument is no name of a file.
        """
        from twisted.cred._pam import PAMChecker

        service = argstring.strip() or "login"
        if "/" in service or "\0" in service:
            raise InvalidAuthArgumentString("wanted the name of a file in /etc/pam.d")
        return PAMChecker(service)


# Without the package there is nothing to offer.
if find_spec("pam") is not None:
    thePAMCheckerFactory = PAMCheckerFactory()
