"""
One port, many names: the certificate is chosen by what the client asks for (RFC 6066 section 3).

The certificates lie in a directory of PEM files, in any arrangement: certificates, keys and
intermediate certificates, each in a file of its own or together. `PEMObjects` finds out what
belongs together. `autoReloadingDirectoryOfPEMs` does so anew when a file has changed, so that
a renewed certificate is used from the next connection on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cryptography import x509
from zope.interface import implementer

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.logger import Logger

from .certificates import Certificate, KeyPair
from .openssl import SSL, crypto
from .options import OpenSSLCertificateOptions

if TYPE_CHECKING:
    from twisted.python.filepath import FilePath

    from .layer import TLSMemoryBIOProtocol

    Lookup = Callable[[bytes | None], SSL.Context | None]

_log = Logger()

mostFileBytes = 1 << 20
"""A file that is longer is no PEM file of ours."""

_endings = (".pem", ".crt", ".cer", ".key")
_block = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----.+?-----END \1-----", re.DOTALL)


# Choosing


def chooseContextBy(context: Any, lookup: Lookup, *, strictly: bool = False) -> None:
    """
    Have the connections of a context go on with another one, by the name that is asked for.

    Args:
        lookup: given the name, or None where the client named nobody; returns a context, or
            None. If it raises, the error is logged and the connection aborted.
        strictly: whether None aborts the connection; otherwise this context serves it.
    """

    def choose(connection: SSL.Connection) -> None:
        name = connection.get_servername()
        try:
            chosen = lookup(name)
        except Exception:
            _log.failure("while looking for the certificate of {name}", name=name)
            _abort(connection)
            return
        if chosen is not None:
            connection.set_context(chosen)
        elif strictly:
            _log.error("no server certificate for name {name!r}", name=name)
            _abort(connection)

    context.set_tlsext_servername_callback(choose)


def _abort(connection: SSL.Connection) -> None:
    """We are within OpenSSL's handshake; what it still says is not sent any more."""
    tlsProtocol = connection.get_app_data()
    if tlsProtocol is not None:
        tlsProtocol.abortConnection()


