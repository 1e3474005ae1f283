"""
What every stream transport must do, whatever carries it.

A test file that has a fixture ``link`` (it takes the protocols of both ends and connects them:
see `tests.support.streams`) runs all of it by importing these tests. What an in-memory transport
has no part in (sizes of kernel buffers, resets) is in `tests.contracts.sockets`.
"""

from __future__ import annotations

from tests.support.streams import Connect, Recorder
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import ITransport
from twisted.python.failure import Failure


def test_bothSidesAreToldOnceThatTheyAreConnected(link: Connect) -> None:
    ends = link()
    assert ends.server.events == ends.client.events == ["made"]
    assert ends.server.connected and ends.client.connected


def test_whatIsWrittenComesOutInOrder(link: Connect) -> None:
    ends = link()
    sent = [bytes([n]) * n for n in range(1, 60)]
    for each in sent:
        ends.client.transport.write(each)
    ends.until(lambda: len(ends.server.received) >= sum(map(len, sent)))
    assert ends.server.received == b"".join(sent)


def test_bothDirectionsAreIndependent(link: Connect) -> None:
    ends = link()
    ends.client.transport.write(b"to the server")
    ends.server.transport.write(b"to the client")
    ends.until(lambda: ends.server.received and ends.client.received)
    assert (ends.server.received, ends.client.received) == (b"to the server", b"to the client")


def test_whatIsReceivedIsBytes(link: Connect) -> None:
    ends = link()
    ends.client.transport.write(b"x")
    ends.until(lambda: ends.server.received)
    assert {type(chunk) for chunk in ends.server.chunks} == {bytes}


def test_anEmptyWriteSendsNothing(link: Connect) -> None:
    ends = link()
    ends.client.transport.write(b"")
    ends.client.transport.write(b"after")
    ends.until(lambda: ends.server.received)
    assert ends.server.chunks == [b"after"]


def test_writeSequenceWritesAllParts(link: Connect) -> None:
    ends = link()
    ends.client.transport.writeSequence([b"one ", b"", b"two ", b"three"])
    ends.until(lambda: len(ends.server.received) >= 13)
    assert ends.server.received == b"one two three"


def test_bytesWrittenWhenConnectedAreSent(link: Connect) -> None:
    server = Recorder()
    server.onMade = lambda: server.transport.write(b"greeting")
    ends = link(server)
    ends.until(lambda: ends.client.received)
    assert ends.client.received == b"greeting"


def test_loseConnectionEndsBothSidesInGoodOrder(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert ends.client.events == ends.server.events == ["made", "lost"]
    assert ends.client.error is ConnectionDone
    assert ends.server.error is ConnectionDone


def test_theReasonIsAFailure(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert isinstance(ends.client.reason, Failure)
    assert isinstance(ends.server.reason, Failure)


def test_whatWasWrittenBeforeLoseConnectionIsSent(link: Connect) -> None:
    ends = link()
    ends.client.transport.write(b"last words")
    ends.client.transport.loseConnection()
    ends.untilLost()
    assert ends.server.received == b"last words"


def test_connectionLostIsNotCalledFromWithinLoseConnection(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    assert not ends.client.lost
    ends.untilLost()


def test_loseConnectionTwiceIsOnce(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.client.transport.loseConnection()
    ends.untilLost()
    ends.pause()
    assert ends.client.events == ends.server.events == ["made", "lost"]


def test_loseConnectionOfBothSidesAtOnce(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.server.transport.loseConnection()
    ends.untilLost()
    assert ends.client.events == ends.server.events == ["made", "lost"]


def test_loseConnectionWhenConnected(link: Connect) -> None:
    server = Recorder()

    def greetAndGo() -> None:
        server.transport.write(b"no room")
        server.transport.loseConnection()

    server.onMade = greetAndGo
    ends = link(server)
    ends.untilLost()
    assert ends.client.received == b"no room"
    assert ends.client.error is ends.server.error is ConnectionDone


def test_loseConnectionFromDataReceivedSendsTheAnswer(link: Connect) -> None:
    server = Recorder()

    def answerAndGo(data: bytes) -> None:
        server.transport.write(data.upper())
        server.transport.loseConnection()

    server.onData = answerAndGo
    ends = link(server)
    ends.client.transport.write(b"question")
    ends.untilLost()
    assert ends.client.received == b"QUESTION"


def test_methodsOfALostTransportDoNothing(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.untilLost()
    for end in (ends.client, ends.server):
        transport = end.transport
        transport.write(b"too late")
        transport.writeSequence([b"too", b"late"])
        transport.loseConnection()
        transport.abortConnection()
    ends.pause()
    assert ends.client.events == ends.server.events == ["made", "lost"]


def test_disconnectingSaysThatTheEndWasAskedFor(link: Connect) -> None:
    ends = link()
    assert not ends.client.transport.disconnecting
    ends.client.transport.loseConnection()
    assert ends.client.transport.disconnecting
    ends.untilLost()


def test_abortConnectionEndsBothSides(link: Connect) -> None:
    ends = link()
    ends.client.transport.abortConnection()
    ends.untilLost()
    assert ends.client.events == ends.server.events == ["made", "lost"]
    assert ends.client.error in (ConnectionAborted, ConnectionDone)
    assert ends.server.error in (ConnectionLost, ConnectionDone)


def test_abortAfterLoseIsOneEnd(link: Connect) -> None:
    ends = link()
    ends.client.transport.loseConnection()
    ends.client.transport.abortConnection()
    ends.untilLost()
    ends.pause()
    assert ends.client.events.count("lost") == ends.server.events.count("lost") == 1


def test_aTransportProvidesITransport(link: Connect) -> None:
    ends = link()
    assert ITransport.providedBy(ends.client.transport)
    assert ITransport.providedBy(ends.server.transport)


def test_addressesAreThoseOfBothEnds(link: Connect) -> None:
    ends = link()
    client, server = ends.client.transport, ends.server.transport
    for each in (client.getHost(), client.getPeer(), server.getHost(), server.getPeer()):
        assert each is not None


def test_aProducerWritesItsAll(link: Connect) -> None:
    ends = link()
    parts = [b"one", b"two", b"three"]

    class Pull:
        def resumeProducing(self) -> None:
            if parts:
                ends.client.transport.write(parts.pop(0))
            else:
                ends.client.transport.unregisterProducer()
                ends.client.transport.loseConnection()

        def stopProducing(self) -> None:
            raise AssertionError("it produced all")

    ends.client.transport.registerProducer(Pull(), False)
    ends.untilLost()
    assert ends.server.received == b"onetwothree"
