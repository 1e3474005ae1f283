"""The control socket: AMP with whoever may open it, and nothing worse than an end for garbage."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import drive
from twisted.application._control import commands
from twisted.application._control.attached import Attached
from twisted.application._control.opening import (
    AlreadyUp,
    CannotControl,
    ControlFactory,
    closeControl,
    openControl,
)
from twisted.application._control.operations import Operations, Refused, operationNames
from twisted.application._control.paths import besideFile, controlPath
from twisted.application._control.remote import RemoteSite
from twisted.application._control.server import Control
from twisted.application._control.wire import joined, split
from twisted.internet.error import ConnectionLost
from twisted.internet.testing import StringTransport
from twisted.protocols.amp import AMP, AmpBox, Command, parseString
from twisted.python.failure import Failure


class Asked:
    """Operations that answer what they are told to."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answer: Any = {"all": "well"}
        self.followers: list[Callable[[Any], None]] = []

    async def _note(self, *what: Any) -> Any:
        self.asked.append(what)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def status(self) -> Any:
        return await self._note("status")

    async def reload(self) -> Any:
        return await self._note("reload")

    async def down(self) -> Any:
        return await self._note("down")

    async def start(self, name: str) -> Any:
        return await self._note("start", name)

    async def stop(self, name: str) -> Any:
        return await self._note("stop", name)

    async def restart(self, name: str) -> Any:
        return await self._note("restart", name)

    async def logs(self, count: int, name: str) -> Any:
        return await self._note("logs", count, name)

    def follow(self, follower: Callable[[Any], None]) -> Callable[[], None]:
        self.followers.append(follower)
        return lambda: self.followers.remove(follower)


class Caller:
    """Somebody at the control socket."""

    def __init__(self) -> None:
        self.operations = Asked()
        self.control = Control(self.operations)
        self.transport = StringTransport()
        self.control.makeConnection(self.transport)

    def say(self, **box: bytes) -> list[AmpBox]:
        self.transport.clear()
        data = AmpBox({key.encode("ascii"): value for key, value in box.items()}).serialize()
        self.control.dataReceived(data)
        return parseString(self.transport.value())


@pytest.mark.parametrize(
    ("box", "asked"),
    [
        ({"_command": b"status"}, ("status",)),
        ({"_command": b"reload"}, ("reload",)),
        ({"_command": b"down"}, ("down",)),
        ({"_command": b"start", "name": b"echo"}, ("start", "echo")),
        ({"_command": b"stop", "name": b"echo"}, ("stop", "echo")),
        ({"_command": b"restart", "name": "häl".encode()}, ("restart", "häl")),
        ({"_command": b"logs"}, ("logs", 100, "")),
        ({"_command": b"logs", "count": b"3", "name": b"echo"}, ("logs", 3, "echo")),
    ],
)
def test_eachOperationIsACommand(box: dict[str, bytes], asked: Any) -> None:
    caller = Caller()
    (answer,) = caller.say(_ask=b"1", **box)
    assert caller.operations.asked == [asked]
    assert answer == {b"_answer": b"1", b"answer": b'{"all": "well"}'}


def test_everyOperationIsOnTheWire() -> None:
    for name in operationNames:
        assert callable(getattr(Operations, name))
        assert issubclass(getattr(commands, name.capitalize()), Command)
        assert callable(getattr(RemoteSite, name))


def test_aLongAnswerGoesOverSeveralKeys() -> None:
    caller = Caller()
    caller.operations.answer = {"text": "x" * 200000}
    (box,) = caller.say(_ask=b"1", _command=b"status")
    assert len(box) == 5
    assert all(len(value) < 65536 for value in box.values())
    assert json.loads(joined(b"answer", box)) == caller.operations.answer


def test_aRefusalIsToldInItsWords() -> None:
    caller = Caller()
    caller.operations.answer = Refused(["one", "two"], inFile=True)
    (box,) = caller.say(_ask=b"1", _command=b"reload")
    assert box[b"_error_code"] == b"REFUSED"
    assert box[b"_error_description"] == b'{"lines": ["one", "two"], "inFile": true}'


