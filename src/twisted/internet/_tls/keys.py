"""Keys, and how they are written."""

from __future__ import annotations

from hashlib import md5
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
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


_known: WeakKeyDictionary[crypto.PKey, tuple[bytes, Any]] = WeakKeyDictionary()


def _spkiOf(key: crypto.PKey) -> bytes:
    """The SubjectPublicKeyInfo of a key (RFC 5280 section 4.1), as DER."""
    return crypto.dump_publickey(crypto.FILETYPE_ASN1, key)


def keyOf(key: crypto.PKey) -> Any:
    """
    Translate a key into one of the cryptography package.

    An RSA key is checked on the way, which takes some 40 ms: what was translated is kept as long as
    pyOpenSSL's object lives, and is that key.
    """
    spki = _spkiOf(key)
    known = _known.get(key)
    if known is None or known[0] != spki:
        known = _known[key] = spki, key.to_cryptography_key()
    return known[1]


def privateKeyFrom(key: Any) -> crypto.PKey:
    """Translate a private key of the cryptography package into one of pyOpenSSL."""
    translated = crypto.PKey.from_cryptography_key(key)
    _known[translated] = _spkiOf(translated), key
    return translated


class PublicKey:
    """
    The public half of a key pair.

    Attributes:
        original: the key as pyOpenSSL has it.
    """

    def __init__(self, osslpkey: crypto.PKey) -> None:
        self.original = osslpkey

    def matches(self, otherKey: PublicKey) -> bool:
        """Whether these are the same key, or the two halves of a pair."""
        return _spkiOf(self.original) == _spkiOf(otherKey.original)

    def keyHash(self) -> str:
        """
        A short name for the key, to tell keys apart when people look at them.

        Returns: the MD5 of its SubjectPublicKeyInfo (RFC 5280 section 4.1), in hexadecimal. It
            is no proof of anything.
        """
        return md5(_spkiOf(self.original), usedforsecurity=False).hexdigest()

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
    encoding = encodingFor(fileType)
    written: bytes = keyOf(key).private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())
    return written


def describeKind(key: crypto.PKey) -> str:
    """Tell the kind of a key: RSA, DSA, or the name of its Python class without frills."""
    kind = {crypto.TYPE_RSA: "RSA", crypto.TYPE_DSA: "DSA"}.get(key.type())
    if kind is None:
        kind = type(keyOf(key)).__name__.replace("PrivateKey", "").strip("_")
        kind = {"EllipticCurve": "EC", "EC": "EC"}.get(kind, kind)
    return kind
