"""
Where programs look for the classes behind `twisted.internet.ssl` by their older names.

Everything is made in `twisted.internet._tls`. `platformTrust` is looked up here each time that
`optionsForClientTLS` needs it, so that a replacement takes effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted._faces import handOn
from twisted.internet._tls.certificates import CertBase as CertBase
from twisted.internet._tls.certificates import Certificate as Certificate
from twisted.internet._tls.certificates import CertificateRequest as CertificateRequest
from twisted.internet._tls.certificates import KeyPair as KeyPair
from twisted.internet._tls.certificates import PrivateCertificate as PrivateCertificate
from twisted.internet._tls.certificates import (
    trustRootFromCertificates as trustRootFromCertificates,
)
from twisted.internet._tls.ciphers import OpenSSLAcceptableCiphers as OpenSSLAcceptableCiphers
from twisted.internet._tls.ciphers import OpenSSLCipher as OpenSSLCipher
from twisted.internet._tls.ciphers import (
    OpenSSLDiffieHellmanParameters as OpenSSLDiffieHellmanParameters,
)
from twisted.internet._tls.ciphers import (
    _ChooseDiffieHellmanEllipticCurve as _ChooseDiffieHellmanEllipticCurve,
)
from twisted.internet._tls.ciphers import _defaultCurveName as _defaultCurveName
from twisted.internet._tls.ciphers import _expandCipherString as _expandCipherString
from twisted.internet._tls.keys import PublicKey as PublicKey
from twisted.internet._tls.names import DistinguishedName as DistinguishedName
from twisted.internet._tls.openssl import SSL as SSL
from twisted.internet._tls.options import OpenSSLCertificateOptions as OpenSSLCertificateOptions
from twisted.internet._tls.options import TLSVersion as TLSVersion
from twisted.internet._tls.trust import IOpenSSLTrustRoot as IOpenSSLTrustRoot
from twisted.internet._tls.trust import (
    OpenSSLCertificateAuthorities as OpenSSLCertificateAuthorities,
)
from twisted.internet._tls.trust import OpenSSLDefaultPaths as OpenSSLDefaultPaths
from twisted.internet._tls.trust import platformTrust as platformTrust
from twisted.internet._tls.verification import ClientTLSOptions as ClientTLSOptions
from twisted.internet._tls.verification import _verifyCB as _verifyCB
from twisted.internet._tls.verification import optionsForClientTLS as optionsForClientTLS
from twisted.internet.error import VerifyError as VerifyError
from twisted.internet.interfaces import ICipher as ICipher

if TYPE_CHECKING:
    from twisted.internet._tls.proofs import VerificationError as VerificationError

DN = DistinguishedName


def __getattr__(name: str) -> Any:
    if name != "VerificationError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # With it comes a package that servers need not pay for.
    from twisted.internet._tls.proofs import VerificationError

    return VerificationError


# `IOpenSSLTrustRoot` keeps the module that zope.interface gave it: adapters are found by it.
handOn(
    __name__,
    CertBase,
    Certificate,
    CertificateRequest,
    ClientTLSOptions,
    DistinguishedName,
    KeyPair,
    OpenSSLAcceptableCiphers,
    OpenSSLCertificateAuthorities,
    OpenSSLCertificateOptions,
    OpenSSLCipher,
    OpenSSLDefaultPaths,
    OpenSSLDiffieHellmanParameters,
    PrivateCertificate,
    PublicKey,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)

__all__ = [
    "DN",
    "SSL",
    "CertBase",
    "Certificate",
    "CertificateRequest",
    "ClientTLSOptions",
    "DistinguishedName",
    "ICipher",
    "IOpenSSLTrustRoot",
    "KeyPair",
    "OpenSSLAcceptableCiphers",
    "OpenSSLCertificateAuthorities",
    "OpenSSLCertificateOptions",
    "OpenSSLCipher",
    "OpenSSLDefaultPaths",
    "OpenSSLDiffieHellmanParameters",
    "PrivateCertificate",
    "PublicKey",
    "TLSVersion",
    "VerificationError",
    "VerifyError",
    "_ChooseDiffieHellmanEllipticCurve",
    "_defaultCurveName",
    "_expandCipherString",
    "_verifyCB",
    "optionsForClientTLS",
    "platformTrust",
    "trustRootFromCertificates",
]
