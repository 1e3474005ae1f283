"""What one can want of a TLS connection."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from OpenSSL import SSL, crypto

from twisted.internet import _sslverify, ssl
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
)

from .pairs import Pair, authority, identity, serverOptions

V = ssl.TLSVersion
versions = {
    V.TLSv1_0: SSL.OP_NO_TLSv1,
    V.TLSv1_1: SSL.OP_NO_TLSv1_1,
    V.TLSv1_2: SSL.OP_NO_TLSv1_2,
    V.TLSv1_3: SSL.OP_NO_TLSv1_3,
}


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, {V.TLSv1_2, V.TLSv1_3}),
        ({"raiseMinimumTo": V.TLSv1_3}, {V.TLSv1_3}),
        ({"raiseMinimumTo": V.TLSv1_0}, {V.TLSv1_2, V.TLSv1_3}),
        ({"insecurelyLowerMinimumTo": V.TLSv1_1}, {V.TLSv1_1, V.TLSv1_2, V.TLSv1_3}),
        ({"lowerMaximumSecurityTo": V.TLSv1_2}, {V.TLSv1_2}),
        ({"lowerMaximumSecurityTo": V.TLSv1_0}, {V.TLSv1_0}),
        (
            {"insecurelyLowerMinimumTo": V.TLSv1_0, "lowerMaximumSecurityTo": V.TLSv1_1},
            {V.TLSv1_0, V.TLSv1_1},
        ),
    ],
)
def test_onlyTheWantedVersionsAreSpoken(arguments: dict[str, Any], wanted: set[Any]) -> None:
    options = ssl.CertificateOptions(**arguments).getContext().set_options(0)
    assert {version for version, without in versions.items() if not options & without} == wanted


@pytest.mark.parametrize(
    "arguments",
    [
        {"raiseMinimumTo": V.TLSv1_3, "lowerMaximumSecurityTo": V.TLSv1_2},
        {"insecurelyLowerMinimumTo": V.TLSv1_2, "lowerMaximumSecurityTo": V.TLSv1_1},
        {"privateKey": "key"},
        {"certificate": "certificate"},
        {"extraCertChain": ["certificate"]},
        {"verify": True},
    ],
)
def test_whatContradictsItselfIsAValueError(arguments: dict[str, Any]) -> None:
    things = {
        "key": identity().privateKey.original,
        "certificate": identity().original,
    }
    given: Any = {
        name: [things[v] for v in value] if isinstance(value, list) else things.get(value, value)
        for name, value in arguments.items()
    }
    with pytest.raises(ValueError):
        ssl.CertificateOptions(**given)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"trustRoot": None}, {"requireCertificate": True}),
        ({"trustRoot": None}, {"verify": True}),
        ({"trustRoot": None}, {"caCerts": []}),
        ({"method": SSL.TLS_METHOD}, {"raiseMinimumTo": V.TLSv1_2}),
        ({"method": SSL.TLS_METHOD}, {"insecurelyLowerMinimumTo": V.TLSv1_2}),
        ({"method": SSL.TLS_METHOD}, {"lowerMaximumSecurityTo": V.TLSv1_2}),
        ({"raiseMinimumTo": V.TLSv1_2}, {"insecurelyLowerMinimumTo": V.TLSv1_2}),
    ],
)
def test_argumentsThatExcludeEachOtherAreATypeError(one: Any, other: Any) -> None:
    with pytest.raises(TypeError) as caught:
        ssl.CertificateOptions(**one, **other)
    assert next(iter(one)) in str(caught.value)
    assert next(iter(other)) in str(caught.value)


def test_theMethodOfOldIsDeprecated() -> None:
    with pytest.warns(DeprecationWarning, match="raiseMinimumTo") as caught:
        options = ssl.CertificateOptions(method=SSL.TLS_METHOD)
    assert caught[0].filename == __file__
    assert options.method == SSL.TLS_METHOD


def test_aContextIsMadeOnceAndWithoutAnyWarning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options = serverOptions(extraCertChain=[authority().original])
        context = options.getContext()
    assert isinstance(context, SSL.Context)
    assert options.getContext() is context


def test_everyContextIsSound() -> None:
    set_ = ssl.CertificateOptions().getContext().set_options(0)
    for option in (
        SSL.OP_NO_COMPRESSION,
        SSL.OP_NO_RENEGOTIATION,
        SSL.OP_CIPHER_SERVER_PREFERENCE,
        SSL.OP_NO_TICKET,
    ):
        assert set_ & option


def test_noWeakCipherIsAcceptable() -> None:
    context = ssl.CertificateOptions().getContext()
    names = SSL.Connection(context, None).get_cipher_list()
    assert len(names) > 6
    for weak in ("NULL", "RC4", "3DES", "DES-", "MD5", "EXP", "ADH", "AECDH", "PSK", "SRP"):
        assert not [name for name in names if weak in name]


def test_ciphersCanBeChosen() -> None:
    wanted = ssl.AcceptableCiphers.fromOpenSSLCipherString("ECDHE-RSA-AES128-GCM-SHA256")
    pair = Pair(
        clientCreator=ssl.CertificateOptions(lowerMaximumSecurityTo=V.TLSv1_2),
        serverCreator=serverOptions(acceptableCiphers=wanted),
    ).settle()
    assert pair.client.tls.getHandle().get_cipher_name() == "ECDHE-RSA-AES128-GCM-SHA256"


def test_noCipherAtAllIsAValueErrorThatTellsWhatExists() -> None:
    nothing = ssl.AcceptableCiphers.fromOpenSSLCipherString("")
    with pytest.raises(ValueError, match="fromOpenSSLCipherString"):
        ssl.CertificateOptions(acceptableCiphers=nothing)


def test_theFirstAcceptableCipherIsTheBest() -> None:
    a, b, c = map(_sslverify.OpenSSLCipher, "ABC")
    assert ssl.AcceptableCiphers([c, b, a]).selectCiphers((a, c)) == (c, a)


def test_theChainIsShownWithTheCertificate() -> None:
    pair = Pair(serverCreator=serverOptions(extraCertChain=[authority().original])).settle()
    chain = pair.client.tls.getHandle().get_peer_cert_chain()
    assert [ssl.Certificate(found) for found in chain] == [
        ssl.Certificate(identity().original),
        ssl.Certificate(authority().original),
    ]


def test_aKeyThatDoesNotFitIsAnErrorBeforeAnyConnection() -> None:
    options = ssl.CertificateOptions(
        privateKey=ssl.KeyPair.generate().original, certificate=identity().original
    )
    with pytest.raises(SSL.Error):
        options.getContext()


def test_diffieHellmanParametersAreReadFromAFile(tmp_path: Any) -> None:
    from twisted.python.filepath import FilePath

    missing = ssl.DiffieHellmanParameters.fromFile(FilePath(str(tmp_path / "dh.pem")))
    with pytest.raises(SSL.Error):
        serverOptions(dhParameters=missing).getContext()


@pytest.mark.parametrize("sessions", [True, False])
def test_sessionsAreOffUnlessAsked(sessions: bool) -> None:
    mode = ssl.CertificateOptions(enableSessions=sessions).getContext().get_session_cache_mode()
    assert mode == (SSL.SESS_CACHE_SERVER if sessions else SSL.SESS_CACHE_OFF)


def test_optionsProvideWhatTransportsAskFor() -> None:
    options = ssl.CertificateOptions()
    assert IOpenSSLContextFactory.providedBy(options)
    assert IOpenSSLClientConnectionCreator.providedBy(options)
    assert IOpenSSLServerConnectionCreator.providedBy(options)


# Contexts for names


def test_theCertificateCanDependOnTheName() -> None:
    other = ssl.KeyPair.generate().selfSignedCert(3, CN="another")
    asked: list[bytes | None] = []

    def choose(name: bytes | None) -> SSL.Context | None:
        asked.append(name)
        return other.options().getContext() if name == b"another.example" else None

    for name, wanted in ((b"another.example", other), (b"a.example", identity()), (None, None)):
        pair = Pair(serverCreator=serverOptions(contextForServerName=choose))
        if name is not None:
            handle = SSL.Connection(ssl.CertificateOptions().getContext(), None)
            handle.set_tlsext_host_name(name)
            handle.set_connect_state()
            pair.client.wire.take()
            pair.client.tls._tlsConnection = handle
            pair.client.tls._shakeHands()
        pair.settle()
        assert asked.pop() == name
        shown = ssl.Certificate.peerFromTransport(pair.client.tls)
        assert shown.original.digest("sha256") == (wanted or identity()).original.digest("sha256")


def test_anErrorInTheChoiceAbortsAndIsLogged(monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.internet._tls import sni

    logged: list[Any] = []
    monkeypatch.setattr(sni._log, "failure", lambda *args, **kw: logged.append(args))

    def broken(name: bytes | None) -> SSL.Context | None:
        raise ZeroDivisionError

    pair = Pair(serverCreator=serverOptions(contextForServerName=broken)).settle()
    assert pair.server.wire.calls == ["abort"]
    assert pair.client.protocol.received == b""
    assert len(logged) == 1


# The older factories


@pytest.fixture
def files(tmp_path: Any) -> tuple[str, str]:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_bytes(identity().privateKey.dump(crypto.FILETYPE_PEM))
    certificate.write_bytes(
        ssl.Certificate.dumpPEM(identity()) + ssl.Certificate.dumpPEM(authority())
    )
    return str(key), str(certificate)


def test_aFactoryFromFilesShowsTheWholeChain(files: tuple[str, str]) -> None:
    factory = ssl.DefaultOpenSSLContextFactory(*files)
    pair = Pair(clientCreator=ssl.ClientContextFactory(), serverCreator=factory).settle()
    assert len(pair.client.tls.getHandle().get_peer_cert_chain()) == 2
    assert factory.getContext() is factory.getContext()


@pytest.mark.parametrize("missing", [0, 1])
def test_aMissingFileIsAnErrorAtOnce(files: tuple[str, str], missing: int) -> None:
    given: Any = list(files)
    given[missing] += ".not"
    with pytest.raises(SSL.Error):
        ssl.DefaultOpenSSLContextFactory(*given)


def test_aFactoryFromFilesCanBePickled(files: tuple[str, str]) -> None:
    import copy

    factory = ssl.DefaultOpenSSLContextFactory(*files)
    again = copy.copy(factory)
    assert again.__dict__.get("_context") is None
    assert isinstance(again.getContext(), SSL.Context)


def test_aFactoryWithoutAContextSaysWhoLacksIt() -> None:
    class Mine(ssl.ContextFactory):
        pass

    with pytest.raises(NotImplementedError, match="Mine"):
        Mine().getContext()


def test_certificatesAndKeysOfCryptographyServeAsThoseOfPyOpenSSL() -> None:
    """Scrapy's tests give such to their server."""
    shown = identity()
    options = ssl.CertificateOptions(
        privateKey=shown.privateKey.original.to_cryptography_key(),
        certificate=shown.original.to_cryptography(),
        extraCertChain=[identity().original.to_cryptography()],
    )
    options.getContext().check_privatekey()
