"""Certificates by the name that a client asks for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL, crypto

from twisted.internet import ssl
from twisted.internet._tls import sni
from twisted.protocols._sni import (
    PEMObjects,
    SNIConnectionCreator,
    autoReloadingDirectoryOfPEMs,
    lookupWithWildcard,
)
from twisted.python.filepath import FilePath

from .pairs import Pair
from .test_verification import Authority

authority = Authority()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    for level in ("warn", "error", "failure"):
        monkeypatch.setattr(
            sni._log, level, lambda words, *args, **fields: lines.append(words.format(**fields))
        )
    return lines


def put(folder: Path, name: str, *things: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"".join(things))


def ask(lookup: Any, name: str | None) -> Pair:
    """Connect and ask for a name; trust the authority."""
    client = ssl.optionsForClientTLS(
        name or "127.0.0.1", trustRoot=authority.trust, sendServerName=name is not None
    )
    pair = Pair(clientCreator=client, serverCreator=SNIConnectionCreator(lookup))
    pair.client.tls.write(b"hello")
    return pair.settle()


def test_eachNameGetsItsOwnCertificate(tmp_path: Path) -> None:
    for name in ("one.example", "two.example", "*.wild.example", "127.0.0.1"):
        put(tmp_path, f"{name[:1]}{len(name)}.pem", authority.issue(name).dumpPEM())
    lookup = autoReloadingDirectoryOfPEMs(FilePath(str(tmp_path)))
    for name in ("one.example", "TWO.example", "any.wild.example"):
        assert ask(lookup, name).server.protocol.received == b"hello"


def test_whoNamesNobodyGetsTheFirst(tmp_path: Path) -> None:
    put(tmp_path, "b.pem", authority.issue("other.example").dumpPEM())
    put(tmp_path, "a.pem", authority.issue("127.0.0.1").dumpPEM())
    lookup = autoReloadingDirectoryOfPEMs(FilePath(str(tmp_path)))
    assert ask(lookup, None).server.protocol.received == b"hello"


@pytest.mark.parametrize("name", ["other.example", "deep.any.wild.example", "wild.example"])
def test_aNameThatNobodyHasIsAbortedAndLogged(tmp_path: Path, logged: list[str], name: str) -> None:
    put(tmp_path, "a.pem", authority.issue("*.wild.example").dumpPEM())
    pair = ask(autoReloadingDirectoryOfPEMs(FilePath(str(tmp_path))), name)
    assert pair.server.wire.calls == ["abort"]
    assert logged == [f"no server certificate for name {name.encode()!r}"]


def test_aRenewedCertificateIsUsedFromTheNextConnectionOn(tmp_path: Path) -> None:
    lookup = autoReloadingDirectoryOfPEMs(FilePath(str(tmp_path)))
    shown = []
    for turn in range(2):
        put(tmp_path, "a.pem", authority.issue("one.example").dumpPEM())
        os.utime(tmp_path / "a.pem", (turn, turn))
        pair = ask(lookup, "one.example")
        shown.append(ssl.Certificate.peerFromTransport(pair.client.tls))
    assert shown[0] != shown[1]


def test_nothingIsReadAgainWhileNothingChanges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.pem", authority.issue("one.example").dumpPEM())
    lookup = autoReloadingDirectoryOfPEMs(FilePath(str(tmp_path)))
    first = lookup(b"one.example")
    assert isinstance(first, SSL.Context)
    monkeypatch.setattr(PEMObjects, "fromDirectory", None)
    assert lookup(b"one.example") is first


def test_keysAndCertificatesMayLieInFilesOfTheirOwn(tmp_path: Path) -> None:
    identity = authority.issue("one.example")
    put(tmp_path / "keys", "k.key", identity.privateKey.dump(crypto.FILETYPE_PEM))
    put(tmp_path / "certificates", "c.crt", ssl.Certificate.dumpPEM(identity))
    put(tmp_path, "readme.txt", b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    mapping = PEMObjects.fromDirectory(FilePath(str(tmp_path))).inferDomainMapping()
    assert list(mapping) == ["one.example"]


def test_ofTwoCertificatesForANameTheOneThatIsValidLongerIsUsed(tmp_path: Path) -> None:
    longer = authority.issue("one.example", days=30)
    put(tmp_path, "a.pem", longer.dumpPEM())
    put(tmp_path, "b.pem", authority.issue("one.example", days=3).dumpPEM())
    mapping = PEMObjects.fromDirectory(FilePath(str(tmp_path))).inferDomainMapping()
    assert mapping["one.example"].certificate is not None
    shown = ssl.Certificate(mapping["one.example"].certificate)
    assert shown == ssl.Certificate(longer.original)


def test_whatIsUnreadableOrUnusedIsLoggedAndPassedOver(tmp_path: Path, logged: list[str]) -> None:
    put(tmp_path, "a.pem", authority.issue("one.example").dumpPEM())
    put(tmp_path, "b.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    unused = ssl.KeyPair.generate()
    put(tmp_path, "c.pem", unused.dump(crypto.FILETYPE_PEM))
    mapping = PEMObjects.fromDirectory(FilePath(str(tmp_path))).inferDomainMapping()
    assert list(mapping) == ["one.example"]
    assert len(logged) == 2
    assert logged[0].startswith(f"unreadable certificate in {tmp_path / 'b.pem'}")
    assert logged[1] == f"unused private key at {tmp_path / 'c.pem'} with hash {unused.keyHash()}"


def test_aFileThatIsTooLongIsNotRead(tmp_path: Path) -> None:
    put(tmp_path, "a.pem", authority.issue("one.example").dumpPEM(), b"\n" * sni.mostFileBytes)
    assert PEMObjects.fromDirectory(FilePath(str(tmp_path))).inferDomainMapping() == {}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (None, "default"),
        (b"a.example", "exact"),
        (b"A.Example.", "exact"),
        (b"b.example", "wildcard"),
        (b"c.b.example", None),
        (b"localhost", None),
    ],
)
def test_wildcardsCoverOneLabel(name: bytes | None, wanted: str | None) -> None:
    known: Any = {None: "default", b"a.example": "exact", b"*.example": "wildcard"}
    found: Any = lookupWithWildcard(known.get, name)
    assert found == wanted


def test_oneFileCanBeReadAlone(tmp_path: Path) -> None:
    put(tmp_path, "a.pem", authority.issue("one.example").dumpPEM())
    found = PEMObjects.fromFile(FilePath(str(tmp_path / "a.pem")))
    assert repr(found) == "<PEMObjects: 1 certificates, 1 keys>"
