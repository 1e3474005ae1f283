"""
From credentials to a user: checkers, the portal, and what is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface import Interface, implementer

from twisted.cred import checkers, credentials, error, portal, strcred
from twisted.cred._compare import sameSecret
from twisted.internet.defer import Deferred
from twisted.plugins import cred_file, cred_unix
from twisted.python import usage


def resultOf(deferred: Deferred[Any]) -> Any:
    found: list[Any] = []
    deferred.addBoth(found.append)
    return found[0]


def failureOf(deferred: Deferred[Any]) -> type[BaseException]:
    failed: type[BaseException] = resultOf(deferred).type
    return failed


class IDesk(Interface):
    """What the realm of these tests gives."""


@implementer(portal.IRealm)
class Realm:
    def __init__(self) -> None:
        self.left: list[Any] = []

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        if IDesk not in interfaces:
            raise NotImplementedError(interfaces)
        return IDesk, ("desk of", avatarId, mind), lambda: self.left.append(avatarId)


def makePortal() -> portal.Portal:
    known = checkers.InMemoryUsernamePasswordDatabaseDontUse(ann=b"key")
    return portal.Portal(Realm(), [known, checkers.AllowAnonymousAccess()])


def test_theRightPasswordGivesTheRealmsObjectAndAWayOut() -> None:
    door = makePortal()
    shown = credentials.UsernamePassword(b"ann", b"key")
    kind, desk, logout = resultOf(door.login(shown, "mind", IDesk))
    assert (kind, desk) == (IDesk, ("desk of", b"ann", "mind"))
    logout()
    assert door.realm.left == [b"ann"]


def test_aGuestIsAnonymous() -> None:
    _, desk, _ = resultOf(makePortal().login(credentials.Anonymous(), None, IDesk))
    assert desk[1] is checkers.ANONYMOUS


@pytest.mark.parametrize(
    ("name", "password"),
    [(b"ann", b"kex"), (b"ann", b""), (b"bob", b"key"), ("ann", "key")],
    ids=["wrong password", "no password", "unknown user", "text for bytes"],
)
def test_whatIsNotRightIsUnauthorized(name: Any, password: Any) -> None:
    shown = credentials.UsernamePassword(name, password)
    assert failureOf(makePortal().login(shown, None, IDesk)) is error.UnauthorizedLogin


def test_credentialsThatNobodyChecksAreNamed() -> None:
    shown = credentials.SSHPrivateKey(b"ann", b"", b"", b"", None)
    failure = resultOf(makePortal().login(shown, None, IDesk))
    assert failure.type is error.UnhandledCredentials
    assert "ISSHPrivateKey" in str(failure.value)
    assert "IUsernamePassword" in str(failure.value)


def test_aRealmWithoutTheInterfaceFailsTheLogin() -> None:
    shown = credentials.UsernamePassword(b"ann", b"key")
    assert failureOf(makePortal().login(shown, None, Interface)) is NotImplementedError


def test_aSecretNeverShowsInARepr() -> None:
    assert "key" not in repr(credentials.UsernamePassword(b"ann", b"key"))


@given(st.binary(max_size=8) | st.text(max_size=8), st.binary(max_size=8) | st.text(max_size=8))
def test_secretsAreTheSameIfTheyAreEqual(first: Any, second: Any) -> None:
    assert sameSecret(first, second) is (first == second)
    assert sameSecret(first, first)


# Tables in files.


def table(folder: Path, text: bytes, **options: Any) -> checkers.FilePasswordDB:
    path = folder / "users"
    path.write_bytes(text)
    return checkers.FilePasswordDB(str(path), **options)


def test_linesWithoutAPasswordAreNobody(tmp_path: Path) -> None:
    users = table(tmp_path, b"short\n\nann:key:more\n")
    assert users.getUser(b"ann") == (b"ann", b"key")
    with pytest.raises(KeyError):
        users.getUser(b"short")


def test_namesInAnyCaseAreOneUser(tmp_path: Path) -> None:
    users = table(tmp_path, b"Ann:key\n", caseSensitive=False)
    assert resultOf(users.requestAvatarId(credentials.UsernamePassword(b"aNN", b"key"))) == b"ann"


def test_aMissingFileLetsNobodyIn(tmp_path: Path) -> None:
    users = checkers.FilePasswordDB(str(tmp_path / "none"))
    shown = credentials.UsernamePassword(b"ann", b"key")
    assert failureOf(users.requestAvatarId(shown)) is error.UnauthorizedLogin
    with pytest.raises(error.UnauthorizedLogin):
        users.getUser(b"ann")


def test_aCachedTableFollowsItsFile(tmp_path: Path) -> None:
    users = table(tmp_path, b"ann:key\n", cache=True)
    assert users.getUser(b"ann") == (b"ann", b"key")
    (tmp_path / "users").write_bytes(b"ann:another\n")
    os.utime(tmp_path / "users", (1, 1))
    assert users.getUser(b"ann") == (b"ann", b"another")


def test_whatIsCachedIsNotPickled(tmp_path: Path) -> None:
    users = table(tmp_path, b"ann:verysecret\n", cache=True)
    users.getUser(b"ann")
    saved = pickle.dumps(users)
    assert b"verysecret" not in saved
    assert pickle.loads(saved).getUser(b"ann") == (b"ann", b"verysecret")


def test_aHashIsComparedWithTheStoredOne(tmp_path: Path) -> None:
    def hashed(name: bytes, password: bytes, stored: bytes) -> bytes:
        return hashlib.sha256(name + password).hexdigest().encode()

    users = table(tmp_path, b"ann:" + hashed(b"ann", b"key", b"") + b"\n", hash=hashed)
    assert credentials.IUsernameHashedPassword not in users.credentialInterfaces
    assert resultOf(users.requestAvatarId(credentials.UsernamePassword(b"ann", b"key"))) == b"ann"
    wrong = credentials.UsernamePassword(b"ann", b"kex")
    assert failureOf(users.requestAvatarId(wrong)) is error.UnauthorizedLogin


# Challenges.


def test_cramTakesTheKeyedHashAndNothingElse() -> None:
    shown = credentials.CramMD5Credentials(b"mail.example")
    challenge = shown.getChallenge()
    assert challenge == shown.getChallenge()
    assert challenge.endswith(b"@mail.example>")
    answer = hmac.new(b"key", challenge, "md5").hexdigest().encode()
    shown.setResponse(b"ann " + answer + b"\r\n")
    assert shown.username == b"ann"
    assert shown.checkPassword(b"key")
    assert not shown.checkPassword(b"kex")


@given(st.binary(max_size=40))
def test_noAnswerToCramRaises(answer: bytes) -> None:
    shown = credentials.CramMD5Credentials()
    shown.setResponse(answer)
    assert not shown.checkPassword(b"key")


def answerTo(challenge: dict[str, bytes], **changes: bytes) -> bytes:
    fields = {
        "username": b"ann",
        "realm": challenge["realm"],
        "nonce": challenge["nonce"],
        "uri": b"/a,b",
        "qop": b"auth",
        "nc": b"00000001",
        "cnonce": b"c",
        "algorithm": challenge["algorithm"],
        "opaque": challenge["opaque"],
        **changes,
    }
    algorithm = fields["algorithm"].lower()
    if "response" not in fields and algorithm in (b"md5", b"sha", b"sha-256"):
        first = credentials.calcHA1(algorithm, b"ann", b"here", b"key", b"", b"")
        second = credentials.calcHA2(algorithm, b"GET", fields["uri"], fields["qop"], None)
        fields["response"] = credentials.calcResponse(
            first, second, algorithm, fields["nonce"], fields["nc"], b"c", fields["qop"]
        )
    return b", ".join(b'%s="%s"' % (name.encode(), value) for name, value in fields.items())


@pytest.mark.parametrize("algorithm", [b"md5", b"MD5", b"sha", b"sha-256"])
def test_aDigestOfTheRightPasswordFits(algorithm: bytes) -> None:
    door = credentials.DigestCredentialFactory(algorithm, b"here")
    shown = door.decode(answerTo(door.getChallenge("10.0.0.1")), b"GET", "10.0.0.1")
    assert shown.checkPassword(b"key")
    assert not shown.checkPassword(b"kex")
    assert not door.decode(
        answerTo(door.getChallenge("10.0.0.1")), b"POST", "10.0.0.1"
    ).checkPassword(b"key")


def test_theExampleOfTheRFC() -> None:
    # RFC 2617 section 3.5.
    first = credentials.calcHA1(
        b"md5", b"Mufasa", b"testrealm@host.com", b"Circle Of Life", b"", b""
    )
    second = credentials.calcHA2(b"md5", b"GET", b"/dir/index.html", b"auth", None)
    nonce = b"dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert (
        credentials.calcResponse(first, second, b"md5", nonce, b"00000001", b"0a4f113b", b"auth")
        == b"6629fae49393a05397450978507c4ef1"
    )


def test_anAnswerFromElsewhereOrLateOrTamperedWithIsRefused() -> None:
    now = [1000.0]

    class Door(credentials.DigestCredentialFactory):
        def _getTime(self) -> float:
            return now[0]

    door = Door(b"md5", b"here")
    answer = answerTo(door.getChallenge("10.0.0.1"))
    with pytest.raises(error.LoginFailed, match="another client"):
        door.decode(answer, b"GET", "10.0.0.2")
    with pytest.raises(error.LoginFailed, match="not ours"):
        Door(b"md5", b"here").decode(answer, b"GET", "10.0.0.1")
    now[0] += door.CHALLENGE_LIFETIME_SECS
    assert door.decode(answer, b"GET", "10.0.0.1").checkPassword(b"key")
    now[0] += 1
    with pytest.raises(error.LoginFailed, match="too old"):
        door.decode(answer, b"GET", "10.0.0.1")


def test_aFieldThatIsGivenTwiceIsRefused() -> None:
    door = credentials.DigestCredentialFactory(b"md5", b"here")
    answer = answerTo(door.getChallenge(None)) + b', username="bob"'
    with pytest.raises(error.LoginFailed, match="username is given twice"):
        door.decode(answer, b"GET", None)


def test_anAnswerBeyondTheLimitIsRefused() -> None:
    door = credentials.DigestCredentialFactory(b"md5", b"here")
    answer = answerTo(door.getChallenge(None))
    padded = answer + b"," + b" " * (door.maxResponseBytes - len(answer) - 1)
    assert len(padded) == door.maxResponseBytes
    assert door.decode(padded, b"GET", None).checkPassword(b"key")
    with pytest.raises(error.LoginFailed, match="too long"):
        door.decode(padded + b" ", b"GET", None)


def test_anUnknownAlgorithmFitsNothing() -> None:
    door = credentials.DigestCredentialFactory(b"md5", b"here")
    answer = answerTo(door.getChallenge(None), algorithm=b"md4", response=b"00")
    assert not door.decode(answer, b"GET", None).checkPassword(b"key")


@given(st.binary(max_size=80))
def test_anyAnswerIsReadOrRefused(answer: bytes) -> None:
    door = credentials.DigestCredentialFactory(b"md5", b"here")
    with pytest.raises(error.LoginFailed):
        door.decode(answer, b"GET", None)


# Descriptions.


class Options(usage.Options, strcred.AuthOptionMixin):
    supportedInterfaces = (credentials.IUsernamePassword,)


@pytest.mark.parametrize("kind", [str.encode, str], ids=["bytes", "text"])
def test_aUserOfADescriptionComesInByBytesAndByText(kind: Any) -> None:
    checker = strcred.makeChecker("memory:ann:key:bob:lock")
    shown = credentials.UsernamePassword(kind("bob"), kind("lock"))
    assert resultOf(checker.requestAvatarId(shown)) == kind("bob")


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("memory:ann", strcred.InvalidAuthArgumentString),
        ("memory:a:b:c", strcred.InvalidAuthArgumentString),
        ("file", ValueError),
        ("file: ", ValueError),
        ("nothing:x", strcred.InvalidAuthType),
        ("", strcred.InvalidAuthType),
    ],
)
def test_aDescriptionWithoutMeaningIsRefused(description: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        strcred.makeChecker(description)


def test_optionsCollectTheCheckersByWhatTheyCheck(tmp_path: Path) -> None:
    (tmp_path / "users").write_bytes(b"ann:key\n")
    options = Options()
    options.parseOptions(["--auth", f"file:{tmp_path / 'users'}", "--auth", "memory:bob:x"])
    assert list(options["credInterfaces"]) == [credentials.IUsernamePassword]
    assert len(options["credCheckers"]) == 2


@pytest.mark.parametrize("description", ["anonymous", "nothing", "file", "memory:a"])
def test_optionsRefuseWhatTheProgramCannotUse(description: str) -> None:
    with pytest.raises(usage.UsageError):
        Options().parseOptions(["--auth", description])


def test_helpNamesTheTypesThatTheProgramCanUse() -> None:
    options = Options()
    options.authOutput = io.StringIO()
    with pytest.raises(SystemExit):
        options.parseOptions(["--help-auth"])
    said = options.authOutput.getvalue()
    assert "memory" in said
    assert "anonymous" not in said


def test_helpOnATypeThatIsOfNoUseSaysSo() -> None:
    options = Options()
    options.authOutput = io.StringIO()
    with pytest.raises(SystemExit):
        options.parseOptions(["--help-auth-type", "anonymous"])
    assert strcred.notSupportedWarning in options.authOutput.getvalue()


def test_aFileThatIsNotThereYetIsWarnedOf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(cred_file.theFileCheckerFactory, "errorOutput", said)
    strcred.makeChecker(f"file:{tmp_path / 'none'}")
    assert cred_file.invalidFileWarning in said.getvalue()


@pytest.mark.parametrize("stored", ["", "*", "!", "!!", "*0", "x", "!$6$salt$hash"])
def test_anAccountWithoutAPasswordIsClosed(stored: str) -> None:
    for password in ("", stored, "x"):
        assert not cred_unix.verifyCryptedPassword(stored, password)


@pytest.mark.parametrize("name", [b"\xff\xfe", b"a\0b", "a\0b", b"no such user here"])
def test_aNameThatIsNoneComesToNothing(name: Any) -> None:
    shown = credentials.UsernamePassword(name, b"key")
    checker = strcred.makeChecker("unix")
    assert failureOf(checker.requestAvatarId(shown)) is error.UnauthorizedLogin