def test_aRefusalOfManyWordsIsCut() -> None:
    caller = Caller()
    caller.operations.answer = Refused(["x" * 10000] * 10000)
    (box,) = caller.say(_ask=b"1", _command=b"reload")
    assert len(box[b"_error_description"]) < 65536
    assert commands.JSON().fromString(box[b"_error_description"])["inFile"] is False


def test_aBugOfOursIsARefusalAndIsLogged(logged: list[Any]) -> None:
    caller = Caller()
    caller.operations.answer = ZeroDivisionError("oops")
    (box,) = caller.say(_ask=b"1", _command=b"reload")
    assert b"ZeroDivisionError: oops" in box[b"_error_description"]
    assert [event["log_namespace"] for event in logged if "log_failure" in event] == ["control"]


@pytest.fixture
def logged() -> Any:
    from twisted.logger import globalLogPublisher

    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_garbageEndsNothingButItsConnection(parts: list[bytes]) -> None:
    caller = Caller()
    for part in parts:
        if not caller.transport.disconnecting:
            caller.control.dataReceived(part)
    caller.control.connectionLost(Failure(ConnectionLost()))
    assert caller.operations.asked == []
    assert caller.operations.followers == []


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\0\0",
        b"\0\1k" * 2 + b"\xff" * 400,
        b"".join(b"\0\2%02d\0\0" % number for number in range(Control.maxBoxKeys + 1)),
        b"\0\1a\xff\xff" + b"x" * 65535 + b"\0\1b\xff\xff" + b"x" * 65535,
    ],
)
def test_whatIsNoQuestionEndsTheConnection(data: bytes) -> None:
    caller = Caller()
    for start in range(0, len(data), 1000):
        if not caller.transport.disconnecting:
            caller.control.dataReceived(data[start : start + 1000])
    assert caller.transport.disconnecting
    assert caller.operations.asked == []


def test_anUnknownCommandIsAnsweredSo() -> None:
    (box,) = Caller().say(_ask=b"1", _command=b"rm")
    assert box[b"_error_code"] == b"UNHANDLED"


def test_aFollowerIsSentEachMessageUntilItLeaves() -> None:
    caller = Caller()
    assert caller.say(_ask=b"1", _command=b"follow") == [{b"_answer": b"1"}]
    caller.transport.clear()
    caller.operations.followers[0]({"text": "hi"})
    (box,) = parseString(caller.transport.value())
    assert (box[b"_command"], box[b"entry"]) == (b"logged", b'{"text": "hi"}')
    caller.control.connectionLost(Failure(ConnectionLost()))
    assert caller.operations.followers == []


def test_followingCanBeEnded() -> None:
    caller = Caller()
    caller.say(_ask=b"1", _command=b"follow")
    caller.say(_ask=b"2", _command=b"follow")
    assert len(caller.operations.followers) == 1
    caller.say(_ask=b"3", _command=b"follow", on=b"False")
    assert caller.operations.followers == []


def test_aFollowerThatDoesNotReadFillsNoMemory() -> None:
    caller = Caller()
    caller.say(_ask=b"1", _command=b"follow")
    caller.transport.clear()
    caller.control.pauseProducing()
    for _ in range(7):
        caller.operations.followers[0]({"text": "hi"})
    assert caller.transport.value() == b""
    caller.control.resumeProducing()
    (box,) = parseString(caller.transport.value())
    assert b"7 messages were left out" in box[b"entry"]


# The socket itself


def test_onlyItsOwnerCanOpenTheSocketAndNothingIsLeftOfIt(reactor: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "control")
    factory = ControlFactory(Asked())

    async def use() -> Any:
        port = openControl(reactor, path, factory)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        answer = await RemoteSite(path, reactor).status()
        await closeControl(port, factory)
        return answer

    assert drive(reactor, use) == {"all": "well"}
    assert list(tmp_path.iterdir()) == []


def test_aRefusalReachesWhoAsksFromAnotherProgram(reactor: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "control")
    operations = Asked()
    operations.answer = Refused(["not now"])
    factory = ControlFactory(operations)

    async def use() -> None:
        port = openControl(reactor, path, factory)
        with pytest.raises(Refused, match="not now"):
            await RemoteSite(path, reactor).start("echo")
        await closeControl(port, factory)

    drive(reactor, use)
    assert operations.asked == [("start", "echo")]


