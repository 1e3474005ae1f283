"""
Tables of users and hashed passwords: in a file, or anywhere else a name can be looked up.

A file has one user on each line, ``NAME:HASH``; empty lines and those that begin with ``#`` are
passed over, and fields after another colon are left alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, Final

from zope.interface import implementer

from twisted.internet.defer import Deferred, DeferredSemaphore, fail, maybeDeferred
from twisted.logger import Logger

from . import error
from ._compare import sameSecret
from ._hashing import hashPassword, looksHashed, verifyPassword
from .checkers import ICredentialsChecker
from .credentials import IUsernamePassword

__all__ = ["FirstOf", "HashedPasswordChecker", "PasswordFile", "WrongUser"]

_log = Logger()

maxFileBytes: Final = 16 << 20
"""The most that a file of passwords may hold."""


class WrongUser(ValueError):
    """
    A name cannot stand in a file of passwords, or does not.
    """


class PasswordFile:
    """
    A file of users and hashed passwords, as ``twist passwd`` writes it.

    What was read is kept until the file changes.

    Args:
        path: the file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._known: dict[bytes, bytes] = {}
        self._version: tuple[int, int, int] | None = None

    def __repr__(self) -> str:
        return f"<passwords in {self.path!r}>"

    def __call__(self, name: bytes) -> bytes | None:
        """
        Find a user's hash.

        Returns: None if there is no such user.
        Raises: OSError if the file cannot be read.
        """
        now = os.stat(self.path)
        version = (now.st_mtime_ns, now.st_size, now.st_ino)
        if version != self._version:
            known: dict[bytes, bytes] = {}
            for line in self._lines():
                fields = _fields(line)
                if fields is not None:
                    known.setdefault(*fields)
            self._known, self._version = known, version
        return self._known.get(name)

    def users(self) -> list[str]:
        """
        Returns: the names, in the order of the file.
        """
        found = (_fields(line) for line in self._lines())
        return [each[0].decode("utf-8", "replace") for each in found if each is not None]

    def set(self, name: str, hashed: str | None) -> bool:
        """
        Add a user, give one another password, or take one out. Everything else stays as it is.

        The file is replaced as a whole, by one that only its owner can read if it is new.

        Args:
            name: the user's name.
            hashed: the hash; None to take the user out.
        Returns: whether the user was there.
        Raises: WrongUser if the name cannot stand there; OSError.
        """
        self.check(name)
        key = name.encode("utf-8")
        wasThere = False
        lines: list[bytes] = []
        for line in self._lines(missing=True):
            fields = _fields(line)
            if fields is None or fields[0] != key:
                lines.append(line)
            elif not wasThere:
                wasThere = True
                if hashed is not None:
                    rest = line.split(b":", 2)[2:]
                    lines.append(b":".join((key, hashed.encode("ascii"), *rest)))
        if not wasThere and hashed is not None:
            lines.append(key + b":" + hashed.encode("ascii"))
        if wasThere or hashed is not None:
            self._replace(b"".join(line + b"\n" for line in lines))
        return wasThere

    def check(self, name: str) -> None:
        """
        See that a name can stand in the file.

        Raises: WrongUser.
        """
        if not name.strip() or name != name.strip() or name.startswith("#"):
            raise WrongUser(f"{name!r} is no name for a user")
        if any(char == ":" or not char.isprintable() for char in name):
            raise WrongUser(f"{name!r} is no name for a user: it has colons or control characters")

    def _lines(self, missing: bool = False) -> Iterator[bytes]:
        try:
            with open(self.path, "rb") as file:
                contents = file.read(maxFileBytes + 1)
        except FileNotFoundError:
            if not missing:
                raise
            return
        if len(contents) > maxFileBytes:
            raise OSError(27, "more bytes than a file of passwords may hold", self.path)
        yield from contents.splitlines()

    def _replace(self, contents: bytes) -> None:
        import tempfile

        path = os.path.realpath(self.path)
        try:
            mode = os.stat(path).st_mode & 0o7777
        except FileNotFoundError:
            mode = 0o600
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".passwords")
        try:
            with open(handle, "wb") as file:
                file.write(contents)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, mode)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def _fields(line: bytes) -> tuple[bytes, bytes] | None:
    if line.lstrip().startswith(b"#"):
        return None
    name, colon, rest = line.strip().partition(b":")
    return (name, rest.partition(b":")[0]) if colon and name else None


