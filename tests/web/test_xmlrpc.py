"""XML-RPC: server, client, and what neither of them reads."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
from typing import Any
from xmlrpc import client as xmlrpclib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.failures import failuresLogged
from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.testing import MemoryReactor, StringTransport
from twisted.python.failure import Failure
from twisted.web._xmlrpc.marshal import MAX_DEPTH, MAX_DIGITS, loads
from twisted.web.test.requesthelper import DummyRequest
from twisted.web.xmlrpc import (
    XMLRPC,
    Binary,
    DateTime,
    Fault,
    Handler,
    NoSuchFunction,
    Proxy,
    QueryFactory,
    XMLRPCIntrospection,
    addIntrospection,
    payloadTemplate,
    withRequest,
)


class Later(Handler):
    def run(self, value: Any) -> None:
        if value == "raise":
            raise Fault(5, "raised")
        self.result.callback(value)


class Service(XMLRPC):
    def xmlrpc_echo(self, value: Any) -> Any:
        """Give it back."""
        return value

    xmlrpc_echo.signature = [["string", "string"]]  # type: ignore[attr-defined]  # introspection

    def xmlrpc_later(self, value: Any) -> Any:
        return succeed(value)

    async def xmlrpc_awaited(self, value: Any) -> Any:
        return await succeed(value)

    def xmlrpc_handled(self, value: Any) -> Any:
        return Later(self, value)

    def xmlrpc_fault(self) -> Any:
        return Fault(3, "returned")

    def xmlrpc_laterFault(self) -> Any:
        return fail(Fault(4, "failed"))

    def xmlrpc_broken(self) -> Any:
        raise KeyError("a secret")

    def xmlrpc_unsayable(self) -> Any:
        return object()

    @withRequest
    def xmlrpc_who(self, request: Any, value: Any) -> Any:
        return [request.getClientAddress().host, value]

    xmlrpc_constant = 3


def answer(body: str | bytes, service: XMLRPC | None = None) -> Any:
    request = DummyRequest([])
    request.client = xmlrpcClient
    request.method = b"POST"
    content: Any = io.BytesIO(body) if isinstance(body, bytes) else io.StringIO(body)
    request.content = content  # type: ignore[attr-defined]  # as http.Request has it
    (service or Service()).render(request)
    assert request.finished == 1
    page = b"".join(request.written)
    headers = request.responseHeaders
    assert headers.getRawHeaders(b"content-type") == [b"text/xml; charset=utf-8"]
    assert headers.getRawHeaders(b"content-length") == [b"%d" % len(page)]
    return xmlrpclib.loads(page.decode())[0][0]


class _Address:
    host = "192.0.2.1"


xmlrpcClient: Any = _Address()


def call(method: str, *args: Any, service: XMLRPC | None = None) -> Any:
    return answer(xmlrpclib.dumps(args, method, allow_none=True), service)


def faultOf(body: str | bytes, service: XMLRPC | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        answer(body, service)
    return caught.value


class TestServer:
    @pytest.mark.parametrize("method", ["echo", "later", "awaited", "handled"])
    @pytest.mark.parametrize(
        "value", ["\N{SNOWMAN}<&", 2**31 - 1, 1.5, True, [1, ["a"]], {"a": {"b": []}}], ids=repr
    )
    def test_valuesComeAndGo(self, method: str, value: Any) -> None:
        assert call(method, value) == value

    def test_timesAndBytes(self) -> None:
        assert call("echo", DateTime("20201224T18:00:00")) == DateTime("20201224T18:00:00")
        assert call("echo", Binary(b"\0\xff")).data == b"\0\xff"

    def test_timesMayBeThoseOfPython(self) -> None:
        seen: list[Any] = []

        class Keeping(XMLRPC):
            def xmlrpc_keep(self, when: Any) -> int:
                seen.append(when)
                return 1

        when = datetime.datetime(2020, 12, 24, 18)
        call("keep", when, service=Keeping(useDateTime=True))
        assert seen == [when]

    def test_noneIsAMatterOfAgreement(self) -> None:
        assert call("echo", None, service=Service(allowNone=True)) is None
        with pytest.raises(Fault, match="None"):
            call("echo", None)

    def test_theRequestIsGivenToWhoWantsIt(self) -> None:
        assert call("who", "x") == ["192.0.2.1", "x"]

    @pytest.mark.parametrize(
        ("method", "code", "text"),
        [
            ("fault", 3, "returned"),
            ("laterFault", 4, "failed"),
            ("none", XMLRPC.NOT_FOUND, "procedure none not found"),
            ("constant", XMLRPC.NOT_FOUND, "procedure constant not callable"),
            ("a.b", XMLRPC.NOT_FOUND, "no such subHandler a"),
        ],
    )
    def test_faultsHaveACodeAndAText(self, method: str, code: int, text: str) -> None:
        fault = faultOf(xmlrpclib.dumps((), method))
        assert (fault.faultCode, fault.faultString) == (code, text)

    def test_aHandlerThatRaisesIsAFault(self) -> None:
        assert faultOf(xmlrpclib.dumps(("raise",), "handled")).faultCode == 5

    def test_aHandlerHasToDoSomething(self) -> None:
        failures: list[Any] = []
        Handler(Service()).result.addErrback(failures.append)
        assert failures[0].check(NotImplementedError)

    def test_aCallerLearnsNothingOfExceptions(self, logged: list[Any]) -> None:
        fault = faultOf(xmlrpclib.dumps((), "broken"))
        assert (fault.faultCode, fault.faultString) == (XMLRPC.FAILURE, "error")
        assert logged[0]["log_failure"].check(KeyError)

    def test_aResultThatCannotBeSentIsAFault(self) -> None:
        assert "serialize" in faultOf(xmlrpclib.dumps((), "unsayable")).faultString

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"text",
            b"<methodCall>",
            b"<methodCall></methodCall>",
            b"<other/>",
            xmlrpclib.dumps((1,), methodresponse=True).encode(),
            xmlrpclib.dumps(Fault(1, "x"), methodresponse=True).encode(),
            b"\xff\xfe",
            "<methodCall><methodName>echo</methodName>",
        ],
    )
    def test_whatIsNoCallIsAFault(self, body: str | bytes) -> None:
        assert faultOf(body).faultCode == XMLRPC.FAILURE

    def test_aCallHasABound(self) -> None:
        class Small(Service):
            maxRequestBytes = 500

        body = xmlrpclib.dumps(("x" * 300,), "echo").encode()
        assert len(answer(body.ljust(500), Small())) == 300
        assert "500 bytes" in faultOf(body.ljust(501), Small()).faultString

    def test_aCallerWhoIsGoneIsToldNothing(self) -> None:
        waiting: Deferred[Any] = Deferred()

        class Slow(XMLRPC):
            def xmlrpc_slow(self) -> Any:
                return waiting

        request = DummyRequest([])
        request.method = b"POST"
        request.content = io.BytesIO(xmlrpclib.dumps((), "slow").encode())  # type: ignore[attr-defined]
        Slow().render(request)
        request.processingFailed(Failure(ConnectionDone()))
        waiting.callback(1)
        assert (request.written, request.finished) == ([], 0)


class TestHandlers:
    def test_aPrefixLeadsToAHandler(self) -> None:
        outer, inner = Service(), Service()
        outer.putSubHandler("in", inner)
        inner.putSubHandler("deep", Service())
        assert call("in.deep.echo", 1, service=outer) == 1
        assert outer.getSubHandler("in") is inner
        assert outer.getSubHandlerPrefixes() == ["in"]
        with pytest.raises(NoSuchFunction):
            outer.lookupProcedure("in.none")

    def test_introspectionSaysWhatThereIs(self) -> None:
        service = Service()
        service.putSubHandler("in", Service())
        addIntrospection(service)
        names = call("system.listMethods", service=service)
        assert {"echo", "in.echo", "system.methodHelp"} <= set(names)
        assert call("system.methodHelp", "echo", service=service) == "Give it back."
        assert call("system.methodHelp", "later", service=service) == ""
        assert call("system.methodSignature", "echo", service=service) == [["string", "string"]]
        assert call("system.methodSignature", "later", service=service) == ""
        with pytest.raises(Fault):
            call("system.methodHelp", "none", service=service)

    def test_aHandlerInItselfIsListedOnce(self) -> None:
        service = Service()
        service.putSubHandler("self", service)
        assert XMLRPCIntrospection(service).xmlrpc_listMethods() == service.listProcedures()


BOMBS = {
    "laughs": '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>{}',
    "external": '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>{}',
    "parameters": '<!DOCTYPE a [<!ENTITY % a SYSTEM "http://localhost/">%a;]>{}',
    "dtd": '<!DOCTYPE a SYSTEM "http://localhost/">{}',
}


class TestBounds:
    """As CVE-2013-1664, -1665 and their kin: documents that are larger than they look."""

    @pytest.mark.parametrize("bomb", BOMBS)
    def test_noDocumentHasADTD(self, bomb: str) -> None:
        body = BOMBS[bomb].replace("{}", xmlrpclib.dumps((1,), "echo").partition("?>\n")[2] or "")
        body = body if body.endswith(">") else body + "<methodCall/>"
        assert "DTD" in faultOf(body).faultString
        factory = QueryFactory(b"/", b"h", "m")
        failures: list[Any] = []
        assert factory.deferred is not None
        factory.deferred.addErrback(failures.append)
        factory.parseResponse(body.encode())
        assert failures[0].check(ValueError)

    @staticmethod
    def nested(depth: int) -> str:
        value = "<int>1</int>"
        for _ in range(depth):
            value = f"<array><data><value>{value}</value></data></array>"
        params = f"<params><param><value>{value}</value></param></params>"
        return f"<methodResponse>{params}</methodResponse>"

    def test_valuesStandInEachOtherSoDeep(self) -> None:
        assert loads(self.nested(MAX_DEPTH))[0]
        with pytest.raises(xmlrpclib.ResponseError, match="deep"):
            loads(self.nested(MAX_DEPTH + 5))

    @pytest.mark.parametrize("kind", ["int", "i4", "i8", "biginteger"])
    def test_aNumberHasSoManyDigits(self, kind: str) -> None:
        text = (
            "<methodResponse><params><param><value><{0}>{1}</{0}></value></param></params>"
            "</methodResponse>"
        )
        assert loads(text.format(kind, "1" * MAX_DIGITS))[0] == (int("1" * MAX_DIGITS),)
        with pytest.raises(xmlrpclib.ResponseError, match="digits"):
            loads(text.format(kind, "1" * (MAX_DIGITS + 1)))

    values = st.recursive(
        st.one_of(
            st.booleans(),
            st.integers(-(2**31), 2**31 - 1),
            st.text(st.characters(codec="utf-8", min_codepoint=32)),
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.text("abc<&", max_size=3), inner, max_size=3),
        ),
        max_leaves=8,
    )

    @given(values)
    def test_itReadsWhatTheStandardLibraryReads(self, value: Any) -> None:
        text = xmlrpclib.dumps((value,), "method")
        assert loads(text) == loads(text.encode()) == xmlrpclib.loads(text)

    @given(st.binary(max_size=60), st.integers(0, 150))
    def test_whateverComesIsACallOrAFault(self, junk: bytes, at: int) -> None:
        body = xmlrpclib.dumps((1, "a", [2.5]), "none").encode()
        with pytest.raises(Fault):
            answer(body[:at] + junk + body[at + len(junk) // 2 :])


class Client:
    """A call, and the connection that it made."""

    def __init__(self, url: bytes = b"http://host/", *args: Any, **options: Any) -> None:
        self.reactor: Any = MemoryReactor()
        self.proxy = Proxy(url, reactor=self.reactor, **options)
        self.results: list[Any] = []
        self.deferred = self.proxy.callRemote("method", *args)
        self.deferred.addBoth(self.results.append)
        self.secure = bool(self.reactor.sslClients)
        where = (self.reactor.sslClients or self.reactor.tcpClients)[0]
        self.host, self.port, self.factory = where[:3]
        self.timeout = where[4 if self.secure else 3]
        self.protocol = self.factory.buildProtocol(None)
        self.transport = StringTransport()
        self.protocol.makeConnection(self.transport)

    def receive(self, body: bytes, status: bytes = b"200 OK") -> Any:
        self.protocol.dataReceived(
            b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
        )
        return self.lose()

    def lose(self) -> Any:
        reason = Failure(ConnectionDone())
        self.protocol.connectionLost(reason)
        self.factory.clientConnectionLost(None, reason)
        return self.results[0]

    def head(self) -> list[bytes]:
        return self.transport.value().partition(b"\r\n\r\n")[0].split(b"\r\n")


class TestClient:
    def test_aCallIsARequest(self) -> None:
        client = Client(b"http://host:81/a?b=c", 1)
        body = client.transport.value().partition(b"\r\n\r\n")[2]
        assert client.head() == [
            b"POST /a?b=c HTTP/1.0",
            b"User-Agent: Twisted/XMLRPClib",
            b"Host: host:81",
            b"Content-type: text/xml; charset=utf-8",
            b"Content-length: %d" % len(body),
        ]
        assert body.decode() == payloadTemplate % ("method", xmlrpclib.dumps((1,)))
        assert (client.host, client.port) == ("host", 81)

    @pytest.mark.parametrize(
        ("url", "host", "port", "secure", "header"),
        [
            (b"http://host", "host", 80, False, b"Host: host"),
            (b"https://host/", "host", 443, True, b"Host: host"),
            (b"https://host:80/", "host", 80, True, b"Host: host:80"),
            (b"http://[::1]:8080/", "::1", 8080, False, b"Host: [::1]:8080"),
        ],
    )
    def test_theURLSaysWhere(
        self, url: bytes, host: str, port: int, secure: bool, header: bytes
    ) -> None:
        client = Client(url, connectTimeout=7.0)
        assert (client.host, client.port, client.secure) == (host, port, secure)
        assert client.timeout == 7.0
        assert header in client.head()

    @pytest.mark.parametrize(
        ("url", "options"),
        [
            (b"http://u:p@host/", {}),
            (b"http://host/", {"user": b"u", "password": b"p"}),
            (b"http://other:wrong@host/", {"user": b"u", "password": b"p"}),
        ],
    )
    def test_userAndPasswordAreSent(self, url: bytes, options: Any) -> None:
        assert b"Authorization: Basic dTpw" in Client(url, **options).head()

    def test_aLongPasswordIsOneLine(self) -> None:
        client = Client(user=b"u" * 200, password=b"p" * 200)
        assert len([line for line in client.head() if line.startswith(b"Authorization")]) == 1

    def test_theNameOfAMethodIsQuoted(self) -> None:
        factory = QueryFactory(b"/", b"h", "a</methodName><b>")
        assert loads(factory.payload) == ((), "a</methodName><b>")

    def test_theResultIsTheDeferreds(self) -> None:
        client = Client()
        response = xmlrpclib.dumps((["a", 1],), methodresponse=True).encode()
        assert client.receive(response) == ["a", 1]
        assert client.transport.disconnecting

    def test_timesMayBeThoseOfPython(self) -> None:
        when = datetime.datetime(2020, 12, 24, 18)
        response = xmlrpclib.dumps((when,), methodresponse=True).encode()
        assert Client(useDateTime=True).receive(response) == when
        assert Client().receive(response) == DateTime(when)

    def test_aFaultIsAFailure(self) -> None:
        fault = xmlrpclib.dumps(Fault(7, "why"), methodresponse=True).encode()
        assert Client().receive(fault).value.faultCode == 7

    @pytest.mark.parametrize(
        ("body", "status", "error"),
        [
            (b"", b"404 Not Found", ValueError),
            (b"text", b"200 OK", Exception),
            (b"<methodResponse><params></params></methodResponse>", b"200 OK", IndexError),
        ],
    )
    def test_whatIsNoResponseIsAFailure(self, body: bytes, status: bytes, error: Any) -> None:
        assert Client().receive(body, status).check(error)

    def test_aLostConnectionIsAFailure(self) -> None:
        assert Client().lose().check(ConnectionDone)

    def test_aConnectionThatIsNotMadeIsAFailure(self) -> None:
        client = Client()
        client.factory.clientConnectionFailed(None, Failure(ConnectionRefusedError()))
        assert client.results[0].check(ConnectionRefusedError)

    def test_aResponseHasABound(self) -> None:
        client = Client()
        client.protocol.maxResponseBytes = 1000
        client.protocol.dataReceived(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 600)
        assert not client.results
        client.protocol.dataReceived(b"x" * 600)
        assert client.results[0].check(ValueError)
        assert client.transport.disconnected or client.transport.disconnecting

    def test_cancellingClosesTheConnection(self) -> None:
        client = Client()
        client.deferred.cancel()
        assert client.results[0].check(CancelledError)
        assert client.reactor.connectors[0]._disconnected
        client.lose()
        assert len(client.results) == 1

    def test_aCallbackMayLoseTheConnection(self) -> None:
        factory = QueryFactory(b"/", b"h", "m")
        assert factory.deferred is not None
        results: list[Any] = []
        factory.deferred.addBoth(results.append)
        factory.deferred.addBoth(lambda _: factory.clientConnectionLost(None, Failure(OSError())))
        factory.parseResponse(xmlrpclib.dumps((1,), methodresponse=True).encode())
        assert results == [1]


def test_theStandardLibraryIsUnderstoodBothWays() -> None:
    program = """
import threading
from xmlrpc.client import ServerProxy
from xmlrpc.server import SimpleXMLRPCServer

from twisted.internet import defer, task, threads
from twisted.web import server, xmlrpc

class Ours(xmlrpc.XMLRPC):
    def xmlrpc_join(self, *parts):
        return {"all": "".join(parts)}

theirs = SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
theirs.register_function(lambda *parts: {"all": "".join(parts)}, "join")
threading.Thread(target=theirs.serve_forever, daemon=True).start()

async def main(reactor):
    port = reactor.listenTCP(0, server.Site(Ours()), interface="127.0.0.1")
    client = ServerProxy("http://127.0.0.1:%d/" % port.getHost().port)
    print(ascii(await threads.deferToThread(client.join, "a", "\\u2603")))
    proxy = xmlrpc.Proxy(b"http://127.0.0.1:%d/RPC2" % theirs.server_address[1])
    print(ascii(await proxy.callRemote("join", "a", "\\u2603")))
    await port.stopListening()

task.react(lambda reactor: defer.ensureDeferred(main(reactor)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert ended.stdout.splitlines() == [r"{'all': 'a\u2603'}"] * 2, ended.stderr


@pytest.fixture
def logged() -> Any:
    with failuresLogged() as events:
        yield events
