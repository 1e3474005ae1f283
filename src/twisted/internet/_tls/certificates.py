"""
Certificates, requests for them, and key pairs that sign them.

Each object has pyOpenSSL's in ``original``, since programs hand those on; what pyOpenSSL itself
has given up (making and signing certificates) is done by the cryptography package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from twisted.internet.defer import Deferred
from twisted.internet.error import CertificateError, VerifyError

from .keys import (
    PublicKey,
    describeKind,
    dumpPrivateKey,
    encodingFor,
    keyOf,
    loadPrivateKey,
    privateKeyFrom,
)
from .names import DistinguishedName, distinguish
from .openssl import crypto
from .options import OpenSSLCertificateOptions
from .trust import IOpenSSLTrustRoot, OpenSSLCertificateAuthorities

_C = TypeVar("_C", bound="Certificate")

_digests: dict[str, Callable[[], Any]] = {
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}

yearSeconds = 60 * 60 * 24 * 365
"""How long a new certificate is valid unless somebody says otherwise."""


def _digestNamed(name: str) -> Any:
    try:
        return _digests[name.lower()]()
    except KeyError:
        raise ValueError(
            f"{name!r} cannot be used to sign certificates; these can: {', '.join(_digests)}"
        ) from None


class CertBase:
    """What certificates and requests have in common: they are about somebody."""

    def __init__(self, original: Any) -> None:
        self.original = original

    def getSubject(self) -> DistinguishedName:
        """Tell whom this is about. Fields that a DistinguishedName has not are left out."""
        return distinguish(self.original.to_cryptography().subject)

    def __conform__(self, interface: object) -> object:
        """Where trust is asked for: in this certificate, and what it signed."""
        if interface is IOpenSSLTrustRoot:
            return OpenSSLCertificateAuthorities([self.original])
        return NotImplemented


class Certificate(CertBase):
    """
    A certificate.

    Attributes:
        original: an ``OpenSSL.crypto.X509``.
    """

    def __repr__(self) -> str:
        subject = self.getSubject().get("commonName", "")
        issuer = self.getIssuer().get("commonName", "")
        return f"<{type(self).__name__} Subject={subject!s} Issuer={issuer!s}>"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Certificate):
            return self.dump() == other.dump()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.dump())

    @classmethod
    def load(
        cls: type[_C],
        requestData: bytes,
        format: int = crypto.FILETYPE_ASN1,
        args: tuple[Any, ...] = (),
    ) -> _C:
        """
        Read a certificate.

        Args:
            requestData: the certificate, DER or PEM.
            format: ``FILETYPE_ASN1`` or ``FILETYPE_PEM``, of ``OpenSSL.crypto``.
            args: for the constructor, after the certificate.
        Raises: ``OpenSSL.crypto.Error`` for what is none.
        """
        return cls(crypto.load_certificate(format, requestData), *args)

    @classmethod
    def loadPEM(cls, data: bytes) -> Certificate:
        """Read the first certificate of a PEM file's content."""
        return cls.load(data, crypto.FILETYPE_PEM)

    @classmethod
    def peerFromTransport(cls: type[_C], transport: Any) -> _C:
        """
        Take the certificate that the peer of a TLS transport has shown.

        Raises: CertificateError where it has shown none, or where the transport has no TLS.
        """
        return _fromTransport(cls, transport, "get_peer_certificate")

    @classmethod
    def hostFromTransport(cls: type[_C], transport: Any) -> _C:
        """
        Take the certificate that we show on a TLS transport.

        Raises: CertificateError where we show none, or where the transport has no TLS.
        """
        return _fromTransport(cls, transport, "get_host_certificate")

    def getIssuer(self) -> DistinguishedName:
        """Tell who signed this."""
        return distinguish(self.original.to_cryptography().issuer)

    def getPublicKey(self) -> PublicKey:
        """Give the key that this certificate is for."""
        return PublicKey(self.original.get_pubkey())

    def serialNumber(self) -> int:
        """Tell the number that its issuer gave it."""
        number: int = self.original.get_serial_number()
        return number

    def digest(self, method: str = "md5") -> bytes:
        """
        Compute a fingerprint of the whole certificate.

        Args:
            method: a digest by OpenSSL's name, such as ``"sha256"``; the default is good for
                nothing but recognising a certificate.
        Returns: as in ``b"AB:CD:..."``.
        """
        fingerprint: bytes = self.original.digest(method)
        return fingerprint

    def dump(self, format: int = crypto.FILETYPE_ASN1) -> bytes:
        """Write the certificate as DER or PEM."""
        return crypto.dump_certificate(format, self.original)

    def dumpPEM(self) -> bytes:
        """Write all of this as PEM."""
        return self.dump(crypto.FILETYPE_PEM)

    def inspect(self) -> str:
        """Describe the certificate for people to read, in several lines."""
        return "\n".join([*self._inspectLines(), self.getPublicKey().inspect()])

    def _inspectLines(self) -> list[str]:
        return [
            "Certificate For Subject:",
            self.getSubject().inspect(),
            "",
            "Issuer:",
            self.getIssuer().inspect(),
            "",
            f"Serial Number: {self.serialNumber()}",
            f"Digest: {self.digest().decode('ascii')}",
        ]

    def options(self, *authorities: Certificate) -> OpenSSLCertificateOptions:
        """Only a `PrivateCertificate` can be used for connections: that needs its key."""
        raise NotImplementedError(
            "options need a private key: make a PrivateCertificate, or use optionsForClientTLS"
        )


