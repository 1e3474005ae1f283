"""
Who knows which credentials are right.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from zope.interface import Attribute, Interface, implementer

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.logger import Logger

from . import error
from ._compare import sameSecret
from .credentials import IAnonymous, IUsernameHashedPassword, IUsernamePassword

__all__ = [
    "ANONYMOUS",
    "AllowAnonymousAccess",
    "FilePasswordDB",
    "ICredentialsChecker",
    "InMemoryUsernamePasswordDatabaseDontUse",
    "OnDiskUsernamePasswordDatabase",
]

_log = Logger()

ANONYMOUS: tuple[()] = ()
"""What guests are called: an identity that no user's name can equal."""


class ICredentialsChecker(Interface):
    """
    Checks credentials of some kinds.
    """

    credentialInterfaces = Attribute("The interfaces of the credentials that it can check.")

    def requestAvatarId(credentials: Any) -> Any:
        """
        Check credentials.

        Args:
            credentials: they provide one of `credentialInterfaces`.
        Returns: a Deferred that fires with what the realm shall know the user by: `ANONYMOUS`, or
            the user's name. It fails with `error.UnauthorizedLogin` if they are not right.
        """


def _whoever(matched: object, name: Any) -> Any:
    if not matched:
        raise error.UnauthorizedLogin("the name or the password is not right")
    return name


def _refused() -> Deferred[Any]:
    return fail(error.UnauthorizedLogin("the name or the password is not right"))


@implementer(ICredentialsChecker)
class AllowAnonymousAccess:
    """
    Lets every guest in, as `ANONYMOUS`.
    """

    credentialInterfaces: tuple[Any, ...] = (IAnonymous,)

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        return succeed(ANONYMOUS)


@implementer(ICredentialsChecker)
class InMemoryUsernamePasswordDatabaseDontUse:
    """
    Knows users by passwords in plain, which stand in this process's memory. Fit for tests.

    Args:
        users: the passwords by name, as keyword arguments; the names become bytes.
    """

    credentialInterfaces: tuple[Any, ...] = (
        IUsernamePassword,
        IUsernameHashedPassword,
    )

    def __init__(self, **users: Any) -> None:
        self.users: dict[Any, Any] = {name.encode("utf-8"): users[name] for name in users}

    def addUser(self, username: Any, password: Any) -> None:
        """
        Add a user, or change the password of one.
        """
        self.users[username] = password

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        name = credentials.username
        if name not in self.users:
            return _refused()
        checked: Deferred[Any] = maybeDeferred(credentials.checkPassword, self.users[name])
        return checked.addCallback(_whoever, name)


@implementer(ICredentialsChecker)
class FilePasswordDB:
    """
    Knows users by a file of lines, each with a name and a password or a hash of it.

    Args:
        filename: the file.
        delim: what stands between the fields of a line.
        usernameField: which of the fields is the name, counted from 0.
        passwordField: which of them is the password.
        caseSensitive: False to take a name in any case. The name that the realm gets is then in
            small letters.
        hash: a function from (the name given, the password given, what stands in the file) to
            what should stand in the file. None if passwords are there in plain: only then can
            credentials be checked that do not show the password.
        cache: keep what was read, until the file changes.
    """

    cache = False

    def __init__(
        self,
        filename: str,
        delim: bytes = b":",
        usernameField: int = 0,
        passwordField: int = 1,
        caseSensitive: bool = True,
        hash: Callable[[Any, Any, bytes], object] | None = None,
        cache: bool = False,
    ) -> None:
        self.filename = filename
        self.delim = delim
        self.ufield = usernameField
        self.pfield = passwordField
        self.caseSensitive = caseSensitive
        self.hash = hash
        self.cache = cache
        self.credentialInterfaces: tuple[Any, ...] = (IUsernamePassword,)
        if hash is None:
            self.credentialInterfaces += (IUsernameHashedPassword,)
        self._known: dict[Any, bytes] = {}
        self._knownFrom: tuple[int, int, int] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # Passwords are read anew, and not written into whatever this is saved to.
        return {**self.__dict__, "_known": {}, "_knownFrom": None}

    def getUser(self, username: Any) -> tuple[Any, bytes]:
        """
        Find a user in the file.

        Returns: the name and what stands there as the password.
        Raises: KeyError if there is no such user; error.UnauthorizedLogin if the file cannot be
            read.
        """
        wanted = username if self.caseSensitive else username.lower()
        try:
            if self.cache:
                self._refresh()
                return wanted, self._known[wanted]
            for name, password in self._entries():
                if name == wanted:
                    return name, password
        except OSError as reason:
            _log.error("{file} cannot be read: {reason}", file=self.filename, reason=reason)
            raise error.UnauthorizedLogin("the table of users cannot be read") from reason
        raise KeyError(username)

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        try:
            name, stored = self.getUser(credentials.username)
        except KeyError:
            return _refused()
        except error.UnauthorizedLogin as reason:
            return fail(reason)
        if self.hash is None:
            checked: Deferred[Any] = maybeDeferred(credentials.checkPassword, stored)
            return checked.addCallback(_whoever, name)
        shown = IUsernamePassword(credentials, None)
        if shown is None:
            return _refused()
        hashed: Deferred[Any] = maybeDeferred(self.hash, shown.username, shown.password, stored)
        return hashed.addCallback(sameSecret, stored).addCallback(_whoever, name)

    def _refresh(self) -> None:
        now = os.stat(self.filename)
        version = (now.st_mtime_ns, now.st_size, now.st_ino)
        if version != self._knownFrom:
            known: dict[Any, bytes] = {}
            for name, password in self._entries():
                known.setdefault(name, password)
            self._known, self._knownFrom = known, version

    def _entries(self) -> Iterator[tuple[bytes, bytes]]:
        last = max(self.ufield, self.pfield)
        with open(self.filename, "rb") as file:
            for line in file:
                fields = line.rstrip().split(self.delim)
                if len(fields) > last:
                    name = fields[self.ufield]
                    yield name if self.caseSensitive else name.lower(), fields[self.pfield]


OnDiskUsernamePasswordDatabase = FilePasswordDB
