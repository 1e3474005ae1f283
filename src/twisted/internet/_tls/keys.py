"""Keys, and how they are written."""

from __future__ import annotations

from hashlib import md5
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from .openssl import crypto

_encodings: dict[object, Encoding] = {
    crypto.FILETYPE_PEM: Encoding.PEM,
    crypto.FILETYPE_ASN1: Encoding.DER,
}


def encodingFor(fileType: object) -> Encoding:
    """
    Translate pyOpenSSL's ``FILETYPE_PEM`` and ``FILETYPE_ASN1``.

    Raises: ValueError for anything else.
    """
    encoding = _encodings.get(fileType)
    if encoding is None:
        raise ValueError(f"{fileType!r} is neither FILETYPE_PEM (1) nor FILETYPE_ASN1 (2)")
    return encoding


class PublicKey:
    """
    The public half of a key pair.

    Attributes:
        original: the key as pyOpenSSL has it.
    """

    def __init__(self, osslpkey: crypto.PKey) -> None:
        self.original = osslpkey

    def _spki(self) -> bytes:
        key: Any = self.original.to_cryptography_key()
        public = key.public_key() if hasattr(key, "public_key") else key
        der: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return der

    def matches(self, otherKey: PublicKey) -> bool:
        """Whether these are the same key, or the two halves of a pair."""
        return self._spki() == otherKey._spki()

    def keyHash(self) -> str:
        """
        A short name for the key, to tell keys apart when people look at them.

        Returns: the MD5 of its SubjectPublicKeyInfo (RFC 5280 section 4.1), in hexadecimal. It
            is no proof of anything.
        """
        return md5(self._spki(), usedforsecurity=False).hexdigest()

    def inspect(self) -> str:
        """Describe the key for people to read."""
        return f"Public Key with Hash: {self.keyHash()}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.keyHash()}>"


def loadPrivateKey(data: bytes | str, fileType: int) -> crypto.PKey:
    """
    Read a private key.

    Raises:
        ``OpenSSL.crypto.Error``: for what is no key.
        ValueError: for an unknown type of file.
    """
    encodingFor(fileType)
    if isinstance(data, str):
        data = data.encode("utf-8")
    if fileType == crypto.FILETYPE_ASN1:
        return crypto.load_privatekey(fileType, data)
    # An encrypted key is an error; without any passphrase OpenSSL would ask on the terminal.
    return crypto.load_privatekey(fileType, data, passphrase=b"")


def dumpPrivateKey(key: crypto.PKey, fileType: int) -> bytes:
    """Write a private key as PKCS 8, not encrypted."""
    private: Any = key.to_cryptography_key()
    written: bytes = private.private_bytes(
        encodingFor(fileType), PrivateFormat.PKCS8, NoEncryption()
    )
    return written


def describeKind(key: crypto.PKey) -> str:
    """Tell the kind of a key: RSA, DSA, or the name of its Python class without frills."""
    kind = {crypto.TYPE_RSA: "RSA", crypto.TYPE_DSA: "DSA"}.get(key.type())
    if kind is None:
        kind = type(key.to_cryptography_key()).__name__.replace("PrivateKey", "").strip("_")
        kind = {"EllipticCurve": "EC", "EC": "EC"}.get(kind, kind)
    return kind
