"""Names that published programs import from the client, touch or replace stay where they are."""

from __future__ import annotations

import importlib
from typing import Any
from unittest import mock

import pytest

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web import client
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web.client import URI, Agent, HTTPConnectionPool, RedirectAgent, _AgentBase
from twisted.web.http_headers import Headers

from .talking import Talk
from .test_pool import Place

imported = {
    "twisted.web._newclient": [
        "HTTP11ClientProtocol",
        "HTTPClientParser",
        "HTTPParser",
        "Request",
        "Response",
        "HEADER",
        "STATUS",
        "ResponseDone",
        "ResponseFailed",
        "ResponseNeverReceived",
        "RequestNotSent",
        "RequestGenerationFailed",
        "RequestTransmissionFailed",
        "TransportProxyProducer",
        "makeStatefulDispatcher",
    ],
    "twisted.web.client": [
        "_AgentBase",
        "_HTTP11ClientFactory",
        "_StandardEndpointFactory",
        "_GzipProtocol",
        "_urljoin",
    ],
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in imported.items() for name in names]
)
def test_aNameThatProgramsImportIsThere(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


def test_anotherURIInTheModuleIsTheOneThatIsUsed() -> None:
    place = Place()
    agent = Agent.usingEndpointFactory(Clock(), place)  # type: ignore[arg-type]  # as much of one as it needs

    class Other(URI):
        @classmethod
        def fromBytes(cls, uri: bytes, defaultPort: int | None = None) -> Any:
            return URI(b"http", b"a.example", b"a.example", 80, b"/other", b"", b"", b"")

    with mock.patch.object(client, "URI", Other):
        agent.request(b"GET", b"http://b.example/")
    assert place.connections[0].transport.value().startswith(b"GET /other HTTP/1.1\r\n")


def test_anotherEndpointInItsModuleIsTheOneThatIsUsed() -> None:
    with mock.patch("twisted.internet.endpoints.HostnameEndpoint") as made:
        Agent(Clock())._getEndpoint(URI.fromBytes(b"http://a.example:81/"))
    assert made.call_args.args[1:] == ("a.example", 81)
    assert isinstance(HostnameEndpoint, type)


def test_anAgentOfOnesOwnSendsWhatItIsTold() -> None:
    class Own(_AgentBase):
        def request(self, uri: bytes) -> Any:
            return self._requestWithEndpoint(
                key=("own", 1),
                endpoint=place,  # type: ignore[arg-type]  # as much of one as it needs
                method=b"GET",
                parsedURI=URI.fromBytes(uri),
                headers=Headers(),
                bodyProducer=None,
                requestPath=uri,
            )

    place = Place()
    Own(Clock(), None).request(b"http://a.example/b")
    assert place.connections[0].transport.value().startswith(b"GET http://a.example/b HTTP/1.1")


def test_anotherFactoryMakesTheConnectionsOfAPool() -> None:
    class Own(HTTP11ClientProtocol):
        pass

    class OwnFactory(client._HTTP11ClientFactory):
        def buildProtocol(self, addr: Any) -> HTTP11ClientProtocol:
            return Own(self._quiescentCallback)

    pool = HTTPConnectionPool(Clock())
    pool._factory = OwnFactory
    got: list[Any] = []
    pool.getConnection("key", Place()).addCallback(got.append)  # type: ignore[arg-type]  # see above
    assert type(got[0]) is Own


def test_aResponseLeadsToItsConnection() -> None:
    talk = Talk()
    talk.ask()
    talk.hear(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
    assert isinstance(talk.response._transport._producer, StringTransport)
    assert talk.response._transport._producer is talk.transport


def test_aRedirectCanBeResolvedInAnotherWay() -> None:
    agent = RedirectAgent(Agent(Clock()))
    assert agent._resolveLocation(b"http://a.example/b", b"c") == b"http://a.example/c"