def _fromTransport(cls: type[_C], transport: Any, methodName: str) -> _C:
    handle = transport.getHandle()
    method = getattr(handle, methodName, None)
    if method is None and methodName == "get_host_certificate":
        # Transports of before had this method; pyOpenSSL's connections call it otherwise.
        method = getattr(handle, "get_certificate", None)
    if method is None:
        raise CertificateError(f"non-TLS transport {transport!r} has no certificates")
    found = method()
    if found is None:
        raise CertificateError(f"TLS transport {transport!r} has no certificate of that side")
    return cls(found)


class CertificateRequest(CertBase):
    """
    What is sent to an authority so that it makes a certificate (PKCS 10, RFC 2986).

    Attributes:
        original: a ``cryptography.x509.CertificateSigningRequest``.
    """

    original: x509.CertificateSigningRequest

    @classmethod
    def load(
        cls, requestData: bytes, requestFormat: int = crypto.FILETYPE_ASN1
    ) -> CertificateRequest:
        """
        Read a request.

        Raises:
            VerifyError: where it was not signed by the key that it is for.
            ValueError: for what is no request.
        """
        if encodingFor(requestFormat) is encodingFor(crypto.FILETYPE_PEM):
            request = x509.load_pem_x509_csr(requestData)
        else:
            request = x509.load_der_x509_csr(requestData)
        found = cls(request)
        if not request.is_signature_valid:
            raise VerifyError(f"the request of {found.getSubject()!r} is not signed by its own key")
        return found

    def getSubject(self) -> DistinguishedName:
        """
        Tell who asks.

        Raises: ValueError for a name with fields that we do not know, which would be lost.
        """
        return distinguish(self.original.subject, strictly=True)

    def dump(self, format: int = crypto.FILETYPE_ASN1) -> bytes:
        """Write the request as DER or PEM."""
        return self.original.public_bytes(encodingFor(format))


