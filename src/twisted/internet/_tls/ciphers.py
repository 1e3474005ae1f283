"""
Which cipher suites, curves and Diffie-Hellman groups may be used.

Suites are named as OpenSSL names them. Those of TLS 1.3 are not chosen here: OpenSSL keeps its
own short list of them, and every one is sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IAcceptableCiphers, ICipher

from .openssl import SSL

if TYPE_CHECKING:
    from twisted.python.filepath import FilePath

_defaultCurveName = "prime256v1"

# Forward secrecy and authenticated encryption first; block ciphers and a plain RSA key exchange
# last, for old peers of TLS 1.2 that have nothing better. Nothing anonymous, nothing unsealed.
_defaultCipherString = (
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:kRSA+AESGCM:kRSA+AES"
    ":!aNULL:!eNULL:!PSK:!SRP:!DSS:!MD5"
)


@implementer(ICipher)
@dataclass(frozen=True, order=True)
class OpenSSLCipher:
    """A cipher suite by OpenSSL's name for it."""

    fullName: str


def _expandCipherString(cipherString: str, method: int, options: int) -> tuple[ICipher, ...]:
    """
    List the suites that OpenSSL's little language of ciphers stands for, best first.

    Args:
        method: of the context to ask, such as ``SSL.TLS_METHOD``.
        options: of that context.
    Returns: no suites at all where none matches.
    """
    context = SSL.Context(method)
    context.set_options(options)
    try:
        context.set_cipher_list(cipherString.encode("ascii"))
    except SSL.Error as error:
        if error.args[0] and error.args[0][0][2] == "no cipher match":
            return ()
        raise
    return tuple(OpenSSLCipher(name) for name in SSL.Connection(context, None).get_cipher_list())


@implementer(IAcceptableCiphers)
class OpenSSLAcceptableCiphers:
    """The suites that may be used, best first; public as ``ssl.AcceptableCiphers``."""

    def __init__(self, ciphers: Iterable[ICipher]) -> None:
        self._ciphers = tuple(ciphers)

    @classmethod
    def fromOpenSSLCipherString(cls, cipherString: str) -> OpenSSLAcceptableCiphers:
        """Take the suites from a string such as ``"ECDHE+AESGCM:!aNULL"``."""
        return cls(_expandCipherString(cipherString, SSL.TLS_METHOD, 0))

    def selectCiphers(self, availableCiphers: Sequence[ICipher]) -> tuple[ICipher, ...]:
        """Those of ours that are available, in our order."""
        return tuple(cipher for cipher in self._ciphers if cipher in availableCiphers)


@lru_cache(maxsize=1)
def defaultCiphers() -> OpenSSLAcceptableCiphers:
    """What is acceptable where nobody says anything else."""
    return OpenSSLAcceptableCiphers.fromOpenSSLCipherString(_defaultCipherString)


@lru_cache(maxsize=1)
def _knownCiphers() -> tuple[ICipher, ...]:
    return _expandCipherString("ALL", SSL.TLS_METHOD, 0)


@lru_cache(maxsize=32)
def _joined(acceptable: OpenSSLAcceptableCiphers) -> str:
    return ":".join(c.fullName for c in acceptable.selectCiphers(_knownCiphers()))


def cipherStringFor(acceptable: IAcceptableCiphers | None) -> str:
    """
    Join the chosen suites for OpenSSL.

    Raises: ValueError where this OpenSSL has none of them.
    """
    if acceptable is None:
        acceptable = defaultCiphers()
    if type(acceptable) is OpenSSLAcceptableCiphers:
        joined = _joined(acceptable)
    else:
        joined = ":".join(c.fullName for c in acceptable.selectCiphers(_knownCiphers()))
    if not joined:
        raise ValueError(
            f"none of the acceptable ciphers ({acceptable!r}) exists in this OpenSSL; "
            "ssl.AcceptableCiphers.fromOpenSSLCipherString('ALL') lists those that do"
        )
    return joined


class OpenSSLDiffieHellmanParameters:
    """A file with parameters for Diffie-Hellman; public as ``ssl.DiffieHellmanParameters``."""

    def __init__(self, parameters: FilePath[Any]) -> None:
        self._dhFile = parameters

    @classmethod
    def fromFile(cls, filePath: FilePath[Any]) -> OpenSSLDiffieHellmanParameters:
        """
        Use what ``openssl dhparam`` wrote.

        Args:
            filePath: of a PEM file; it is read when a context is made.
        """
        return cls(filePath)


class _ChooseDiffieHellmanEllipticCurve:
    """
    Sees to elliptic curves where OpenSSL itself does not: before its version 1.1.0.

    Args:
        openSSLVersion: its ``OPENSSL_VERSION_NUMBER``.
        openSSLlib: its C functions.
        openSSLcrypto: pyOpenSSL's ``crypto`` module.
    """

    def __init__(self, openSSLVersion: int, openSSLlib: Any, openSSLcrypto: Any) -> None:
        self._lib = openSSLlib
        self._crypto = openSSLcrypto
        self._knowsCurves = openSSLVersion >= 0x1_01_00_00_0
        self._knowsAuto = openSSLVersion >= 0x1_00_02_00_0

    def configureECDHCurve(self, ctx: Any) -> None:
        """Give a context curves. Without them TLS works all the same, so no error matters."""
        if self._knowsCurves:
            return
        try:
            if self._knowsAuto:
                self._lib.SSL_CTX_set_ecdh_auto(ctx._context, True)
            else:
                ctx.set_tmp_ecdh(self._crypto.get_elliptic_curve(_defaultCurveName))
        except BaseException:
            pass
