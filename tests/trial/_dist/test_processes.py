"""``trial -jN`` as a whole: real workers, some of which die."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

KILLED = """
import os, signal, time
from twisted.trial import unittest


class Case(unittest.SynchronousTestCase):
    def test_10(self):
        print("words on stdout")
        os.write(2, b"last words")
        os.kill(os.getpid(), signal.SIGKILL)


for number in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19):
    setattr(Case, f"test_{number:02}", lambda self: time.sleep(0.01))
"""

KINDS = """
from twisted.internet import reactor, task
from twisted.logger import Logger
from twisted.trial import unittest


class Local(Exception):
    pass


class Kinds(unittest.TestCase):
    def test_pass(self):
        return task.deferLater(reactor, 0, lambda: None)

    def test_fail(self):
        self.fail("because")

    def test_error(self):
        raise Local("\\N{SNOWMAN}" * 40_000)

    def test_skip(self):
        raise unittest.SkipTest("not here")

    def test_todo(self):
        raise Local("expected")

    test_todo.todo = "later"

    def test_unexpected(self):
        pass

    test_unexpected.todo = "later, too"

    def test_dirty(self):
        reactor.callLater(1000, lambda: None)

    def test_log(self):
        Logger().info("a line for the log " + "x" * 70_000)
"""


def trial(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twisted.trial", "--reporter=bwverbose", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def words(output: str) -> Counter[tuple[str, str]]:
    return Counter(re.findall(r"\.(test_\w+) \.\.\. \[(\S+)\]$", output, re.MULTILINE))


def test_afterAWorkerWasKilledEachTestIsReportedOnceAndTheRunFails(tmp_path: Path) -> None:
    (tmp_path / "test_killed.py").write_text(KILLED)
    ended = trial(tmp_path, "-j2", "test_killed")
    wanted = {(f"test_{number:02}", "OK"): 1 for number in range(20) if number != 10}
    assert words(ended.stdout) == {**wanted, ("test_10", "ERROR"): 1}
    assert ended.returncode == 1
    assert "FAILED (errors=1, successes=19)" in ended.stdout
    # The reader is told how it ended, and what it printed last.
    assert "signal 9" in ended.stdout and "last words" in ended.stdout
    assert ended.stderr == ""


def test_theOnlyWorkerIsReplacedWhenItDies(tmp_path: Path) -> None:
    (tmp_path / "test_killed.py").write_text(KILLED)
    ended = trial(tmp_path, "-j1", "test_killed")
    assert "FAILED (errors=1, successes=19)" in ended.stdout
    assert sum(words(ended.stdout).values()) == 20
    assert "words on stdout" in (tmp_path / "_trial_temp" / "0" / "out.log").read_text()


def test_resultsOfEveryKindArriveAsTheyAreWithoutWorkers(tmp_path: Path) -> None:
    (tmp_path / "test_kinds.py").write_text(KINDS)
    alone, shared = (trial(tmp_path, *more, "test_kinds") for more in ([], ["-j2"]))
    assert words(shared.stdout) == words(alone.stdout)
    assert shared.stdout.splitlines()[-1] == alone.stdout.splitlines()[-1]
    for text in ("test_kinds.Local: \N{SNOWMAN}\N{SNOWMAN}", "DelayedCalls:", "'later, too'"):
        assert text in shared.stdout and text in alone.stdout
    # Frames of the test, and none of ours.
    assert 'test_kinds.py", line' in shared.stdout and "_dist" not in shared.stdout
    log = (tmp_path / "_trial_temp" / "test.log").read_text()
    assert "a line for the log xxx" in log and log.count("x") >= 70_000


def test_workersHaveTheirOwnFoldersAndTakeOptions(tmp_path: Path) -> None:
    (tmp_path / "test_where.py").write_text(
        "import gc, os, sys\n"
        "from twisted.internet import reactor\n"
        "from twisted.trial import unittest\n"
        "class Where(unittest.SynchronousTestCase):\n"
        "    def test_where(self):\n"
        "        self.assertEqual(os.path.basename(os.getcwd()), '0')\n"
        "        self.assertEqual(type(reactor).__name__, 'AsyncioSelectorReactor')\n"
        "        self.assertEqual(sys.getrecursionlimit(), 1234)\n"
        "        self.assertFalse(gc.isenabled())\n"
    )
    options = ["-j1", "--reactor=asyncio", "--recursionlimit=1234", "--disablegc", "--coverage"]
    ended = trial(tmp_path, *options, "test_where")
    assert ended.returncode == 0, ended.stdout
    folder = tmp_path / "_trial_temp" / "0"
    assert (folder / "out.log").exists()
    assert "1: " in (folder / "coverage" / "test_where.cover").read_text()


def test_aModuleThatNoImportFindsIsRunFromItsFile(tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "test_alone.py").write_text(
        "from twisted.trial import unittest\n"
        "class Alone(unittest.SynchronousTestCase):\n"
        "    def test_alone(self): pass\n"
    )
    ended = trial(tmp_path, "-j2", "away/test_alone.py")
    assert words(ended.stdout) == {("test_alone", "OK"): 1}, ended.stdout
    assert ended.returncode == 0


def test_workersRunAgainAndAgainUntilSomethingGoesWrong(tmp_path: Path) -> None:
    (tmp_path / "test_often.py").write_text(
        "from twisted.trial import unittest\n"
        "class Often(unittest.SynchronousTestCase):\n"
        "    def test_often(self):\n"
        "        with open('count', 'a+') as file:\n"
        "            file.write('x')\n"
        "            self.assertLess(file.tell(), 3)\n"
    )
    ended = trial(tmp_path, "-j1", "--until-failure", "test_often")
    assert ended.stdout.count("Test Pass ") == 3
    assert ended.returncode == 1


def test_autoTakesAWorkerForEachProcessor(tmp_path: Path) -> None:
    (tmp_path / "test_killed.py").write_text(KILLED.replace("os.kill", "str"))
    ended = trial(tmp_path, "-jauto", "test_killed")
    assert ended.returncode == 1  # str() takes no such arguments
    count = min(len(os.sched_getaffinity(0)), 20) if hasattr(os, "sched_getaffinity") else None
    folders = [path for path in (tmp_path / "_trial_temp").iterdir() if path.name.isdigit()]
    assert count is None or len(folders) == count


WAITING = """
import os
from twisted.internet import defer
from twisted.trial import unittest


