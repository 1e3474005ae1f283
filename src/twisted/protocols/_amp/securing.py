"""The command that starts TLS on a connection that speaks AMP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arguments import String
from .boxes import AmpBox
from .commands import Command
from .errors import OnlyOneTLS, RemoteAmpError

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


def theTLS() -> Any:
    """Look `twisted.internet.ssl` up on the face, where programs may have put None for it."""
    from twisted.protocols import amp

    return amp.ssl


class NoCertificate:
    """
    Stands where a certificate is, on a side that has none.

    A TLS server cannot do without: it makes one up for the occasion, which proves nothing.

    Args:
        client: whether it is for the side that asked for TLS.
    """

    def __init__(self, client: bool) -> None:
        self.client = client

    def options(self, *authorities: Any) -> Any:
        """Make the options for a context, which verifies the peer if there are authorities."""
        ssl = theTLS()
        if not self.client:
            name = ssl.DN(CN="TEMPORARY CERTIFICATE")
            key = ssl.KeyPair.generate()
            request = key.certificateRequest(name)
            signed = key.signCertificateRequest(name, request, lambda dn: True, 1)
            return key.newCertificate(signed).options(*authorities)
        options: dict[str, Any] = {}
        if authorities:
            options.update(
                verify=True,
                requireCertificate=True,
                caCerts=[authority.original for authority in authorities],
            )
        return ssl.CertificateOptions(**options)


class LocalArgument(String):
    """An object that is used on this side, and never goes over the wire."""

    def fromBox(self, name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """Take nothing from the peer."""


_tlsSchema: list[tuple[bytes, Any]] = [
    (b"tls_localCertificate", LocalArgument(optional=True)),
    (b"tls_verifyAuthorities", LocalArgument(optional=True)),
]


class TLSBox(AmpBox):
    """The answer that is sent in the clear, and is the last thing that is."""

    __slots__: Any = []

    def __init__(self) -> None:
        if theTLS() is None:
            raise RemoteAmpError(b"TLS_ERROR", "TLS not available")
        AmpBox.__init__(self)

    @property
    def certificate(self) -> Any:
        """The certificate of this side."""
        return self.get(b"tls_localCertificate", NoCertificate(False))

    @property
    def verify(self) -> Any:
        """The authorities by which to verify the peer; None to take anybody."""
        return self.get(b"tls_verifyAuthorities")

    def _sendTo(self, proto: Any) -> None:
        plain = AmpBox(self)
        for name, _ in _tlsSchema:
            plain.pop(name, None)
        plain._sendTo(proto)
        proto._startTLS(self.certificate, self.verify)


class StartTLS(Command):
    """
    Encrypt the connection from here on.

    ``callRemote(StartTLS, tls_localCertificate=..., tls_verifyAuthorities=[...])``. Both may be
    left out; without authorities the peer may be anybody. What is sent meanwhile is kept, and
    sent encrypted. A responder returns a dictionary with the same two keys, for its side.
    """

    arguments = _tlsSchema
    response = _tlsSchema
    responseType = TLSBox

    def __init__(
        self, *, tls_localCertificate: Any = None, tls_verifyAuthorities: Any = None, **kw: Any
    ) -> None:
        """
        Args:
            tls_localCertificate: a `PrivateCertificate`; None to have none.
            tls_verifyAuthorities: `Certificate` objects, of which one must have signed the
                peer's; None to take anybody.
        Raises: RuntimeError where there is no TLS here.
        """
        if theTLS() is None:
            raise RuntimeError("There is no TLS here: install torsion[tls]")
        self.certificate = (
            NoCertificate(True) if tls_localCertificate is None else tls_localCertificate
        )
        self.authorities = tls_verifyAuthorities
        Command.__init__(self, **kw)

    def _doCommand(self, proto: Any) -> Deferred[Any] | None:
        present = proto.hostCertificate
        if present is not None:
            raise OnlyOneTLS(
                f"The connection is encrypted already, with {present!r}, and cannot be again, "
                f"with {self.certificate!r}"
            )
        done = Command._doCommand(self, proto)
        proto._prepareTLS(self.certificate, self.authorities)
        if done is not None:
            done.addCallback(self._agreed, proto)
        return done

    def _agreed(self, answer: Any, proto: Any) -> Any:
        proto._startTLS(self.certificate, self.authorities)
        return answer
