"""
Databases of users in memory, with the methods of the modules ``pwd`` and ``spwd``.

They are for tests, and for servers whose users are not those of the system.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ShadowDatabase", "UserDatabase"]


class _UserRecord(NamedTuple):
    """One user, as ``pwd.struct_passwd`` has it."""

    pw_name: str
    pw_passwd: str
    pw_uid: int
    pw_gid: int
    pw_gecos: str
    pw_dir: str
    pw_shell: str


class _ShadowRecord(NamedTuple):
    """One user's password, as ``spwd.struct_spwd`` has it; times are counts of days."""

    sp_nam: str
    sp_pwd: str
    sp_lstchg: int
    sp_min: int
    sp_max: int
    sp_warn: int
    sp_inact: int
    sp_expire: int
    sp_flag: int


def _refuseOtherThanText(name: object) -> None:
    """Refuse what the system's modules refuse."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a user is str, not {type(name).__name__}")


class UserDatabase:
    """Users, as the module ``pwd`` gives them."""

    # Numbers for users who were given none; no system has these by itself.
    _firstUID = 10101
    _firstGID = 20202

    def __init__(self) -> None:
        self._users: list[_UserRecord] = []
        self._given = 0

    def addUser(
        self,
        username: str,
        password: str = "password",
        uid: int | None = None,
        gid: int | None = None,
        gecos: str = "",
        home: str = "",
        shell: str = "/bin/sh",
    ) -> None:
        """
        Add a user.

        Args:
            username: the name.
            password: whatever stands for the password.
            uid: the number of the user; one that nobody has if None.
            gid: the number of the group; one that nobody has if None.
            gecos: the full name, and so on.
            home: the path of the home directory.
            shell: the path of the shell.
        """
        if uid is None:
            uid = self._firstUID + self._given
        if gid is None:
            gid = self._firstGID + self._given
        self._given += 1
        self._users.append(_UserRecord(username, password, uid, gid, gecos, home, shell))

    def getpwuid(self, uid: int) -> _UserRecord:
        """Give the user of that number. Raises: KeyError."""
        for user in self._users:
            if user.pw_uid == uid:
                return user
        raise KeyError(f"no user has the number {uid}")

    def getpwnam(self, name: str) -> _UserRecord:
        """Give the user of that name. Raises: KeyError; TypeError if it is no text."""
        _refuseOtherThanText(name)
        for user in self._users:
            if user.pw_name == name:
                return user
        raise KeyError(f"no user has the name {name!r}")

    def getpwall(self) -> list[_UserRecord]:
        """Give all users, in the order that they were added in."""
        return list(self._users)


class ShadowDatabase:
    """Passwords of users, as the module ``spwd`` gives them."""

    def __init__(self) -> None:
        self._users: list[_ShadowRecord] = []

    def addUser(
        self,
        username: str,
        password: str,
        lastChange: int,
        min: int,
        max: int,
        warn: int,
        inact: int,
        expire: int,
        flag: int,
    ) -> None:
        """
        Add a user.

        Args:
            username: the name.
            password: the password, encrypted.
            lastChange: the day that it was changed on, counted from 1970.
            min: for how many days it may not be changed.
            max: after how many days it has to be.
            warn: how many days before that the user is warned.
            inact: how many days after that the account is shut.
            expire: the day that the account ends on, counted from 1970.
            flag: kept for later use by whoever defined all this.
        """
        self._users.append(
            _ShadowRecord(username, password, lastChange, min, max, warn, inact, expire, flag)
        )

    def getspnam(self, username: str) -> _ShadowRecord:
        """Give the user of that name. Raises: KeyError; TypeError if it is no text."""
        _refuseOtherThanText(username)
        for user in self._users:
            if user.sp_nam == username:
                return user
        raise KeyError(username)

    def getspall(self) -> list[_ShadowRecord]:
        """Give all users, in the order that they were added in."""
        return list(self._users)
