"""
Everything that one can want of a TLS connection, in one object: `OpenSSLCertificateOptions`,
public as ``ssl.CertificateOptions``.

The defaults are meant to be right for a server and for a client: TLS 1.2 or better, sound
ciphers, no compression, no renegotiation. A client that should know whom it talks to comes
from ``ssl.optionsForClientTLS``, which adds trust and the check of the name.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from OpenSSL import __version__ as pyOpenSSLVersion
from zope.interface import implementer

from twisted.internet.interfaces import (
    IAcceptableCiphers,
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
)
from twisted.logger._constants import NamedConstant, Names
from twisted.python.deprecate import _mutuallyExclusiveArguments

from .ciphers import OpenSSLDiffieHellmanParameters, cipherStringFor
from .keys import keyOf
from .negotiation import acceptableTo, offer, selectBy
from .openssl import SSL, crypto
from .trust import IOpenSSLTrustRoot, OpenSSLCertificateAuthorities

if TYPE_CHECKING:
    from .layer import TLSMemoryBIOProtocol


class TLSVersion(Names):
    """The versions of SSL and TLS, oldest first. Only the last two are safe to use."""

    SSLv3 = NamedConstant()
    TLSv1_0 = NamedConstant()
    TLSv1_1 = NamedConstant()
    TLSv1_2 = NamedConstant()
    TLSv1_3 = NamedConstant()


_versions = tuple(TLSVersion.iterconstants())

_optionWithout = {
    TLSVersion.SSLv3: SSL.OP_NO_SSLv3,
    TLSVersion.TLSv1_0: SSL.OP_NO_TLSv1,
    TLSVersion.TLSv1_1: SSL.OP_NO_TLSv1_1,
    TLSVersion.TLSv1_2: SSL.OP_NO_TLSv1_2,
    TLSVersion.TLSv1_3: SSL.OP_NO_TLSv1_3,
}

# pyOpenSSL would rather not be given objects of its own any more.
_takesCryptography = tuple(map(int, pyOpenSSLVersion.split(".")[:2])) >= (25, 1)

_alwaysOptions = (
    SSL.OP_NO_SSLv2
    | SSL.OP_NO_COMPRESSION
    | SSL.OP_CIPHER_SERVER_PREFERENCE
    | getattr(SSL, "OP_NO_RENEGOTIATION", 0)
)


def _optionsForVersions(oldest: NamedConstant, newest: NamedConstant | None) -> int:
    """The options that leave only the versions from one to another; no newest means any."""
    low = _versions.index(oldest)
    high = len(_versions) - 1 if newest is None else _versions.index(newest)
    options = 0
    for place, version in enumerate(_versions):
        if not low <= place <= high:
            options |= _optionWithout[version]
    return options


def _oldestWanted(
    default: NamedConstant,
    raiseMinimumTo: NamedConstant | None,
    insecurelyLowerMinimumTo: NamedConstant | None,
    lowerMaximumSecurityTo: NamedConstant | None,
) -> NamedConstant:
    """
    The oldest version to speak.

    Raises: ValueError where it would be newer than the newest.
    """
    for name, wanted in (
        ("raiseMinimumTo", raiseMinimumTo),
        ("insecurelyLowerMinimumTo", insecurelyLowerMinimumTo),
    ):
        if wanted and lowerMaximumSecurityTo and wanted > lowerMaximumSecurityTo:
            raise ValueError(f"{name} needs to be lower than lowerMaximumSecurityTo")
    oldest = insecurelyLowerMinimumTo or max(default, raiseMinimumTo or default)
    # Whoever lowers the newest version below our default oldest one wants that version.
    return min(oldest, lowerMaximumSecurityTo or oldest)


@implementer(
    IOpenSSLContextFactory, IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
)
class OpenSSLCertificateOptions:
    """
    Makes contexts and connections that follow these options.

    The context is made once, when it is first needed: change attributes before that.
    """

    _contextFactory: Callable[[int], Any] = SSL.Context
    _context: Any = None
    _OP_NO_TLSv1_3 = SSL.OP_NO_TLSv1_3
    _defaultMinimumTLSVersion = TLSVersion.TLSv1_2

    @_mutuallyExclusiveArguments(
        [
            ["trustRoot", "requireCertificate"],
            ["trustRoot", "verify"],
            ["trustRoot", "caCerts"],
            ["method", "insecurelyLowerMinimumTo"],
            ["method", "raiseMinimumTo"],
            ["raiseMinimumTo", "insecurelyLowerMinimumTo"],
            ["method", "lowerMaximumSecurityTo"],
        ]
    )
    def __init__(
        self,
        privateKey: crypto.PKey | None = None,
        certificate: crypto.X509 | None = None,
        method: int | None = None,
        verify: bool = False,
        caCerts: list[crypto.X509] | None = None,
        verifyDepth: int = 9,
        requireCertificate: bool = True,
        verifyOnce: bool = True,
        enableSingleUseKeys: bool = True,
        enableSessions: bool = False,
        fixBrokenPeers: bool = False,
        enableSessionTickets: bool = False,
        extraCertChain: list[crypto.X509] | None = None,
        acceptableCiphers: IAcceptableCiphers | None = None,
        dhParameters: OpenSSLDiffieHellmanParameters | None = None,
        trustRoot: Any = None,
        acceptableProtocols: Sequence[bytes] | None = None,
        raiseMinimumTo: NamedConstant | None = None,
        insecurelyLowerMinimumTo: NamedConstant | None = None,
        lowerMaximumSecurityTo: NamedConstant | None = None,
        contextForServerName: Callable[[bytes | None], SSL.Context | None] | None = None,
    ) -> None:
        """
        Args:
            privateKey: of this side, with ``certificate``; a server needs both.
            certificate: of this side.
            method: old: an OpenSSL method. Use the three arguments on versions instead.
            verify: whether to check the peer's certificate against ``caCerts``. Use
                ``trustRoot`` instead.
            caCerts: authorities for ``verify``.
            verifyDepth: how many certificates a chain may have at most.
            requireCertificate: whether a server refuses clients without a certificate, where it
                verifies at all.
            verifyOnce: whether a client is asked for its certificate once in a connection only.
            enableSingleUseKeys: whether each handshake makes a new ephemeral key.
            enableSessions: whether clients may take up a session of before.
            fixBrokenPeers: whether to work around peers with faults.
            enableSessionTickets: whether such sessions are kept by the client (RFC 5077).
            extraCertChain: the certificates between ours and a root, ours' issuer first.
            acceptableCiphers: which cipher suites may be used up to TLS 1.2.
            dhParameters: for Diffie-Hellman without curves.
            trustRoot: whom to trust (`ssl.platformTrust`, `ssl.trustRootFromCertificates`, a
                Certificate): the peer must show a certificate, and it is checked.
            acceptableProtocols: names for ALPN, best first.
            raiseMinimumTo: the oldest version of TLS, if it is newer than the default.
            insecurelyLowerMinimumTo: the oldest version, however old.
            lowerMaximumSecurityTo: the newest version.
            contextForServerName: called on a server in each handshake, with the name that the
                client asked for, or None; returns a context with the certificate for it, or None
                to go on with this one. If it raises, the connection is aborted and the error
                is logged.
        Raises:
            ValueError: for what is incomplete or contradicts itself.
            TypeError: for two arguments that exclude each other.
        """
        if bool(privateKey) != bool(certificate):
            raise ValueError(
                "privateKey and certificate go together: give both, or neither (for a client)"
            )
        if extraCertChain and not privateKey:
            raise ValueError("extraCertChain continues a certificate: give privateKey and that too")
        if verify and not caCerts:
            raise ValueError("verify needs caCerts to check against; trustRoot is simpler")

        self.privateKey = privateKey
        self.certificate = certificate
        self.extraCertChain = list(extraCertChain) if extraCertChain else []
        self._options = _alwaysOptions
        self._mode = SSL.MODE_RELEASE_BUFFERS
        if method is None:
            self.method = SSL.TLS_METHOD
            oldest = _oldestWanted(
                self._defaultMinimumTLSVersion,
                raiseMinimumTo,
                insecurelyLowerMinimumTo,
                lowerMaximumSecurityTo,
            )
            self._options |= _optionsForVersions(oldest, lowerMaximumSecurityTo)
        else:
            warnings.warn(
                "Passing method to twisted.internet.ssl.CertificateOptions was deprecated in "
                "Twisted 17.1.0. Please use a combination of insecurelyLowerMinimumTo, "
                "raiseMinimumTo, and lowerMaximumSecurityTo instead, as Twisted will correctly "
                "configure the method.",
                DeprecationWarning,
                stacklevel=3,
            )
            self.method = method

        self.verify = verify
        self.caCerts = caCerts
        self.verifyDepth = verifyDepth
        self.requireCertificate = requireCertificate
        self.verifyOnce = verifyOnce
        self.enableSingleUseKeys = enableSingleUseKeys
        self.enableSessions = enableSessions
        self.fixBrokenPeers = fixBrokenPeers
        self.enableSessionTickets = enableSessionTickets
        self.dhParameters = dhParameters
        self._cipherString = cipherStringFor(acceptableCiphers)
        self.trustRoot: Any
        if trustRoot is None:
            self.trustRoot = OpenSSLCertificateAuthorities(caCerts) if verify and caCerts else None
        else:
            self.trustRoot = IOpenSSLTrustRoot(trustRoot)
            self.verify = True
            self.requireCertificate = True
        self._acceptableProtocols = acceptableProtocols
        self._contextForServerName = contextForServerName

    def getContext(self) -> Any:
        """The ``OpenSSL.SSL.Context`` of these options: always the same one."""
        if self._context is None:
            self._context = self._makeContext()
        return self._context

    def clientConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make the connection of a client, which offers our protocols. It checks no name."""
        connection = self._makeTLSConnection(protocol)
        offer(connection, acceptableTo(protocol, self._acceptableProtocols))
        return connection

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make the connection of a server."""
        return self._makeTLSConnection(protocol)

    def _makeTLSConnection(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        connection = SSL.Connection(self.getContext(), None)
        connection.set_app_data(protocol)
        return connection

    def _makeContext(self, skipCiphers: bool = False) -> Any:
        context = self._contextFactory(self.method)
        context.set_options(self._options | self._furtherOptions())
        context.set_mode(self._mode)
        self._showCertificate(context)
        self._askForCertificate(context)
        context.set_verify_depth(self.verifyDepth)
        if self.enableSessions:
            # Where certificates are checked, OpenSSL takes sessions up only in a named context.
            from twisted.python.randbytes import secureRandom

            context.set_session_id(secureRandom(32))
        else:
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        if self.dhParameters:
            context.load_tmp_dh(self.dhParameters._dhFile.path)
        if not skipCiphers:
            context.set_cipher_list(self._cipherString.encode("ascii"))
        selectBy(context, self._acceptableProtocols)
        if self._contextForServerName is not None:
            from .sni import chooseContextBy

            chooseContextBy(context, self._contextForServerName)
        return context

    def _furtherOptions(self) -> int:
        options = 0
        if self.enableSingleUseKeys:
            options |= SSL.OP_SINGLE_DH_USE | SSL.OP_SINGLE_ECDH_USE
        if self.fixBrokenPeers:
            options |= SSL.OP_ALL
        if not self.enableSessionTickets:
            options |= SSL.OP_NO_TICKET
        return options

    def _showCertificate(self, context: Any) -> None:
        """What we show of ourselves."""
        if self.certificate is None or self.privateKey is None:
            return
        if _takesCryptography and isinstance(context, SSL.Context):
            # Programs such as Scrapy give objects of cryptography as well as those of pyOpenSSL.
            context.use_certificate(_certificateOf(self.certificate))
            key = self.privateKey
            context.use_privatekey(keyOf(key) if isinstance(key, crypto.PKey) else key)
            for extra in self.extraCertChain:
                context.add_extra_chain_cert(_certificateOf(extra))
        else:
            context.use_certificate(self.certificate)
            context.use_privatekey(self.privateKey)
            for extra in self.extraCertChain:
                context.add_extra_chain_cert(extra)
        context.check_privatekey()

    def _askForCertificate(self, context: Any) -> None:
        """What we want to see of the peer."""
        flags = SSL.VERIFY_NONE
        if self.verify:
            flags = SSL.VERIFY_PEER
            if self.requireCertificate:
                flags |= SSL.VERIFY_FAIL_IF_NO_PEER_CERT
            if self.verifyOnce:
                flags |= SSL.VERIFY_CLIENT_ONCE
            if self.trustRoot is not None:
                self.trustRoot._addCACertsToContext(context)
        context.set_verify(flags)


def _certificateOf(given: Any) -> Any:
    """Returns: pyOpenSSL's certificate as cryptography's; any other as it is."""
    return given.to_cryptography() if isinstance(given, crypto.X509) else given
