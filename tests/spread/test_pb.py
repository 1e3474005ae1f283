"""Brokers: what goes over the wire, who is let go of when, and what a hostile side achieves."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.support.examples import examples
from twisted.cred import checkers, credentials, error, portal
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.logger import LogLevel, globalLogPublisher
from twisted.python.failure import Failure
from twisted.spread import banana, flavors, jelly, pb

from .conversing import Wire, expressions


class Copied(pb.Copyable):
    def __init__(self) -> None:
        self.itself = self


class Copy(pb.RemoteCopy):
    pass


class Kept(pb.Cacheable):
    def __init__(self) -> None:
        self.observers: list[Any] = []

    def getStateToCacheAndObserveFor(self, perspective: Any, observer: Any) -> Any:
        self.observers.append(observer)
        return {"value": 1}

    def stoppedObserving(self, perspective: Any, observer: Any) -> None:
        self.observers.remove(observer)


class KeptCopy(pb.RemoteCache):
    value: int

    def observe_set(self, value: int) -> int:
        self.value = value
        return value + 1

    def observe_fail(self) -> None:
        raise ValueError("cannot")


pb.setUnjellyableForClass(Copied, Copy)
pb.setUnjellyableForClass(Kept, KeptCopy)


class Expected(pb.Error):
    pass


class Unsendable(pb.Copyable):
    def getStateToCopy(self) -> Any:
        raise ValueError("has no state")


class Ref(pb.Referenceable):
    called = 0

    def remote_call(self, *args: Any) -> int:
        self.called += 1
        return self.called


class Root(pb.Root):
    def __init__(self) -> None:
        self.kept = Kept()
        self.ref = Ref()
        self.later: Deferred[Any] = Deferred()

    def remote_echo(self, *args: Any, **kw: Any) -> Any:
        return (args, kw) if kw else args[0]

    async def remote_coroutine(self, value: Any) -> Any:
        return [value, await self.later]

    def remote_later(self) -> Any:
        return self.later

    def remote_ref(self) -> Any:
        return self.ref

    def remote_new(self) -> Any:
        return Ref()

    def remote_kept(self) -> Any:
        return self.kept

    def remote_isKept(self, it: Any) -> bool:
        return it is self.kept

    def remote_copied(self) -> Any:
        return Copied()

    def remote_large(self) -> Any:
        return b"x" * 700_000

    def remote_exit(self) -> Any:
        sys.exit(3)

    def remote_bug(self) -> Any:
        raise KeyError("bug")

    def remote_expected(self) -> Any:
        raise Expected("as told")

    def remote_unsendable(self) -> Any:
        return Unsendable()

    def remote_strange(self) -> Any:
        raise Expected("\udc80")

    def remote_keep(self, it: Any) -> None:
        self.held = it


@pytest.fixture
def wire() -> Any:
    made = Wire(Root())
    made.root.broker.factory.root = made.servers.root
    yield made
    made.lose()


@pytest.fixture
def logged() -> Any:
    """Failures that were logged."""
    events: list[Any] = []

    def observe(event: Any) -> None:
        if event["log_level"] >= LogLevel.critical:
            events.append(event["log_failure"].type)

    globalLogPublisher.addObserver(observe)
    yield events
    globalLogPublisher.removeObserver(observe)


# What goes over the wire; recorded with Twisted 26.10.0


def test_theConnectionBeginsWithTheVersion() -> None:
    factory = pb.PBClientFactory()
    client = factory.buildProtocol(None)
    client.makeConnection(StringTransport())
    root = factory.getRootObject()
    root.addCallback(lambda root: root.callRemote("echo", 1))
    client.dataReceived(b"\x02\x80\x02\x82pb\x04\x82none")
    dialect, spoken = client.transport.value()[:4], client.transport.value()[4:]
    assert dialect == b"\x02\x82pb"
    assert spoken[:6] == b"\x02\x80\x13\x87\x06\x81"
    assert expressions(spoken[6:]) == [
        [b"message", 1, b"root", b"echo", 1, [b"tuple", 1], [b"dictionary"]]
    ]


def test_aCallAndItsAnswer(wire: Wire) -> None:
    assert wire.call("echo", 1, "a", k=b"x") == ((1, "a"), {"k": b"x"})
    args = [b"tuple", 1, [b"unicode", b"a"]]
    kw = [b"dictionary", [[b"unicode", b"k"], b"x"]]
    assert wire.said == [
        ("C", [b"message", 1, b"root", b"echo", 1, args, kw]),
        ("S", [b"answer", 1, [b"tuple", args, kw]]),
    ]


def test_aReferenceIsCountedEachTimeItIsSent(wire: Wire) -> None:
    first, second = wire.call("ref"), wire.call("ref")
    assert [said for side, said in wire.said if side == "S"] == [
        [b"answer", 1, [b"remote", 1]],
        [b"answer", 2, [b"remote", 1]],
    ]
    assert first == second
    assert wire.server.localObjects[1].refcount == 2
    wire.said.clear()
    del first, second
    wire.forget()
    assert wire.said == [("C", [b"decref", 1])] * 2
    assert 1 not in wire.server.localObjects
    assert wire.server.luids == {}


def test_aReferenceThatGoesHomeIsTheObject(wire: Wire) -> None:
    ref = wire.call("ref")
    wire.said.clear()
    wire.call("keep", ref)
    assert wire.said[0][1][5] == [b"tuple", [b"local", 1]]
    assert wire.server.localObjectForID(b"root").held is wire.server.localObjectForID(1)


def test_aReferenceOfAnotherConnectionIsNotSent(wire: Wire) -> None:
    other = Wire(Root())
    reason = wire.call("echo", other.call("ref"))
    assert reason.check(AssertionError)
    other.lose()


def test_aCopyRefersToItself(wire: Wire) -> None:
    copy = wire.call("copied")
    assert type(copy) is Copy
    assert copy.itself is copy  # type: ignore[attr-defined]  # by state


def test_aCachedObjectIsSentOnceAndToldOfChanges(wire: Wire) -> None:
    first, second = wire.call("kept"), wire.call("kept")
    name = f"{__name__}.Kept".encode()
    assert [said for side, said in wire.said if side == "S"] == [
        [b"answer", 1, [name, 1, [b"dictionary", [[b"unicode", b"value"], 1]]]],
        [b"answer", 2, [b"cached", 1]],
    ]
    assert wire.call("isKept", first) is True
    (observer,) = wire.server.localObjectForID("root").kept.observers
    wire.said.clear()
    assert wire.result(observer.callRemote("set", 5)) == 6
    assert (first.value, second.value) == (5, 5)
    assert wire.said[0] == (
        *("S", [b"cachemessage", 1, 1, b"set", 1, [b"tuple", 5], [b"dictionary"]]),
    )
    wire.said.clear()
    del first, second
    wire.forget()
    assert wire.said == [("C", [b"decache", 1])] * 2 + [("S", [b"uncache", 1])]
    assert wire.server.localObjectForID("root").kept.observers == []
    assert wire.client.locallyCachedObjects == wire.server.remotelyCachedObjects == {}
    with pytest.raises(pb.ProtocolError):
        observer.callRemote("set", 6)


def test_aCacheThatFailsTellsSo(wire: Wire, logged: Any) -> None:
    kept = wire.call("kept")
    (observer,) = wire.server.localObjectForID("root").kept.observers
    assert wire.result(observer.remoteMethod("fail")()).check(ValueError)
    assert kept.value == 1
    assert logged == [ValueError]


# Answers


def test_coroutinesAndDeferredsAreAnsweredWhenTheyAreDone(wire: Wire) -> None:
    answer = wire.root.callRemote("coroutine", 1)
    wire.pump()
    assert not answer.called
    wire.server.localObjectForID("root").later.callback(2)
    assert wire.result(answer) == [1, 2]


def test_aCallThatWantsNoAnswerGetsNone(wire: Wire, logged: Any) -> None:
    assert wire.root.callRemote("echo", 1, pbanswer=False) is None
    assert wire.root.callRemote("bug", pbanswer=False) is None
    wire.pump()
    assert [side for side, _ in wire.said] == ["C", "C"]
    assert logged == [KeyError]


@pytest.mark.parametrize(
    ("method", "kind", "words"),
    [
        ("expected", b"Expected", "as told"),
        ("bug", b"KeyError", "'bug'"),
        ("nothing", b"NoSuchMethod", "No such method: remote_nothing"),
        ("unsendable", b"ValueError", "has no state"),
        ("strange", b"Expected", "\\udc80"),
    ],
)
def test_errorsComeWithTheirNamesAndWords(
    wire: Wire, logged: Any, method: str, kind: bytes, words: str
) -> None:
    reason = wire.call(method)
    assert isinstance(reason, pb.CopiedFailure)
    assert reason.type.rpartition(b".")[2] == kind
    assert reason.value == words
    assert reason.traceback == "Traceback unavailable\n"
    assert logged == ([] if kind == b"Expected" else [logged[0]])
    assert reason.check(reason.type.decode()) == reason.type.decode()
    with pytest.raises(pb.RemoteError, match=None) as raised:
        reason.raiseException()
    assert raised.value.remoteType == reason.type
    assert kind.decode() in repr(reason)
    assert str(reason).startswith("[Failure instance: Traceback from remote host -- ")


def test_theOtherSideIsToldWhereOnlyIfItMayKnow() -> None:
    wire = Wire(Root(), unsafeTracebacks=True)
    assert "test_pb.py" in wire.call("expected").traceback
    wire.lose()


def test_anAnswerThatIsTooLargeIsAnError(wire: Wire, logged: Any) -> None:
    """And the connection goes on."""
    assert wire.call("large").type == b"twisted.spread.banana.BananaError"
    assert wire.call("echo", 1) == 1


def test_argumentsThatCannotBeSentAreAnErrorHere(wire: Wire) -> None:
    assert wire.call("echo", b"x" * 700_000).check(banana.BananaError)
    assert wire.call("echo", Unsendable()).check(ValueError)
    assert wire.client.waitingForAnswers == {}
    assert wire.call("echo", 1) == 1


class OwnError(flavors.Jellyable, pb.Error, pb.RemoteCopy):
    pass


class AllowedError(pb.Error, pb.RemoteCopy):
    pass


@pytest.mark.parametrize("kind", [OwnError, AllowedError])
def test_errorsThatCanBeSentAreThemselves(wire: Wire, kind: Any) -> None:
    pb.setUnjellyableForClass(kind, kind)
    wire.server.security = jelly.SecurityOptions()
    wire.server.security.allowInstancesOf(AllowedError)

    def fail() -> None:
        error = kind()
        error.code = 5
        raise error

    wire.server.localObjectForID("root").remote_fail = fail
    reason = wire.call("fail")
    assert type(reason.value) is kind
    assert reason.value.code == 5


def test_anErrorThatIsNoneIsAnError(wire: Wire) -> None:
    answer = wire.root.callRemote("later")
    wire.client.expressionReceived([b"error", 1, [b"list", 1]])
    assert wire.result(answer).check(pb.ProtocolError)


def test_anAnswerThatIsNotAllowedIsAnError(wire: Wire) -> None:
    """Whoever waits for it hears so."""
    answer = wire.root.callRemote("later")
    wire.client.expressionReceived([b"answer", 1, [b"os.system", [b"None"]]])
    assert wire.result(answer).check(jelly.InsecureJelly)


def test_aFailureThatWasReceivedCannotReplaceItsMethods(wire: Wire) -> None:
    answer = wire.root.callRemote("later")
    state = [b"dictionary"] + [
        [[b"unicode", name], value]
        for name, value in (
            *((b"check", 1), (b"printTraceback", 1), (b"setCopyableState", 1), (b"_parents", 5)),
            *((b"__class__", 1), (b"frames", [b"list", 1]), (b"stack", 1), (b"type", 5)),
            *((b"value", [b"list", 1]), (b"parents", 5), (b"traceback", 5), (b"tb", 5)),
        )
    ]
    wire.client.expressionReceived([b"error", 1, [b"twisted.spread.pb.CopyableFailure", state]])
    reason = wire.result(answer)
    assert reason.check(ValueError) is None
    assert reason.getTraceback() == "Traceback from remote host -- 5: [1]\n"
    assert "[1]" in repr(reason)


# Losing the connection


def test_whenTheConnectionIsLostEverythingThatWaitsFails(wire: Wire) -> None:
    told: list[Any] = []
    ref = wire.call("ref")
    kept = wire.call("kept")
    answer = wire.root.callRemote("later")
    answer.addErrback(lambda reason: told.append(reason.type))
    ref.notifyOnDisconnect(lambda it: told.append(it))
    wire.client.notifyOnDisconnect(lambda: 1 / 0)
    wire.client.notifyOnDisconnect(lambda: told.append("broker"))
    observers = wire.server.localObjectForID("root").kept.observers
    wire.pump()
    wire.lose()
    assert told == [pb.PBConnectionLost, ref, "broker"]
    assert observers == []
    for dead in (ref, wire.root):
        with pytest.raises(pb.DeadReferenceError):
            dead.callRemote("echo")
    del ref, kept, dead
    gc.collect()
    assert wire.client.transport.value() == b""


def test_anAnswerThatComesTooLateIsDropped(wire: Wire) -> None:
    answers = [wire.root.callRemote("later"), wire.root.callRemote("coroutine", 1)]
    wire.pump()
    later = wire.server.localObjectForID("root").later
    for answer in answers:
        answer.addErrback(lambda _: None)
    wire.lose()
    later.callback(Ref())
    assert wire.server.transport.value() == b""


def test_whoWantsToKnowNoMoreIsNotTold(wire: Wire) -> None:
    told: list[Any] = []
    ref = wire.call("ref")
    ref.notifyOnDisconnect(told.append)
    ref.dontNotifyOnDisconnect(told.append)
    note = lambda: told.append("broker")  # noqa: E731
    wire.client.notifyOnDisconnect(note)
    wire.client.dontNotifyOnDisconnect(note)
    wire.lose()
    wire.client.dontNotifyOnDisconnect(note)
    assert told == []
    with pytest.raises(AssertionError):
        ref.notifyOnDisconnect(5)


def test_whoAsksTooLateToBeToldHearsSo(wire: Wire) -> None:
    ref = wire.call("ref")
    wire.lose()
    with pytest.raises(pb.DeadReferenceError):
        wire.client.notifyOnDisconnect(lambda: None)
    for _ in range(2):
        with pytest.raises(pb.DeadReferenceError):
            ref.notifyOnDisconnect(lambda it: None)


def test_aCallCannotEndTheProgram(wire: Wire, logged: Any) -> None:
    assert wire.call("exit").type == b"builtins.SystemExit"
    assert logged == [SystemExit]


def test_whoWaitsForTheConnectionIsTold() -> None:
    told: list[Any] = []
    broker = pb.Broker()
    broker.notifyOnConnect(lambda: told.append("connected"))
    broker.notifyOnFail(lambda: told.append("failed"))
    broker.connectionFailed()
    broker.makeConnection(StringTransport())
    broker.dataReceived(b"\x01\x80\x02\x82pb")
    broker.notifyOnConnect(lambda: told.append("at once"))
    assert told == ["failed", "connected", "at once"]


def test_referencesThatAnotherThreadForgetsAreToldInTheReactorsTurn(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Garbage may be collected in any thread; only one may write."""
    from twisted.internet import reactor
    from twisted.python import threadable

    calls: list[Any] = []
    monkeypatch.setattr(threadable, "ioThread", threading.get_ident())
    monkeypatch.setattr(reactor, "callFromThread", lambda *call: calls.append(call))
    held = [wire.call("ref")]
    wire.said.clear()
    thread = threading.Thread(target=held.clear)
    thread.start()
    thread.join()
    assert wire.client.transport.value() == b""
    ((function, *args),) = calls
    function(*args)
    wire.pump()
    assert wire.said == [("C", [b"decref", 1])]