@implementer(IOpenSSLServerConnectionCreator)
class SNIConnectionCreator:
    """
    Makes a server's connections, and shows each client the certificate that it asks for.

    Args:
        contextLookup: given a name as the client sent it, or None; returns the context to use.
            None aborts the connection: there is no certificate to show.
    """

    def __init__(self, contextLookup: Lookup) -> None:
        self._contextLookup = contextLookup

    @cached_property
    def _context(self) -> Any:
        # Never shown to anybody: each handshake goes on with one of those looked up. What was
        # agreed on before that (versions, options) comes from here.
        context = OpenSSLCertificateOptions()._makeContext()
        chooseContextBy(context, self._contextLookup, strictly=True)
        return context

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a connection."""
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(protocol)
        return connection


def lookupWithWildcard(flatLookup: Lookup, name: bytes | None) -> SSL.Context | None:
    """
    Look a name up, then the wildcard that would cover it: ``*`` for its first label.

    Args:
        flatLookup: knows exact names, and what to use for None.
    """
    if name is None:
        return flatLookup(None)
    name = name.lower().rstrip(b".")
    found = flatLookup(name)
    if found is None and b"." in name:
        found = flatLookup(b"*." + name.split(b".", 1)[1])
    return found


def autoReloadingDirectoryOfPEMs(path: FilePath[str]) -> Lookup:
    """
    Serve the certificates that lie in a directory, and below it, as they are at the moment.

    Returns: a function for `SNIConnectionCreator`. A client that names nobody gets the first
        certificate, in the order of the paths.
    """
    directory = _Directory(path)
    return lambda name: lookupWithWildcard(directory.contextFor, name)


class _Directory:
    """The contexts for the names in a directory, made anew when a file there changes."""

    def __init__(self, path: FilePath[str]) -> None:
        self._path = path
        self._seen: object = None
        self._options: dict[str, OpenSSLCertificateOptions] = {}

    def contextFor(self, name: bytes | None) -> Any:
        """The context for exactly this name; for None the first one."""
        state = [(p.path, p.getsize(), p.getModificationTime()) for p in _filesIn(self._path)]
        if state != self._seen:
            self._options = PEMObjects.fromDirectory(self._path).inferDomainMapping()
            self._seen = state
        if name is None:
            options = next(iter(self._options.values()), None)
        else:
            options = self._options.get(name.decode("ascii", "replace"))
        return None if options is None else options.getContext()


# What lies in a directory


def _filesIn(directory: FilePath[str]) -> list[FilePath[str]]:
    """The files that can be ours, in the order of their paths, with a fresh look at each."""
    found = []
    for path in directory.walk():
        path.changed()
        if path.path.endswith(_endings) and path.isfile() and path.getsize() <= mostFileBytes:
            found.append(path)
    return sorted(found, key=lambda path: path.path)


def _blocksOf(path: FilePath[str]) -> Iterator[tuple[bytes, bytes]]:
    """Each block of a PEM file (RFC 7468), with its label."""
    for match in _block.finditer(path.getContent()):
        yield match.group(1), match.group(0) + b"\n"


class PEMObjects:
    """
    Certificates and keys that were found in files, each with its path.

    Args:
        _certificates: all certificates, of servers and authorities.
        _keyPairs: all keys.
    """

    def __init__(
        self,
        _certificates: list[tuple[FilePath[str], Certificate]],
        _keyPairs: list[tuple[FilePath[str], KeyPair]],
    ) -> None:
        self._certificates = _certificates
        self._keyPairs = _keyPairs

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: {len(self._certificates)} certificates, "
            f"{len(self._keyPairs)} keys>"
        )

    @classmethod
    def fromDirectory(cls, directory: FilePath[str]) -> PEMObjects:
        """Read the PEM files in a directory, and below it."""
        found = cls([], [])
        for path in _filesIn(directory):
            found._read(path)
        return found

    @classmethod
    def fromFile(cls, fp: FilePath[str]) -> PEMObjects:
        """Read one PEM file."""
        found = cls([], [])
        found._read(fp)
        return found

    def _read(self, path: FilePath[str]) -> None:
        for label, block in _blocksOf(path):
            try:
                if label == b"CERTIFICATE":
                    self._certificates.append((path, Certificate.loadPEM(block)))
                elif label.endswith(b"PRIVATE KEY"):
                    self._keyPairs.append((path, KeyPair.load(block, crypto.FILETYPE_PEM)))
            except crypto.Error as error:
                _log.warn(
                    "unreadable {label} in {path}: {error}",
                    label=label.decode("ascii").lower(),
                    path=path.path,
                    error=error,
                )

    def inferDomainMapping(self) -> dict[str, OpenSSLCertificateOptions]:
        """
        Find the certificate for each key and the chain for each certificate.

        Returns: options for every name in the certificates (wildcards as they stand there).
            Where two have the same name, those which are valid for longer. A key without a
            certificate is logged; a certificate without a key belongs to a chain, or to nobody.
        """
        byKey: dict[str, Certificate] = {}
        for _, certificate in self._certificates:
            keyHash = certificate.getPublicKey().keyHash()
            if keyHash not in byKey or _expiry(certificate) > _expiry(byKey[keyHash]):
                byKey[keyHash] = certificate

        mapping: dict[str, OpenSSLCertificateOptions] = {}
        expiries: dict[str, Any] = {}
        for path, keyPair in self._keyPairs:
            keyHash = keyPair.keyHash()
            found = byKey.get(keyHash)
            if found is None:
                _log.warn(
                    "unused private key at {path} with hash {hash}", path=path.path, hash=keyHash
                )
                continue
            options = OpenSSLCertificateOptions(
                privateKey=keyPair.original,
                certificate=found.original,
                extraCertChain=[link.original for link in self._chainAbove(found)],
            )
            for name in _namesIn(found):
                if name not in expiries or _expiry(found) > expiries[name]:
                    mapping[name] = options
                    expiries[name] = _expiry(found)
        return mapping

    def _chainAbove(self, certificate: Certificate) -> list[Certificate]:
        """What signed a certificate, what signed that, and so on, up to but without a root."""
        chain: list[Certificate] = []
        current: x509.Certificate = certificate.original.to_cryptography()
        while len(chain) < len(self._certificates):
            for _, candidate in self._certificates:
                above: x509.Certificate = candidate.original.to_cryptography()
                if above.subject != above.issuer and _signed(above, current):
                    chain.append(candidate)
                    current = above
                    break
            else:
                break
        return chain


def _signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if issuer.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # InvalidSignature, or a kind of key that cannot be checked
        return False
    return True


def _expiry(certificate: Certificate) -> Any:
    return certificate.original.to_cryptography().not_valid_after_utc


def _namesIn(certificate: Certificate) -> list[str]:
    """The names and addresses that a certificate is for, as they are looked up."""
    try:
        extension = certificate.original.to_cryptography().extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except x509.ExtensionNotFound:
        return []
    names = [name.lower() for name in extension.value.get_values_for_type(x509.DNSName)]
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return names + [str(address) for address in addresses]
