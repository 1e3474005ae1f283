"""
The one door to OpenSSL: every room of TLS takes ``SSL`` and ``crypto`` from here.

Where pyOpenSSL is missing, its ImportError is answered with what to install, once, instead of
in each room. ``lib`` and ``ffi`` are the C functions beneath pyOpenSSL's classes; only
`twisted.internet._tls.records` calls them, and it can do without.
"""

from __future__ import annotations

try:
    from OpenSSL import SSL as SSL
    from OpenSSL import crypto as crypto
except ImportError as missing:
    raise ImportError(
        f"TLS needs pyOpenSSL, service-identity and idna, which are not here ({missing}); "
        "get them with: pip install torsion[tls]",
        name=missing.name,
    ) from missing

__all__ = ["SSL", "crypto"]
