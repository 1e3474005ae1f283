"""The proxy and the registrar of SIP."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock
from twisted.protocols import sip


class Datagrams:
    """In the place of a UDP transport."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def write(self, data: bytes, address: Any) -> None:
        self.sent.append((data, address))


def registrar() -> tuple[Any, Any, Clock]:
    proxy: Any = sip.RegisterProxy(host="proxy.example")
    registry: Any = sip.InMemoryRegistry("a.example")
    clock = registry.clock = Clock()
    proxy.registry = proxy.locator = registry
    proxy.transport = Datagrams()
    return proxy, registry, clock


def request(method: str = "REGISTER", **headers: str) -> str:
    message = sip.Request(method, "sip:a.example")
    given = {
        "via": "SIP/2.0/UDP client.example",
        "to": "sip:joe@a.example",
        "call-id": "5",
        **headers,
    }
    for name, value in given.items():
        if value:
            message.addHeader(name, value)
    return message.toString()


def answers(proxy: Any, data: Any, source: Any = ("client.example", 5060)) -> list[Any]:
    """Gives the messages that are sent, each with its address."""
    del proxy.transport.sent[:]
    proxy.datagramReceived(data, source)
    found: list[Any] = []
    for sent, address in proxy.transport.sent:
        messages: list[Any] = []
        parser = sip.MessagesParser(messages.append)
        parser.dataReceived(sent)
        parser.dataDone()
        found += [(message, address) for message in messages]
    return found


def test_aUserIsRegisteredFoundAndForgotten() -> None:
    proxy, registry, clock = registrar()
    [(response, address)] = answers(proxy, request(contact="sip:joe@elsewhere:9"))
    assert (response.code, address) == (200, ("client.example", 5060))
    # Where it came from, and not where it says.
    assert response.headers["contact"] == ["sip:joe@client.example:5060"]
    assert response.headers["expires"] == ["3600"]
    clock.advance(600)
    [(response, _)] = answers(proxy, request())
    assert response.headers["expires"] == ["3000"]
    [(forwarded, address)] = answers(proxy, request("INVITE"), ("other.example", 7))
    assert address == ("client.example", 5060)
    assert forwarded.headers["via"] == [
        "SIP/2.0/UDP proxy.example:5060",
        "SIP/2.0/UDP client.example:5060;received=other.example",
    ]
    [(response, _)] = answers(proxy, request(contact="*", expires="0"))
    assert response.headers["expires"] == ["0"]
    assert (registry.users, clock.getDelayedCalls()) == ({}, [])
    assert answers(proxy, request("INVITE"))[0][0].code == 404


def test_aRegistrationEndsAfterAnHourUnlessItIsRenewed() -> None:
    proxy, registry, clock = registrar()
    for _ in range(2):
        answers(proxy, request(contact="sip:joe@x"))
        clock.advance(3599)
        assert list(registry.users) == ["joe"]
    clock.advance(1)
    assert registry.users == {}


def test_thereAreOnlySoManyUsers() -> None:
    proxy, registry, _ = registrar()
    registry.maxUsers = 2
    for name in ("a", "b", "c", "a"):
        answers(proxy, request(contact="sip:x@y", to=f"sip:{name}@a.example"))
    assert list(registry.users) == ["a", "b"]


def test_theWayBackGoesWhereTheRequestCameFrom() -> None:
    proxy, _, _ = registrar()
    natted = request(contact="sip:x@y", via="SIP/2.0/UDP 10.0.0.1:5060;rport")
    [(response, address)] = answers(proxy, natted, ("192.0.2.1", 77))
    assert address == ("192.0.2.1", 77)
    assert response.headers["via"] == ["SIP/2.0/UDP 10.0.0.1:5060;received=192.0.2.1;rport=77"]


def test_responsesGoBackOneHopAndOnlyOurs() -> None:
    proxy, _, _ = registrar()
    response = sip.Response(200)
    response.addHeader("via", "SIP/2.0/UDP proxy.example:5060")
    got: list[Any] = []
    proxy.gotResponse = lambda *arguments: got.append(arguments)
    assert answers(proxy, response.toString()) == []
    assert len(got) == 1
    response.addHeader("via", "SIP/2.0/UDP c.example:9")
    [(passed, address)] = answers(proxy, response.toString())
    assert (passed.headers["via"], address) == (["SIP/2.0/UDP c.example:9"], ("c.example", 9))
    response.headers["via"][0] = "SIP/2.0/UDP another.example"
    assert answers(proxy, response.toString()) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (request("INVITE", to=""), 400),
        (request("INVITE", to="nobody"), 400),
        (request(contact="nonsense"), 400),
        (request(contact="sip:x@y", expires="soon"), 400),
        (request(to="", contact="sip:x@y"), 400),
        (request("INVITE"), 404),
        (request("ACK"), None),
        (request(via=""), None),
        (request(via="nonsense"), None),
        (request("INVITE", via="SIP/2.0/UDP proxy.example:5060"), None),
        (request(contact="sip:x@y", to="sip:joe@elsewhere"), None),
        ("SIP/2.0 200 OK\r\n\r\n", None),
        ("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP proxy.example\r\nVia: nonsense\r\n\r\n", None),
        (b"\xff\xfe\r\n\r\n", None),
        (b"", None),
    ],
)
def test_whatCannotBeDoneHasItsAnswerOrIsDropped(data: Any, code: int | None) -> None:
    proxy, registry, _ = registrar()
    assert [response.code for response, _ in answers(proxy, data)] == ([code] if code else [])
    assert registry.users == {}


@given(st.binary(max_size=200))
def test_randomBytesInAHeaderDoNoHarm(hostile: bytes) -> None:
    proxy, _, _ = registrar()
    head = b"REGISTER sip:a.example SIP/2.0\r\nVia: SIP/2.0/UDP c\r\nTo: "
    proxy.datagramReceived(head + hostile, ("c", 5060))


class Portal:
    def __init__(self, result: Any) -> None:
        self.result = result
        self.names: list[str] = []

    def login(self, credentials: Any, mind: Any, *interfaces: Any) -> Any:
        assert interfaces == (sip.IContact,)
        self.names.append(credentials.username)
        return self.result()


class Scheme:
    def getChallenge(self, peer: Any) -> str:
        return 'nonce="1"'

    def decode(self, response: str) -> Any:
        if response != "good":
            raise sip.SIPError(401)

        class Credentials:
            username = "joe"

        return Credentials()


def test_aPortalAsksForCredentials() -> None:
    proxy, registry, _ = registrar()
    proxy.authorizers = {"digest": Scheme()}
    proxy.portal = Portal(lambda: fail(ValueError("wrong")))
    register = {"contact": "sip:x@y"}
    [(response, _)] = answers(proxy, request(**register))
    assert response.headers["www-authenticate"] == ['Digest nonce="1",realm="proxy.example"']
    for words, code in (("Digest bad", 401), ("Basic good", 501), ("Digest good", 401)):
        [(response, _)] = answers(proxy, request(**register, authorization=words))
        assert response.code == code
    assert registry.users == {}
    proxy.portal = Portal(lambda: succeed((sip.IContact, None, None)))
    [(response, _)] = answers(proxy, request(**register, authorization="Digest good"))
    assert (response.code, proxy.portal.names) == (200, ["joe@proxy.example"])


def test_otherTransportsThanUDPAreRefused() -> None:
    proxy, _, _ = registrar()
    with pytest.raises(RuntimeError):
        proxy.sendMessage(sip.parseURL("sip:a;transport=tcp"), sip.Response(200))
