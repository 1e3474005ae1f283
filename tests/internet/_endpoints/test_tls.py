"""Endpoints with TLS: what is made of descriptions, and what TLS is put over."""

from __future__ import annotations

import pathlib
from typing import Any
from unittest import mock

import pytest
from OpenSSL import SSL

from twisted.internet import endpoints, ssl
from twisted.internet._endpoints.mistakes import WrongValue
from twisted.internet._tls.selfsigned import selfSignedCertificate
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.filepath import FilePath


class Files:
    """A key and certificates, as files in a directory."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        self.directory = root / "shown"
        self.directory.mkdir()
        self.certificate = self.make("localhost")
        self.key = self.write("key.pem", self.certificate.privateKey.dump(SSL.FILETYPE_PEM))
        self.cert = self.write("cert.pem", self.certificate.dump(SSL.FILETYPE_PEM))
        self.both = self.write("both.pem", self.certificate.dumpPEM())

    def make(self, name: str) -> Any:
        certificate, key = selfSignedCertificate([name], self.root / name)
        pem = pathlib.Path(certificate).read_bytes() + pathlib.Path(key).read_bytes()
        return ssl.PrivateCertificate.loadPEM(pem)

    def write(self, name: str, content: bytes) -> str:
        path = self.directory / name
        path.write_bytes(content)
        return endpoints.quoteStringArgument(str(path))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("certificates"))


def test_aServerTakesItsKeyAndCertificateFromFiles(files: Files) -> None:
    made: Any = endpoints.serverFromString(
        "R", f"ssl:443:privateKey={files.key}:certKey={files.cert}:interface=127.0.0.1"
    )
    assert type(made) is endpoints.SSL4ServerEndpoint
    assert (made._port, made._backlog, made._interface) == (443, 50, "127.0.0.1")
    options = made._sslContextFactory
    assert ssl.Certificate(options.certificate) == files.certificate
    assert isinstance(options.getContext(), SSL.Context)


def test_oneFileMayHoldBoth(files: Files) -> None:
    made: Any = endpoints.serverFromString("R", f"ssl:443:privateKey={files.both}")
    assert ssl.Certificate(made._sslContextFactory.certificate) == files.certificate


@pytest.mark.filterwarnings("ignore:Passing method to:DeprecationWarning")
def test_theProtocolMethodCanBeNamed(files: Files) -> None:
    made: Any = endpoints.serverFromString(
        "R", f"ssl:443:privateKey={files.both}:sslmethod=TLSv1_2_METHOD"
    )
    assert made._sslContextFactory.method == SSL.TLSv1_2_METHOD
    with pytest.raises(WrongValue, match="did you mean 'TLS_METHOD'"):
        endpoints.serverFromString("R", f"ssl:443:privateKey={files.both}:sslmethod=TLS_METOD")


def test_furtherCertificatesComeFromAFile(files: Files) -> None:
    others = [files.make("one"), files.make("two")]
    path = files.write("chain.pem", b"".join(each.dump(SSL.FILETYPE_PEM) for each in others))
    made: Any = endpoints.serverFromString(
        "R", f"ssl:443:privateKey={files.both}:extraCertChain={path}"
    )
    chain = made._sslContextFactory.extraCertChain
    assert [ssl.Certificate(each) for each in chain] == [
        ssl.Certificate(each.original) for each in others
    ]


def test_aChainFileWithoutCertificatesIsRefused(files: Files) -> None:
    path = files.write("empty.pem", b"nothing here")
    with pytest.raises(ValueError, match="doesn't contain any valid certificates"):
        endpoints.serverFromString("R", f"ssl:443:privateKey={files.both}:extraCertChain={path}")


@pytest.mark.parametrize("argument", ["privateKey", "certKey"])
def test_aFileWithoutPEMIsNamed(files: Files, argument: str) -> None:
    given = {"privateKey": files.key, "certKey": files.cert}
    given[argument] = files.write("junk.pem", b"junk")
    text = ":".join(f"{name}={value}" for name, value in given.items())
    with pytest.raises(WrongValue) as raised:
        endpoints.serverFromString("R", f"ssl:443:{text}")
    assert raised.value.argument == argument


def test_aKeyOfAnotherCertificateIsNamed(files: Files) -> None:
    other = files.write("other.pem", files.make("other").dump(SSL.FILETYPE_PEM))
    with pytest.raises(WrongValue, match="the certificate of the key in") as raised:
        endpoints.serverFromString("R", f"ssl:443:privateKey={files.key}:certKey={other}")
    assert raised.value.argument == "certKey"


def test_aPlainSSLClientChecksNothingAndATLSClientDoes(files: Files) -> None:
    loose: Any = endpoints.clientFromString("R", "ssl:host.example:443:timeout=3")
    assert type(loose) is endpoints.SSL4ClientEndpoint
    assert (loose._host, loose._port, loose._timeout) == ("host.example", 443, 3)
    assert not loose._sslContextFactory.verify
    strict: Any = endpoints.clientFromString(MemoryReactorClock(), "tls:host.example:443")
    assert type(strict._wrappedEndpoint) is endpoints.HostnameEndpoint


def test_anSSLClientChecksWhatItIsToldTo(files: Files) -> None:
    directory = endpoints.quoteStringArgument(str(files.directory))
    made: Any = endpoints.clientFromString("R", f"ssl:h:443:caCertsDir={directory}")
    assert made._sslContextFactory.verify
    named: Any = endpoints.clientFromString("R", "ssl:h:443:hostname=host.example")
    assert type(named._sslContextFactory) is type(ssl.optionsForClientTLS("host.example"))


@pytest.mark.parametrize("description", ["ssl:h:443:caCertsDir", "tls:h:443:trustRoots"])
def test_aDirectoryWithoutCertificatesIsRefused(tmp_path: pathlib.Path, description: str) -> None:
    (tmp_path / "junk.pem").write_bytes(b"junk")
    path = endpoints.quoteStringArgument(str(tmp_path))
    with pytest.raises(WrongValue, match="a directory with certificates"):
        endpoints.clientFromString(MemoryReactorClock(), f"{description}={path}")


def test_aClientShowsItsOwnCertificate(files: Files) -> None:
    made: Any = endpoints.clientFromString(
        "R", f"ssl:h:443:certKey={files.cert}:privateKey={files.key}"
    )
    assert ssl.Certificate(made._sslContextFactory.certificate) == files.certificate


def test_authoritiesAreLoadedOnceEachAndJunkIsPassedOver(tmp_path: pathlib.Path) -> None:
    files = Files(tmp_path)
    files.write("again.PEM", files.certificate.dump(SSL.FILETYPE_PEM))
    files.write("junk.pem", b"junk")
    files.write("other.txt", files.make("other").dump(SSL.FILETYPE_PEM))
    (files.directory / "directory.pem").mkdir()
    loaded = endpoints._loadCAsFromDir(FilePath(str(files.directory)))
    assert len(loaded._caCerts) == 1


def test_theTLSOfAClientMayGoOverAnyEndpoint(files: Files) -> None:
    made: Any = endpoints.clientFromString(
        MemoryReactorClock(), r"tls:host.example:443:endpoint=unix\:/s"
    )
    assert type(made._wrappedEndpoint) is endpoints.UNIXClientEndpoint


def test_aNestedDescriptionIsReadByTheFace() -> None:
    with mock.patch("twisted.internet.endpoints.clientFromString") as replaced:
        reading = endpoints._TLSClientEndpointParser()
        made: Any = reading.parseStreamClient("R", "host.example", "443", endpoint="any:thing")
    assert made._wrappedEndpoint is replaced.return_value
    replaced.assert_called_once_with("R", "any:thing")


def test_aHostnameEndpointReplacedOnTheFaceIsUsed() -> None:
    with mock.patch("twisted.internet.endpoints.HostnameEndpoint") as replaced:
        made: Any = endpoints.clientFromString("R", "tls:host.example:443:timeout=4")
    assert made._wrappedEndpoint is replaced.return_value
    assert replaced.call_args.args[0] == "R"


def shake(client: Any, server: Any, rounds: int = 20) -> None:
    """Carry bytes between two protocols whose transports are in memory."""
    for _ in range(rounds):
        for one, other in ((client, server), (server, client)):
            sent = one.transport.value()
            one.transport.clear()
            if sent:
                other.dataReceived(sent)


def test_bothSidesSpeakThroughTLS(files: Files) -> None:
    class Greeter(Protocol):
        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(b"hello")

    class Listener(Protocol):
        heard = b""

        def dataReceived(self, data: bytes) -> None:
            self.heard += data

    reactor = MemoryReactorClock()
    server = endpoints.wrapServerTLS(
        files.certificate.options(), endpoints.TCP4ServerEndpoint(reactor, 443), clock=reactor
    )
    server.listen(Factory.forProtocol(Greeter))
    client = endpoints.wrapClientTLS(
        ssl.optionsForClientTLS(
            "localhost", trustRoot=ssl.trustRootFromCertificates([files.certificate])
        ),
        endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", 443),
        clock=reactor,
    )
    outcomes: list[Any] = []
    client.connect(Factory.forProtocol(Listener)).addBoth(outcomes.append)
    address = IPv4Address("TCP", "127.0.0.1", 443)
    serverSide = reactor.tcpServers[0][1].buildProtocol(address)
    clientSide = reactor.tcpClients[0][2].buildProtocol(address)
    serverSide.makeConnection(StringTransport())
    clientSide.makeConnection(StringTransport())
    shake(clientSide, serverSide)
    assert type(outcomes[0]) is Listener
    reactor.advance(1)
    shake(clientSide, serverSide)
    assert outcomes[0].heard == b"hello"


def test_cancellingCancelsTheEndpointBelow(files: Files) -> None:
    reactor = MemoryReactorClock()
    client = endpoints.wrapClientTLS(
        ssl.optionsForClientTLS("localhost"),
        endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", 443),
    )
    outcomes: list[Any] = []
    client.connect(Factory()).addBoth(outcomes.append).cancel()
    assert outcomes[0].check(ConnectingCancelledError)
    assert reactor.connectors[0].stoppedConnecting


def test_withoutOpenSSLTheClientSaysWhatToInstall() -> None:
    with (
        mock.patch("twisted.internet.endpoints.TLSMemoryBIOFactory", None),
        pytest.raises(NotImplementedError, match=r"torsion\[tls\]"),
    ):
        endpoints.wrapClientTLS(None, None)  # type: ignore[arg-type]


def test_aDirectoryOfCertificatesServesByName(files: Files) -> None:
    directory = endpoints.quoteStringArgument(str(files.directory))
    reactor = MemoryReactorClock()
    made: Any = endpoints.serverFromString(reactor, f"tls:{directory}:8443:interface=127.0.0.1")
    assert type(made) is endpoints._TLSServerEndpoint
    assert isinstance(made.connectionCreator, endpoints.SNIConnectionCreator)
    below = made.endpoint
    assert type(below) is endpoints.TCP6ServerEndpoint
    assert (below._port, below._backlog, below._interface) == (8443, 50, "127.0.0.1")
    assert made.clock is reactor
