"""
Keys and certificates that a description names by their files.

Everything here imports OpenSSL, and so is only called for descriptions that want TLS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mistakes import WrongValue, nearest

if TYPE_CHECKING:
    from twisted.internet._sslverify import OpenSSLCertificateAuthorities
    from twisted.python.filepath import FilePath

__all__ = [
    "_loadCAsFromDir",
    "clientOptions",
    "clientTLSOptions",
    "serverContextFactory",
]


def _read(kind: str, argument: str, path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise WrongValue(
            kind, argument, path, f"a file that can be read ({error.strerror})"
        ) from error


def _readWith(kind: str, argument: str, path: str, read: Any, what: str) -> Any:
    """Read a file of PEM by ``read``, and blame the argument for what it cannot read."""
    from OpenSSL import SSL, crypto

    content = _read(kind, argument, path)
    try:
        return read(content)
    except (SSL.Error, crypto.Error, ValueError) as error:
        raise WrongValue(kind, argument, path, f"a PEM file with {what}") from error


def _keyAndCertificate(
    kind: str, keyArgument: str, keyPath: str, certificateArgument: str, certificatePath: str
) -> tuple[Any, Any]:
    """Give a private key and its certificate, as pyOpenSSL objects."""
    from OpenSSL import crypto

    from twisted.internet.ssl import Certificate, KeyPair

    key = _readWith(
        kind,
        keyArgument,
        keyPath,
        lambda content: KeyPair.load(content, crypto.FILETYPE_PEM),
        "a private key",
    )
    certificate = _readWith(
        kind, certificateArgument, certificatePath, Certificate.loadPEM, "a certificate"
    )
    # Seen now, and not at each connection to come.
    if not certificate.getPublicKey().matches(key):
        expected = f"a PEM file with the certificate of the key in {keyPath!r}"
        raise WrongValue(kind, certificateArgument, certificatePath, expected)
    return key.original, certificate.original


def serverContextFactory(
    privateKey: str,
    certKey: str | None,
    sslmethod: str | None,
    extraCertChain: str | None,
    dhParameters: str | None,
) -> Any:
    """Make the ``CertificateOptions`` of an ``ssl:`` port from what its description says."""
    from twisted.internet import ssl

    key, certificate = _keyAndCertificate(
        "ssl", "privateKey", privateKey, "certKey", certKey or privateKey
    )
    options: dict[str, Any] = {}
    if sslmethod is not None:
        options["method"] = _method(sslmethod)
    if extraCertChain is not None:
        options["extraCertChain"] = _chain(extraCertChain)
    if dhParameters is not None:
        from twisted.python.filepath import FilePath

        options["dhParameters"] = ssl.DiffieHellmanParameters.fromFile(FilePath(dhParameters))
    return ssl.CertificateOptions(privateKey=key, certificate=certificate, **options)


def _method(name: str) -> int:
    from OpenSSL import SSL

    methods = {each: value for each, value in vars(SSL).items() if each.endswith("_METHOD")}
    if name not in methods:
        known = "one of " + ", ".join(sorted(methods))
        raise WrongValue("ssl", "sslmethod", name, known, nearest(name, methods))
    return int(methods[name])


def _chain(path: str) -> list[Any]:
    from OpenSSL import SSL, crypto

    from twisted.internet.ssl import Certificate

    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    pieces = _read("ssl", "extraCertChain", path).split(begin)[1:]
    try:
        chain = [
            Certificate.loadPEM(begin + piece.partition(end)[0] + end + b"\n").original
            for piece in pieces
        ]
    except (SSL.Error, crypto.Error, ValueError):
        chain = []
    if not chain:
        # Worded so that programs which look at the text, as published ones do, know it.
        raise ValueError(
            f"Specified chain file '{path}' doesn't contain any valid certificates in PEM format."
        )
    return chain


def clientOptions(
    certKey: str | None,
    privateKey: str | None,
    caCertsDir: str | None,
    hostname: str | None,
) -> Any:
    """
    Make the options of an ``ssl:`` client from what its description says.

    With ``hostname`` the server has to prove that name, to the authorities of ``caCertsDir``
    or to the platform's. Without, only ``caCertsDir`` makes anything be checked: that is what
    this kind of description has always meant. ``tls:`` checks by itself.
    """
    from twisted.internet import ssl

    trusted = None if caCertsDir is None else _loadCAs("ssl", "caCertsDir", caCertsDir)
    key = certificate = None
    if certKey is not None or privateKey is not None:
        keyPath, certificatePath = privateKey or certKey, certKey or privateKey
        assert keyPath is not None
        assert certificatePath is not None
        key, certificate = _keyAndCertificate(
            "ssl", "privateKey", keyPath, "certKey", certificatePath
        )
    if hostname is not None:
        own = None if certificate is None else _ownCertificate(key, certificate)
        return ssl.optionsForClientTLS(
            hostname, trustRoot=trusted or ssl.platformTrust(), clientCertificate=own
        )
    return ssl.CertificateOptions(privateKey=key, certificate=certificate, trustRoot=trusted)


def _ownCertificate(key: Any, certificate: Any) -> Any:
    from twisted.internet.ssl import Certificate, KeyPair, PrivateCertificate

    return PrivateCertificate.fromCertificateAndKeyPair(Certificate(certificate), KeyPair(key))


def clientTLSOptions(
    host: str,
    certificate: str | None,
    privateKey: str | None,
    trustRoots: str | None,
) -> Any:
    """Make the options of a ``tls:`` client, which always checks the server's name."""
    from twisted.internet.ssl import optionsForClientTLS, platformTrust

    own = None
    if certificate is not None or privateKey is not None:
        keyPath, certificatePath = privateKey or certificate, certificate or privateKey
        assert keyPath is not None
        assert certificatePath is not None
        own = _ownCertificate(
            *_keyAndCertificate("tls", "privateKey", keyPath, "certificate", certificatePath)
        )
    trusted = platformTrust() if trustRoots is None else _loadCAs("tls", "trustRoots", trustRoots)
    return optionsForClientTLS(host, trustRoot=trusted, clientCertificate=own)


def _loadCAs(kind: str, argument: str, path: str) -> OpenSSLCertificateAuthorities:
    from twisted.python.filepath import FilePath

    directory: FilePath[Any] = FilePath(path)
    authorities = _loadCAsFromDir(directory) if directory.isdir() else None
    if authorities is None or not authorities._caCerts:
        # With none, nobody would be trusted: each connection to come would fail.
        raise WrongValue(kind, argument, path, "a directory with certificates in .pem files")
    return authorities


def _loadCAsFromDir(directoryPath: FilePath[Any]) -> OpenSSLCertificateAuthorities:
    """
    Load the certificate authorities of a directory.

    Takes the files that are named ``*.pem``, in any case of letters. One that cannot be read
    or is no certificate is passed over; one that is there twice counts once.
    """
    from OpenSSL import SSL, crypto

    from twisted.internet.ssl import Certificate, trustRootFromCertificates

    found: dict[Any, Certificate] = {}
    for child in directoryPath.children():
        if not child.asTextMode().basename().lower().endswith(".pem"):
            continue
        try:
            certificate = Certificate.loadPEM(child.getContent())
        except (OSError, SSL.Error, crypto.Error, ValueError):
            continue
        found.setdefault(certificate.digest("sha256"), certificate)
    return trustRootFromCertificates(found.values())