# Bounds, and what makes no sense


def test_thereIsABoundOfReferences() -> None:
    wire = Wire(Root())
    held = [wire.call("new") for _ in range(pb.MAX_BROKER_REFS)]
    assert {type(each) for each in held} == {pb.RemoteReference}
    closed = []
    for _ in range(4):
        assert wire.call("new").type == b"twisted.spread.pb.Error"
        closed.append(wire.server.transport.disconnecting)
    assert closed == [False, False, False, True]
    wire.lose()


@pytest.mark.parametrize(
    "expression",
    [
        *(5, b"x", [], [5], [[b"version", 6]], [b"version"], [b"version", 5], [b"message"]),
        *([b"message", 1, b"root", 5, 1, [b"tuple"], [b"dictionary"]],),
        *([b"message", 1, b"root", b"\xff", 1, [b"tuple"], [b"dictionary"]],),
        *([b"decref", 99], [b"decref", b"root"], [b"decref", [b"list"]], [b"decache", 99]),
        *([b"uncache", 99], [b"answer", 99, 1], [b"answer", b"x", 1], [b"error", 99, 1]),
        *([b"answer", [b"list"], 1], [b"cachemessage", 1, 1]),
    ],
    ids=repr,
)
def test_whatBreaksTheProtocolEndsTheConnection(wire: Wire, expression: Any) -> None:
    """By an error, as anything else that a protocol raises."""
    with pytest.raises(pb.ProtocolError):
        wire.server.expressionReceived(expression)


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ((99, b"x", [b"tuple"], [b"dictionary"]), b"twisted.spread.pb.Error"),
        (([b"list"], b"x", [b"tuple"], [b"dictionary"]), b"builtins.TypeError"),
        ((b"root", b"echo", 5, [b"dictionary"]), b"builtins.TypeError"),
        ((b"root", b"echo", [b"tuple"], 5), b"builtins.TypeError"),
        ((b"root", b"later", [b"tuple", 1], [b"dictionary"]), b"builtins.TypeError"),
        (
            (b"root", b"echo", [b"tuple"], [b"dictionary", [5, 5]]),
            b"twisted.spread.jelly.InsecureJelly",
        ),
        (
            (b"root", b"echo", [b"tuple", [b"os.system", [b"None"]]], [b"dictionary"]),
            b"twisted.spread.jelly.InsecureJelly",
        ),
        ((b"root", b"echo", [b"tuple", [b"cached", 7]], [b"dictionary"]), b"builtins.KeyError"),
        ((b"root", b"echo", [b"tuple", [b"lcache", 7]], [b"dictionary"]), b"builtins.KeyError"),
    ],
    ids=repr,
)
def test_aCallThatMakesNoSenseIsAnswered(wire: Wire, logged: Any, parts: Any, kind: bytes) -> None:
    objectID, name, args, kw = parts
    wire.server.expressionReceived([b"message", 7, objectID, name, 1, args, kw])
    ((word, number, (_, state)),) = expressions(wire.server.transport.value())
    assert (word, number) == (b"error", 7)
    assert [[b"unicode", b"type"], kind] in state


