"""
Certificates that a file names, checked before anything is started.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

__all__ = ["WrongCertificate", "checkCertificate", "contextFor", "fingerprint"]

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class WrongCertificate(Exception):
    """
    A certificate or its key cannot be used.

    Attributes:
        inKey: whether it is the key that is wrong.
    """

    def __init__(self, text: str, inKey: bool = False) -> None:
        super().__init__(text)
        self.inKey = inKey


def checkCertificate(certificate: str, key: str | None) -> None:
    """
    See that a certificate can be used; make and keep nothing.

    Args:
        certificate, key: as for `contextFor`.
    Raises: WrongCertificate.
    """
    if certificate == "self-signed":
        _crypto()
    else:
        _load(certificate, key)


def fingerprint(certificate: str, key: str | None) -> str:
    """
    Tell one content of the files from another, as a renewed certificate is.

    Args:
        certificate, key: as for `contextFor`.
    Returns: a short text; empty for "self-signed".
    Raises: WrongCertificate if a file cannot be read.
    """
    if certificate == "self-signed":
        return ""
    from hashlib import sha256

    both = _contents(certificate, "certificate") + (_contents(key, "key") if key else b"")
    return sha256(both).hexdigest()[:16]


@lru_cache(maxsize=64)
def contextFor(certificate: str, key: str | None, version: str = "") -> Any:
    """
    Make what TLS servers need.

    Args:
        certificate: the path of a PEM file with the certificate and, after it, those that it
            leans on; or "self-signed".
        key: the path of the key's PEM file; None if it stands in the first file.
        version: the `fingerprint` of these; another one reads them again.
    Returns: a `twisted.internet.ssl.CertificateOptions`; the same one for the same arguments, so
        that all services of a demo show one certificate.
    Raises: WrongCertificate.
    """
    if certificate == "self-signed":
        return _selfSigned()
    from twisted.internet.ssl import CertificateOptions

    chain, privateKey = _load(certificate, key)
    return CertificateOptions(
        privateKey=privateKey, certificate=chain[0], extraCertChain=chain[1:] or None
    )


def _crypto() -> Any:
    try:
        from OpenSSL import crypto

        import twisted.internet.ssl  # noqa: F401  # to see that it can be
    except ImportError as error:
        raise WrongCertificate(
            f"TLS needs packages that are not installed ({error.name}): pip install 'torsion[tls]'"
        ) from None
    return crypto


def _load(certificate: str, key: str | None) -> tuple[list[Any], Any]:
    """The certificate with those that it leans on, and its key."""
    crypto = _crypto()
    chain = [
        _certificateIn(pem, certificate, crypto)
        for pem in _CERTIFICATE.findall(_contents(certificate, "certificate"))
    ]
    if not chain:
        raise WrongCertificate(
            f"{certificate!r} holds no certificate in PEM form, which is text that begins with "
            "-----BEGIN CERTIFICATE-----"
        )
    privateKey = _keyIn(key or certificate, crypto)
    if chain[0].to_cryptography().public_key() != privateKey.to_cryptography_key().public_key():
        raise WrongCertificate(
            f"the private key in {key or certificate!r} does not belong to the first certificate "
            f"in {certificate!r}",
            inKey=True,
        )
    return chain, privateKey


def _selfSigned() -> Any:
    """A certificate for this machine alone, which lasts as long as this process."""
    from tempfile import TemporaryDirectory

    from twisted.internet._tls.selfsigned import selfSignedCertificate

    with TemporaryDirectory() as folder:
        made = selfSignedCertificate(("localhost", "127.0.0.1", "::1"), folder)
        return contextFor(*made)


def _contents(path: str, what: str) -> bytes:
    try:
        with open(path, "rb") as file:
            # Certificates and keys are small; a device or a log would be read for ever.
            return file.read(1 << 20)
    except OSError as error:
        raise WrongCertificate(
            f"the {what} {path!r} cannot be read: {error.strerror}", inKey=what == "key"
        ) from None


def _certificateIn(pem: bytes, path: str, crypto: Any) -> Any:
    try:
        return crypto.load_certificate(crypto.FILETYPE_PEM, pem)
    except (crypto.Error, ValueError):
        raise WrongCertificate(f"{path!r} holds a damaged certificate") from None


def _keyIn(path: str, crypto: Any) -> Any:
    pem = _contents(path, "key")
    if b"PRIVATE KEY-----" not in pem:
        raise WrongCertificate(
            f"{path!r} holds no private key in PEM form; if the key is another file, "
            'name it: key = "..."',
            inKey=True,
        )
    if b"ENCRYPTED" in pem:
        raise WrongCertificate(
            f"the private key in {path!r} is locked with a passphrase; "
            "a key for a server stands without one, in a file that only the server can read",
            inKey=True,
        )
    try:
        return crypto.load_privatekey(crypto.FILETYPE_PEM, pem)
    except (crypto.Error, ValueError, TypeError):
        raise WrongCertificate(f"{path!r} holds a damaged private key", inKey=True) from None
