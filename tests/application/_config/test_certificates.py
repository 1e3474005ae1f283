"""Certificates that a file names: used if they can be, and refused with the reason if not."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from twisted.application._config.certificates import (
    WrongCertificate,
    checkCertificate,
    contextFor,
)
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.internet._tls.selfsigned import selfSignedCertificate
from twisted.internet.ssl import CertificateOptions


class Pair(NamedTuple):
    certificate: Path
    key: Path


def pair(folder: Path) -> Pair:
    certificate, key = selfSignedCertificate(["localhost"], folder)
    return Pair(Path(certificate), Path(key))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair(tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return pair(tmp_path_factory.mktemp("other"))


def test_aCertificateAndItsKeyAreUsed(one: Pair) -> None:
    made = contextFor(str(one.certificate), str(one.key))
    assert isinstance(made, CertificateOptions)
    assert contextFor(str(one.certificate), str(one.key)) is made
    assert made.getContext() is not None


def test_bothMayStandInOneFileWithAChainBehind(one: Pair, other: Pair, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(
        one.key.read_bytes() + one.certificate.read_bytes() + other.certificate.read_bytes()
    )
    checkCertificate(str(both), None)
    made = contextFor(str(both), None)
    assert len(made.extraCertChain) == 1


def test_oneSelfSignedCertificateServesAll() -> None:
    checkCertificate("self-signed", None)
    assert contextFor("self-signed", None) is contextFor("self-signed", None)


def test_aRenewedCertificateIsAnotherAddressToAReload(
    one: Pair, other: Pair, tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        '[services.a]\ntype = "echo"\n'
        'listen = { tls = 0, host = "127.0.0.1", certificate = "both.pem" }\n'
    )
    contexts, plans = [], []
    for each in (one, one, other):
        (tmp_path / "both.pem").write_bytes(each.key.read_bytes() + each.certificate.read_bytes())
        plans.append(readSite(Source.fromFile(str(site))))
        (listen,) = plans[-1].services[0].settings.listen
        contexts.append(contextFor(listen.certificate, listen.key, listen.version))
    assert plans[0] == plans[1] != plans[2]
    assert contexts[0] is contexts[1]
    assert contexts[2].certificate.digest("sha256") != contexts[0].certificate.digest("sha256")


@pytest.mark.parametrize(
    ("content", "inKey", "told"),
    [
        ("", False, "holds no certificate in PEM form"),
        ("{certificate}", True, "holds no private key in PEM form"),
        ("{damaged}", False, "holds a damaged certificate"),
        ("{certificate}{locked}", True, "is locked with a passphrase"),
        ("{certificate}{otherKey}", True, "does not belong to the first certificate"),
        (
            "{certificate}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            True,
            "holds a damaged private key",
        ),
    ],
)
def test_whatCannotBeUsedIsRefusedWithTheReason(
    one: Pair, other: Pair, tmp_path: Path, content: str, inKey: bool, told: str
) -> None:
    certificate = one.certificate.read_text()
    key = load_pem_private_key(one.key.read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    lines = certificate.splitlines(keepends=True)
    path = tmp_path / "made.pem"
    path.write_text(
        content.format(
            certificate=certificate,
            damaged="".join([*lines[:2], *lines[3:]]),
            locked=locked.decode(),
            otherKey=other.key.read_text(),
        )
    )
    with pytest.raises(WrongCertificate, match=told) as caught:
        checkCertificate(str(path), None)
    assert caught.value.inKey is inKey


def test_aKeyThatIsNotThereIsBlamedAndNotItsCertificate(one: Pair) -> None:
    with pytest.raises(WrongCertificate, match=r"the key '/nowhere.pem' cannot be read") as caught:
        checkCertificate(str(one.certificate), "/nowhere.pem")
    assert caught.value.inKey
