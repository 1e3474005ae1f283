"""Who may see what."""

from __future__ import annotations

import base64
import subprocess
from hashlib import md5
from typing import Any

import pytest
import requests.auth
from hypothesis import given
from hypothesis import strategies as st
from zope.interface import implementer

from tests.web.serving import Answer, ask, asking, get
from twisted.cred.checkers import ANONYMOUS, AllowAnonymousAccess
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse as Passwords
from twisted.cred.portal import IRealm, Portal
from twisted.internet.task import Clock
from twisted.web import resource, server
from twisted.web._auth.digest import NonceLedger
from twisted.web.guard import (
    BasicCredentialFactory,
    DigestCredentialFactory,
    HTTPAuthSessionWrapper,
)


class Home(resource.Resource):
    """Says whose it is, for itself and all that is below it."""

    def __init__(self, name: bytes) -> None:
        super().__init__()
        self.name = name

    def getChild(self, path: bytes, request: Any) -> Any:
        return self

    def render(self, request: Any) -> bytes:
        return b"home of " + self.name


@implementer(IRealm)
class Homes:
    """Gives each user a home, and counts who comes and goes."""

    def __init__(self) -> None:
        self.came = self.went = 0

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        self.came += 1
        name = b"nobody" if avatarId is ANONYMOUS else avatarId
        return resource.IResource, Home(name), self._goes

    def _goes(self) -> None:
        self.went += 1


class Area:
    """A guarded site."""

    def __init__(self, *factories: Any, anonymous: bool = False) -> None:
        self.homes = Homes()
        self.portal = Portal(self.homes, [Passwords(ada=b"love:lace")])
        if anonymous:
            self.portal.registerChecker(AllowAnonymousAccess())
        self.wrapper = HTTPAuthSessionWrapper(self.portal, list(factories))
        self.site = server.Site(self.wrapper, reactor=Clock())

    def ask(self, *fields: bytes, target: bytes = b"/a/b", method: bytes = b"GET") -> Answer:
        return ask(None, get(target, *fields, method=method), self.site)


def basic(pair: bytes) -> bytes:
    return b"Authorization: Basic " + base64.b64encode(pair)


# Basic


def test_whoeverSaysNothingIsAsked() -> None:
    area = Area(BasicCredentialFactory(b'the "archive"'))
    answer = area.ask()
    assert (answer.code, answer.body) == (401, b"Unauthorized")
    assert answer.headers[b"www-authenticate"] == b'basic realm="the \\"archive\\""'
    assert area.ask(method=b"HEAD").body == b""


def test_thePasswordOpensTheHome() -> None:
    area = Area(BasicCredentialFactory(b"x"))
    answer = area.ask(basic(b"ada:love:lace"))
    assert (answer.code, answer.body) == (200, b"home of ada")
    assert (area.homes.came, area.homes.went) == (1, 1)
    assert area.ask(basic(b"ada:love:lace"), target=b"/").body == b"home of ada"


@pytest.mark.parametrize(
    "field",
    [
        basic(b"ada:wrong"),
        basic(b"ada:"),
        basic(b"ada"),
        basic(b"eve:love:lace"),
        basic(b""),
        b"Authorization: Basic",
        b"Authorization: Basic !!!!",
        b"Authorization: Basic x",
        b"Authorization: Basic \xff\xfe",
        b"Authorization: Bearer abc",
        b"Authorization: " + b"a" * 3000,
        b"Authorization:",
    ],
)
def test_anythingElseIsAskedAgain(field: bytes) -> None:
    area = Area(BasicCredentialFactory(b"x"))
    assert area.ask(field).code == 401
    assert area.homes.came == 0


def test_nobodyMayBeLetInWithoutAName() -> None:
    area = Area(BasicCredentialFactory(b"x"), anonymous=True)
    assert area.ask().body == b"home of nobody"
    assert area.ask(basic(b"ada:wrong")).code == 401


def test_anErrorOfAFactoryIsAnErrorOfTheServer(caplog: Any) -> None:
    class Broken:
        scheme = b"broken"

        def decode(self, response: bytes, request: Any) -> Any:
            raise KeyError("inside")

        def getChallenge(self, request: Any) -> Any:
            return {}

    answer = Area(Broken()).ask(b"Authorization: broken x")
    assert answer.code == 500
    assert b"inside" not in answer.body