class PrivateCertificate(Certificate):
    """
    A certificate with its private key: an identity to show.

    Attributes:
        privateKey: the `KeyPair`.
    """

    privateKey: KeyPair

    def __repr__(self) -> str:
        return f"{Certificate.__repr__(self)} with {self.privateKey!r}"

    @classmethod
    def load(  # type: ignore[override]  # a key must come with it
        cls, data: bytes, privateKey: KeyPair, format: int = crypto.FILETYPE_ASN1
    ) -> PrivateCertificate:
        """
        Read a certificate whose key we have.

        Raises: VerifyError where the two do not belong together.
        """
        return cls(crypto.load_certificate(format, data))._setPrivateKey(privateKey)

    @classmethod
    def loadPEM(cls, data: bytes) -> PrivateCertificate:
        """Read the first certificate and the first key of a PEM file's content."""
        return cls.load(data, KeyPair.load(data, crypto.FILETYPE_PEM), format=crypto.FILETYPE_PEM)

    @classmethod
    def fromCertificateAndKeyPair(
        cls, certificateInstance: Certificate, privateKey: KeyPair
    ) -> PrivateCertificate:
        """
        Join a certificate and its key.

        Raises: VerifyError where the two do not belong together.
        """
        return cls(certificateInstance.original)._setPrivateKey(privateKey)

    def _setPrivateKey(self, privateKey: KeyPair) -> PrivateCertificate:
        if not privateKey.matches(self.getPublicKey()):
            raise VerifyError(f"{privateKey!r} is not the key of this certificate")
        self.privateKey = privateKey
        return self

    def dumpPEM(self) -> bytes:
        """Write the key, not encrypted, and the certificate, as PEM."""
        return self.privateKey.dump(crypto.FILETYPE_PEM) + self.dump(crypto.FILETYPE_PEM)

    def inspect(self) -> str:
        """Describe the certificate and the key for people to read, in several lines."""
        return "\n".join([*self._inspectLines(), self.privateKey.inspect()])

    def options(self, *authorities: Certificate) -> OpenSSLCertificateOptions:
        """
        Make options that show this certificate.

        Args:
            authorities: whom to trust; without any, the peer's certificate is not looked at.
        """
        trust = OpenSSLCertificateAuthorities([a.original for a in authorities])
        more: dict[str, Any] = {"trustRoot": trust} if authorities else {}
        return OpenSSLCertificateOptions(
            privateKey=self.privateKey.original, certificate=self.original, **more
        )

    def newCertificate(
        self, newCertData: bytes, format: int = crypto.FILETYPE_ASN1
    ) -> PrivateCertificate:
        """Read another certificate for the same key."""
        return self.privateKey.newCertificate(newCertData, format)

    def certificateRequest(
        self, format: int = crypto.FILETYPE_ASN1, digestAlgorithm: str = "sha256"
    ) -> bytes:
        """Write a request for a new certificate with the same subject and key."""
        return self.privateKey.certificateRequest(self.getSubject(), format, digestAlgorithm)

    def signCertificateRequest(
        self,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],
        serialNumber: int,
        requestFormat: int = crypto.FILETYPE_ASN1,
        certificateFormat: int = crypto.FILETYPE_ASN1,
    ) -> Any:
        """Sign a request as the authority of this certificate: see `KeyPair`."""
        return self.privateKey.signCertificateRequest(
            self.getSubject(),
            requestData,
            verifyDNCallback,
            serialNumber,
            requestFormat,
            certificateFormat,
        )

    def signRequestObject(
        self,
        certificateRequest: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = yearSeconds,
        digestAlgorithm: str = "sha256",
    ) -> Certificate:
        """Sign a request as the authority of this certificate: see `KeyPair`."""
        return self.privateKey.signRequestObject(
            self.getSubject(), certificateRequest, serialNumber, secondsToExpiry, digestAlgorithm
        )


