"""
Whether the server is who we meant to call: the name in its certificate, RFC 9525.

Whether the certificate itself is to be trusted is OpenSSL's work. This room adds the name, by
the service_identity package, while the handshake goes on: before the client has sent a byte. The
check itself is in `proofs`, which is imported with the first client, for it costs servers dear.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import ref

from zope.interface import implementer

from twisted.internet import _idna
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.logger import Logger
from twisted.python.failure import Failure

from .openssl import SSL
from .options import OpenSSLCertificateOptions

if TYPE_CHECKING:
    from .layer import TLSMemoryBIOProtocol
    from .proofs import Proof

_log = Logger()

Verify = Callable[[Any, Any, int, int, int], bool]


def _isAddress(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True


def _verifyCB(
    tlsProtocol: TLSMemoryBIOProtocol,
    hostIsDNS: bool,
    hostnameASCII: str,
    proof: Proof | None = None,
) -> Verify:
    """
    Make the callback by which OpenSSL asks about each certificate of a chain.

    OpenSSL keeps it where Python's garbage collector does not see it, so it does not keep the
    protocol alive.
    """
    from .proofs import CertificateError, Proof, VerificationError

    check = (proof or Proof(hostnameASCII, hostIsDNS)).check
    protocol = ref(tlsProtocol)

    def verify(connection: Any, certificate: Any, error: int, depth: int, ok: int) -> bool:
        # Depth 0 is the server's own certificate, and the last that we are asked about.
        if depth or not ok:
            return bool(ok)
        try:
            check(certificate)
        except (VerificationError, CertificateError):  # another name, or no names at all
            _fail(protocol(), Failure())
        except Exception:
            failure = Failure()
            _log.failure(
                "while checking that a certificate is for {name}", failure, name=hostnameASCII
            )
            _fail(protocol(), failure)
        return True

    return verify


def _fail(tlsProtocol: TLSMemoryBIOProtocol | None, reason: Failure) -> None:
    # The frames of a failure lead back to the protocol: a circle as long as that keeps it.
    reason.cleanFailure()
    if tlsProtocol is not None:
        tlsProtocol.failVerification(reason)


@implementer(IOpenSSLClientConnectionCreator)
class ClientTLSOptions:
    """
    Makes the connections of a client to one host, which must show a certificate for it.

    Args:
        createConnection: makes the connection for a TLS protocol.
        hostname: a name, in Unicode if need be, or an IP address.
        sendServerName: whether to tell the server which name is meant (RFC 6066 section 3, SNI).
            By default it is told names, but not addresses, which the RFC forbids.
    """

    def __init__(
        self,
        createConnection: Callable[[TLSMemoryBIOProtocol], SSL.Connection],
        hostname: str,
        sendServerName: bool | None = None,
    ) -> None:
        from .proofs import Proof

        self._makeProof = Proof
        self._createConnection = createConnection
        self._hostname = hostname
        self._hostnameIsDnsName = not _isAddress(hostname)
        self._hostnameBytes = (
            _idna._idnaBytes(hostname) if self._hostnameIsDnsName else hostname.encode("ascii")
        )
        self._hostnameASCII = self._hostnameBytes.decode("ascii")
        self._sendServerName = self._hostnameIsDnsName if sendServerName is None else sendServerName

    @cached_property
    def _proof(self) -> Proof:
        return self._makeProof(self._hostnameASCII, self._hostnameIsDnsName)

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a connection that checks the server's name."""
        connection = self._createConnection(tlsProtocol)
        if self._sendServerName:
            connection.set_tlsext_host_name(self._hostnameBytes)
        connection.set_verify(
            connection.get_verify_mode() | SSL.VERIFY_PEER,
            _verifyCB(tlsProtocol, self._hostnameIsDnsName, self._hostnameASCII, self._proof),
        )
        return connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self._hostname}>"


def optionsForClientTLS(
    hostname: str,
    trustRoot: Any = None,
    clientCertificate: Any = None,
    acceptableProtocols: Sequence[bytes] | None = None,
    *,
    extraCertificateOptions: dict[str, Any] | None = None,
    sendServerName: bool | None = None,
) -> Any:
    """
    Make what a client needs to call one host safely.

    Args:
        hostname: whom to call, as text: a name or an IP address.
        trustRoot: whose word on certificates counts; the platform's authorities by default.
        clientCertificate: a PrivateCertificate to show if the server asks.
        acceptableProtocols: names for ALPN, best first.
        extraCertificateOptions: further arguments of CertificateOptions.
        sendServerName: whether to send the name to the server (SNI): by default where it is a
            name.
    Returns: an IOpenSSLClientConnectionCreator, to be given to ``wrapClientTLS`` and the like.
    Raises:
        TypeError: for a host name that is no text.
        UnicodeError: for one that cannot be a host name.
    """
    # Replaced in tests of programs, where this function is looked for too.
    from twisted.internet import _sslverify as face

    if not isinstance(hostname, str):
        raise TypeError(
            "optionsForClientTLS requires text for host names, not " + type(hostname).__name__
        )
    arguments = dict(extraCertificateOptions or {})
    if clientCertificate is not None:
        arguments["privateKey"] = clientCertificate.privateKey.original
        arguments["certificate"] = clientCertificate.original
    options = OpenSSLCertificateOptions(
        trustRoot=face.platformTrust() if trustRoot is None else trustRoot,
        acceptableProtocols=acceptableProtocols,
        **arguments,
    )
    return ClientTLSOptions(options.clientConnectionForTLS, hostname, sendServerName)