def test_anUnknownExpressionIsAnswered(wire: Wire) -> None:
    wire.server.expressionReceived([b"connectionLost", 1])
    assert expressions(wire.server.transport.value()) == [[b"didNotUnderstand", b"connectionLost"]]
    wire.server.transport.clear()
    wire.server.expressionReceived([b"didNotUnderstand", b"x"])
    assert wire.server.transport.value() == b""


names = st.sampled_from(
    [
        *(b"message", b"answer", b"error", b"decref", b"decache", b"uncache", b"cachemessage"),
        *(b"version", b"root", b"echo", b"keep", b"ref", b"kept", b"later", b"tuple", b"list"),
        *(b"dictionary", b"remote", b"local", b"cached", b"lcache", b"reference", b"unicode"),
        *(b"dereference", f"{__name__}.Kept".encode(), b"twisted.spread.pb.CopyableFailure"),
    ]
)
hostile = st.recursive(
    names | st.integers(-1, 3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=7),
    max_leaves=12,
)
calls = st.builds(
    lambda name, args, kw: [b"message", 1, b"root", name, 1, args, kw],
    names,
    hostile,
    st.just([b"dictionary"]) | hostile,
)


@given(st.lists(hostile | calls, max_size=4))
@settings(max_examples=examples(300), deadline=None)
def test_aHostileSideIsAnsweredOrDropped(said: list[Any]) -> None:
    """Nothing else escapes, and a server goes on with others."""
    wire = Wire(Root())
    try:
        for expression in said:
            wire.server.dataReceived(banana.encode(expression))
            assert expressions(wire.server.transport.value()) is not None
    except (pb.ProtocolError, banana.BananaError):
        pass
    wire.lose()
    gc.collect(0)


