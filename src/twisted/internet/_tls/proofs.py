"""
The check that a certificate is for one name, by the service_identity package.

This room is imported where the first client is made: the package takes tens of milliseconds to
import, and a server has no use for it.
"""

from __future__ import annotations

from typing import Any

from cryptography.x509 import load_der_x509_certificate

from .openssl import crypto

try:
    from service_identity.cryptography import extract_patterns
    from service_identity.exceptions import CertificateError as CertificateError
    from service_identity.exceptions import VerificationError as VerificationError
    from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
except ImportError as missing:
    raise ImportError(
        "TLS needs service-identity 23.1 or newer, to check the names of servers "
        f"({missing}); get it with: pip install torsion[tls]",
        name=missing.name,
    ) from missing

__all__ = ["CertificateError", "Proof", "VerificationError"]


class Proof:
    """
    The check of one name, which remembers the last certificate that was for it.

    To read that again at every connection is a tenth of what a client's handshake costs.

    Args:
        hostname: the name in ASCII, or the address.
        isDNS: whether it is a name.
    """

    def __init__(self, hostname: str, isDNS: bool) -> None:
        self._identity = DNS_ID(hostname) if isDNS else IPAddress_ID(hostname)
        self._proven = b""

    def check(self, certificate: Any) -> None:
        """Raises: VerificationError or CertificateError for a certificate that is not for it."""
        encoded = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
        if encoded != self._proven:
            patterns = extract_patterns(load_der_x509_certificate(encoded))
            verify_service_identity(patterns, [self._identity], [])
            self._proven = encoded
