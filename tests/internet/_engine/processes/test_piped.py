"""Children with pipes: what is written, read, closed and told, in which order."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.support import drive, openDescriptors
from tests.support.streams import loggedFailures, turns
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready, ProcessTerminated
from twisted.internet.interfaces import (
    IConsumer,
    IProcessTransport,
    IPullProducer,
    IPushProducer,
    IReactorProcess,
)

from .children import Listener, heard, python, shell


def cat(reactor: Any, listener: Listener, **options: Any) -> Any:
    return heard(reactor, listener, "/bin/cat", ["cat"], **options)


def test_reactorAndTransportProvideTheirInterfaces(reactor: Any) -> None:
    assert verifyObject(IReactorProcess, reactor)
    transports: list[Any] = []
    shell(reactor, Listener(onMade=transports.append), "true")
    for each in (IProcessTransport, IConsumer, IPushProducer):
        assert verifyObject(each, transports[0])


def test_whatIsWrittenIsReadAndComesBack(eachReactor: Any) -> None:
    def talk(child: Any) -> None:
        child.write(b"one ")
        child.writeSequence([b"two ", b"three "])
        child.writeToChild(0, b"four")
        child.closeStdin()

    listener = Listener(onMade=talk)

    how = cat(eachReactor, listener)

    assert listener.received == {1: b"one two three four"}
    assert isinstance(how, ProcessDone)
    assert (how.exitCode, how.signal, how.status) == (0, None, 0)


def test_theEventsComeInTheirOrder(eachReactor: Any) -> None:
    listener = Listener(onData=lambda child: child.closeStdin())

    shell(eachReactor, listener, "echo out; echo err >&2; cat")

    events = listener.events
    assert events[0] == "made"
    assert events[-1] == "ended"
    assert sorted(set(events[1:-1])) == ["data 1", "data 2", "exited", "lost 0", "lost 1", "lost 2"]
    for once in ("made", "exited", "ended", "lost 0", "lost 1", "lost 2"):
        assert events.count(once) == 1
    for fd in (1, 2):
        assert events.index(f"data {fd}") < events.index(f"lost {fd}")


def test_muchComesWholeThoughTheChildHasExited(eachReactor: Any) -> None:
    listener = Listener()

    how = shell(eachReactor, listener, "head -c 1000000 /dev/zero; echo end")

    assert len(listener.received[1]) == 1000004
    assert listener.received[1].endswith(b"\0end\n")
    assert isinstance(how, ProcessDone)


def test_muchIsWrittenThoughTheChildReadsSlowly(eachReactor: Any) -> None:
    def talk(child: Any) -> None:
        child.write(b"x" * 1_000_000)
        child.closeStdin()

    listener = Listener(onMade=talk)

    shell(eachReactor, listener, "sleep 0.05; wc -c")

    assert listener.received[1].strip() == b"1000000"


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_theExitCodeIsTold(reactor: Any, code: int) -> None:
    listener = Listener()

    how = shell(reactor, listener, f"exit {code}")

    assert isinstance(how, ProcessTerminated if code else ProcessDone)
    assert (how.exitCode, how.signal) == (code, None)
    assert how.status == code << 8
    exited = listener.exitReason
    assert type(exited) is type(how)
    assert (exited.exitCode, exited.signal, exited.status) == (code, None, how.status)


@pytest.mark.parametrize("name", ["TERM", "SIGKILL", "INT", "HUP", "USR1", signal.SIGTERM, 9])
def test_aSignalIsSentByNameOrNumberAndTold(reactor: Any, name: str | int) -> None:
    listener = Listener(onData=lambda child: child.signalProcess(name))

    how = shell(reactor, listener, "echo ready; exec sleep 10")

    short = name if isinstance(name, int) else "SIG" + name.replace("SIG", "")
    wanted = short if isinstance(short, int) else signal.Signals[short].value
    assert isinstance(how, ProcessTerminated)
    assert (how.exitCode, how.signal) == (None, wanted)
    assert how.status is not None and os.WTERMSIG(how.status) == wanted


def test_anUnknownSignalIsRefusedAndTheKnownOnesAreNamed(reactor: Any) -> None:
    refused: list[str] = []

    def talk(child: Any) -> None:
        with pytest.raises(ValueError, match="NOPE") as caught:
            child.signalProcess("NOPE")
        refused.append(str(caught.value))
        child.closeStdin()

    cat(reactor, Listener(onMade=talk))

    assert "TERM" in refused[0]


def test_aSignalToWhatHasEndedIsRefused(reactor: Any) -> None:
    children: list[Any] = []
    shell(reactor, Listener(onMade=children.append), "true")

    assert children[0].pid is None
    with pytest.raises(ProcessExitedAlready):
        children[0].signalProcess("TERM")


def test_aSignalToWhatSomebodyElseReapedIsRefused(reactor: Any) -> None:
    refused: list[bool] = []

    def talk(child: Any) -> None:
        os.waitpid(child.pid, 0)
        with pytest.raises(ProcessExitedAlready):
            child.signalProcess("TERM")
        refused.append(True)

    shell(reactor, Listener(onMade=talk), "true")

    assert refused == [True]


def test_aChildThatIgnoresSIGTERMCanBeKilled(reactor: Any) -> None:
    def end(child: Any) -> None:
        child.signalProcess("TERM")
        reactor.callLater(0.05, child.signalProcess, "KILL")

    how = shell(
        reactor, Listener(onData=end), "trap '' TERM; echo up; while :; do sleep 0.02; done"
    )

    assert how.signal == signal.SIGKILL


def test_childFDsSayWhatEachDescriptorIs(eachReactor: Any) -> None:
    ours, theirs = os.pipe()

    def talk(child: Any) -> None:
        child.writeToChild(3, b"to three")
        child.closeChildFD(3)

    listener = Listener(onMade=talk)
    try:
        shell(
            eachReactor,
            listener,
            "cat <&3 >&4; echo five >&5; echo ours >&6",
            childFDs={3: "w", 4: "r", 5: "r", 6: theirs},
        )
        os.set_blocking(ours, False)
        assert os.read(ours, 100) == b"ours\n"
    finally:
        os.close(ours)
        os.close(theirs)

    assert listener.received == {4: b"to three", 5: b"five\n"}
    assert sorted(each for each in listener.events if "lost" in each) == [
        "lost 3",
        "lost 4",
        "lost 5",
    ]


def test_ourDescriptorsCanBeCrossed(reactor: Any) -> None:
    first, second = os.pipe(), os.pipe()
    listener = Listener()
    try:
        # Each number shall be the other one in the child.
        python(
            reactor,
            listener,
            f"import os; os.write({first[1]}, b'a'); os.write({second[1]}, b'b')",
            childFDs={first[1]: second[1], second[1]: first[1], 2: "r"},
        )
        assert (os.read(first[0], 9), os.read(second[0], 9)) == (b"b", b"a")
    finally:
        for fd in (*first, *second):
            os.close(fd)


def test_closingAnInputPipeIsNoticedWithoutWriting(eachReactor: Any) -> None:
    listener = Listener()

    def lost(child: Any) -> None:
        if listener.events[-1] == "lost 0":
            child.signalProcess("KILL")

    listener.onLost = lost

    shell(eachReactor, listener, "exec 0<&-; exec sleep 10")

    assert listener.events[:2] == ["made", "lost 0"]


def test_theChildLosesTheOutputPipesThatWeClose(reactor: Any) -> None:
    def close(child: Any) -> None:
        child.closeStdout()
        child.closeStderr()

    listener = Listener(onMade=close)

    how = shell(reactor, listener, "sleep 0.05; trap 'exit 7' PIPE; echo x; echo y; echo z")

    assert listener.received == {}
    assert how.exitCode == 7 or how.signal == signal.SIGPIPE


def test_losingTheConnectionClosesTheThreeStandardPipes(reactor: Any) -> None:
    listener = Listener(onMade=lambda child: child.loseConnection())

    how = cat(reactor, listener)

    assert isinstance(how, ProcessDone)
    assert sorted(listener.events[1:4]) == ["lost 0", "lost 1", "lost 2"]
    assert listener.events[4:] == ["exited", "ended"]


def test_writingWhereNothingIsOpen(reactor: Any) -> None:
    outcomes: list[str] = []

    def talk(child: Any) -> None:
        with pytest.raises(KeyError):
            child.writeToChild(13, b"x")
        child.closeChildFD(13)
        child.closeStdin()
        child.write(b"not sent")
        outcomes.append("refused")

    listener = Listener(onMade=talk)
    children: list[Any] = []
    listener.onExited = children.append
    cat(reactor, listener)

    children[0].write(b"too late")
    children[0].writeSequence([b"too late"])
    children[0].closeStdin()
    with pytest.raises(KeyError):
        children[0].writeToChild(0, b"too late")
    assert outcomes == ["refused"]
    assert listener.received.get(1, b"") in (b"", b"not sent")


def test_aProcessHasNoAddress(reactor: Any) -> None:
    refused: list[bool] = []

    def ask(child: Any) -> None:
        for method in (child.getHost, child.getPeer):
            with pytest.raises(NotImplementedError):
                method()
            refused.append(True)

    shell(reactor, Listener(onMade=ask), "true")

    assert refused == [True, True]


def test_itsReprShowsItsState(reactor: Any) -> None:
    shown: list[str] = []
    listener = Listener(
        onMade=lambda child: shown.extend([repr(child), str(child.pid), repr(child.pipes[1])])
    )
    children: list[Any] = []
    listener.onExited = children.append

    shell(reactor, listener, "exit 1")

    assert shown[0] == f"<Process pid={shown[1]} status=-1>"
    assert shown[2] == f"<ProcessReader 1 of {shown[0]}>"
    assert repr(children[0]) == "<Process pid=None status=256>"


@implementer(IPushProducer)
class Push:
    """Writes down what it is told; writes when asked for more."""

    def __init__(self, child: Any) -> None:
        self.child, self.told = child, []  # type: ignore[var-annotated]  # of words

    def start(self) -> None:
        self.child.registerProducer(self, True)
        self.child.write(b"x" * 300_000)

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")
        self.child.unregisterProducer()
        self.child.closeStdin()

    def stopProducing(self) -> None:
        self.told.append("stop")


def test_aPushProducerIsPausedUntilTheChildHasRead(reactor: Any) -> None:
    producers: list[Push] = []

    def begin(child: Any) -> None:
        producers.append(Push(child))
        producers[0].start()

    listener = Listener(onMade=begin)
    shell(reactor, listener, "wc -c")

    assert producers[0].told == ["pause", "resume"]
    assert listener.received[1].strip() == b"300000"


@implementer(IPullProducer)
class Pull:
    """Writes one of some pieces whenever it is asked."""

    def __init__(self, child: Any, pieces: list[bytes]) -> None:
        self.child, self.pieces = child, pieces
        self.stopped = False

    def resumeProducing(self) -> None:
        if self.pieces:
            self.child.write(self.pieces.pop(0))
        else:
            self.child.unregisterProducer()
            self.child.closeStdin()

    def stopProducing(self) -> None:
        self.stopped = True


def test_aPullProducerIsAskedUntilItIsDone(reactor: Any) -> None:
    def begin(child: Any) -> None:
        child.registerProducer(Pull(child, [b"a", b"b", b"c"]), False)

    listener = Listener(onMade=begin)
    cat(reactor, listener)

    assert listener.received[1] == b"abc"


def test_aProducerIsStoppedWhenTheChildReadsNoMore(reactor: Any) -> None:
    producers: list[Push] = []

    def begin(child: Any) -> None:
        producers.append(Push(child))
        producers[0].start()

    shell(reactor, Listener(onMade=begin), "sleep 0.02")

    assert producers[0].told == ["pause", "stop"]


def test_aProducerForWhatIsClosedIsStopped(reactor: Any) -> None:
    producers: list[Pull] = []

    def begin(child: Any) -> None:
        producers.append(Pull(child, []))
        child.registerProducer(producers[0], True)
        child.unregisterProducer()

    shell(reactor, Listener(onMade=begin), "true", childFDs={1: "r"})

    assert producers[0].stopped


def test_pausingReadsNothingUntilItIsResumed(eachReactor: Any) -> None:
    listener = Listener(onMade=lambda child: child.pauseProducing())
    child = eachReactor.spawnProcess(listener, "/bin/sh", ["sh", "-c", "echo out; echo err >&2"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    turns(eachReactor)
    assert listener.received == {}

    child.resumeProducing()
    drive(eachReactor, lambda: listener.ended)

    assert listener.received == {1: b"out\n", 2: b"err\n"}


@pytest.mark.parametrize(
    "hook", ["onMade", "onData", "onLost", "onExited"], ids=lambda name: str(name)
)
def test_anErrorInTheProtocolIsLoggedAndTheEndIsToldAllTheSame(reactor: Any, hook: str) -> None:
    def fail(child: Any) -> None:
        raise ZeroDivisionError(hook)

    listener = Listener(**{hook: fail})
    with loggedFailures() as failures:
        how = shell(reactor, listener, "echo out", childFDs={1: "r"})

    assert [each.type for each in failures] == [ZeroDivisionError]
    assert isinstance(how, (ProcessDone, ProcessTerminated))
    assert listener.events.count("ended") == 1


def test_anErrorInProcessEndedIsLoggedOnce(reactor: Any) -> None:
    done: Deferred[None] = Deferred()

    class Faulty(Listener):
        def processEnded(self, reason: Any) -> None:
            reactor.callLater(0, done.callback, None)
            raise ZeroDivisionError

    def begin() -> Deferred[None]:
        reactor.spawnProcess(Faulty(), "/bin/true", ["true"])
        return done

    with loggedFailures() as failures:
        drive(reactor, begin)

    assert [each.type for each in failures] == [ZeroDivisionError]


def test_programsCanReplaceWhatTellsTheEnd(reactor: Any) -> None:
    calls: list[str] = []

    def replace(child: Any) -> None:
        original = child.maybeCallProcessEnded

        def mine() -> None:
            calls.append("mine")
            original()

        child.maybeCallProcessEnded = mine

    shell(reactor, Listener(onMade=replace), "true")

    assert calls


def test_theClassesOfTheFaceAreUsed(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from twisted.internet import process

    class Mine(process.Process):
        pass

    monkeypatch.setattr(process, "Process", Mine)
    children: list[Any] = []

    shell(reactor, Listener(onMade=children.append), "true")

    assert isinstance(children[0], Mine)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"args": [b"true", 1]}, TypeError, "int"),
        ({"args": "true"}, TypeError, "args"),
        ({"args": ["a\0b"]}, ValueError, "NUL"),
        ({"executable": "/bin/tr\0ue"}, ValueError, "NUL"),
        ({"executable": 1}, TypeError, "int"),
        ({"env": {"A": 1}}, TypeError, "int"),
        ({"env": {"A": "\0"}}, ValueError, "env"),
        ({"env": {"": "nothing"}}, ValueError, "env: b'' is no name"),
        ({"env": {"A=B": "C"}}, ValueError, "env: b'A=B' is no name"),
        ({"path": "/\0"}, ValueError, "path"),
        ({"childFDs": {0: "x"}}, ValueError, "'x'"),
        ({"childFDs": {0: None}}, ValueError, "None"),
        ({"childFDs": {0: "w"}, "usePTY": True}, ValueError, "usePTY"),
    ],
)
def test_argumentsOfNoUseAreRefusedBeforeAnythingStarts(
    reactor: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    before = openDescriptors()
    listener = Listener()
    arguments: dict[str, Any] = {"executable": "/bin/true", "args": ["true"], **options}

    with pytest.raises(error, match=words):
        reactor.spawnProcess(listener, **arguments)

    assert listener.events == []
    assert openDescriptors() <= before


def test_manyChildrenTalkAtOnce(eachReactor: Any) -> None:
    from twisted.internet.defer import gatherResults

    def say(word: bytes) -> Callable[[Any], object]:
        def talk(child: Any) -> None:
            child.write(word)
            child.closeStdin()

        return talk

    listeners = [Listener(onMade=say(b"word %d" % number)) for number in range(25)]

    def begin() -> Any:
        for each in listeners:
            eachReactor.spawnProcess(each, "/bin/cat", ["cat"])
        return gatherResults([each.ended for each in listeners])

    drive(eachReactor, begin)

    assert [each.received for each in listeners] == [
        {1: b"word %d" % number} for number in range(25)
    ]


def test_pythonReadsUntilTheEnd(reactor: Any) -> None:
    def talk(child: Any) -> None:
        child.write(b"a\nb\n")
        child.closeStdin()

    listener = Listener(onMade=talk)

    python(reactor, listener, "import sys; print(sys.stdin.read().split())")

    assert listener.received[1] == b"['a', 'b']\n"