class Waiting(unittest.TestCase):
    def test_1(self): pass

    def test_2(self):
        open(os.environ["REACHED"], "w").write(str(os.getpid()))
        return defer.Deferred()
"""


def isThere(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that nobody has waited for is no process any more.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes in /proc")
def test_ctrlCEndsTheWorkersAndWritesWhatCameOfTheTestsSoFar(tmp_path: Path) -> None:
    (tmp_path / "test_waiting.py").write_text(WAITING)
    reached = tmp_path / "reached"
    running = subprocess.Popen(
        [sys.executable, "-m", "twisted.trial", "-j1", "--reporter=bwverbose", "test_waiting"],
        cwd=tmp_path,
        env={**os.environ, "REACHED": str(reached)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not (reached.exists() and reached.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=30)
    assert running.returncode == 130, errors
    assert words(output) == {("test_1", "OK"): 1}
    assert "Ran 1 tests" in output and errors == ""
    assert not isThere(int(reached.read_text()))


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes in /proc")
def test_aWorkerWhoseChildrenHoldItsPipesIsGivenUp(tmp_path: Path) -> None:
    (tmp_path / "test_fork.py").write_text(
        "import os, signal, time\n"
        "from twisted.trial import unittest\n"
        "class Fork(unittest.SynchronousTestCase):\n"
        "    def test_fork(self):\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(20)\n"
        "            os._exit(0)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    begun = time.monotonic()
    ended = trial(tmp_path, "-j1", "test_fork")
    assert "FAILED (errors=1)" in ended.stdout
    assert time.monotonic() - begun < 15