def someStream() -> bytes:
    """A dialect, and calls of many kinds."""
    factory = pb.PBClientFactory()
    client: Any = factory.buildProtocol(None)
    client.makeConnection(StringTransport())
    client.dataReceived(b"\x01\x80\x02\x82pb")
    root = client.remoteForName("root")
    shared = [Copied(), {"a": {1, 2}}]
    for arguments in ((1, "text", b"bytes", 1.5, None), (shared, shared), (Ref(), Kept())):
        root.callRemote("echo", *arguments, named=arguments)
    for method in ("ref", "kept", "copied", "later", "bug"):
        root.callRemote(method)
    client.sendCall(b"decref", 1)
    stream: bytes = client.transport.value()
    return stream


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255), st.integers(0, 2)), max_size=5),
    st.integers(1, 200),
)
@settings(max_examples=examples(300), deadline=None)
def test_aStreamWithWrongBytesIsAnsweredOrDropped(changes: Any, step: int) -> None:
    stream = bytearray(someStream())
    for where, byte, kind in changes:
        at = int(where * (len(stream) - 1))
        # Another byte, one more, or one less.
        stream[at : at + (kind != 1)] = bytes((byte,)) if kind != 2 else b""
    server: Any = pb.PBServerFactory(Root()).buildProtocol(None)
    server.makeConnection(StringTransport())
    server.transport.clear()
    try:
        for start in range(0, len(stream), step):
            server.dataReceived(bytes(stream[start : start + step]))
    except (pb.ProtocolError, banana.BananaError):
        pass
    answered = expressions(server.transport.value())
    names = {b"version", b"answer", b"error", b"didNotUnderstand", b"decref", b"decache"}
    assert {each[0] for each in answered} <= names
    server.connectionLost(Failure(ConnectionDone()))