class KeyPair(PublicKey):
    """A private key, with its public half."""

    @classmethod
    def load(cls, data: bytes, format: int = crypto.FILETYPE_ASN1) -> KeyPair:
        """
        Read a private key that is not encrypted.

        Raises: ``OpenSSL.crypto.Error`` for what is none.
        """
        return cls(loadPrivateKey(data, format))

    @classmethod
    def generate(cls, kind: int = crypto.TYPE_RSA, size: int = 2048) -> KeyPair:
        """
        Make a new key.

        Args:
            kind: ``TYPE_RSA`` or ``TYPE_DSA``, of ``OpenSSL.crypto``.
            size: in bits.
        """
        key: Any
        if kind == crypto.TYPE_RSA:
            from cryptography.hazmat.primitives.asymmetric import rsa

            key = rsa.generate_private_key(public_exponent=65537, key_size=size)
        elif kind == crypto.TYPE_DSA:
            from cryptography.hazmat.primitives.asymmetric import dsa

            key = dsa.generate_private_key(key_size=size)
        else:
            raise ValueError(f"{kind!r} is neither TYPE_RSA nor TYPE_DSA")
        return cls(privateKeyFrom(key))

    def dump(self, format: int = crypto.FILETYPE_ASN1) -> bytes:
        """Write the private key, not encrypted, as DER or PEM."""
        return dumpPrivateKey(self.original, format)

    def inspect(self) -> str:
        """Describe the key for people to read, without its secret."""
        key = self.original
        return f"{key.bits()}-bit {describeKind(key)} Key Pair with Hash: {self.keyHash()}"

    def newCertificate(
        self, newCertData: bytes, format: int = crypto.FILETYPE_ASN1
    ) -> PrivateCertificate:
        """Read a certificate for this key."""
        return PrivateCertificate.load(newCertData, self, format)

    def requestObject(
        self, distinguishedName: DistinguishedName, digestAlgorithm: str = "sha256"
    ) -> CertificateRequest:
        """Make a request for a certificate for this key and that name."""
        builder = x509.CertificateSigningRequestBuilder(distinguishedName._toName())
        key = keyOf(self.original)
        return CertificateRequest(builder.sign(key, _digestNamed(digestAlgorithm)))

    def certificateRequest(
        self,
        distinguishedName: DistinguishedName,
        format: int = crypto.FILETYPE_ASN1,
        digestAlgorithm: str = "sha256",
    ) -> bytes:
        """Write such a request."""
        return self.requestObject(distinguishedName, digestAlgorithm).dump(format)

    def signCertificateRequest(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],
        serialNumber: int,
        requestFormat: int = crypto.FILETYPE_ASN1,
        certificateFormat: int = crypto.FILETYPE_ASN1,
        secondsToExpiry: int = yearSeconds,
        digestAlgorithm: str = "sha256",
    ) -> Any:
        """
        Sign a request that came from somewhere, if its name is acceptable.

        Args:
            issuerDistinguishedName: who signs.
            requestData: the request.
            verifyDNCallback: decides on its name: true, false, or a Deferred of one of them.
            serialNumber: for the certificate; see `signRequestObject`.
            secondsToExpiry: how long the certificate is valid, in seconds.
            digestAlgorithm: what is signed: ``"sha256"``, ``"sha384"``, ...
        Returns: the certificate as bytes, or a Deferred of it if the callback gave one.
        Raises: VerifyError where the name is refused.
        """
        request = CertificateRequest.load(requestData, requestFormat)
        name = request.getSubject()

        def decided(acceptable: object) -> bytes:
            if not acceptable:
                raise VerifyError(f"{verifyDNCallback!r} refuses a certificate for {name!r}")
            return self.signRequestObject(
                issuerDistinguishedName, request, serialNumber, secondsToExpiry, digestAlgorithm
            ).dump(certificateFormat)

        decision = verifyDNCallback(name)
        if isinstance(decision, Deferred):
            return decision.addCallback(decided)
        return decided(decision)

    def signRequestObject(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestObject: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = yearSeconds,
        digestAlgorithm: str = "sha256",
    ) -> Certificate:
        """
        Sign a request.

        A certificate for our own key may sign others; a certificate for somebody else may not.

        Args:
            serialNumber: positive, and different each time (RFC 5280 section 4.1.2.2); 0 lets a
                random one be taken.
            secondsToExpiry: how long the certificate is valid from now on, in seconds.
        """
        request = requestObject.original
        key = keyOf(self.original)
        now = datetime.now(timezone.utc).replace(microsecond=0)
        ours = request.public_key() == key.public_key()
        certificate = (
            x509.CertificateBuilder()
            .issuer_name(issuerDistinguishedName._toName())
            .subject_name(requestObject.getSubject()._toName())
            .public_key(request.public_key())
            .serial_number(serialNumber or x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(seconds=secondsToExpiry))
            .add_extension(x509.BasicConstraints(ca=ours, path_length=None), critical=True)
            .sign(key, _digestNamed(digestAlgorithm))
        )
        return Certificate(crypto.X509.from_cryptography(certificate))

    def selfSignedCert(self, serialNumber: int, **kw: str | bytes) -> PrivateCertificate:
        """
        Make a certificate that nobody but ourselves vouches for.

        Args:
            serialNumber: see `signRequestObject`.
            kw: the fields of the `DistinguishedName`.
        """
        name = DistinguishedName(**kw)
        return PrivateCertificate.fromCertificateAndKeyPair(
            self.signRequestObject(name, self.requestObject(name), serialNumber), self
        )


def trustRootFromCertificates(certificates: Iterable[CertBase]) -> OpenSSLCertificateAuthorities:
    """
    Trust these certificates and what they signed, and nothing else.

    Args:
        certificates: `Certificate` or `PrivateCertificate` objects, all of them.
    Returns: a value for ``trustRoot``.
    Raises: TypeError for anything else, such as pyOpenSSL's objects.
    """
    originals = []
    for certificate in certificates:
        if not isinstance(certificate, CertBase):
            raise TypeError("certificates items must be twisted.internet.ssl.CertBase instances")
        originals.append(certificate.original)
    return OpenSSLCertificateAuthorities(originals)
