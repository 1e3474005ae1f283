"""
A certificate that nobody vouches for, made in a moment: for demonstrations, tests, and the first
hour of a new server. Clients do not trust it unless they are told to.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from twisted.internet import _idna

if TYPE_CHECKING:
    from cryptography import x509

certificateFileName = "certificate.pem"
keyFileName = "key.pem"


def selfSignedCertificate(
    names: Sequence[str],
    folder: str | os.PathLike[str],
    *,
    validDays: float = 90,
    replace: bool = False,
) -> tuple[str, str]:
    """
    See that a folder holds a key and a certificate for some names, signed by that key.

    What is there already is used again, if it is for all of these names and valid for another
    day. A new key is on the curve P-256; its file can be read by its owner only.

    Args:
        names: host names and IP addresses, at least one; the first is the common name too.
        folder: where to put ``certificate.pem`` and ``key.pem``; it is made if need be.
        validDays: how long a new certificate is valid.
        replace: whether to overwrite files that do not serve.
    Returns: the paths of the certificate and of the key.
    Raises:
        FileExistsError: for files that do not serve, unless they may be replaced.
        ValueError: without any names.
        UnicodeError: for what cannot be a name.
    """
    if not names:
        raise ValueError("a certificate must be for somebody: give at least one name or address")
    folder = os.fspath(folder)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    certificatePath = os.path.join(folder, certificateFileName)
    keyPath = os.path.join(folder, keyFileName)
    present = [path for path in (certificatePath, keyPath) if os.path.lexists(path)]
    if present:
        fault = _faultOf(certificatePath, keyPath, names)
        if fault is None:
            return certificatePath, keyPath
        if not replace:
            raise FileExistsError(
                f"{present[0]} is there already, but {fault}; remove {' and '.join(present)}, "
                "or take another folder"
            )
        for path in present:
            os.remove(path)
    certificate, key = _make(names, validDays)
    _writeNew(keyPath, key, 0o600)
    _writeNew(certificatePath, certificate, 0o644)
    return certificatePath, keyPath


def _writeNew(path: str, content: bytes, mode: int) -> None:
    """Write a file that did not exist; its mode is right from the first moment."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(content)


def _generalName(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        wildcard, plain = ("*.", name[2:]) if name.startswith("*.") else ("", name)
        return x509.DNSName(wildcard + _idna._idnaBytes(plain).decode("ascii"))


def _make(names: Sequence[str], validDays: float) -> tuple[bytes, bytes]:
    """The certificate and the key, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    # At most 64 characters fit (RFC 5280 appendix A); nobody reads more than the other names.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    now = datetime.now(timezone.utc)
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks differ: peers whose clock is an hour late shall take it too.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=validDays))
        .add_extension(x509.SubjectAlternativeName(map(_generalName, names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _faultOf(certificatePath: str, keyPath: str, names: Sequence[str]) -> str | None:
    """Why these files do not serve these names; None if they do."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with open(certificatePath, "rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read())
        with open(keyPath, "rb") as file:
            key = load_pem_private_key(file.read(), password=None)
    except OSError as error:
        return f"{error.filename} cannot be read ({error.strerror})"
    except (ValueError, TypeError):
        return "the two files are not a certificate and a key in PEM"
    if certificate.public_key() != key.public_key():
        return "the key and the certificate do not belong together"
    if certificate.not_valid_after_utc < datetime.now(timezone.utc) + timedelta(days=1):
        return f"the certificate is valid until {certificate.not_valid_after_utc:%Y-%m-%d} only"
    try:
        present = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return "the certificate is for no names at all"
    missing = [name for name in names if _generalName(name) not in present]
    return f"the certificate is not for {', '.join(missing)}" if missing else None
