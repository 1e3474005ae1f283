"""Calls over AMP: commands, who answers them, and errors both ways."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.protocols import amp
from twisted.python.failure import Failure


class Refused(Exception):
    pass


class Fatal(Exception):
    pass


class Sum(amp.Command):
    arguments = [(b"a", amp.Integer()), (b"b", amp.Integer()), (b"class", amp.Unicode(True))]
    response = [(b"total", amp.Integer())]
    errors = {Refused: b"REFUSED"}
    fatalErrors = {Fatal: b"FATAL"}


class Tell(amp.Command):
    arguments = [(b"text", amp.Unicode())]
    requiresAnswer = False


class Switch(amp.ProtocolSwitchCommand):
    errors = {Refused: b"REFUSED"}


class Plain(Protocol):
    transport: Any
    received = b""
    reason: Any = None

    def connectionMade(self) -> None:
        self.transport.write(b"plain")

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = reason


class Peer(amp.AMP):
    error: Any = None
    waiting: Any = None

    def __init__(self) -> None:
        amp.AMP.__init__(self)
        self.told: list[str] = []

    @Sum.responder
    def sum(self, a: int, b: int, Class: Any) -> Any:
        if self.error is not None:
            raise self.error
        if Class == "late":
            self.waiting = Deferred()
            return self.waiting
        if Class == "coroutine":
            return self.later(a + b)
        return {"total": a + b} if Class is None else Class

    async def later(self, total: int) -> dict[str, int]:
        await succeed(None)
        return {"total": total}

    @Tell.responder
    def tell(self, text: str) -> dict[str, Any]:
        self.told.append(text)
        return {}

    @Switch.responder
    def switch(self) -> Any:
        if self.error is not None:
            raise self.error
        self.plain = Plain()
        return self.plain

    def amp_STRINGS(self, box: Any) -> Any:
        return amp.Box(size=b"%d" % len(box))


class Pair:
    """Two peers in memory, and a log."""

    def __init__(self) -> None:
        self.peers = Peer(), Peer()
        self.client, self.server = self.peers
        self.ends = StringTransport(), StringTransport()
        for peer, end in zip(self.peers, self.ends, strict=True):
            peer.makeConnection(end)

    def pump(self) -> None:
        for _ in range(6):
            for at in (0, 1):
                data = self.ends[at].value()
                self.ends[at].clear()
                if data and self.peers[1 - at].transport is not None:
                    self.peers[1 - at].dataReceived(data)

    def call(self, *args: Any, **kw: Any) -> Any:
        """Gives what came of a call: the answer, the exception, or None for nothing yet."""
        results: list[Any] = []
        answer = self.client.callRemote(*args, **kw)
        if answer is not None:
            answer.addBoth(results.append)
        self.pump()
        if not results:
            return None
        return results[0].value if isinstance(results[0], Failure) else results[0]


@pytest.fixture
def pair() -> Pair:
    return Pair()


@pytest.fixture
def logged() -> Any:
    """The failures that are logged."""
    seen: list[Any] = []

    def observe(event: Any) -> None:
        if "log_failure" in event:
            seen.append(event["log_failure"].value)

    globalLogPublisher.addObserver(observe)
    yield seen
    gc.collect(0)
    globalLogPublisher.removeObserver(observe)


def test_aCallIsAnswered(pair: Pair, logged: list[Any]) -> None:
    assert pair.call(Sum, a=1, b=2) == {"total": 3}
    assert pair.call(Sum, a=1, b=2, Class="coroutine") == {"total": 3}
    assert logged == []


def test_aCallLooksLikeThisOnTheWire(pair: Pair) -> None:
    pair.client.callRemote(Sum, a=1, b=2).addErrback(lambda _: None)
    assert pair.ends[0].value() == (
        b"\0\4_ask\0\0011\0\x08_command\0\3Sum\0\1a\0\0011\0\1b\0\0012\0\0"
    )


def test_manyCallsAreAnsweredInWhateverOrder(pair: Pair) -> None:
    results: list[Any] = []
    for number in range(100):
        pair.client.callRemote(Sum, a=number, b=0).addCallback(results.append)
    pair.client.callRemote(Sum, a=0, b=0, Class="late").addCallback(results.append)
    pair.client.callRemote(Sum, a=-1, b=0).addCallback(results.append)
    pair.pump()
    assert [answer["total"] for answer in results] == [*range(100), -1]
    pair.server.waiting.callback({"total": 7})
    pair.pump()
    assert results[-1] == {"total": 7}


def test_aCommandWithoutAnswerGivesNothing(pair: Pair) -> None:
    assert pair.client.callRemote(Tell, text="é") is None
    assert b"_ask" not in pair.ends[0].value()
    pair.pump()
    assert pair.server.told == ["é"]
    assert pair.ends[1].value() == b""


def test_stringsCanBeSentWithoutACommand(pair: Pair) -> None:
    answer: list[Any] = []
    called = pair.client.callRemoteString(b"strings", a=b"1")
    assert called is not None
    called.addCallback(answer.append)
    pair.pump()
    assert answer[0][b"size"] == b"3"


def test_anErrorThatTheCommandListsIsTheSameOnTheOtherSide(pair: Pair, logged: list[Any]) -> None:
    pair.server.error = Refused("no")
    result = pair.call(Sum, a=1, b=2)
    assert type(result) is Refused and result.args == ("no",)
    assert not pair.ends[1].disconnecting and logged == []


def test_aFatalErrorClosesTheConnectionAfterItWasSent(pair: Pair) -> None:
    pair.server.error = Fatal("end")
    assert type(pair.call(Sum, a=1, b=2)) is Fatal
    assert pair.ends[1].disconnecting


def test_anErrorThatIsNotListedIsLoggedAndTellsNothing(pair: Pair, logged: list[Any]) -> None:
    pair.server.error = ZeroDivisionError("secret")
    result = pair.call(Sum, a=1, b=2)
    assert type(result) is amp.UnknownRemoteError
    assert "secret" not in str(result)
    assert logged == [pair.server.error]
    assert pair.ends[1].disconnecting


def test_anErrorWithVeryManyWordsIsCutAndNotLost(pair: Pair) -> None:
    pair.server.error = Refused("x" * 100_000)
    result = pair.call(Sum, a=1, b=2)
    assert type(result) is Refused and len(result.args[0]) == 65535


@pytest.mark.parametrize("returned", ["x", "[]", "{}"])
def test_anAnswerThatCannotBeSentSaysWhatItWas(
    pair: Pair, logged: list[Any], returned: str
) -> None:
    assert type(pair.call(Sum, a=1, b=2, Class=returned)) is amp.UnknownRemoteError
    assert type(logged[0]) is amp.BadLocalReturn
    assert repr(returned) in repr(logged[0])


@pytest.mark.parametrize("name", [b"nobody", b"b\xffd", b"", b"__class__", b"\0\r\n"])
def test_anUnknownCommandIsRefusedAndTheConnectionStays(pair: Pair, name: bytes) -> None:
    results: list[Any] = []
    called = pair.client.callRemoteString(name)
    assert called is not None
    called.addErrback(results.append)
    pair.pump()
    assert results[0].check(amp.UnhandledCommand)
    assert pair.call(Sum, a=1, b=2) == {"total": 3}


@pytest.mark.parametrize("box", [{b"a": b"x", b"b": b"1"}, {b"a": b"1"}])
def test_argumentsThatCannotBeReadAreAnError(
    pair: Pair, logged: list[Any], box: dict[bytes, bytes]
) -> None:
    pair.server.dataReceived(amp.Box({**box, b"_command": b"Sum", b"_ask": b"1"}).serialize())
    assert b"UNKNOWN" in pair.ends[1].value()
    assert len(logged) == 1 and pair.ends[1].disconnecting


@pytest.mark.parametrize("box", [{b"_answer": b"1"}, {b"_error": b"1"}, {b"_answer": b""}])
def test_anAnswerToNothingEndsTheConnectionWithAReason(
    pair: Pair, logged: list[Any], box: dict[bytes, bytes]
) -> None:
    pair.client.dataReceived(amp.Box(box).serialize())
    assert [type(error) for error in logged] == [amp.MalformedAmpBox]
    assert pair.ends[0].disconnecting


def test_anAnswerThatLacksSomethingFailsTheCall(pair: Pair) -> None:
    results: list[Any] = []
    pair.client.callRemote(Sum, a=1, b=2).addErrback(results.append)
    pair.client.dataReceived(amp.Box(_answer=b"1").serialize())
    pair.client.callRemote(Sum, a=1, b=2).addErrback(results.append)
    pair.client.dataReceived(amp.Box(_error=b"2").serialize())
    assert results[0].check(KeyError)
    assert results[1].check(amp.UnknownRemoteError)


def test_aBoxThatIsNeitherQuestionNorAnswerIsRefused(pair: Pair) -> None:
    for box in (b"\0\0", b"\0\1a\0\1b\0\0"):
        with pytest.raises(amp.NoEmptyBoxes):
            pair.client.dataReceived(box)


def test_anErrorThatNobodyDealsWithEndsTheConnection(pair: Pair, logged: list[Any]) -> None:
    pair.server.error = Refused("no")
    pair.client.callRemote(Sum, a=1, b=2)
    pair.pump()
    assert [type(error) for error in logged] == [Refused]
    assert pair.ends[0].disconnecting


def test_aLostConnectionFailsWhatWaitsAndWhatComesLater(pair: Pair) -> None:
    results: list[Any] = []
    pair.client.callRemote(Sum, a=1, b=2).addErrback(results.append)
    pair.client.connectionLost(Failure(ConnectionDone()))
    pair.client.callRemote(Sum, a=1, b=2).addErrback(results.append)
    assert pair.client.callRemote(Tell, text="") is None
    assert [failure.type for failure in results] == [ConnectionDone] * 2
    with pytest.raises(ConnectionLost):
        pair.client.sendBox(amp.Box(a=b""))


def test_anAnswerThatComesTooLateIsDropped(pair: Pair, logged: list[Any]) -> None:
    pair.call(Sum, a=1, b=2, Class="late")
    pair.server.connectionLost(Failure(ConnectionDone()))
    pair.server.waiting.callback({"total": 1})
    assert logged == []


def test_mistakesInCallsAreTheCallers(pair: Pair) -> None:
    with pytest.raises(amp.InvalidSignature, match="wants more arguments: a, b"):
        Sum()
    with pytest.raises(amp.InvalidSignature, match="no argument 'c'"):
        pair.client.callRemote(Sum, a=1, b=2, c=3)
    assert type(pair.call(Sum, a=1)) is amp.InvalidSignature
    with pytest.raises(amp.TooLong):
        pair.client.callRemote(Tell, text="x" * 65536)
    with pytest.raises(amp.TooLong):
        pair.client.callRemote(Sum, a=1, b=2, Class="x" * 65536)
    assert pair.client._outstandingRequests == {}


@pytest.mark.parametrize(
    "attributes",
    [
        {"commandName": "text"},
        {"arguments": [("text", None)]},
        {"response": [("text", None)]},
        {"errors": {ValueError: "text"}},
        {"fatalErrors": [(ValueError, "text")]},
    ],
)
def test_namesInCommandsAreBytes(attributes: Any) -> None:
    with pytest.raises(TypeError, match="'text'"):
        type("Wrong", (amp.Command,), attributes)


def test_commandsInheritErrorsAndLocatorsResponders() -> None:
    class More(Sum):
        errors = {ValueError: b"VALUE"}

    assert More.allErrors == {Refused: b"REFUSED", ValueError: b"VALUE", Fatal: b"FATAL"}
    assert More.reverseErrors[b"VALUE"] is ValueError
    assert More.commandName == b"More"

    class Other(Peer):
        @Sum.responder
        def other(self, a: int, b: int, Class: Any) -> Any:
            return {"total": a * b}

    for kind, total in ((Peer, b"6"), (Other, b"8"), (type("Heir", (Other,), {}), b"8")):
        box = amp.Box(a=b"2", b=b"4")
        results: list[Any] = []
        kind().locateResponder(b"Sum")(box).addCallback(results.append)
        assert results == [{b"total": total}]


def test_theOlderNameForLocatingStillWorksWithAWarning() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert Peer().lookupFunction(b"Sum") is not None
    assert [(w.category, w.filename) for w in seen] == [(PendingDeprecationWarning, __file__)]


def test_aSwitchGivesBothSidesToTheOtherProtocol(pair: Pair) -> None:
    class Recording(ClientFactory):
        reason: Any = None

        def clientConnectionLost(self, connector: Any, reason: Any) -> None:
            self.reason = reason

    factory = Recording()
    factory.protocol = Plain
    done: list[Any] = []
    pair.client.callRemote(Switch, factory).addCallback(done.append)
    with pytest.raises(amp.ProtocolSwitched):
        pair.client.callRemote(Sum, a=1, b=2)
    pair.pump()
    assert done == [{}]
    inner = pair.client.innerProtocol
    assert (inner.received, pair.server.plain.received) == (b"plain", b"plain")
    with pytest.raises(amp.ProtocolSwitched):
        pair.client._unlockFromSwitch()
    assert repr(inner) in repr(pair.client)
    pair.client.connectionLost(Failure(ConnectionDone()))
    assert inner.reason.check(ConnectionDone) and factory.reason.check(ConnectionDone)


def test_bytesAfterTheSwitchAreOfTheOtherProtocolHoweverCut() -> None:
    wire = amp.Box(_command=b"Switch", _ask=b"1").serialize() + b"\0\0\1\xffrest"
    for at in range(len(wire) + 1):
        pair = Pair()
        pair.server.dataReceived(wire[:at])
        if at < len(wire):
            pair.server.dataReceived(wire[at:])
        assert pair.server.plain.received == b"\0\0\1\xffrest"


def test_aRefusedSwitchLeavesAMP(pair: Pair) -> None:
    pair.server.error = Refused("no")
    failed: list[Any] = []
    factory = ClientFactory()
    factory.clientConnectionFailed = lambda *args: failed.append(args)  # type: ignore[method-assign]  # a spy
    assert type(pair.call(Switch, factory)) is Refused
    assert failed[0][0] is None
    pair.server.error = None
    assert pair.call(Sum, a=1, b=2) == {"total": 3}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_randomBytesAreAnsweredOrEndIt(chunks: list[bytes]) -> None:
    pair = Pair()
    for chunk in chunks:
        try:
            pair.server.dataReceived(chunk)
        except amp.NoEmptyBoxes:
            break
    reader = pair.server._reader
    if reader is not None:
        assert len(reader._data) + len(reader._partial or b"") <= 65537
    gc.collect(0)


def test_aKeyThatIsTooLongEndsItAndNothingIsReadAfterThat(pair: Pair) -> None:
    pair.server.dataReceived(b"GET / HTTP/1.1\r\n")
    assert pair.ends[1].disconnecting
    pair.server.dataReceived(amp.Box(_command=b"Tell", text=b"x").serialize())
    assert pair.server.told == []


def test_aBoxBeyondTheBoundEndsItWithAReason(pair: Pair, logged: list[Any]) -> None:
    pair.server.maxBoxBytes = 100
    pair.server.dataReceived(b"\0\1a\0\x62" + b"x" * 98)
    assert not pair.ends[1].disconnecting
    pair.server.dataReceived(b"\0\1b\0\1y")
    assert pair.ends[1].disconnecting
    assert [type(error) for error in logged] == [amp.MalformedAmpBox]
    results: list[Any] = []
    pair.server.callRemote(Sum, a=1, b=2).addErrback(results.append)
    pair.server.connectionLost(Failure(ConnectionDone()))
    assert results[0].check(amp.MalformedAmpBox)


def test_aPausedPeerHandsNothingOn(pair: Pair) -> None:
    pair.server.pauseProducing()
    pair.client.callRemote(Tell, text="a")
    pair.client.callRemote(Tell, text="b")
    pair.pump()
    assert pair.server.told == []
    pair.server.resumeProducing()
    assert pair.server.told == ["a", "b"]


def test_stringsGivenOneByOneMakeABoxToo() -> None:
    got: list[Any] = []

    class Receiver:
        ampBoxReceived = got.append

    protocol = amp.BinaryBoxProtocol(Receiver())
    for string in (b"a", b"1", b"", b"b", b"2", b""):
        protocol.stringReceived(string)
    assert got == [{b"a": b"1"}, {b"b": b"2"}]


def test_aResponderThatForgetsItsAnswerIsToldSo_alsoWhereNothingIsAnswered() -> None:
    class Tell(amp.Command):
        pass

    class Forgetful(amp.AMP):
        @Tell.responder
        def hear(self) -> None:
            return None

    failures: list[Any] = []
    Forgetful().dispatchCommand(amp.AmpBox(_command=b"Tell")).addErrback(failures.append)
    assert failures[0].check(amp.BadLocalReturn) and "None" in str(failures[0].value)
