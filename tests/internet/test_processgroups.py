"""What Buildbot's workers do to kill a child with all of its own: a process of another class."""

from __future__ import annotations

import os
import time
from typing import Any

from tests.support.streams import eventually
from twisted.internet.process import Process
from twisted.internet.protocol import ProcessProtocol


class Heard(ProcessProtocol):
    def __init__(self) -> None:
        self.out = b""
        self.ended: Any = None

    def outReceived(self, data: bytes) -> None:
        self.out += data

    def processEnded(self, reason: Any) -> None:
        self.ended = reason


class Leader(Process):
    """Leads a group of its own."""

    def _setupChild(self, *args: Any, **kwargs: Any) -> None:
        super()._setupChild(*args, **kwargs)
        assert set(kwargs["fdmap"]) == {0, 1, 2}
        os.setpgid(0, 0)


def isGone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_aClassOfProcessesPreparesItsChildren(reactor: Any) -> None:
    heard = Heard()
    script = "sleep 60 & echo $!; wait"
    child = Leader(reactor, "/bin/sh", ["sh", "-c", script], os.environ, None, heard)
    eventually(reactor, lambda: heard.out.endswith(b"\n"))
    assert child.pid is not None and os.getpgid(child.pid) == child.pid
    os.killpg(child.pid, 9)
    eventually(reactor, lambda: heard.ended is not None)
    assert heard.ended.value.signal == 9
    until = time.monotonic() + 5
    while not isGone(int(heard.out)) and time.monotonic() < until:
        os.sched_yield()
    assert isGone(int(heard.out))


def test_aPreparationThatFailsIsToldOnStandardError(reactor: Any) -> None:
    class Failing(Process):
        def _setupChild(self, fdmap: dict[int, int]) -> None:
            raise OSError("cannot prepare")

    errors: list[bytes] = []
    heard = Heard()
    heard.errReceived = errors.append  # type: ignore[method-assign]
    Failing(reactor, "/bin/true", ["true"], {}, None, heard)
    eventually(reactor, lambda: heard.ended is not None)
    assert heard.ended.value.exitCode == 1 and b"cannot prepare" in b"".join(errors)