# Logging in


class Avatar(pb.Avatar):
    def __init__(self, realm: Realm, name: Any) -> None:
        self.realm, self.name = realm, name

    def perspective_name(self) -> Any:
        return self.name

    def perspective_view(self) -> Any:
        return View()

    def logout(self) -> None:
        self.realm.left.append(self.name)


class View(pb.Viewable):
    def view_name(self, perspective: Any) -> Any:
        return perspective.name


@implementer(portal.IRealm)
class Realm:
    def __init__(self) -> None:
        self.left: list[Any] = []
        self.minds: list[Any] = []

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        self.minds.append(mind)
        avatar = Avatar(self, avatarId)
        return pb.IPerspective, avatar, avatar.logout


@pytest.fixture
def guarded() -> Any:
    door = portal.Portal(Realm())
    door.registerChecker(checkers.InMemoryUsernamePasswordDatabaseDontUse(bob=b"secret"))
    made = Wire(door)
    made.realm = door.realm  # type: ignore[attr-defined]  # of this fixture
    yield made
    made.lose()


def test_thePasswordIsNotSent(guarded: Any) -> None:
    bob = credentials.UsernamePassword(b"bob", b"secret")
    avatar = guarded.result(guarded.clients.login(bob, Ref()))
    assert b"secret" not in repr(guarded.said).encode()
    assert [said[:4] for _, said in guarded.said if said[0] == b"message"] == [
        [b"message", 1, b"root", b"login"],
        [b"message", 2, 1, b"respond"],
    ]
    assert guarded.result(avatar.callRemote("name")) == b"bob"
    assert isinstance(guarded.realm.minds[0], pb.RemoteReference)
    view = guarded.result(avatar.callRemote("view"))
    assert guarded.result(view.callRemote("name")) == b"bob"


