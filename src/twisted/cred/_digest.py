"""
The arithmetic of digest authentication.

Source: RFC 2617 section 3.2.2 (RFC 7616 section 3.4 for SHA-256), whose names A1, A2, HA1 and HA2
are kept; hashes are in hexadecimal, as on the wire.
"""

from __future__ import annotations

from hashlib import md5, sha1, sha256
from typing import Any, Final

__all__ = ["algorithms", "calcHA1", "calcHA2", "calcResponse"]

algorithms: Final[dict[bytes, Any]] = {
    b"md5": md5,
    b"md5-sess": md5,
    b"sha": sha1,
    b"sha-256": sha256,
    b"sha-256-sess": sha256,
}
"""The hash of each algorithm that a client may name, in small letters."""


def _hash(algorithm: bytes, *parts: bytes) -> bytes:
    return algorithms[algorithm](b":".join(parts)).hexdigest().encode("ascii")  # type: ignore[no-any-return]  # hashlib's types differ


def calcHA1(
    pszAlg: bytes,
    pszUserName: bytes | None,
    pszRealm: bytes | None,
    pszPassword: bytes | None,
    pszNonce: bytes,
    pszCNonce: bytes,
    preHA1: bytes | None = None,
) -> bytes:
    """
    Make H(A1), which stands for the user.

    Args:
        pszAlg: a key of `algorithms`.
        pszUserName: the user.
        pszRealm: the realm.
        pszPassword: the password.
        pszNonce: the server's nonce, for a session's algorithm.
        pszCNonce: the client's nonce, for a session's algorithm.
        preHA1: the hash of user, realm and password, for who does not know the password; the
            three are None then.
    Raises: TypeError if both are given.
    Source: RFC 2617 section 3.2.2.2.
    """
    user = (pszUserName, pszRealm, pszPassword)
    if preHA1 is None:
        preHA1 = _hash(pszAlg, *(each or b"" for each in user))
    elif user != (None, None, None):
        raise TypeError("preHA1 stands for user, realm and password; those must be None beside it")
    if pszAlg.endswith(b"-sess"):
        return _hash(pszAlg, preHA1, pszNonce, pszCNonce)
    return preHA1


def calcHA2(
    algo: bytes,
    pszMethod: bytes,
    pszDigestUri: bytes,
    pszQop: bytes | None,
    pszHEntity: bytes | None,
) -> bytes:
    """
    Make H(A2), which stands for the request.

    Args:
        algo: a key of `algorithms`.
        pszMethod: the request's method.
        pszDigestUri: what it asks for.
        pszQop: b"auth-int" protects the body, too.
        pszHEntity: the hash of the body, for that.
    Source: RFC 2617 section 3.2.2.3.
    """
    if pszQop == b"auth-int":
        return _hash(algo, pszMethod, pszDigestUri, pszHEntity or b"")
    return _hash(algo, pszMethod, pszDigestUri)


def calcResponse(
    HA1: bytes,
    HA2: bytes,
    algo: bytes,
    pszNonce: bytes,
    pszNonceCount: bytes | None,
    pszCNonce: bytes | None,
    pszQop: bytes | None,
) -> bytes:
    """
    Make what a client that knows the password answers.

    Args:
        HA1: of `calcHA1`.
        HA2: of `calcHA2`.
        algo: a key of `algorithms`.
        pszNonce: the server's nonce.
        pszNonceCount: how often the client has used it: eight hexadecimal digits.
        pszCNonce: the client's nonce.
        pszQop: the quality of protection; where one of the three is missing, the older form of
            RFC 2069 is made.
    Source: RFC 2617 section 3.2.2.1.
    """
    if pszNonceCount and pszCNonce and pszQop:
        return _hash(algo, HA1, pszNonce, pszNonceCount, pszCNonce, pszQop, HA2)
    return _hash(algo, HA1, pszNonce, HA2)