# Digest


class Speaker:
    """A client that knows RFC 7616, and can get things wrong."""

    def __init__(self, area: Area) -> None:
        self.area = area
        self.count = 0
        self.challenge()

    def challenge(self) -> dict[str, str]:
        line = self.area.ask().headers[b"www-authenticate"].decode()
        scheme, _, rest = line.partition(" ")
        assert scheme == "digest"
        pairs = [pair.split("=", 1) for pair in rest.split(", ")]
        self.given = {name: value.strip('"') for name, value in pairs}
        return self.given

    def proof(self, uri: str = "/a/b", password: str = "love:lace", **changed: Any) -> bytes:
        self.count += 1
        fields: dict[str, Any] = {
            "username": "ada",
            "realm": self.given["realm"],
            "nonce": self.given["nonce"],
            "opaque": self.given["opaque"],
            "uri": uri,
            "qop": "auth",
            "nc": f"{self.count:08x}",
            "cnonce": "c",
            **changed,
        }

        def hashed(text: str) -> str:
            return md5(text.encode()).hexdigest()

        first = hashed(f"ada:{fields['realm']}:{password}")
        middle = [fields[name] for name in ("nc", "cnonce", "qop") if fields[name]]
        second = hashed(f"GET:{fields['uri']}")
        fields.setdefault("response", hashed(":".join([first, fields["nonce"], *middle, second])))
        listed = ", ".join(f'{name}="{value}"' for name, value in fields.items() if value)
        return b"Authorization: Digest " + listed.encode()


@pytest.fixture
def area() -> Area:
    return Area(DigestCredentialFactory(b"md5", b"the archive"))


def test_aProofOpensTheHome(area: Area) -> None:
    speaker = Speaker(area)
    for _ in range(3):
        assert area.ask(speaker.proof()).body == b"home of ada"


def test_aProofIsGoodForOneRequest(area: Area) -> None:
    """Whoever overhears it gets nothing by sending it again."""
    proof = Speaker(area).proof()
    assert area.ask(proof).code == 200
    answer = area.ask(proof)
    assert answer.code == 401
    assert b"stale=true" in answer.headers[b"www-authenticate"]


def test_proofsMayArriveInAnyOrder(area: Area) -> None:
    speaker = Speaker(area)
    proofs = [speaker.proof() for _ in range(5)]
    for at in (4, 0, 2, 1, 3):
        assert area.ask(proofs[at]).code == 200
    assert {area.ask(proof).code for proof in proofs} == {401}


def test_aProofIsForOneTarget(area: Area) -> None:
    speaker = Speaker(area)
    assert area.ask(speaker.proof("/a/b"), target=b"/a/c").code == 401
    assert area.ask(speaker.proof("/a/b"), target=b"/a/b?x").code == 401
    assert area.ask(speaker.proof("http://a.example/a/b")).code == 200


def test_aProofForAnotherMethodIsRefused(area: Area) -> None:
    assert area.ask(Speaker(area).proof(), method=b"DELETE").code == 401


def test_aNonceEnds(area: Area) -> None:
    speaker = Speaker(area)
    [factory] = area.wrapper._credentialFactories
    now = factory.digest._getTime()
    factory.digest._getTime = lambda: now + factory.digest.CHALLENGE_LIFETIME_SECS + 1
    answer = area.ask(speaker.proof())
    assert answer.code == 401
    assert b"stale=true" in answer.headers[b"www-authenticate"]
    speaker.challenge()
    assert area.ask(speaker.proof()).code == 200


def test_aWrongPasswordUsesUpNoNumbers(area: Area) -> None:
    speaker = Speaker(area)
    assert area.ask(speaker.proof(password="wrong")).code == 401
    speaker.count = 0
    assert area.ask(speaker.proof()).code == 200


