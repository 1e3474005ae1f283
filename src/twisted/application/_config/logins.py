"""
Who may log in: the tables ``[cred.NAME]``, which services refer to by their names.

::

    [cred.staff]
    file = "passwords"                  # written by twist passwd
    users = { guest = "${file:guest.secret}" }

    [services.files]
    type = "ftp"
    cred = "staff"
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final

from .kinds import MASK, WRONG, FilePath, Kind, Report, SecretText, said, tableFromText
from .mistakes import Path, nearest, suggestion
from .options import WrongOption, maskedTable, option, readOptions
from .secrets import Secret

__all__ = ["Cred", "CredTable", "readLogins"]


_OF_FILES: Final = ("file", "hashed")
"""Types of checkers whose details are the path of a file."""


class _Users(Kind):
    """
    Users and their passwords, as a tuple of pairs.
    """

    short = "table"
    words = 'a table of names and passwords, such as { alice = "${file:alice.secret}" }'
    examples = (
        ('{ alice = "$argon2id$..." }', "a hash, as twist passwd prints it"),
        ('{ alice = "${file:alice.secret}" }', "a password or a hash in a file of its own"),
        ('{ alice = "${ALICE_PASSWORD}" }', "one in the environment"),
    )

    def read(self, value: object, path: Path, report: Report) -> Any:
        if not isinstance(value, dict):
            return self.refuse(value, path, report)
        right = True
        for name, password in value.items():
            if not isinstance(password, str) or not password:
                report.wrong((*path, name), "wanted a password or its hash, in quotes.")
                right = False
            if not name or ":" in name or not name.isprintable():
                report.wrong((*path, name), f"{name!r} is no name for a user.", atValue=False)
                right = False
        if not right:
            return WRONG
        return tuple(
            (name, each if isinstance(each, Secret) else Secret(each))
            for name, each in value.items()
        )

    def show(self, value: Any) -> str:
        return ", ".join(name for name, _ in value)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}

    def masked(self, value: object) -> object:
        if not isinstance(value, dict):
            return MASK
        secret = SecretText()
        return {name: secret.masked(each) for name, each in value.items()}


class _PasswordPath(FilePath):
    """
    The path of a file of passwords, which is there already.
    """

    def read(self, value: object, path: Path, report: Report) -> Any:
        full = super().read(value, path, report)
        if full is WRONG:
            return WRONG
        try:
            with open(full, "rb"):
                return full
        except OSError as error:
            shown = said(value) if isinstance(value, Secret) else full
            make = f" Make it: twist passwd {shown} NAME" * isinstance(error, FileNotFoundError)
            report.wrong(path, f"the file {shown!r} cannot be read: {error.strerror}.{make}")
            return WRONG


class _Descriptions(Kind):
    """
    Descriptions of checkers, as `twisted.cred.strcred` reads them.
    """

    many = True
    short = "list of text"
    words = 'a type of checkers such as "unix", or "TYPE:DETAILS", or a list of such'

    def read(self, value: object, path: Path, report: Report) -> Any:
        given = value if isinstance(value, list) else [value]
        made: list[str] = []
        for index, each in enumerate(given):
            where = (*path, index) if isinstance(value, list) else path
            if not isinstance(each, str):
                return self.refuse(each, where, report)
            full = _anchored(each, report.folder)
            wrong = wrongDescription(full)
            if wrong is not None:
                report.wrong(where, wrong)
                return WRONG
            made.append(full)
        return tuple(made)

    def schema(self) -> dict[str, Any]:
        text = {"type": "string"}
        return {"anyOf": [text, {"type": "array", "items": text}]}

    def masked(self, value: object) -> object:
        if isinstance(value, list):
            return [maskedDescription(each) for each in value]
        return maskedDescription(value)


@dataclass(frozen=True)
class CredTable:
    """
    A table of people who may log in.

    Equal ones let the same people in. What `makeCheckers` gives is made anew at each call; files
    are read when somebody logs in, so that changes in them count at once.
    """

    file: str | None = option(
        help="A file with a line NAME:HASH for each user, as twist passwd writes it.",
        default=None,
        kind=_PasswordPath(),
        example='"passwords"',
    )
    users: tuple[tuple[str, str], ...] = option(
        help="Users with their passwords, or better with hashes of these.",
        default=(),
        kind=_Users(),
    )
    checkers: tuple[str, ...] = option(
        help="Other ways to check a login, such as those of this machine's accounts.",
        default=(),
        kind=_Descriptions(),
        example='"unix"',
    )
    anonymous: bool = option(help="Whether guests come in, without any name.", default=False)

    def __post_init__(self) -> None:
        if not (self.file or self.users or self.checkers or self.anonymous):
            raise WrongOption(
                "file", "nobody could log in: wanted file, users, checkers or anonymous."
            )

    def makeCheckers(self) -> list[Any]:
        """
        Make the checkers for a `twisted.cred.portal.Portal`.

        Returns: at most one for each kind of credentials: what follows another asks after it.
        """
        from twisted.cred.checkers import AllowAnonymousAccess
        from twisted.cred.passwords import FirstOf, HashedPasswordChecker, PasswordFile, looksHashed
        from twisted.cred.strcred import makeChecker

        made: list[Any] = []
        if self.users:
            known = {name.encode(): str(each).encode() for name, each in self.users}
            made.append(HashedPasswordChecker(known.get, plain=True))
            plain = {name.encode(): str(s).encode() for name, s in self.users if not looksHashed(s)}
            if plain:
                made.append(_challenged(plain))
        if self.file is not None:
            made.append(HashedPasswordChecker(PasswordFile(self.file)))
        made += [makeChecker(each) for each in self.checkers]
        if self.anonymous:
            made.append(AllowAnonymousAccess())
        return [FirstOf(made)]

    def portal(self, realm: Any) -> Any:
        """
        Make a portal to a realm.

        Args:
            realm: an `twisted.cred.portal.IRealm`.
        """
        from twisted.cred.portal import Portal

        return Portal(realm, self.makeCheckers())


def _challenged(users: dict[bytes, bytes]) -> Any:
    """A checker for logins that prove a password without showing it: it must be known in plain."""
    from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
    from twisted.cred.credentials import IUsernameHashedPassword

    checker = InMemoryUsernamePasswordDatabaseDontUse()
    # Protocols give names as text or as bytes; one user answers to both.
    checker.users = {**users, **{name.decode(): users[name] for name in users}}
    checker.credentialInterfaces = (IUsernameHashedPassword,)
    return checker


class Cred(Kind):
    """
    Who may log in, as a `CredTable`: the name of a table ``[cred.NAME]``, a table of the same keys
    in place, or a description such as "unix".
    """

    short = "who may log in"
    words = "the name of a table [cred.NAME], or such a table itself"
    examples = (
        ('"staff"', "the table [cred.staff]"),
        ('{ file = "passwords" }', "such a table in place"),
        ('"hashed:passwords"', "a type of checkers with its details; twistd calls it --auth"),
    )
    tables = {"file": CredTable}

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, dict):
            made = readOptions(CredTable, value, path, report, of="a table of logins")
            return WRONG if made is None else made
        if not isinstance(value, str):
            return self.refuse(value, path, report)
        logins = getattr(report, "logins", {})
        if value in logins:
            return WRONG if logins[value] is None else logins[value]
        near = nearest(value, logins)
        full = _anchored(value, report.folder)
        wrong = wrongDescription(full)
        if wrong is None and (":" in value or near is None):
            return CredTable(checkers=(full,))
        if ":" in value:
            report.wrong(path, str(wrong))
        else:
            known = suggestion(value, logins) or f"Write it: [cred.{value}]"
            report.wrong(path, f"there is no table [cred.{value}]. {known}")
        return WRONG

    def fromText(self, text: str) -> object:
        return tableFromText(text)

    def show(self, value: Any) -> str:
        return "" if value is None else "..."

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/cred"}]}

    def masked(self, value: object) -> object:
        return (
            maskedTable(CredTable, value) if isinstance(value, dict) else maskedDescription(value)
        )


def readLogins(tables: object, report: Any) -> dict[str, CredTable | None]:
    """
    Read the tables ``[cred.NAME]`` of one file.

    Returns: the tables by name; None for one with mistakes, which have been told.
    """
    if not isinstance(tables, dict):
        report.wrong(("cred",), "'cred' holds tables; write [cred.NAME] in a line of its own.")
        return {}
    made: dict[str, CredTable | None] = {}
    for name, table in tables.items():
        path: Path = ("cred", name)
        if isinstance(table, dict):
            made[name] = readOptions(CredTable, table, path, report, of="a table of logins")
            continue
        made[name] = None
        said = f"{name!r} stands where a table is expected: begin it with a line [cred.NAME]."
        report.wrong(path, said, atValue=False)
    return made


def wrongDescription(text: str) -> str | None:
    """
    Returns: what is wrong with the description of a checker; None if nothing is.
    """
    from twisted.cred import strcred

    kind, _, details = text.partition(":")
    types = {each.authType for each in strcred.findCheckerFactories()}
    if kind not in types:
        return f"there is no type of checkers {kind!r}. {suggestion(kind, types)}"
    try:
        strcred.makeChecker(text)
    except Exception as error:
        said = str(error) or type(error).__name__
        # What stands behind the colon may be a password.
        said = said.replace(details, "...") if details else said
        return f"the checker {kind!r} does not take this: {said}"
    return None


def _anchored(text: str, folder: str) -> str:
    """
    A description as it is kept: its path starts from the folder of the file, as every path there
    does, and what may be a password shows in no repr.
    """
    kind, colon, details = text.partition(":")
    if isinstance(text, Secret) or not colon:
        return text
    if kind in _OF_FILES:
        return f"{kind}:{os.path.join(folder, os.path.expanduser(details))}"
    return Secret(text, str(maskedDescription(text)))


def maskedDescription(value: object) -> object:
    """
    Returns: the description of a checker without the details that may be passwords.
    """
    kind, colon, details = value.partition(":") if isinstance(value, str) else ("", "", "")
    if not colon or kind in _OF_FILES:
        return value
    return f"{kind}:{SecretText().masked(details)}"
