"""TLS on a connection that speaks AMP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import drive
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone, PeerVerifyError
from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.protocols import amp
from twisted.python.failure import Failure


class Ask(amp.Command):
    response = [(b"secure", amp.Boolean())]


class Peer(amp.AMP):
    @Ask.responder
    def ask(self) -> dict[str, bool]:
        return {"secure": bool(getattr(self.transport, "TLS", False))}


class Starting(StringTransport):
    """Writes down what was asked for, and what had been written by then."""

    def __init__(self) -> None:
        StringTransport.__init__(self)
        self.started: list[Any] = []

    def startTLS(self, options: Any, normal: bool = True) -> None:
        self.started.append((options, self.value()))
        self.clear()


class Fake:
    """In the place of a certificate."""

    def options(self, *authorities: Any) -> Any:
        return ("options", *authorities)


def connected(kind: Any = Peer) -> tuple[Any, Starting]:
    protocol, transport = kind(), Starting()
    protocol.makeConnection(transport)
    return protocol, transport


def test_theServerAnswersInTheClearAndTheClientKeepsTheRestForLater() -> None:
    client, transport = connected()
    client.callRemote(amp.StartTLS, tls_localCertificate=Fake(), tls_verifyAuthorities=["a"])
    asked = transport.value()
    client.callRemote(Ask).addErrback(lambda _: None)
    assert transport.value() == asked
    client.dataReceived(amp.Box(_answer=b"1").serialize())
    assert transport.started == [(("options", "a"), asked)]
    assert amp.parseString(transport.value()) == [{b"_command": b"Ask", b"_ask": b"2"}]
    with pytest.raises(amp.OnlyOneTLS):
        client.callRemote(amp.StartTLS, tls_localCertificate=Fake())


def test_whatWasPutAfterTheAgreementInTheClearIsDropped() -> None:
    """Command injection at STARTTLS, as in CVE-2011-0411."""
    injected = amp.Box(_command=b"Ask", _ask=b"9").serialize()

    class Server(Peer):
        @amp.StartTLS.responder
        def start(self) -> dict[str, Any]:
            return {"tls_localCertificate": Fake()}

    server, transport = connected(Server)
    server.dataReceived(amp.Box(_command=b"StartTLS", _ask=b"1").serialize() + injected)
    assert [options for options, _ in transport.started] == [("options",)]
    assert transport.value() == b""
    server.dataReceived(injected)
    assert b"secure" in transport.value()

    client, transport = connected()
    client.callRemote(amp.StartTLS, tls_localCertificate=Fake())
    client.dataReceived(amp.Box(_answer=b"1").serialize() + injected)
    assert transport.value() == b""


def test_aConnectionThatEndsInTheHandshakeIsAProblemOfCertificates() -> None:
    client, _ = connected()
    client.callRemote(amp.StartTLS, tls_localCertificate=Fake())
    client.dataReceived(amp.Box(_answer=b"1").serialize())
    results: list[Any] = []
    client.callRemote(Ask).addErrback(results.append)
    client.connectionLost(Failure(ConnectionDone()))
    assert results[0].check(PeerVerifyError)


def test_withoutTLSBothSidesSaySo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amp, "ssl", None, raising=False)
    client, _ = connected()
    results: list[Any] = []
    client.callRemote(amp.StartTLS).addErrback(results.append)
    assert results[0].check(RuntimeError)
    server, transport = connected()
    server.dataReceived(amp.Box(_command=b"StartTLS", _ask=b"1").serialize())
    [box] = amp.parseString(transport.value())
    assert box[b"_error_code"] == b"TLS_ERROR"


def test_aRealConnectionIsEncryptedFromThereOn(reactor: Any) -> None:
    async def go() -> Any:
        lost: Deferred[None] = Deferred()

        class Server(Peer):
            def connectionLost(self, reason: Any = None) -> None:
                Peer.connectionLost(self, reason)
                lost.callback(None)

        port = reactor.listenTCP(0, Factory.forProtocol(Server), interface="127.0.0.1")
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        client: Any = await connectProtocol(endpoint, Peer())
        before = await client.callRemote(Ask)
        await client.callRemote(amp.StartTLS)
        after = await client.callRemote(Ask)
        client.transport.loseConnection()
        await lost
        await port.stopListening()
        return before["secure"], after["secure"]

    assert drive(reactor, go) == (False, True)
