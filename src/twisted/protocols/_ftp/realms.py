"""Which shell a user gets."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.cred.checkers import ANONYMOUS
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm
from twisted.python import filepath

from .contracts import IFTPShell
from .shells import FTPAnonymousShell, FTPShell


def _nothing() -> None:
    """Nothing to be done when the user leaves."""


@implementer(IRealm)
class BaseFTPRealm:
    """
    A realm for FTP: a subclass says where the folders of users are.

    Attributes:
        anonymousRoot: the folder that those without a name may read.
    """

    anonymousRoot: Any

    def __init__(self, anonymousRoot: str) -> None:
        self.anonymousRoot = filepath.FilePath(anonymousRoot)

    def getHomeDirectory(self, avatarId: Any) -> Any:
        """
        Override: say where a user's folder is.

        Returns: a `twisted.python.filepath.FilePath`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say where users' folders are")

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        """Give the user a shell."""
        if IFTPShell not in interfaces:
            raise NotImplementedError(
                f"{type(self).__name__} gives shells for FTP only, not {interfaces!r}"
            )
        if avatarId is ANONYMOUS:
            avatar = FTPAnonymousShell(self.anonymousRoot)
        else:
            avatar = FTPShell(self.getHomeDirectory(avatarId))
        return IFTPShell, avatar, getattr(avatar, "logout", _nothing)


class FTPRealm(BaseFTPRealm):
    """
    A realm where users' folders are side by side, and are named for them.

    Attributes:
        userHome: the folder they are in.
    """

    anonymousRoot: Any
    userHome: Any

    def __init__(self, anonymousRoot: str, userHome: str = "/home") -> None:
        BaseFTPRealm.__init__(self, anonymousRoot)
        self.userHome = filepath.FilePath(userHome)

    def getHomeDirectory(self, avatarId: Any) -> Any:
        """Find the folder of that name."""
        try:
            return self.userHome.child(avatarId)
        except filepath.InsecurePath:
            raise UnauthorizedLogin(f"{avatarId!r} is no name of a folder") from None


class SystemFTPRealm(BaseFTPRealm):
    """A realm where users' folders are those that the system knows."""

    def getHomeDirectory(self, avatarId: Any) -> Any:
        """Find the user's folder in the system's list of users."""
        import pwd

        name = avatarId.decode("utf-8") if isinstance(avatarId, bytes) else avatarId
        try:
            return filepath.FilePath(pwd.getpwnam(name).pw_dir)
        except KeyError:
            raise UnauthorizedLogin(f"the system knows no user {name!r}") from None
