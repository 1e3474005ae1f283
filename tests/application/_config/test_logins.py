"""Tables of people who may log in, which services refer to by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from zope.interface import Interface, implementer

from twisted.application._config.mistakes import Mistakes
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.application.servicetypes import Cred, CredTable, option
from twisted.cred.credentials import Anonymous, IUsernameHashedPassword, UsernamePassword
from twisted.cred.error import LoginFailed
from twisted.cred.passwords import PasswordFile, hashPassword
from twisted.cred.portal import IRealm
from twisted.internet import defer


@dataclass(frozen=True)
class _Settings:
    cred: CredTable | None = option(help="Who may log in.", default=None, kind=Cred())  # noqa: RUF009  # declares a field


class _Type:
    name = "door"
    description = "Asks who it is."
    settings = _Settings


@implementer(IRealm)
class _Realm:
    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        return interfaces[0], avatarId, lambda: None


def _use(table: str, value: str = '"staff"', folder: Path | None = None) -> CredTable:
    text = f'{table}\n[services.a]\ntype = "door"\ncred = {value}\n'
    types: Any = {"door": _Type()}
    name = "s.toml" if folder is None else str(folder / "s.toml")
    found = readSite(Source(name, text), types).services[0].settings.cred
    assert isinstance(found, CredTable)
    return found


async def _login(table: CredTable, credentials: Any) -> Any:
    try:
        _, who, _ = await table.portal(_Realm()).login(credentials, None, Interface)
    except LoginFailed:
        return None
    return who


@pytest.fixture
def inThread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads' work is done at once, so that these tests need no reactor."""
    monkeypatch.setattr("twisted.cred._tables._deferToThread", lambda: defer.maybeDeferred)


def _who(table: CredTable, name: bytes, password: bytes) -> Any:
    found: list[Any] = []
    login = _login(table, UsernamePassword(name, password))
    defer.Deferred.fromCoroutine(login).addCallback(found.append)
    return found[0]


@pytest.mark.usefixtures("inThread")
def test_oneTableMayHaveManySources(tmp_path: Path) -> None:
    PasswordFile(str(tmp_path / "passwords")).set("carol", hashPassword("three", "scrypt"))
    (tmp_path / "bob.secret").write_text("two\n")
    table = _use(
        f"""[cred.staff]
        file = "passwords"
        users = {{ alice = "{hashPassword("one", "scrypt")}", bob = "${{file:bob.secret}}" }}
        checkers = "memory:dave:four"
        """,
        folder=tmp_path,
    )
    for name, password in ((b"alice", b"one"), (b"bob", b"two"), (b"carol", b"three")):
        assert _who(table, name, password) == name
        assert _who(table, name, b"wrong") is None
    assert _who(table, b"dave", b"four") == b"dave"
    assert _who(table, b"eve", b"") is None
    found: list[Any] = []
    defer.Deferred.fromCoroutine(_login(table, Anonymous())).addCallback(found.append)
    assert found == [None]


def test_guestsComeInWhereTheTableSaysSo() -> None:
    found: list[Any] = []
    table = _use("[cred.staff]\nanonymous = true")
    defer.Deferred.fromCoroutine(_login(table, Anonymous())).addCallback(found.append)
    assert found == [()]


def test_aTableMayStandInPlaceOrBeADescription() -> None:
    assert _use("", "{ anonymous = true }") == _use("[cred.staff]\nanonymous = true")
    assert _use("", '"anonymous"').checkers == ("anonymous",)
    assert _use("", '"memory:a:b"').checkers == ("memory:a:b",)


def test_thePathInADescriptionStartsFromTheFolderOfTheFile(tmp_path: Path) -> None:
    wanted = (f"hashed:{tmp_path}/passwords",)
    assert _use("", '"hashed:passwords"', tmp_path).checkers == wanted
    assert _use('[cred.staff]\ncheckers = "hashed:passwords"', folder=tmp_path).checkers == wanted


def test_noPasswordShowsInTheReprOfATable() -> None:
    for value in ('"memory:u:pa55"', '{ checkers = ["memory:u:pa55"], users = { a = "pa55" } }'):
        assert "pa55" not in repr(_use("", value))


def test_equalTablesAreEqualAlsoInTheirSecrets() -> None:
    first, same, other = (
        _use(f'[cred.staff]\nusers = {{ a = "{password}" }}') for password in ("x", "x", "y")
    )
    assert first == same
    assert first != other
    assert "x" not in repr(first.users)


@pytest.mark.parametrize(
    ("table", "value", "said"),
    [
        ("[cred.staff]\n", '"staff"', "s.toml:1:1: nobody could log in"),
        ('[cred.staff]\nfile = "none"', '"staff"', "s.toml:2:8: the file 'none' cannot be read"),
        ("[cred.staff]\nusers = 3", '"staff"', "s.toml:2:9: wanted a table of names"),
        ("[cred.staff]\nusers = { a = 3 }", '"staff"', "s.toml:2:15: wanted a password"),
        ('[cred.staff]\nusers = { "a:b" = "x" }', '"staff"', "'a:b' is no name for a user"),
        ('[cred.staff]\ncheckers = "unx"', '"staff"', "no type of checkers 'unx'. Did you mean"),
        ("[cred.staff]\nfil = 1", '"staff"', "'fil' is not a key of a table of logins."),
        ("[cred]\nstaff = 1", '"staff"', "begin it with a line [cred.NAME]"),
        ("", '"staff"', "there is no table [cred.staff]. Write it: [cred.staff]"),
        ("[cred.stuff]\nanonymous = true", '"staff"', "Did you mean 'stuff'?"),
        ("", "3", "wanted the name of a table [cred.NAME]"),
        ("", '"nosuch:x"', "there is no type of checkers 'nosuch'"),
    ],
)
def test_whatIsWrongIsSaidOnce(table: str, value: str, said: str) -> None:
    with pytest.raises(Mistakes) as caught:
        _use(table, value)
    assert len(caught.value.found) == 1
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["ann", b"ann"])
def test_aChallengeIsMetByANameAsTextOrAsBytes(name: Any, inThread: None) -> None:
    @implementer(IUsernameHashedPassword)
    class Proof:
        username = name

        def checkPassword(self, password: bytes) -> bool:
            return password == b"secret"

    table = CredTable(users=(("ann", "secret"),))
    found: list[Any] = []
    defer.ensureDeferred(_login(table, Proof())).addCallback(found.append)
    assert found == [name]