def test_theAnswerToAQuestionIsAsItAlwaysWas() -> None:
    """Recorded with Twisted 26.10.0."""
    answer = b"/w\x94b\xf99$\xd2[!-\x02P\xaa\x9bP"
    assert pb.respond(b"abc", b"pw") == answer
    assert len(pb.challenge()) == 16
    assert pb.challenge() != pb.challenge()


@pytest.mark.parametrize("answer", [b"", b"x" * 16, 5, None, [b"list"], "text"], ids=repr)
def test_aWrongAnswerIsRefused(guarded: Any, logged: Any, answer: Any) -> None:
    _, challenger = guarded.call("login", b"bob")
    reason = guarded.result(challenger.callRemote("respond", answer, None))
    assert reason.check(error.UnauthorizedLogin)
    assert guarded.realm.minds == []


def test_nobodyLogsInWithoutAName(guarded: Any, logged: Any) -> None:
    reason = guarded.result(guarded.clients.login(credentials.Anonymous()))
    assert reason.check(error.UnhandledCredentials)


def test_anAvatarThatNobodyRefersToIsLoggedOut(guarded: Any) -> None:
    bob = credentials.UsernamePassword(b"bob", b"secret")
    avatar = guarded.result(guarded.clients.login(bob))
    assert guarded.realm.left == []
    assert len(guarded.server.disconnects) == 1
    del avatar
    guarded.forget()
    assert guarded.realm.left == [b"bob"]
    assert guarded.server._localCleanup == {}
    assert guarded.server.disconnects == []
    guarded.lose()
    assert guarded.realm.left == [b"bob"]


