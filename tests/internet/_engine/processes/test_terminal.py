"""Children at a pseudo-terminal."""

from __future__ import annotations

import os
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support import openDescriptors
from tests.support.streams import loggedFailures
from twisted.internet.error import ProcessDone
from twisted.internet.interfaces import IConsumer, IProcessTransport, IPushProducer
from twisted.internet.process import PTYProcess

from .children import Listener, shell

describe = (
    'test -t 0 && test -t 1 && test -t 2 && tty && echo tty >/dev/tty; read word; echo "<$word>"'
)


@pytest.fixture(params=["spawn", "fork"])
def way(request: pytest.FixtureRequest, reactor: Any) -> None:
    """The two ways to start a child at a terminal."""
    reactor._neverUseSpawn = request.param == "fork"


def test_theChildHasAControllingTerminal(reactor: Any, way: None) -> None:
    listener = Listener(onMade=lambda child: child.write(b"hello\n"))

    how = shell(reactor, listener, describe, usePTY=True)

    assert isinstance(how, ProcessDone)
    lines = listener.received[1].split(b"\r\n")
    assert b"tty" in lines
    assert b"<hello>" in lines
    assert any(line.startswith(b"/dev/pts/") for line in lines)
    assert list(listener.received) == [1]


def test_theEventsComeInTheirOrder(reactor: Any, way: None) -> None:
    listener = Listener()

    shell(reactor, listener, "echo out; echo err >&2", usePTY=True)

    # There are no pipes that could be lost one by one.
    assert [each for each in listener.events if each != "data 1"] == ["made", "exited", "ended"]
    assert listener.received == {1: b"out\r\nerr\r\n"}


def test_aTerminalThatIsGivenIsUsed(reactor: Any, way: None) -> None:
    master, slave = os.openpty()
    name = os.ttyname(slave)
    children: list[Any] = []
    listener = Listener(onMade=children.append)

    shell(reactor, listener, "tty; echo up >/dev/tty", usePTY=(master, slave, name))

    assert listener.received[1] == name.encode() + b"\r\nup\r\n"
    assert children[0].fileno() == -1
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(master)


def test_losingTheConnectionHangsTheTerminalUp(reactor: Any, way: None) -> None:
    listener = Listener(onData=lambda child: child.loseConnection())

    how = shell(
        reactor, listener, "trap 'exit 5' HUP; echo up; while :; do sleep 0.02; done", usePTY=True
    )

    assert how.exitCode == 5
    assert listener.events == ["made", "data 1", "exited", "ended"]


def test_itIsWrittenToAtZeroAndHasNoHalvesToClose(reactor: Any) -> None:
    refused: list[str] = []

    def talk(child: Any) -> None:
        with pytest.raises(NotImplementedError):
            child.writeToChild(1, b"x")
        with pytest.raises(NotImplementedError):
            child.closeChildFD(0)
        refused.append("both")
        child.closeStdin()
        child.closeStdout()
        child.closeStderr()
        child.writeToChild(0, b"word\n")

    listener = Listener(onMade=talk)
    shell(reactor, listener, describe, usePTY=True)

    assert refused == ["both"]
    assert b"<word>" in listener.received[1]


def test_itIsATransport(reactor: Any) -> None:
    children: list[Any] = []
    shell(reactor, Listener(onMade=children.append), "true", usePTY=True)

    assert isinstance(children[0], PTYProcess)
    for each in (IProcessTransport, IConsumer, IPushProducer):
        assert verifyObject(each, children[0])
    assert repr(children[0]) == "<PTYProcess pid=None status=0>"


def test_noDescriptorStaysOpen(reactor: Any, way: None) -> None:
    shell(reactor, Listener(), "true", usePTY=True)
    before = openDescriptors()

    for _ in range(30):
        shell(reactor, Listener(), "true", usePTY=True)

    assert openDescriptors() <= before


def test_anErrorInTheProtocolIsLogged(reactor: Any) -> None:
    def fail(child: Any) -> None:
        raise ZeroDivisionError

    listener = Listener(onData=fail)
    with loggedFailures() as failures:
        shell(reactor, listener, "echo out; sleep 0.01", usePTY=True)

    assert [each.type for each in failures] == [ZeroDivisionError]
    assert listener.events[-1] == "ended"


@pytest.mark.parametrize(
    "options",
    [
        {"path": "/"},
        pytest.param(
            {"path": "/", "uid": 1, "gid": 2},
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root can become others"),
        ),
    ],
    ids=["directory", "user"],
)
def test_aTerminalGoesWithDirectoriesAndUsers(reactor: Any, options: dict[str, Any]) -> None:
    listener = Listener()

    shell(reactor, listener, "pwd; id -u; id -g; tty", usePTY=True, **options)

    uid, gid = options.get("uid", os.getuid()), options.get("gid", os.getgid())
    *seen, terminal = listener.received[1].decode().split()
    assert seen == ["/", str(uid), str(gid)]
    assert terminal.startswith("/dev/pts/")
