"""Programs as they find themselves: by each of the ways to start one."""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import drive, openDescriptors
from twisted.internet._engine.processes import spawning, starting
from twisted.internet.error import ProcessDone, ProcessTerminated

from .children import Listener, heard, python, shell

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(params=["library", "names", "fork"])
def way(request: pytest.FixtureRequest, reactor: Any, monkeypatch: Any) -> str:
    """
    The one way in which children are started.

    A way that gives up would be replaced by another; so there is no other one.
    """
    way: str = request.param
    if way == "library" and not spawning.isThere():
        pytest.skip("the C library's posix_spawn closes no range of descriptors, or is no GNU's")
    ways = {"library": "_spawn", "names": "_spawnByNames", "fork": "_fork"}
    reactor._neverUseSpawn = way == "fork"
    for other in ways.keys() - {way}:
        monkeypatch.setattr(starting, ways[other], lambda child: None)
    return way


def test_aProgramIsGivenItsArguments(reactor: Any, way: str) -> None:
    listener = Listener()

    arguments: list[str | bytes] = ["name", b"", "two words", b"\xff\xfe", "häh", '"\\']
    script = 'for each in "$0" "$@"; do printf "%s|" "$each"; done'
    how = heard(reactor, listener, "/bin/sh", ["sh", "-c", script, *arguments])

    assert isinstance(how, ProcessDone)
    assert listener.received == {1: b"".join(os.fsencode(each) + b"|" for each in arguments)}


@pytest.mark.parametrize(
    ("env", "seen"),
    [
        ({}, b""),
        ({"COLOUR": "blue", b"SIZE": b"\xff"}, b"COLOUR=blue\nSIZE=\xff\n"),
    ],
    ids=["empty", "given"],
)
def test_theEnvironmentIsTheOneThatWasGiven(reactor: Any, way: str, env: Any, seen: bytes) -> None:
    listener = Listener()

    heard(reactor, listener, "/usr/bin/env", ["env"], env)

    lines = listener.received.get(1, b"").splitlines(keepends=True)
    assert b"".join(sorted(lines)) == seen


def test_withoutAnEnvironmentItIsOurs(
    reactor: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener()
    monkeypatch.setenv("MADE_FOR_THIS", "präsent")

    heard(reactor, listener, "/usr/bin/env", ["env"], None)

    assert "MADE_FOR_THIS=präsent".encode() in listener.received[1].splitlines()


def test_onlyTheDescriptorsThatWereNamedAreOpen(reactor: Any, way: str) -> None:
    listener = Listener()
    inheritable, other = os.pipe()
    os.set_inheritable(inheritable, True)
    high = os.dup2(other, 700, inheritable=True)
    try:
        python(reactor, listener, "import os; print(os.listdir('/proc/self/fd'))")
    finally:
        for fd in (inheritable, other, high):
            os.close(fd)

    fds = {int(each) for each in ast.literal_eval(listener.received[1].decode())}
    assert len(fds) == 4  # the fourth is that by which they are listed
    assert fds >= {0, 1, 2}
    assert not fds & {high}


def test_signalsThatWeIgnoreAreNotIgnored(reactor: Any, way: str) -> None:
    former = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        how = shell(reactor, Listener(), "kill -USR1 $$; exit 3")
    finally:
        signal.signal(signal.SIGUSR1, former)

    assert how.signal == signal.SIGUSR1


def test_aPipeThatNobodyReadsEndsAProgram(reactor: Any, way: str) -> None:
    # Python ignores SIGPIPE, its children must not.
    listener = Listener(onMade=lambda transport: transport.closeStdout())

    how = heard(reactor, listener, "/usr/bin/yes", ["yes"])

    assert how.signal == signal.SIGPIPE


def test_aProgramStartsInItsDirectory(reactor: Any, tmp_path: Any, way: str) -> None:
    if way == "names":
        pytest.skip("this way cannot change the directory")
    listener = Listener()

    shell(reactor, listener, "pwd -P", path=str(tmp_path))

    assert listener.received[1].strip() == os.fsencode(tmp_path.resolve())


def test_aDirectoryCanBeHadWithAnyDescriptors(reactor: Any, tmp_path: Any) -> None:
    listener = Listener()

    shell(reactor, listener, "pwd -P >&5", path=str(tmp_path), childFDs={5: "r"})

    assert listener.received[5].strip() == os.fsencode(tmp_path.resolve())


def test_aNameIsLookedForInThePath(reactor: Any) -> None:
    how = heard(reactor, Listener(), "true", ["true"])

    assert isinstance(how, ProcessDone)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"executable": "/no/such/program"}, b"FileNotFoundError"),
        ({"executable": "no-such-program-anywhere"}, b"FileNotFoundError"),
        ({"executable": "/etc/passwd"}, b"PermissionError"),
        ({"executable": "/bin/true", "path": "/no/such/directory"}, b"FileNotFoundError"),
        ({"executable": "/no/such/program", "path": "/"}, b"FileNotFoundError"),
        ({"executable": "/bin/true", "childFDs": {2: "r", 3: 987}}, b"Bad file descriptor"),
    ],
    ids=["missing", "missing name", "no program", "no directory", "missing there", "no descriptor"],
)
def test_whatCannotBeExecutedSaysSoThroughItsStandardError(
    reactor: Any, options: dict[str, Any], words: bytes
) -> None:
    listener = Listener()

    how = heard(reactor, listener, args=["name"], **options)

    assert isinstance(how, ProcessTerminated)
    assert how.exitCode == 1
    if "childFDs" not in options:
        assert words in listener.received[2]
        assert options["executable"].encode() in listener.received[2]


