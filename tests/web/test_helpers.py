"""The helpers that other programs' tests import: `twisted.web.test`."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.address import IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, ISSLTransport
from twisted.python.failure import Failure
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from twisted.web.template import tags
from twisted.web.test._util import FlattenTestCase, _render
from twisted.web.test.requesthelper import DummyChannel, DummyRequest


class Answering(Resource):
    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body

    def render_GET(self, request: Any) -> Any:
        return self.body


def outcome(deferred: Deferred[Any]) -> Any:
    found: list[Any] = []
    deferred.addBoth(found.append)
    return found[0]


def test_bothPlacesHaveTheSameDoubles() -> None:
    program = (
        "from twisted.web.test.test_web import DummyChannel, DummyRequest\n"
        "from twisted.web.test import requesthelper\n"
        "assert requesthelper.DummyRequest is DummyRequest\n"
        "assert requesthelper.DummyChannel is DummyChannel\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


class TestRendering:
    def test_bytesAreWrittenAndTheRequestFinished(self) -> None:
        request = DummyRequest([])
        assert outcome(_render(Answering(b"x"), request)) is None
        assert (request.written, request.finished) == ([b"x"], 1)

    def test_aResourceThatGoesOnIsWaitedFor(self) -> None:
        request = DummyRequest([])
        waiting = _render(Answering(NOT_DONE_YET), request)
        assert not waiting.called
        request.finish()
        assert outcome(waiting) is None

    def test_aResourceThatIsDoneIsNot(self) -> None:
        request = DummyRequest([])
        request.finish()
        assert outcome(_render(Answering(NOT_DONE_YET), request)) is None

    def test_aDeferredBodyIsABody(self) -> None:
        request = DummyRequest([])
        _render(Answering(succeed(b"x")), request)
        assert (request.written, request.finished) == ([b"x"], 1)

    def test_otherThingsAreNoAnswer(self) -> None:
        with pytest.raises(ValueError, match="neither"):
            _render(Answering("text"), DummyRequest([]))


class TestRequest:
    def test_itKeepsWhatIsAnswered(self) -> None:
        request = DummyRequest([b"a"])
        request.setResponseCode(404, b"gone")
        request.setHeader(b"x", b"y")
        request.write(b"z")
        assert (request.responseCode, request.responseMessage) == (404, b"gone")
        assert request.responseHeaders == Headers({b"x": [b"y"]})
        with pytest.raises(AssertionError, match="after the body"):
            request.setResponseCode(200)
        with pytest.raises(AssertionError, match="after the body"):
            request.getSession()
        with pytest.raises(TypeError, match="bytes"):
            request.write("z")  # type: ignore[arg-type]  # the mistake

    def test_headersThatCame(self) -> None:
        request = DummyRequest([])
        request.requestHeaders.setRawHeaders(b"X", [b"a", b"b"])
        assert request.getHeader(b"x") == b"a"
        assert request.getHeader(b"none") is None
        assert request.getAllHeaders() == {b"x": b"b"}

    def test_aRedirectIsACodeAndAHeader(self) -> None:
        request = DummyRequest([])
        request.redirect(b"/there")
        assert request.responseCode == 302
        assert request.responseHeaders.getRawHeaders(b"location") == [b"/there"]

    def test_sessionsAreKept(self) -> None:
        request = DummyRequest([])
        assert request.getSession() is request.getSession() is request.session

    def test_addresses(self) -> None:
        request = DummyRequest([])
        assert verifyObject(IAddress, request.getClientAddress())
        request.client = IPv6Address("TCP", "::1", 1)
        assert request.getClientAddress() is request.client
        with pytest.warns(DeprecationWarning, match="getClientAddress"):
            assert request.getClientIP() == "::1"

    @pytest.mark.parametrize(
        ("port", "secure", "host"), [(80, 0, b"h"), (81, 0, b"h:81"), (443, 1, b"h")]
    )
    def test_theHostMayBeAnother(self, port: int, secure: int, host: bytes) -> None:
        request = DummyRequest([])
        request.setHost(b"h", port, secure)
        assert request.getHeader(b"host") == host
        assert request.isSecure() == bool(secure)

    def test_whoWaitsHearsOfFailures(self) -> None:
        request = DummyRequest([])
        waiting = request.notifyFinish()
        request.processingFailed(Failure(ConnectionDone()))
        assert outcome(waiting).check(ConnectionDone)
        with pytest.raises(RuntimeError, match="finished"):
            request.notifyFinish()

    def test_aProducerProducesUntilItIsDone(self) -> None:
        class Producer:
            left = 3

            def resumeProducing(self) -> None:
                request.write(b"x")
                self.left -= 1
                if not self.left:
                    request.unregisterProducer()

        request = DummyRequest([])
        request.registerProducer(Producer(), False)
        assert request.written == [b"x"] * 3


class TestChannel:
    def test_aRealRequestStandsOnIt(self) -> None:
        channel = DummyChannel()
        request = Request(channel, False)
        request.gotLength(0)
        request.requestReceived(b"GET", b"/", b"HTTP/1.0")
        assert channel.transport.written.getvalue().startswith(b"HTTP/1.0 404 Not Found\r\n")
        assert not request.isSecure()

    def test_withATransportOfTLSItIsSecure(self) -> None:
        channel = DummyChannel()
        channel.transport = DummyChannel.SSL()
        assert channel.isSecure()
        assert verifyObject(ISSLTransport, channel.transport)


def test_pagesAreCompared() -> None:
    case = FlattenTestCase("assertFlattensTo")
    assert case.assertFlattensImmediately(tags.p, b"<p></p>") == b"<p></p>"
    case.assertFlatteningRaises(tags.p(render="x"), ValueError)
    with pytest.raises(case.failureException):
        case.assertFlattensImmediately(tags.p, b"<b></b>")
    with pytest.raises(case.failureException):
        case.assertFlatteningRaises(tags.p(render="x"), KeyError)
