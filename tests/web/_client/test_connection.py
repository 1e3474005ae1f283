"""One connection: what it does with requests, responses, and what nobody asked for."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from tests.support.streams import loggedFailures
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web._newclient import (
    HTTP11ClientProtocol,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    Response,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    TransportProxyProducer,
    WrongBodyLength,
    makeStatefulDispatcher,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer

from .talking import Body, Talk, failureOf, response

whole = response(b"Content-Length: 1", body=b"a")


@implementer(IBodyProducer)
class Producer:
    """Produces nothing by itself."""

    stopped = False

    def __init__(self, length: Any = 3) -> None:
        self.length = length
        self.done: Deferred[None] = Deferred()

    def startProducing(self, consumer: Any) -> Deferred[None]:
        self.consumer = consumer
        return self.done

    def stopProducing(self) -> None:
        self.stopped = True

    def pauseProducing(self) -> None:
        pass

    resumeProducing = pauseProducing


def test_aConnectionServesOneRequestAfterTheOther() -> None:
    talk = Talk()
    for count in range(1, 4):
        talk.ask()
        talk.hear(whole)
        assert (talk.body.data, talk.body.ended, talk.freed) == (b"a", ResponseDone, count)
    assert not talk.closed


notAgain = {
    "the server says so": response(b"Content-Length: 0", b"Connection: close"),
    "in capitals": response(b"Content-Length: 0", b"Connection: CLOSE"),
    "among other things": response(b"Content-Length: 0", b"Connection: x, close ,y"),
    "in a header of its own": response(
        b"Content-Length: 0", b"Connection: x", b"Connection: close"
    ),
    "HTTP/1.0": response(b"Content-Length: 0", status=b"HTTP/1.0 200 OK"),
    "chunks and a length": response(
        b"Content-Length: 0", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"
    ),
    "chunks before there were any": response(
        b"Transfer-Encoding: chunked",
        b"Connection: keep-alive",
        status=b"HTTP/1.0 200 OK",
        body=b"0\r\n\r\n",
    ),
    "more came than was asked for": response(b"Content-Length: 0", body=b"HTTP/1.1 200 Sure"),
    "more came after chunks": response(b"Transfer-Encoding: chunked", body=b"0\r\n\r\nmore"),
    "more came after none": response(status=b"HTTP/1.1 204 No", body=b"more"),
}


@pytest.mark.parametrize("data", notAgain.values(), ids=notAgain.keys())
def test_aConnectionIsNotUsedAgainWhen(data: bytes) -> None:
    talk = Talk()
    talk.ask()
    talk.hear(data)
    assert talk.body.ended is ResponseDone
    assert talk.closed
    assert talk.freed == 0


def test_aConnectionOfHTTP10IsUsedAgainIfTheServerSaysSo() -> None:
    talk = Talk()
    talk.ask()
    talk.hear(response(b"Content-Length: 0", b"Connection: Keep-Alive", status=b"HTTP/1.0 200 OK"))
    assert talk.freed == 1


def test_whatComesBeforeItIsAskedForIsNoAnswerToTheNext() -> None:
    talk = Talk()
    talk.ask()
    talk.hear(whole)
    talk.hear(response(b"Content-Length: 4", body=b"evil"))
    assert talk.closed
    talk.ask()
    assert talk.failure is not None
    assert talk.failure.check(RequestNotSent)
    talk.end()
    assert talk.connection.state == "CONNECTION_LOST"


def test_nobodyWhoHasAnOldResponseReachesTheConnection() -> None:
    talk = Talk()
    talk.ask()
    talk.hear(whole)
    old = talk.response._transport
    talk.ask()
    old.pauseProducing()
    old.loseConnection()
    old.abortConnection()
    assert talk.transport.producerState == "producing"
    assert not talk.closed


def test_aBodyThatNobodyWantsYetIsNotRead() -> None:
    talk = Talk()
    got: list[Any] = []
    talk.connection.request(_request()).addCallback(got.append)
    talk.hear(response(b"Content-Length: 2"), b"a")
    assert talk.transport.producerState == "paused"
    body = Body()
    got[0].deliverBody(body)
    assert talk.transport.producerState == "producing"
    talk.hear(b"b")
    assert (body.data, talk.freed) == (b"ab", 1)


def _request() -> Any:
    from twisted.web._newclient import Request

    return Request(b"GET", b"/", Headers({b"Host": [b"a.example"]}), None, persistent=True)


def test_aBodyThatIsWholeBeforeItIsWantedLeavesTheConnectionFree() -> None:
    talk = Talk()
    got: list[Any] = []
    talk.connection.request(_request()).addCallback(got.append)
    talk.hear(response(b"Content-Length: 2"), b"ab")
    assert (talk.freed, talk.transport.producerState) == (1, "producing")
    body = Body()
    got[0].deliverBody(body)
    assert (body.data, body.ended) == (b"ab", ResponseDone)
    with pytest.raises(RuntimeError):
        got[0].deliverBody(Body())


def test_whoeverHearsThatItIsFreeMayAskAtOnce() -> None:
    asked: list[Deferred[Any]] = []

    def free(connection: HTTP11ClientProtocol) -> None:
        if len(asked) < 3:
            asked.append(connection.request(_request()))

    connection = HTTP11ClientProtocol(free)
    connection.makeConnection(StringTransport())
    asked.append(connection.request(_request()))
    codes: list[int] = []
    for number in range(3):
        asked[number].addCallback(lambda found: codes.append(found.code))
        connection.dataReceived(whole)
    assert codes == [200, 200, 200]


def test_aRequestOnABusyConnectionIsNotSent() -> None:
    talk = Talk()
    talk.ask()
    sent = talk.transport.value()
    refused = failureOf(talk.connection.request(_request()))
    assert refused is not None
    assert refused.check(RequestNotSent)
    assert talk.transport.value() == sent


@pytest.mark.parametrize("bad", [b"a\r\nb", b"a\nb", b"a\0b"])
def test_aHeaderThatWouldEndItsLineIsNotSent(bad: bytes) -> None:
    talk = Talk()
    request = _request()
    request.headers._rawHeaders[b"X"] = [bad]
    failure = failureOf(talk.connection.request(request))
    assert failure is not None
    assert failure.check(RequestGenerationFailed)
    assert failure.value.reasons[0].check(ValueError)
    assert talk.transport.value() == b""


def test_nothingAtAllBeforeTheEndIsToldFromSomething() -> None:
    talk = Talk()
    talk.ask()
    talk.end()
    assert talk.failure is not None
    assert talk.failure.check(ResponseNeverReceived)
    talk = Talk()
    talk.ask()
    talk.hear(b"H").end()
    assert talk.failure is not None
    assert talk.failure.type is ResponseFailed


def test_aResponseBeforeTheEndOfTheRequestClosesTheConnection() -> None:
    talk = Talk()
    producer = Producer()
    talk.ask(b"POST", producer)
    talk.hear(whole)
    assert talk.body.ended is ResponseDone
    assert talk.closed
    assert talk.freed == 0
    producer.done.callback(None)
    talk.end()


def test_aProducerThatIsLateToSayThatItIsDoneCostsNoConnection() -> None:
    talk = Talk()
    producer = Producer()
    talk.ask(b"POST", producer)
    producer.consumer.write(b"abc")
    talk.hear(whole)
    assert (talk.body.ended, talk.freed, talk.closed) == (ResponseDone, 1, False)
    assert talk.transport.producer is None
    talk.ask()
    producer.done.callback(None)
    talk.hear(whole)
    assert (talk.freed, talk.connection.state) == (2, "QUIESCENT")


def test_whatAProducerWritesAfterItsLastByteIsInNobodysRequest() -> None:
    talk = Talk()
    producer = Producer()
    talk.ask(b"POST", producer)
    producer.consumer.write(b"abc")
    talk.hear(whole)
    talk.ask()
    said = talk.transport.value()
    with loggedFailures() as failures:
        producer.consumer.write(b"GET /evil HTTP/1.1")
    assert [failure.type for failure in failures] == [WrongBodyLength]
    assert talk.transport.value() == said
    assert producer.stopped


def test_aProducerThatFailsAfterItsLastByteIsLogged() -> None:
    talk = Talk()
    producer = Producer()
    talk.ask(b"POST", producer)
    producer.consumer.write(b"abc")
    talk.hear(whole)
    with loggedFailures() as failures:
        producer.done.errback(Failure(ZeroDivisionError()))
    assert [failure.type for failure in failures] == [ZeroDivisionError]
    assert talk.body.ended is ResponseDone


def test_whoSaysNoAtLengthIsHeardBeforeTheRequestIsOut() -> None:
    talk = Talk()
    producer = Producer()
    talk.ask(b"POST", producer)
    talk.hear(response(b"Content-Length: 9", status=b"HTTP/1.1 413 Enough", body=b"too"))
    assert talk.response.code == 413
    assert (talk.body.data, talk.transport.producerState) == (b"too", "producing")
    producer.consumer.write(b"abc")
    producer.done.callback(None)
    talk.hear(b" large")
    assert (talk.body.data, talk.body.ended, talk.freed) == (b"too large", ResponseDone, 1)


@pytest.mark.parametrize("end", ["lost", "failed", "whole"])
def test_aResponseThatCameEarlyEndsOnce(end: str) -> None:
    talk = Talk()
    producer = Producer()
    talk.ask(b"POST", producer)
    talk.hear(response(b"Content-Length: 9", status=b"HTTP/1.1 413 Enough", body=b"too"))
    if end == "lost":
        talk.end()
        assert producer.stopped
        assert talk.body.ended is ResponseFailed
    elif end == "failed":
        producer.done.errback(Failure(ZeroDivisionError()))
        assert talk.body.ended is ResponseFailed
        assert talk.transport.disconnected
    else:
        talk.hear(b" large")
        assert talk.body.ended is ResponseDone
        assert talk.closed
    assert talk.failure is None


def test_theEndOfTheConnectionStopsTheProducer() -> None:
    talk = Talk()
    producer = Producer()
    talk.ask(b"POST", producer)
    talk.end()
    assert producer.stopped
    assert talk.failure is not None
    assert talk.failure.check(RequestTransmissionFailed)


def test_aBodyThatFailsClosesTheConnection() -> None:
    talk = Talk()
    producer = Producer()
    producer.done = fail(ZeroDivisionError())
    talk.ask(b"POST", producer)
    assert talk.failure is not None
    assert talk.failure.check(RequestGenerationFailed)
    assert talk.reasons == [ZeroDivisionError]
    assert talk.transport.disconnected


def test_cancellingWaitsForNobody() -> None:
    talk = Talk()
    asked = talk.ask()
    asked.cancel()
    assert talk.transport.disconnected
    assert talk.failure is not None
    assert talk.failure.check(ResponseNeverReceived)
    assert talk.reasons == [CancelledError]
    talk.end()


def test_anAbortedConnectionTellsWhenItIsClosed() -> None:
    talk = Talk()
    closed: list[None] = []
    talk.connection.abort().addCallback(closed.append)
    assert closed == []
    talk.end()
    talk.connection.abort().addCallback(closed.append)
    assert closed == [None, None]


def test_whatABodyReaderRaisesClosesTheConnection() -> None:
    class Raising(Body):
        def dataReceived(self, data: bytes) -> None:
            raise ZeroDivisionError()

    talk = Talk()
    body = Raising()
    talk.connection.request(_request()).addCallback(lambda found: found.deliverBody(body))
    talk.hear(response(b"Content-Length: 2"), b"a")
    assert talk.closed
    assert body.reason is not None
    assert body.reason.value.reasons[0].check(ZeroDivisionError)


def test_objectsShowTheirState() -> None:
    talk = Talk()
    assert repr(talk.connection) == "<HTTP11ClientProtocol QUIESCENT>"
    found = Response((b"HTTP", 1, 1), 404, b"Not Found", Headers(), None)
    assert repr(found) == "<Response 404 Not Found INITIAL>"
    assert found.length is UNKNOWN_LENGTH
    assert repr(_request()) == "<Request GET />"


def test_aProxyOfATransportWithoutAbortClosesIt() -> None:
    class Old:
        closed = 0

        def loseConnection(self) -> None:
            self.closed += 1

    old = Old()
    proxy = TransportProxyProducer(old)
    proxy.abortConnection()
    assert old.closed == 1
    proxy.stopProxying()
    proxy.abortConnection()
    proxy.stopProducing()
    proxy.resumeProducing()
    assert old.closed == 1


def test_aDispatcherKeepsTheNameOfItsTemplate() -> None:
    class Door:
        _state = "OPEN"

        def push(self) -> str:
            """Push it."""
            raise NotImplementedError

        push = makeStatefulDispatcher("push", push)

        def _push_OPEN(self) -> str:
            return "through"

    door = Door()
    assert door.push() == "through"
    assert (Door.push.__name__, Door.push.__doc__) == ("push", "Push it.")
    door._state = "SHUT"
    with pytest.raises(RuntimeError):
        door.push()


def test_theEndOfTheConnectionInTheMiddleOfABodyIsToldOnce() -> None:
    talk = Talk()
    talk.ask()
    talk.hear(response(b"Content-Length: 9", body=b"abc"))
    talk.end()
    assert talk.body.ended is ResponseFailed
    assert talk.body.reason is not None
    assert isinstance(talk.body.reason.value.response, Response)
    assert talk.reasons[0] is ConnectionDone
    assert Failure(ConnectionDone()).check(ConnectionDone)
