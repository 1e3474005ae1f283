"""Passwords as hashes: made here, read from files, and checked without telling anything of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.cred import _tables
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.passwords import (
    CannotHash,
    FirstOf,
    HashedPasswordChecker,
    PasswordFile,
    WrongUser,
    hashPassword,
    looksHashed,
    passwordSchemes,
    verifyPassword,
)
from twisted.cred.strcred import makeChecker
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.trial.unittest import SynchronousTestCase

_cheap = "$2b$04$RnKHcXEfMmu0QEDzhT0fHOWOPZDkXmzi/nQfMW0A1DX5GQCP9z8k2"
"""bcrypt's hash of "secret" with the least work, for tests that only want some hash."""


@pytest.fixture(scope="module", autouse=True)
def cheapHash() -> None:
    global _cheap
    bcrypt = pytest.importorskip("bcrypt")
    _cheap = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


@pytest.mark.parametrize("scheme", passwordSchemes())
@pytest.mark.parametrize("password", ["sécret ☃", b"\xff\xfe" * 36])
def test_aPasswordFitsItsOwnHashAndNoOther(scheme: str, password: str | bytes) -> None:
    hashed = hashPassword(password, scheme)
    assert looksHashed(hashed)
    assert verifyPassword(password, hashed.encode())
    assert not verifyPassword(password[:-1], hashed)
    assert hashPassword(password, scheme) != hashed


@pytest.mark.parametrize(
    ("password", "hashed"),
    [
        # RFC 7914 section 12 has this key in hexadecimal, for salt "SodiumChloride".
        (
            b"pleaseletmein",
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
            "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUk"
            "Kpr55h6F3A1lHkDfzwF7RVdYhw",
        ),
        # htpasswd -nbB of Apache 2.4 spells the same algorithm 2y.
        (b"secret", "$2y$"),
    ],
)
def test_hashesOfOtherProgramsAreRead(password: bytes, hashed: str) -> None:
    if hashed == "$2y$":
        hashed += _cheap[4:]
    assert verifyPassword(password, hashed)
    assert not verifyPassword(b"another", hashed)


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "secret",
        "!",
        "*",
        "$1$abc$def",
        "$2b$04$short",
        "$argon2id$v=19$m=65536,t=3,p=4$x$y",
        "$argon2id$v=19$m=99999999,t=9999,p=999$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA",
        "$scrypt$ln=30,r=99,p=99$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=8,p=1$AAAA$AA",
        "$scrypt$ln=0,r=0,p=0$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA",
    ],
)
def test_nothingFitsADamagedHash(hashed: str) -> None:
    assert not verifyPassword(b"secret", hashed)


@given(st.text(max_size=80) | st.text("$argon2idscryptb0123=,", max_size=80))
def test_noStoredTextBreaksTheCheck(stored: str) -> None:
    assert not verifyPassword(b"secret", stored)


@pytest.mark.parametrize(
    ("password", "scheme", "said"),
    [
        ("", None, "from 1 to"),
        ("x" * 1025, None, "from 1 to 1024"),
        ("x" * 73, "bcrypt", "at most 72 bytes"),
        ("a\0b", "bcrypt", "without NUL"),
        ("x", "md5", "there is no scheme 'md5'"),
    ],
)
def test_whatCannotBeHashedIsRefused(password: str, scheme: str | None, said: str) -> None:
    with pytest.raises(CannotHash, match=said):
        hashPassword(password, scheme)


def test_aPasswordLongerThanAnyoneTypesIsNoPassword() -> None:
    assert not verifyPassword(b"x" * 1_000_000, _cheap)


class TestFiles:
    def test_usersAreAddedChangedAndTakenOut(self, tmp_path: Path) -> None:
        path = tmp_path / "passwords"
        table = PasswordFile(str(path))
        assert table.set("alice", "$a") is False
        assert path.stat().st_mode & 0o777 == 0o600
        table.set("bob", "$b")
        assert table(b"alice") == b"$a"
        assert table.set("alice", "$c") is True
        assert table(b"alice") == b"$c"
        assert table.users() == ["alice", "bob"]
        assert table.set("alice", None) is True
        assert table.set("alice", None) is False
        assert table(b"alice") is None
        assert [each.name for each in tmp_path.iterdir()] == ["passwords"]

    def test_everythingElseInTheFileStays(self, tmp_path: Path) -> None:
        path = tmp_path / "passwords"
        path.write_text("# people\n\nalice:$a:Alice of sales\nbob:$b\n")
        path.chmod(0o640)
        PasswordFile(str(path)).set("alice", "$c")
        assert path.read_text() == "# people\n\nalice:$c:Alice of sales\nbob:$b\n"
        assert path.stat().st_mode & 0o777 == 0o640

    def test_aChangeOfTheFileCountsAtOnce(self, tmp_path: Path) -> None:
        table = PasswordFile(str(tmp_path / "passwords"))
        PasswordFile(table.path).set("alice", "$a")
        assert table(b"alice") == b"$a"
        PasswordFile(table.path).set("alice", "$bb")
        assert table(b"alice") == b"$bb"

    @pytest.mark.parametrize("name", ["", " ", "a:b", "#a", " a", "a\n", "a\0"])
    def test_aNameThatWouldBreakTheFileIsRefused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(WrongUser):
            PasswordFile(str(tmp_path / "passwords")).set(name, "$a")
        assert not list(tmp_path.iterdir())

    def test_aFileTooLargeIsNotRead(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_tables, "maxFileBytes", 8)
        (tmp_path / "passwords").write_text("a:12345\n")
        assert PasswordFile(str(tmp_path / "passwords"))(b"a") == b"12345"
        (tmp_path / "passwords").write_text("a:123456\n")
        with pytest.raises(OSError, match="more bytes"):
            PasswordFile(str(tmp_path / "passwords"))(b"a")


class CheckerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.users = {b"alice": _cheap.encode(), b"plain": b"secret", b"locked": b"!"}

    def login(self, checker: Any, name: Any, password: Any) -> Any:
        return checker.requestAvatarId(UsernamePassword(name, password))

    def assertRefused(self, login: Any) -> None:
        self.failureResultOf(login, UnauthorizedLogin)

    def test_whoKnowsThePasswordComesIn(self) -> None:
        checker = HashedPasswordChecker(self.users.get, maybeDeferred)
        self.assertEqual(self.successResultOf(self.login(checker, b"alice", b"secret")), b"alice")
        self.assertRefused(self.login(checker, b"alice", b"Secret"))
        self.assertRefused(self.login(checker, b"eve", b"secret"))

    def test_plainPasswordsCountOnlyWhereThatIsSaid(self) -> None:
        checker = HashedPasswordChecker(self.users.get, maybeDeferred)
        self.assertRefused(self.login(checker, b"plain", b"secret"))
        checker = HashedPasswordChecker(self.users.get, maybeDeferred, plain=True)
        self.assertEqual(self.successResultOf(self.login(checker, b"plain", b"secret")), b"plain")

    def test_namesAndPasswordsMayComeAsTextToo(self) -> None:
        """As from FTP."""
        self.users["grün".encode()] = "süß".encode()
        checker = HashedPasswordChecker(self.users.get, maybeDeferred, plain=True)
        for name, password in (("plain", "secret"), ("grün", "süß"), ("alice", "secret")):
            self.assertEqual(self.successResultOf(self.login(checker, name, password)), name)
            self.assertRefused(self.login(checker, name, password + "x"))
        self.assertRefused(self.login(checker, b"alice", _cheap.encode()))

    def test_anUnknownNameCostsAHashToo(self) -> None:
        computed: list[Any] = []

        def run(function: Any, *arguments: Any) -> Any:
            computed.append(arguments)
            return maybeDeferred(function, *arguments)

        checker = HashedPasswordChecker(self.users.get, run)
        self.assertRefused(self.login(checker, b"eve", b"secret"))
        self.assertEqual(len(computed), 1)
        self.assertIsNotNone(checker._decoy)

    def test_aTableThatCannotBeReadLetsNobodyIn(self) -> None:
        checker = HashedPasswordChecker(PasswordFile("/nonexistent/passwords"), maybeDeferred)
        self.assertRefused(self.login(checker, b"alice", b"secret"))

    def test_aFewHashesAtOnceAndABoundOnThoseThatWait(self) -> None:
        running: list[Deferred[Any]] = []

        def run(*arguments: Any) -> Any:
            running.append(Deferred())
            return running[-1]

        checker = HashedPasswordChecker(self.users.get, run)
        checker.maxWaiting = 2
        logins = [self.login(checker, b"alice", b"secret") for _ in range(checker.atOnce + 3)]
        self.assertEqual(len(running), checker.atOnce)
        self.assertRefused(logins[-1])
        running[0].callback(True)
        self.assertEqual(self.successResultOf(logins[0]), b"alice")
        self.assertEqual(len(running), checker.atOnce + 1)

    def test_aFailureInTheThreadIsAFailureOfTheLogin(self) -> None:
        checker = HashedPasswordChecker(self.users.get, lambda *_: maybeDeferred(int, "x"))
        self.failureResultOf(self.login(checker, b"alice", b"secret"), ValueError)

    def test_theFirstThatLetsInCounts(self) -> None:
        checker = FirstOf([makeChecker("memory:bob:two"), makeChecker("memory:alice:one")])
        self.assertEqual(self.successResultOf(self.login(checker, b"alice", b"one")), b"alice")
        self.assertEqual(self.successResultOf(self.login(checker, b"bob", b"two")), b"bob")
        self.assertRefused(self.login(checker, b"bob", b"one"))


def test_aDescriptionNamesAFileOfHashes(tmp_path: Path) -> None:
    PasswordFile(str(tmp_path / "passwords")).set("alice", _cheap)
    checker = makeChecker(f"hashed:{tmp_path}/passwords")
    checker._inThread = maybeDeferred
    found: list[Any] = []
    checker.requestAvatarId(UsernamePassword(b"alice", b"secret")).addCallback(found.append)
    assert found == [b"alice"]
