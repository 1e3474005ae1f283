"""
``unix``: the users of this machine, with the passwords by which they log in.

The modules for this left Python with 3.13; there nobody comes in by it, and a log line says why.
"""

from __future__ import annotations

import warnings
from typing import Any

from zope.interface import implementer

from twisted.cred._compare import sameSecret
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.strcred import ICheckerFactory
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.plugin import IPlugin

__all__ = [
    "UNIXChecker",
    "UNIXCheckerFactory",
    "theUnixCheckerFactory",
    "unixCheckerFactoryHelp",
    "verifyCryptedPassword",
]

_log = Logger()

unixCheckerFactoryHelp = """
The users of this machine come in by the passwords of their accounts.
Passwords mostly stand where root alone may read them: a service that runs as
another user, or has given up its rights before the login, lets nobody in.
"""


def _module(name: str) -> Any:
    """A module of Python that this system, or this Python, may not have; None then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return __import__(name)
        except ImportError:
            return None


def verifyCryptedPassword(crypted: Any, pw: Any) -> bool:
    """
    Check a password against what crypt(3) made of the right one.

    Args:
        crypted: the hash, with its method and salt, as text or bytes.
        pw: the password that was given, as text or bytes.
    Returns: False also if the hash is none, such as that of a locked account.
    """
    hashed = crypted.decode("utf-8") if isinstance(crypted, bytes) else crypted
    try:
        password = pw.decode("utf-8") if isinstance(pw, bytes) else pw
    except UnicodeDecodeError:
        return False
    if hashed[:1] in ("", "*", "!") or "\0" in password:
        return False
    crypt = _module("crypt")
    if crypt is None:
        _log.error("the passwords of this machine cannot be checked: Python has no module crypt")
        return False
    try:
        return sameSecret(crypt.crypt(password, hashed), hashed)
    except OSError:
        return False


@implementer(ICredentialsChecker)
class UNIXChecker:
    """
    Checks the passwords of this machine's accounts.
    """

    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword,)

    def checkPwd(self, pwd: Any, username: str, password: Any) -> bool:
        """
        Check a password by the table of users, where some systems still have the hash.

        Args:
            pwd: the module `pwd`.
            username: the name.
            password: the password that was given.
        """
        try:
            crypted = pwd.getpwnam(username).pw_passwd
        except KeyError:
            return False
        # "x" says that the hash is in the shadow table.
        return crypted not in ("x", "*") and verifyCryptedPassword(crypted, password)

    def checkSpwd(self, spwd: Any, username: str, password: Any) -> bool:
        """
        Check a password by the shadow table, which takes root's rights.

        Args:
            spwd: the module `spwd`.
            username: the name.
            password: the password that was given.
        """
        try:
            crypted = spwd.getspnam(username).sp_pwdp
        except (KeyError, OSError):
            return False
        return verifyCryptedPassword(crypted, password)

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        name, password = credentials.username, credentials.password
        if isinstance(name, bytes):
            try:
                name = name.decode("utf-8")
            except UnicodeDecodeError:
                return fail(UnauthorizedLogin("the name or the password is not right"))
        if "\0" not in name:
            for module, check in (("pwd", self.checkPwd), ("spwd", self.checkSpwd)):
                table = _module(module)
                if table is not None and check(table, name, password):
                    return succeed(name)
        return fail(UnauthorizedLogin("the name or the password is not right"))


@implementer(ICheckerFactory, IPlugin)
class UNIXCheckerFactory:
    """
    Makes checkers that know the users of this machine.
    """

    authType = "unix"
    authHelp = unixCheckerFactoryHelp
    argStringFormat = "No argstring required."
    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword,)

    def generateChecker(self, argstring: str) -> UNIXChecker:
        return UNIXChecker()


theUnixCheckerFactory = UNIXCheckerFactory()