def test_whatCannotBeExecutedAtATerminalSaysSoThere(reactor: Any) -> None:
    listener = Listener()

    how = heard(reactor, listener, "/no/such/program", ["x"], usePTY=True)

    assert how.exitCode == 1
    assert b"FileNotFoundError" in listener.received[1]


@root
@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({"uid": 1}, b"1 0"),
        ({"gid": 1}, b"0 1"),
        ({"uid": 1, "gid": 2}, b"1 2"),
    ],
    ids=["user", "group", "both"],
)
def test_aProgramRunsAsAnotherUser(reactor: Any, options: Any, seen: bytes) -> None:
    listener = Listener()

    script = "echo $(id -u) $(id -g); test -r /etc/shadow && echo can read"
    shell(reactor, listener, script, **options)

    expected = [seen] if "uid" in options else [seen, b"can read"]
    assert listener.received[1].splitlines() == expected
    assert 2 not in listener.received
    assert (os.getuid(), os.geteuid(), os.getgid(), os.getegid()) == (0, 0, 0, 0)


@root
def test_theDescriptorsOfAnotherUsersProgramAreThoseThatWereNamed(reactor: Any) -> None:
    listener = Listener()

    shell(reactor, listener, "echo up >&4; ls /proc/self/fd", uid=1, childFDs={1: "r", 4: "r"})

    assert listener.received[4] == b"up\n"
    assert listener.received[1].split() in ([b"0", b"1", b"4"], [b"1", b"3", b"4"])


@pytest.mark.parametrize("collects", [True, False])
def test_aForkLeavesTheCollectorAsItWas(reactor: Any, collects: bool) -> None:
    import gc

    before = gc.isenabled()
    (gc.enable if collects else gc.disable)()
    try:
        reactor._neverUseSpawn = True
        shell(reactor, Listener(), "true")
        assert gc.isenabled() is collects
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("options", [{}, {"usePTY": True}, {"childFDs": {0: "w", 3: 1}}])
def test_whereThereCanBeNoProcessThePipesAreClosed(
    reactor: Any, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    def refuse() -> int:
        raise BlockingIOError("no more processes")

    reactor._neverUseSpawn = True
    before = openDescriptors()
    monkeypatch.setattr(os, "fork", refuse)
    listener = Listener()

    with pytest.raises(BlockingIOError):
        reactor.spawnProcess(listener, "/bin/true", ["true"], **options)

    assert openDescriptors() <= before
    assert listener.events == []


def test_whereThereCanBeNoPipeThoseThatWereMadeAreClosed(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[[], tuple[int, int]] = os.pipe
    made: list[tuple[int, int]] = []

    def fewPipes() -> tuple[int, int]:
        if len(made) == 2:
            raise OSError("too many open files")
        made.append(real())
        return made[-1]

    before = openDescriptors()
    monkeypatch.setattr(os, "pipe", fewPipes)

    with pytest.raises(OSError, match="too many"):
        reactor.spawnProcess(Listener(), "/bin/true", ["true"])

    assert openDescriptors() <= before


def test_aProgramWithoutArgumentsHasItsPathForAName(reactor: Any, way: str) -> None:
    listener = Listener()

    def begin() -> Any:
        reactor.spawnProcess(listener, "/bin/cat", env=None)
        listener.transport.closeChildFD(0)
        return listener.ended

    assert isinstance(drive(reactor, begin), ProcessDone)


def test_manyKindsOfChildrenAreStartedInTurn(reactor: Any, tmp_path: Any) -> None:
    # More than are kept ready, each with descriptors and a directory of its own.
    for number in range(70):
        directory = tmp_path / str(number)
        directory.mkdir()
        listener = Listener()
        shell(reactor, listener, "pwd -P", path=str(directory))
        assert listener.received[1].strip() == os.fsencode(directory.resolve())
