"""Certificates, requests and keys."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import crypto

from twisted.internet import defer, ssl
from twisted.internet.error import CertificateError, VerifyError

from .pairs import Pair, authority, identity

PEM, DER = crypto.FILETYPE_PEM, crypto.FILETYPE_ASN1


# Names


def test_aNameHasItsFieldsByFullAndShortNames() -> None:
    name = ssl.DN(CN="a", OU=b"b", emailAddress="c@d")
    assert name == ssl.DistinguishedName(
        commonName=b"a", organizationalUnitName="b", emailAddress=b"c@d"
    )
    assert name.CN == name.commonName == name["commonName"] == b"a"
    name.CN = "é"
    assert name["commonName"] == "é".encode()
    assert repr(ssl.DN(CN="a")) == "<DN 'commonName': b'a'>"


def test_unknownFieldsAreAttributeErrorsThatNameTheKnown() -> None:
    with pytest.raises(AttributeError, match="commonName"):
        ssl.DN(Cn="a")
    with pytest.raises(AttributeError):
        _ = ssl.DN().CN


def test_aNameIsInspectedFieldByField() -> None:
    assert ssl.DN(O="b", CN="a").inspect().split("\n") == [
        "               Common Name: a",
        "         Organization Name: b",
    ]


# Keys


@pytest.mark.parametrize("fileType", [PEM, DER])
def test_keysSurviveBeingWritten(fileType: int) -> None:
    key = identity().privateKey
    again = ssl.KeyPair.load(key.dump(fileType), fileType)
    assert again.matches(key)
    assert again.keyHash() == key.keyHash()
    assert again.matches(identity().getPublicKey())
    assert not again.matches(authority().getPublicKey())


def test_aKeyShowsNoSecret() -> None:
    key = identity().privateKey
    assert repr(key) == f"<KeyPair {key.keyHash()}>"
    assert key.inspect() == f"2048-bit RSA Key Pair with Hash: {key.keyHash()}"
    curve = ssl.KeyPair(crypto.PKey.from_cryptography_key(ec.generate_private_key(ec.SECP256R1())))
    assert curve.inspect().startswith("256-bit EC Key Pair")


def test_anEncryptedKeyIsAnErrorAndNoQuestionOnTheTerminal() -> None:
    key: Any = identity().privateKey.original.to_cryptography_key()
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    with pytest.raises(crypto.Error):
        ssl.KeyPair.load(encrypted, PEM)


@pytest.mark.parametrize("fileType", [PEM, DER])
def test_garbageIsNoKeyAndNoCertificate(fileType: int) -> None:
    with pytest.raises(crypto.Error):
        ssl.KeyPair.load(b"garbage", fileType)
    with pytest.raises(crypto.Error):
        ssl.Certificate.load(b"garbage", fileType)


def test_anUnknownFileTypeIsAValueError() -> None:
    with pytest.raises(ValueError, match="FILETYPE_PEM"):
        identity().privateKey.dump(77)


def test_anRSAKeyIsCheckedOnceHoweverOftenItIsUsed(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = ssl.KeyPair.load(ssl.KeyPair.generate().dump())
    checks: list[crypto.PKey] = []
    translate = crypto.PKey.to_cryptography_key

    def counted(self: crypto.PKey) -> Any:
        checks.append(self)
        return translate(self)

    monkeypatch.setattr(crypto.PKey, "to_cryptography_key", counted)
    for pair, wanted in (ssl.KeyPair.generate(), []), (loaded, [loaded.original]):
        checks.clear()
        for serialNumber in 1, 2:
            certificate = pair.selfSignedCert(serialNumber, CN="a")
            assert certificate.options().getContext() is not None
        assert checks == wanted


def test_aKeyThatWasMadeAnewIsTheNewOne() -> None:
    pair = ssl.KeyPair.generate()
    before = pair.dump()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pair.original.generate_key(crypto.TYPE_RSA, 2048)
    assert pair.dump() != before
    assert ssl.KeyPair.load(pair.dump()).matches(pair)


def test_dsaKeysCanBeMade() -> None:
    key = ssl.KeyPair.generate(crypto.TYPE_DSA, 2048)
    assert key.inspect().startswith("2048-bit DSA")
    with pytest.raises(ValueError, match="TYPE_RSA"):
        ssl.KeyPair.generate(99)


# Certificates


@pytest.mark.parametrize("fileType", [PEM, DER])
def test_certificatesSurviveBeingWritten(fileType: int) -> None:
    certificate = ssl.Certificate(identity().original)
    again = ssl.Certificate.load(certificate.dump(fileType), fileType)
    assert again == certificate
    assert hash(again) == hash(certificate)
    assert again != ssl.Certificate(authority().original)
    assert again.serialNumber() == 2
    assert again.digest("sha256") == certificate.digest("sha256")
    assert again.getIssuer() == again.getSubject() == ssl.DN(CN="a server", O="tests")


def test_aPrivateCertificateIsOneFile() -> None:
    again = ssl.PrivateCertificate.loadPEM(identity().dumpPEM())
    assert again.privateKey.matches(identity().privateKey)
    assert again == identity()
    assert repr(again).startswith("<PrivateCertificate Subject=b'a server' Issuer=b'a server'> w")


def test_aKeyThatDoesNotFitIsAVerifyError() -> None:
    with pytest.raises(VerifyError):
        ssl.PrivateCertificate.fromCertificateAndKeyPair(identity(), authority().privateKey)
    with pytest.raises(VerifyError):
        ssl.PrivateCertificate.load(identity().dump(), authority().privateKey)


def test_aCertificateIsInspectedInLines() -> None:
    lines = identity().inspect().split("\n")
    assert lines[:2] == ["Certificate For Subject:", "               Common Name: a server"]
    assert "Serial Number: 2" in lines
    assert lines[-1] == identity().privateKey.inspect()
    assert ssl.Certificate(identity().original).inspect().split("\n")[-1].startswith("Public Key")


def test_onlyACertificateWithItsKeyMakesOptions() -> None:
    with pytest.raises(NotImplementedError, match="private key"):
        ssl.Certificate(identity().original).options()
    assert not identity().options().verify
    assert identity().options(authority()).verify


# Signing


def test_aRequestIsSignedByAnAuthority() -> None:
    key = ssl.KeyPair.generate()
    data = key.certificateRequest(ssl.DN(CN="asks"))
    seen: list[Any] = []

    def acceptable(name: ssl.DistinguishedName) -> bool:
        seen.append(name)
        return True

    signed = key.newCertificate(authority().signCertificateRequest(data, acceptable, 5))
    assert seen == [ssl.DN(CN="asks")]
    assert signed.getSubject() == ssl.DN(CN="asks")
    assert signed.getIssuer() == authority().getSubject()
    signed.original.to_cryptography().verify_directly_issued_by(
        authority().original.to_cryptography()
    )


@pytest.mark.parametrize("answer", [False, None, 0])
def test_aRefusedNameIsAVerifyError(answer: object) -> None:
    data = identity().certificateRequest()
    with pytest.raises(VerifyError, match="a server"):
        authority().signCertificateRequest(data, lambda name: answer, 5)


def test_theDecisionMayTakeTime() -> None:
    decision: defer.Deferred[bool] = defer.Deferred()
    results: list[Any] = []
    data = identity().certificateRequest()
    authority().signCertificateRequest(data, lambda name: decision, 5).addCallback(results.append)
    assert results == []
    decision.callback(True)
    assert ssl.Certificate.load(results[0]).serialNumber() == 5


def test_onlyACertificateForOnesOwnKeyMaySignOthers() -> None:
    def isAuthority(certificate: ssl.Certificate) -> bool:
        extensions = certificate.original.to_cryptography().extensions
        return bool(extensions.get_extension_for_class(x509.BasicConstraints).value.ca)

    request = identity().privateKey.requestObject(ssl.DN(CN="leaf"))
    assert isAuthority(authority())
    assert not isAuthority(authority().signRequestObject(request, 9))


def test_aRequestWithABrokenSignatureIsAVerifyError() -> None:
    data = bytearray(identity().certificateRequest())
    data[-1] ^= 1
    with pytest.raises(VerifyError):
        ssl.CertificateRequest.load(bytes(data))


@pytest.mark.parametrize("fileType", [PEM, DER])
def test_requestsSurviveBeingWritten(fileType: int) -> None:
    request = identity().privateKey.requestObject(ssl.DN(CN="a", C="CH"))
    again = ssl.CertificateRequest.load(request.dump(fileType), fileType)
    assert again.getSubject() == ssl.DN(CN="a", C="CH")
    with pytest.raises(ValueError):
        request.dump(99)


def test_aRequestWithAFieldThatWouldBeLostIsAValueError() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.GIVEN_NAME, "Alice")])
    made = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    with pytest.raises(ValueError, match="Alice"):
        ssl.CertificateRequest(made).getSubject()


def test_anUnsafeDigestIsRefused() -> None:
    with pytest.raises(ValueError, match="sha256"):
        identity().privateKey.requestObject(ssl.DN(CN="a"), "md5")


def test_aSerialNumberIsTakenOrDrawn() -> None:
    key = ssl.KeyPair.generate()
    assert key.selfSignedCert(77, CN="a").serialNumber() == 77
    assert key.selfSignedCert(0, CN="a").serialNumber() > 1 << 32


# Transports


def test_aTransportTellsBothCertificates() -> None:
    pair = Pair().settle()
    shown = ssl.Certificate(identity().original)
    assert ssl.Certificate.peerFromTransport(pair.client.tls) == shown
    assert ssl.Certificate.hostFromTransport(pair.server.tls) == shown
    with pytest.raises(CertificateError, match=r"^TLS"):
        ssl.Certificate.peerFromTransport(pair.server.tls)


class _Plain:
    def getHandle(self) -> object:
        return object()


@pytest.mark.parametrize("which", ["peerFromTransport", "hostFromTransport"])
def test_aTransportWithoutTlsIsACertificateError(which: str) -> None:
    with pytest.raises(CertificateError, match=r"^non-TLS"):
        getattr(ssl.Certificate, which)(_Plain())


# Trust


def test_trustInCertificatesIsTrustInWhatTheySigned() -> None:
    key = ssl.KeyPair.generate()
    signed = ssl.PrivateCertificate.fromCertificateAndKeyPair(
        authority().signRequestObject(key.requestObject(ssl.DN(CN="leaf")), 9), key
    )
    for trusted, wanted in (([authority()], True), ([identity()], False), ([signed], False)):
        root = ssl.trustRootFromCertificates(trusted)
        pair = Pair(
            clientCreator=ssl.CertificateOptions(trustRoot=root), serverCreator=signed.options()
        ).settle()
        assert pair.client.tls._handshakeDone is wanted


def test_onlyCertificatesOfOursMakeTrust() -> None:
    with pytest.raises(TypeError, match="CertBase"):
        ssl.trustRootFromCertificates([identity().original])
    with pytest.raises(TypeError):
        ssl.CertificateOptions(trustRoot=3)
