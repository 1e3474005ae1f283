"""A certificate for demonstrations."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from twisted.internet import ssl
from twisted.internet._tls.selfsigned import selfSignedCertificate

from .pairs import Pair

names = ["localhost", "127.0.0.1", "::1", "bücher.example"]


def load(paths: tuple[str, str]) -> ssl.PrivateCertificate:
    return ssl.PrivateCertificate.loadPEM(b"".join(Path(path).read_bytes() for path in paths))


@pytest.mark.parametrize("name", names)
def test_clientsThatTrustItAcceptEachOfItsNames(tmp_path: Path, name: str) -> None:
    identity = load(selfSignedCertificate(names, tmp_path / "made"))
    pair = Pair(
        clientCreator=ssl.optionsForClientTLS(name, trustRoot=identity),
        serverCreator=identity.options(),
    ).settle()
    assert pair.client.tls._handshakeDone


def test_onlyTheOwnerMayReadTheKey(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        certificate, key = selfSignedCertificate(names, tmp_path / "made")
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(tmp_path / "made").st_mode) == 0o700
    assert b"PRIVATE" not in Path(certificate).read_bytes()


def test_whatServesIsUsedAgain(tmp_path: Path) -> None:
    first = selfSignedCertificate(names, tmp_path)
    content = [Path(path).read_bytes() for path in first]
    assert selfSignedCertificate(names[:2], tmp_path) == first
    assert [Path(path).read_bytes() for path in first] == content


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        ("names", "not for other.example"),
        ("expiry", "valid until"),
        ("key", "belong together"),
        ("garbage", "PEM"),
        ("missing", "cannot be read"),
    ],
)
def test_whatDoesNotServeIsNotOverwrittenUnlessAsked(
    tmp_path: Path, spoil: str, wanted: str
) -> None:
    _certificate, key = selfSignedCertificate(
        names, tmp_path, validDays=0.5 if spoil == "expiry" else 9
    )
    asked = [*names, "other.example"] if spoil == "names" else names
    if spoil == "key":
        Path(key).write_bytes(Path(selfSignedCertificate(names, tmp_path / "b")[1]).read_bytes())
    elif spoil == "garbage":
        Path(key).write_bytes(b"garbage")
    elif spoil == "missing":
        os.remove(key)
    with pytest.raises(FileExistsError, match=wanted):
        selfSignedCertificate(asked, tmp_path)
    again = load(selfSignedCertificate(asked, tmp_path, replace=True))
    assert again.getSubject().CN == b"localhost"


def test_itMustBeForSomebody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        selfSignedCertificate([], tmp_path)