def test_aSecondSiteIsRefusedAndAStaleSocketIsTakenOver(reactor: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "control")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(path)
    factory = ControlFactory(Asked())

    async def use() -> None:
        port = openControl(reactor, path, factory)
        with pytest.raises(AlreadyUp):
            openControl(reactor, path, factory)
        await closeControl(port, factory)

    drive(reactor, use)


def test_whatIsNoSocketIsLeftAlone(reactor: Any, tmp_path: Path) -> None:
    path = tmp_path / "control"
    path.write_text("mine")
    with pytest.raises(CannotControl, match="is no socket"):
        openControl(reactor, str(path), ControlFactory(Asked()))
    assert path.read_text() == "mine"


@pytest.mark.parametrize("path", ["nowhere/control", "x" * 200])
def test_aPlaceWhereNoSocketCanBeIsSaid(reactor: Any, tmp_path: Path, path: str) -> None:
    with pytest.raises(CannotControl):
        openControl(reactor, str(tmp_path / path), ControlFactory(Asked()))


def test_atTheUsualPlaceASiteDoesWithoutASocket(reactor: Any, tmp_path: Path) -> None:
    usual = Attached(reactor, str(tmp_path / "nowhere" / "site.toml"), None)
    usual.open(Asked())

    async def close() -> None:
        await usual.close()

    drive(reactor, close)
    named = Attached(reactor, "site.toml", str(tmp_path / "nowhere" / "control"))
    with pytest.raises(CannotControl):
        named.open(Asked())
    none = Attached(reactor, "site.toml", False)
    assert none.path == ""


def test_moreCallersThanThereMayBeAreRefused() -> None:
    factory = ControlFactory(Asked())
    for _ in range(factory.maxCallers):
        caller = factory.buildProtocol(None)
        assert caller is not None
        caller.makeConnection(StringTransport())
    assert factory.buildProtocol(None) is None
    factory.drop()
    assert isinstance(caller, Control)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "x/.site.toml.control"),
        ('[site]\ncontrol = "here"\n', "x/here"),
        ('[site]\ncontrol = "/run/here"\n', "/run/here"),
        ("[site]\ncontrol = false\n", None),
        ("this is no TOML", "x/.site.toml.control"),
        ("site = 3", "x/.site.toml.control"),
        ('[site]\ncontrol = "/run/here"\n[services.a]\ntype = "wrong"\n', "/run/here"),
    ],
)
def test_theSocketIsFoundByTheFileEvenIfThatIsWrongByNow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, found: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "site.toml").write_text(text)
    assert controlPath("x/site.toml") == found


def test_aFolderWithALongPathIsReachedFromWithin(
    reactor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    monkeypatch.chdir(folder)
    attached = Attached(reactor, str(folder / "site.toml"), None)

    async def use() -> Any:
        attached.open(Asked())
        answer = await RemoteSite(str(folder / ".site.toml.control"), reactor).status()
        await attached.close()
        return answer

    assert drive(reactor, use) == {"all": "well"}


def test_theUsualPlaceIsBesideTheFile() -> None:
    assert besideFile("site.toml") == ".site.toml.control"
    assert besideFile("/srv/a/b.toml") == "/srv/a/.b.toml.control"


def test_anyAMPClientCanAsk(reactor: Any, tmp_path: Path) -> None:
    from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol

    path = str(tmp_path / "control")
    factory = ControlFactory(Asked())

    async def use() -> Any:
        port = openControl(reactor, path, factory)
        client = await connectProtocol(UNIXClientEndpoint(reactor, path), AMP())
        answer = await client.callRemote(commands.Status)
        await closeControl(port, factory)
        return answer

    assert drive(reactor, use) == {"answer": {"all": "well"}}


@given(st.binary(max_size=200000))
def test_whatIsSplitIsJoinedAgain(data: bytes) -> None:
    parts = split(b"x", data)
    assert joined(b"x", parts) == data
    assert all(len(part) < 65536 for part in parts.values())