@implementer(ICredentialsChecker)
class HashedPasswordChecker:
    """
    Lets in whose password fits the hash that a table has for the name.

    Hashes are computed in threads, a few at once. A name that is not there costs as much time as
    one that is.

    Args:
        lookup: gives what the table has for a name in bytes, or None; a `PasswordFile` is one. An
            OSError from it lets nobody in, and is logged.
        inThread: calls a function with arguments somewhere else and returns a Deferred, as
            `twisted.internet.threads.deferToThread` does, which serves if it is None.
        plain: whether what is not a hash is taken as the password itself.
    """

    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword,)

    atOnce = 4
    """How many hashes are computed at the same time; each takes some 64 MiB."""

    maxWaiting = 1000
    """Logins that wait for their turn; more of them are refused."""

    def __init__(
        self,
        lookup: Callable[[bytes], bytes | None],
        inThread: Callable[..., Deferred[Any]] | None = None,
        plain: bool = False,
    ) -> None:
        self._lookup = lookup
        self._inThread = inThread
        self._plain = plain
        self._turns = DeferredSemaphore(self.atOnce)
        self._decoy: str | None = None

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        name = credentials.username
        raw = name.encode("utf-8") if isinstance(name, str) else name
        if len(self._turns.waiting) >= self.maxWaiting:
            _log.warn("too many logins wait for their turn; one is refused")
            return fail(error.UnauthorizedLogin("too many logins at once"))
        try:
            stored = self._lookup(raw)
        except OSError as reason:
            _log.error("the table of users cannot be read: {reason}", reason=reason)
            return fail(error.UnauthorizedLogin("the table of users cannot be read"))
        run = self._inThread or _deferToThread()
        checked: Deferred[Any] = self._turns.run(run, self._fits, credentials.password, stored)

        def judge(right: object) -> Any:
            if right is not True:
                raise error.UnauthorizedLogin("the name or the password is not right")
            return name

        return checked.addCallback(judge)

    def _fits(self, password: bytes | str, stored: bytes | None) -> bool:
        text = stored.decode("utf-8", "replace") if stored is not None else ""
        if looksHashed(text):
            return verifyPassword(password, text)
        if self._plain and stored:
            # Protocols give it as bytes, but for a few, such as FTP.
            raw = password.encode("utf-8") if isinstance(password, str) else password
            return sameSecret(raw, stored)
        if self._decoy is None:
            self._decoy = hashPassword(os.urandom(16).hex())
        verifyPassword(password, self._decoy)
        return False


@implementer(ICredentialsChecker)
class FirstOf:
    """
    Asks several checkers, one after the other, until one lets the user in.

    Args:
        checkers: the checkers; each is asked for the credentials that it names.
    """

    def __init__(self, checkers: Any) -> None:
        self._checkers = tuple(checkers)
        kinds = [kind for each in self._checkers for kind in each.credentialInterfaces]
        self.credentialInterfaces: tuple[Any, ...] = tuple(dict.fromkeys(kinds))

    def __repr__(self) -> str:
        return f"<the first of {', '.join(map(repr, self._checkers))}>"

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        async def ask() -> Any:
            for checker in self._checkers:
                if any(kind.providedBy(credentials) for kind in checker.credentialInterfaces):
                    try:
                        return await maybeDeferred(checker.requestAvatarId, credentials)
                    except error.UnauthorizedLogin:
                        continue
            raise error.UnauthorizedLogin("the name or the password is not right")

        return Deferred.fromCoroutine(ask())


def _deferToThread() -> Callable[..., Deferred[Any]]:
    # This makes the reactor, which is not to happen for a mere import.
    from twisted.internet.threads import deferToThread

    return deferToThread
