"""One suite under three runners: trial, unittest and pytest say the same of each test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import time

from twisted.internet import defer, reactor, task, threads
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.trial import unittest


class Waiting(unittest.TestCase):
    def test_pass(self):
        return defer.succeed(None)

    def test_passLater(self):
        return task.deferLater(reactor, 0, lambda: None)

    async def test_coroutine(self):
        self.assertEqual(await task.deferLater(reactor, 0, lambda: 3), 3)

    async def test_coroutineFails(self):
        await task.deferLater(reactor, 0, lambda: None)
        self.fail("no")

    def test_failsLater(self):
        return task.deferLater(reactor, 0, self.fail, "no")

    def test_error(self):
        return defer.fail(ZeroDivisionError())

    def test_skip(self):
        raise unittest.SkipTest("because")

    def test_todo(self):
        return defer.fail(ZeroDivisionError())

    test_todo.todo = "later"

    def test_unexpected(self):
        pass

    test_unexpected.todo = "later"

    def test_timeout(self):
        return defer.Deferred()

    test_timeout.timeout = 0.05

    def test_dirty(self):
        reactor.callLater(1000, lambda: None)

    def test_logged(self):
        Logger().failure("words", failure=Failure(ZeroDivisionError()))

    def test_loggedAndFlushed(self):
        self.test_logged()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class Leaking(unittest.TestCase):
    def test_port(self):
        reactor.listenTCP(0, Factory())


class Threads(unittest.TestCase):
    def test_thread(self):
        return threads.deferToThread(lambda: None)


class LeakingThreads(unittest.TestCase):
    def test_threadAtWork(self):
        threads.deferToThread(time.sleep, 0.5)
        return task.deferLater(reactor, 0, lambda: None)


class Innocent(unittest.TestCase):
    def test_afterTheLeak(self):
        pass


class Direct(unittest.SynchronousTestCase):
    fixtures = []

    @classmethod
    def setUpClass(cls):
        cls.fixtures.append("up")

    def test_classFixture(self):
        self.assertEqual(self.fixtures, ["up"])

    def test_failed(self):
        self.assertEqual(1, 2)
"""

WANTED = {
    "test_pass": "passed",
    "test_passLater": "passed",
    "test_coroutine": "passed",
    "test_coroutineFails": "failed",
    "test_failsLater": "failed",
    "test_error": "error",
    "test_skip": "skipped",
    "test_todo": "todo",
    "test_unexpected": "unexpected",
    "test_timeout": "error",
    "test_dirty": "error",
    "test_logged": "error",
    "test_loggedAndFlushed": "passed",
    "test_port": "error",
    "test_thread": "passed",
    "test_threadAtWork": "error",
    "test_afterTheLeak": "passed",
    "test_classFixture": "passed",
    "test_failed": "failed",
}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_suite.py").write_text(SUITE)
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


def read(output: str, pattern: str, words: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, word in re.findall(pattern, output, re.MULTILINE):
        # The last word about a test is the worst: an error after a success, for one.
        found[name] = words[word]
    return found


def test_trialTellsAllApart(suite: Path) -> None:
    ended = run(suite, "twisted.trial", "--reporter=bwverbose", "test_suite")
    words = {
        "OK": "passed",
        "FAILURE": "failed",
        "ERROR": "error",
        "SKIPPED": "skipped",
        "TODO": "todo",
        "SUCCESS!?!": "unexpected",
    }
    # The line of the test with the leak has two words.
    found = read(ended.stdout, r"\.(test_\w+) \.\.\. .*\[(\S+?)\]$", words)
    assert found == WANTED
    assert ended.returncode == 1
    last = ended.stdout.splitlines()[-1]
    assert last == (
        "FAILED (skips=1, expectedFailures=1, failures=3, errors=6, "
        "unexpectedSuccesses=1, successes=9)"
    )


def test_unittestTellsAllApart(suite: Path) -> None:
    ended = run(suite, "unittest", "-v", "test_suite")
    words = {
        "ok": "passed",
        "FAIL": "failed",
        "ERROR": "error",
        "skipped 'because'": "skipped",
        "expected failure": "todo",
        "unexpected success": "unexpected",
    }
    # What is logged comes between a name and its word.
    ends = "|".join(words)
    found = read(ended.stdout, rf"^(test_\w+) \.\.\. (?:(?!test_)[\s\S])*?({ends})$", words)
    # It says "ok", and tells of the leaks afterwards.
    found.update(read(ended.stdout, r"^(?=ERROR: (test_port|test_threadAtWork) )(ERROR)", words))
    assert found == WANTED
    assert ended.returncode == 1


def test_pytestTellsAllApart(suite: Path) -> None:
    ended = run(
        suite,
        "pytest",
        "-v",
        "-pno:cacheprovider",
        "-pno:hypothesispytest",
        "-pno:anyio",
        "-pno:xdist",
        "test_suite.py",
    )
    words = {"PASSED": "passed", "FAILED": "failed", "SKIPPED": "skipped", "XFAIL": "todo"}
    found = read(ended.stdout, r"::(test_\w+) (PASSED|FAILED|SKIPPED|XFAIL)", words)
    # It knows no errors, and no unexpected successes, but as failures.
    merged = {
        name: "failed" if word in ("error", "unexpected") else word for name, word in WANTED.items()
    }
    assert found == merged
    assert ended.returncode == 1


INTERRUPTED = """
import os, signal
from twisted.internet import defer, reactor
from twisted.trial import unittest


class Waiting(unittest.TestCase):
    def test_1(self):
        reactor.callLater(0.05, os.kill, os.getpid(), signal.SIGINT)
        return defer.Deferred()

    def test_2(self):
        pass
"""


def test_afterCtrlCNoFurtherTestIsRunAndTheSummaryIsWritten(tmp_path: Path) -> None:
    (tmp_path / "test_interrupted.py").write_text(INTERRUPTED)
    ended = run(tmp_path, "twisted.trial", "test_interrupted")
    assert "KeyboardInterrupt" in ended.stdout
    assert "test_2" not in ended.stdout
    assert ended.stdout.endswith("\nFAILED (errors=1)\n")
    ended = run(
        tmp_path,
        "pytest",
        "-pno:cacheprovider",
        "-pno:hypothesispytest",
        "-pno:anyio",
        "-pno:xdist",
        "test_interrupted.py",
    )
    assert "KeyboardInterrupt" in ended.stdout
    assert ended.returncode == 2
