"""Whether a server is who it should be."""

from __future__ import annotations

import datetime
import ipaddress
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from service_identity.exceptions import CertificateError

from twisted.internet import _idna, _sslverify, ssl
from twisted.internet.error import ConnectionClosed

from .pairs import Pair

Name = x509.GeneralName


class Authority:
    """Signs certificates for tests."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.certificate = self._sign(self.name, self.key.public_key(), [], ca=True)

    def _sign(
        self, subject: x509.Name, key: Any, names: list[Name], ca: bool = False, days: int = 1
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=9))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, *names: str, days: int = 1) -> ssl.PrivateCertificate:
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[Name] = []
        for name in names:
            try:
                alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
            except ValueError:
                alternatives.append(x509.DNSName(name))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.com")])
        signed = self._sign(subject, key.public_key(), alternatives, days=days)
        return ssl.PrivateCertificate.fromCertificateAndKeyPair(
            ssl.Certificate(crypto.X509.from_cryptography(signed)),
            ssl.KeyPair(crypto.PKey.from_cryptography_key(key)),
        )

    @property
    def trust(self) -> ssl.Certificate:
        return ssl.Certificate(crypto.X509.from_cryptography(self.certificate))


authority = Authority()


def connect(hostname: str, identity: ssl.PrivateCertificate, **more: Any) -> Pair:
    more.setdefault("trustRoot", authority.trust)
    pair = Pair(
        clientCreator=ssl.optionsForClientTLS(hostname, **more), serverCreator=identity.options()
    )
    pair.client.tls.write(b"secret")
    pair.settle()
    return pair


@pytest.mark.parametrize(
    ("hostname", "names"),
    [
        ("example.com", ["example.com"]),
        ("EXAMPLE.com", ["example.com"]),
        ("www.example.com", ["*.example.com"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("::1", ["::1"]),
        ("bücher.example", ["xn--bcher-kva.example"]),
    ],
)
def test_theRightNameIsAccepted(hostname: str, names: list[str]) -> None:
    pair = connect(hostname, authority.issue(*names))
    assert pair.server.protocol.received == b"secret"


@pytest.mark.parametrize(
    ("hostname", "names"),
    [
        ("example.com", ["example.org"]),
        ("example.com", []),  # the common name says so, but has not counted for years (RFC 9525)
        ("a.b.example.com", ["*.example.com"]),
        ("example.com", ["*.com.example.com", "127.0.0.1"]),
        ("127.0.0.1", ["127.0.0.2", "127.0.0.1.example.com"]),
        ("::1", ["::2"]),
    ],
)
def test_anotherNameIsRefusedBeforeAnythingIsSent(hostname: str, names: list[str]) -> None:
    pair = connect(hostname, authority.issue(*names))
    assert pair.server.protocol.received == b""
    assert pair.client.wire.calls == ["abort"]
    assert pair.client.lose().check(ssl.VerificationError, CertificateError)
    assert pair.server.lose().check(ConnectionClosed)


@pytest.mark.parametrize("kind", ["selfSigned", "otherAuthority", "expired", "platform"])
def test_aCertificateThatIsNotToBeTrustedIsRefused(kind: str) -> None:
    if kind == "selfSigned":
        pair = connect("example.com", ssl.KeyPair.generate().selfSignedCert(1, CN="example.com"))
    elif kind == "otherAuthority":
        pair = connect("example.com", Authority().issue("example.com"))
    elif kind == "expired":
        pair = connect("example.com", authority.issue("example.com", days=-1))
    else:
        pair = connect("example.com", authority.issue("example.com"), trustRoot=None)
    assert pair.server.protocol.received == b""
    reason = pair.client.lose()
    assert reason.check(SSL.Error)
    assert "certificate verify failed" in str(reason.value)
    # The alert says why.
    assert pair.server.lose().check(SSL.Error)


@pytest.mark.parametrize(
    ("hostname", "send", "wanted"),
    [
        ("example.com", None, b"example.com"),
        ("bücher.example", None, b"xn--bcher-kva.example"),
        ("example.com", False, None),
        ("127.0.0.1", None, None),
    ],
)
def test_theNameIsIndicatedUnlessItIsAnAddress(
    hostname: str, send: bool | None, wanted: bytes | None
) -> None:
    asked: list[bytes | None] = []
    identity = authority.issue("example.com", "127.0.0.1", "xn--bcher-kva.example")
    server = ssl.CertificateOptions(
        privateKey=identity.privateKey.original,
        certificate=identity.original,
        contextForServerName=asked.append,
    )
    client = ssl.optionsForClientTLS(hostname, trustRoot=authority.trust, sendServerName=send)
    pair = Pair(clientCreator=client, serverCreator=server).settle()
    assert asked == [wanted]
    assert pair.client.tls._handshakeDone


def test_aClientCanShowACertificate() -> None:
    identity, mine = authority.issue("example.com"), authority.issue("client.example")
    pair = Pair(
        clientCreator=ssl.optionsForClientTLS(
            "example.com", trustRoot=authority.trust, clientCertificate=mine
        ),
        serverCreator=identity.options(authority.trust),
    ).settle()
    assert ssl.Certificate.peerFromTransport(pair.server.tls) == ssl.Certificate(mine.original)


def test_aServerThatAsksForACertificateRefusesClientsWithout() -> None:
    identity = authority.issue("example.com")
    pair = Pair(
        clientCreator=ssl.optionsForClientTLS("example.com", trustRoot=authority.trust),
        serverCreator=identity.options(authority.trust),
    )
    pair.client.tls.write(b"secret")
    pair.settle()
    assert pair.server.protocol.received == b""
    assert pair.server.lose().check(SSL.Error)
    assert pair.client.lose().check(SSL.Error)


@pytest.mark.parametrize("wrong", [b"example.com", None, 3])
def test_aHostNameMustBeText(wrong: Any) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        ssl.optionsForClientTLS(wrong)


@pytest.mark.parametrize("wrong", ["", "a b", "a..b", "x" * 64 + ".com", "bü\0cher"])
def test_whatCannotBeAHostNameIsAUnicodeError(wrong: str) -> None:
    with pytest.raises(UnicodeError):
        ssl.optionsForClientTLS(wrong)


def test_unknownArgumentsAreRefusedByName() -> None:
    with pytest.raises(TypeError, match="someRandomThing"):
        ssl.optionsForClientTLS("example.com", someRandomThing=1)  # type: ignore[call-arg]  # so


def test_extraOptionsReachTheContext() -> None:
    options = ssl.optionsForClientTLS(
        "example.com",
        extraCertificateOptions={"lowerMaximumSecurityTo": ssl.TLSVersion.TLSv1_2},
        trustRoot=authority.trust,
    )
    pair = Pair(clientCreator=options, serverCreator=authority.issue("example.com").options())
    pair.settle()
    assert pair.client.tls.getHandle().get_protocol_version_name() == "TLSv1.2"


def test_aReplacedPlatformTrustIsUsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sslverify, "platformTrust", lambda: authority.trust)
    pair = connect("example.com", authority.issue("example.com"), trustRoot=None)
    assert pair.server.protocol.received == b"secret"


def test_aReplacedIdnaIsUsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_idna, "_idnaBytes", lambda text: b"replaced.example")
    assert ssl.optionsForClientTLS("anything")._hostnameASCII == "replaced.example"


def test_anErrorOfTheCheckItselfRefusesAndIsLogged(monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.internet._tls import proofs, verification

    logged: list[Any] = []
    monkeypatch.setattr(verification._log, "failure", lambda *args, **kw: logged.append(args))

    def broken(*args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(proofs, "verify_service_identity", broken)
    pair = connect("example.com", authority.issue("example.com"))
    assert pair.server.protocol.received == b""
    assert pair.client.lose().check(ZeroDivisionError)
    assert len(logged) == 1


def test_whatWasProvenForOneCertificateIsNotProvenForAnother(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from twisted.internet._tls import proofs

    read: list[Any] = []

    def counting(certificate: Any) -> Any:
        read.append(certificate)
        return extract_patterns(certificate)

    extract_patterns = vars(proofs)["extract_patterns"]
    monkeypatch.setattr(proofs, "extract_patterns", counting)
    options = ssl.optionsForClientTLS("example.com", trustRoot=authority.trust)
    right, wrong = authority.issue("example.com"), authority.issue("example.org")

    def talk(shown: Any) -> Any:
        pair = Pair(clientCreator=options, serverCreator=shown.options())
        pair.client.tls.write(b"secret")
        return pair.settle()

    for shown, readings in ((right, 1), (right, 1), (wrong, 2), (wrong, 3), (right, 3)):
        pair = talk(shown)
        assert len(read) == readings
        if shown is right:
            assert pair.server.protocol.received == b"secret"
        else:
            assert pair.server.protocol.received == b""
            assert pair.client.lose().check(ssl.VerificationError)