def test_clientsWithoutNumbersNeedANonceForEachRequest(area: Area) -> None:
    speaker = Speaker(area)
    old = {"qop": "", "nc": "", "cnonce": ""}
    first, second = speaker.proof(**old), speaker.proof(**old)
    # Such a proof is made over nonce and target alone; both are the same.
    assert {area.ask(first).code, area.ask(second).code} <= {200, 401}
    assert area.ask(first).code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"nc": "1"},
        {"nc": "00000000"},
        {"nc": "-0000001"},
        {"nc": "0000000g"},
        {"nc": "0x000001"},
        {"nc": "000000001"},
        {"nonce": "0" * 24},
        {"opaque": "made-up"},
        {"opaque": ""},
        {"username": ""},
        {"uri": ""},
        {"response": "0" * 32},
    ],
)
def test_aProofThatIsWrongIsRefused(area: Area, changed: dict[str, str]) -> None:
    assert area.ask(Speaker(area).proof(**changed)).code == 401


@given(st.binary(max_size=60).filter(lambda data: not set(data) & set(b"\r\n\0")))
def test_nonsenseIsAskedAgain(nonsense: bytes) -> None:
    area = Area(DigestCredentialFactory(b"md5", b"x"), BasicCredentialFactory(b"x"))
    for scheme in (b"Digest ", b"Basic ", b""):
        assert area.ask(b"Authorization: " + scheme + nonsense).code == 401


def test_challengesOfAllFactoriesAreGiven() -> None:
    area = Area(DigestCredentialFactory(b"sha-256", b"x"), BasicCredentialFactory(b"x"))
    line = area.ask().headers[b"www-authenticate"]
    assert line.startswith(b"digest ")
    assert b'algorithm="sha-256"' in line
    assert b'basic realm="x"' in line


@pytest.mark.parametrize("parameters", [{"realm": "x"}, {b"realm": b"x"}])
def test_aChallengeHasNamesAndValuesOfEitherKind(parameters: dict[Any, Any]) -> None:
    class Factory(BasicCredentialFactory):
        scheme = b"mine"

        def getChallenge(self, request: Any) -> dict[Any, Any]:
            return parameters

    assert Area(Factory(b"")).ask().headers[b"www-authenticate"] == b'mine realm="x"'


# The ledger


@given(st.lists(st.integers(1, 600), max_size=60))
def test_aNumberIsNewOnce(numbers: list[int]) -> None:
    ledger = NonceLedger()
    seen: set[int] = set()
    highest = 0
    for number in numbers:
        isNew = number not in seen and number > highest - ledger.window
        assert ledger.use(b"n", number) == isNew
        seen.add(number)
        highest = max(highest, number)


def test_theLedgerIsBounded(monkeypatch: Any) -> None:
    monkeypatch.setattr(NonceLedger, "mostNonces", 3)
    ledger = NonceLedger()
    for number in range(10):
        assert ledger.use(b"%d" % number, 1)
    assert len(ledger) == 3
    assert ledger.isUsed(b"9", 1)
    assert ledger.use(b"n", 2**32 - 1)
    assert ledger.isUsed(b"n", 1)


# Real clients


@pytest.mark.parametrize("scheme", ["--basic", "--digest"])
def test_curlIsLetIn(reactor: Any, scheme: str) -> None:
    area = Area(DigestCredentialFactory(b"md5", b"x"), BasicCredentialFactory(b"x"))

    def client(port: int) -> bytes:
        words = ["curl", "-sf", scheme, "-u", "ada:love:lace"]
        urls = [f"http://127.0.0.1:{port}/{name}" for name in "ab"]
        return subprocess.run([*words, *urls], capture_output=True, timeout=20).stdout

    site = server.Site(area.wrapper, reactor=reactor)
    assert asking(reactor, None, client, site) == b"home of ada" * 2


def test_requestsIsLetInByDigest(reactor: Any) -> None:
    area = Area(DigestCredentialFactory(b"sha-256", b"x"))

    def client(port: int) -> list[bytes]:
        with requests.Session() as session:
            session.auth = requests.auth.HTTPDigestAuth("ada", "love:lace")
            urls = [f"http://127.0.0.1:{port}/{number}?q" for number in range(3)]
            return [session.get(url, timeout=10).content for url in urls]

    site = server.Site(area.wrapper, reactor=reactor)
    assert asking(reactor, None, client, site) == [b"home of ada"] * 3
