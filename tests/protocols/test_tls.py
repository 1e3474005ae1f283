"""The public face of TLS over any transport."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL

from twisted.internet import ssl
from twisted.internet._tls.selfsigned import selfSignedCertificate
from twisted.internet.interfaces import INegotiated, IProtocolFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols import policies, tls
from twisted.protocols._tls_legacy import LegacyContextFactoryWarning


class Recorder(Protocol):
    received = b""

    def dataReceived(self, data: bytes) -> None:
        self.received += data


def wrapped(creator: Any, isClient: bool) -> tuple[Any, Any]:
    factory = tls.TLSMemoryBIOFactory(creator, isClient, Factory.forProtocol(Recorder), Clock())
    protocol = factory.buildProtocol(None)
    transport = StringTransport()
    assert protocol is not None
    protocol.makeConnection(transport)
    return protocol, transport


def test_aWrappedFactorySpeaksTls(tmp_path: Any) -> None:
    paths = selfSignedCertificate(["a.example"], tmp_path)
    identity = ssl.PrivateCertificate.loadPEM(b"".join(Path(path).read_bytes() for path in paths))
    ends = [
        wrapped(ssl.optionsForClientTLS("a.example", trustRoot=identity), True),
        wrapped(identity.options(), False),
    ]
    ends[0][0].write(b"hello")
    for _ in range(6):
        for (protocol, transport), (other, _) in (ends, ends[::-1]):
            protocol.factory._clock.advance(0)
            data = transport.value()
            transport.clear()
            other.dataReceived(data)
    assert ends[1][0].wrappedProtocol.received == b"hello"


def test_factoriesMakeBufferingTransports() -> None:
    protocol, _transport = wrapped(ssl.CertificateOptions(), True)
    assert type(protocol) is tls.BufferingTLSTransport
    assert isinstance(protocol, tls.TLSMemoryBIOProtocol)
    assert isinstance(protocol, policies.ProtocolWrapper)
    assert INegotiated.providedBy(protocol)
    assert IProtocolFactory.providedBy(protocol.factory)
    assert not tls.TLSMemoryBIOFactory.noisy


class Undeclared:
    """Of the oldest kind: it has the method, and says so nowhere."""

    def __repr__(self) -> str:
        return "<undeclared>"

    def getContext(self) -> Any:
        return SSL.Context(SSL.TLS_METHOD)


class Wrong(Undeclared):
    def getContext(self) -> Any:
        return "no context"


class Raising(Undeclared):
    def getContext(self) -> Any:
        raise ZeroDivisionError


@pytest.mark.parametrize(("isClient", "side"), [(True, "Client"), (False, "Server")])
def test_aContextFactoryOfTheOldestKindIsUsedWithAWarning(isClient: bool, side: str) -> None:
    with pytest.warns(LegacyContextFactoryWarning, match=f"<undeclared>.*{side}") as caught:
        tls.TLSMemoryBIOFactory(Undeclared(), isClient, Factory(), Clock())  # type: ignore[arg-type]  # that is it
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("creator", "error"),
    [(Wrong(), TypeError), (object(), TypeError), (Raising(), ZeroDivisionError)],
)
def test_whatMakesNoContextIsAnErrorBeforeAnyConnection(creator: Any, error: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LegacyContextFactoryWarning)
        with pytest.raises(error):
            tls.TLSMemoryBIOFactory(creator, True, Factory(), Clock())


def test_anythingThatActsAsAConnectionCanBeUsed() -> None:
    class Fake:
        """No connection of pyOpenSSL: only the public methods that the layer needs."""

        def __init__(self) -> None:
            self.sent: list[bytes] = []

        def set_app_data(self, data: object) -> None:
            self.data = data

        def set_connect_state(self) -> None:
            pass

        def do_handshake(self) -> None:
            pass

        def send(self, data: memoryview) -> int:
            self.sent.append(bytes(data[:3]))
            return len(self.sent[-1])

        def bio_read(self, size: int) -> bytes:
            return b"X"

        def bio_write(self, data: bytes) -> None:
            pass

        def recv(self, size: int) -> bytes:
            raise SSL.WantReadError

    fake = Fake()

    class Creator:
        def clientConnectionForTLS(self, tlsProtocol: object) -> Any:
            return fake

    from zope.interface import directlyProvides

    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator

    creator = Creator()
    directlyProvides(creator, IOpenSSLClientConnectionCreator)
    protocol, transport = wrapped(creator, True)
    transport.clear()
    protocol.write(b"seven bytes")
    protocol.factory._clock.advance(0)
    assert b"".join(fake.sent) == b"seven bytes"
    # One write below for each that was taken.
    assert transport.value() == b"X" * len(fake.sent)