def test_aLostConnectionLogsOutOnce(guarded: Any) -> None:
    bob = credentials.UsernamePassword(b"bob", b"secret")
    avatar = guarded.result(guarded.clients.login(bob))
    guarded.lose()
    assert guarded.realm.left == [b"bob"]
    with pytest.raises(pb.DeadReferenceError):
        avatar.callRemote("name")


def test_programsMayLogInByHand(guarded: Any) -> None:
    """Clients that reconnect call this private method themselves."""
    avatar = guarded.clients.getRootObject()
    avatar.addCallback(guarded.clients._cbSendUsername, b"bob", b"secret", None)
    assert guarded.result(guarded.result(avatar).callRemote("name")) == b"bob"


# Factories


def test_whoWaitsForTheRootHearsThatThereIsNoConnection() -> None:
    factory = pb.PBClientFactory()
    roots = [factory.getRootObject(), factory.login(credentials.Anonymous())]
    told: list[Any] = []
    for root in roots:
        root.addErrback(lambda reason: told.append(reason.type))
    factory.clientConnectionFailed(None, Failure(ZeroDivisionError()))
    assert told == [ZeroDivisionError] * 2
    assert factory.rootObjectRequests == []


def test_whoReconnectsGoesOnWaiting() -> None:
    factory = pb.PBClientFactory()
    broker = factory.buildProtocol(None)
    broker.makeConnection(StringTransport())
    broker.dataReceived(b"\x01\x80\x02\x82pb")
    found: list[Any] = []
    factory.getRootObject().addCallback(found.append)
    broker.connectionLost(Failure(ZeroDivisionError()))
    factory.getRootObject().addCallback(found.append)
    factory.clientConnectionLost(None, Failure(ZeroDivisionError()), reconnecting=1)
    assert len(found) == 1
    again = factory.buildProtocol(None)
    again.makeConnection(StringTransport())
    again.dataReceived(b"\x01\x80\x02\x82pb")
    assert [root.broker for root in found] == [broker, again]
    factory.disconnect()
    assert again.transport.disconnecting


def test_aBrokerIsLetGoOfWhenItsConnectionIsLost() -> None:
    wire = Wire(Root())
    wire.call("kept")
    watched = weakref.ref(wire.server)
    wire.lose()
    del wire
    gc.collect()
    assert watched() is None


def test_interfacesAreProvided() -> None:
    assert verifyObject(pb.IPBRoot, pb.Root())
    assert verifyObject(pb.IPerspective, Avatar(Realm(), b"x"))
    assert pb.IPerspective.__module__ == "twisted.spread.pb"
    assert pb.Broker.__module__ == pb.RemoteReference.__module__ == "twisted.spread.pb"


def test_referencesAreComparedByWhatTheyReferTo() -> None:
    broker, other = pb.Broker(), pb.Broker()
    refs = [pb.RemoteReference(None, broker, luid, 0) for luid in (1, 1, 2, b"root", b"root")] + [
        pb.RemoteReference(None, other, 1, 0)
    ]
    assert refs[0] == refs[1]
    assert refs[3] == refs[4]
    assert len(set(refs)) == 4
    assert refs[0] != 1
    assert sorted(refs[:4])[:2] == refs[:2]
    assert refs[0].remoteMethod("x") == refs[1].remoteMethod("x")
    assert refs[0].remoteMethod("x") != refs[1].remoteMethod("y")


def test_flavorsAreLight() -> None:
    """The web's requests derive from one: it must bring neither brokers nor logins."""
    program = "import sys, twisted.spread.flavors; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "twisted.spread.flavors" in loaded
    heavy = {"decimal", "dataclasses", "twisted.cred.portal", "twisted.internet.defer"}
    assert loaded & (heavy | {"twisted.spread.pb", "twisted.spread.jelly"}) == set()
