"""The trial command: its options, and whole runs."""

from __future__ import annotations

import gc
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twisted.python.usage import UsageError
from twisted.scripts import trial

MODULE = """
from twisted.internet import reactor, task
from twisted.trial.unittest import TestCase

class Later(TestCase):
    def test_b(self):
        return task.deferLater(reactor, 0, lambda: None)
    def test_a(self):
        print("tests work in", __import__("os").getcwd())

class Earlier(TestCase):
    def test_c(self):
        self.fail("no")
"""


def options(*words: str) -> trial.Options:
    made = trial.Options()
    made.parseOptions(list(words))
    return made


@pytest.fixture
def settings() -> Iterator[None]:
    limit, collects, trace = sys.getrecursionlimit(), gc.isenabled(), sys.gettrace()
    yield
    sys.setrecursionlimit(limit)
    sys.settrace(trace)
    if collects:
        gc.enable()


class TestOptions:
    @pytest.mark.parametrize(
        "words, complaint",
        [
            (["--jobs", "nan"], "Expecting integer argument to jobs, got 'nan'"),
            (["--jobs", "0"], "must be a strictly positive integer or 'auto'"),
            (["--jobs", "2", "--debug"], "You can't specify --debug when using --jobs"),
            (["--jobs", "2", "--exitfirst"], "You can't specify --exitfirst when using --jobs"),
            (["--order", "sideways"], "there is no order 'sideways'"),
            (["--order", "alphabetical", "--random", "3"], "--random when using --order"),
            (["--random", "-3"], "Argument to --random must be a positive integer"),
            (["--reporter", "shouting"], "there is no reporter 'shouting'"),
            (["--tbformat", "loud"], "tbformat must be"),
            (["--recursionlimit", "deep"], "argument to recursionlimit must be an integer"),
            (["--nopm"], "You must specify --debug"),
        ],
    )
    def test_aMistakeIsAnsweredInWords(self, words: list[str], complaint: str) -> None:
        with pytest.raises(UsageError, match=complaint):
            options(*words)

    def test_theReporterIsFound(self) -> None:
        from twisted.trial import reporter

        assert options()["reporter"] is reporter.TreeReporter
        assert options("--reporter=text")["reporter"] is reporter.TextReporter
        assert options("--tbformat=emacs")["tbformat"] == "brief"

    def test_workersAreToldWhatConcernsThem(self, settings: None) -> None:
        given = options("--recursionlimit", "2000", "--random", "4", "--disablegc", "--force-gc")
        assert given._getWorkerArguments() == [
            "--disablegc",
            "--force-gc",
            "--recursionlimit",
            "2000",
        ]
        assert not gc.isenabled()

    def test_autoIsTheNumberOfProcessors(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trial, "_autoJobs", lambda: 77)
        assert options("--jobs", "auto")["jobs"] == 77
        monkeypatch.undo()
        assert trial._autoJobs() >= 1

    def test_aModuleCanBeHidden(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "this", raising=False)
        options("--without-module", "this")
        with pytest.raises(ImportError):
            import this  # noqa: F401
        del sys.modules["this"]
        monkeypatch.setitem(sys.modules, "this", sys)
        with pytest.warns(RuntimeWarning, match="Module 'this' already imported"):
            options("--without-module", "this")

    @pytest.mark.parametrize("flag", ["--help-orders", "--help-reporters"])
    def test_listsAreShown(self, flag: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as exit:
            options(flag)
        assert exit.value.code == 0
        assert "alphabetical" in (text := capsys.readouterr().out) or "verbose" in text

    def test_aDebuggerMustExist(self) -> None:
        given = options("--debug", "--debugger", "nosuchdebugger")
        with pytest.raises(trial._DebuggerNotFound, match="'nosuchdebugger' debugger"):
            trial._makeRunner(given)


class TestVariables:
    @pytest.mark.parametrize(
        "line, wanted",
        [
            ("-*- test-case-name: a.b -*-", {"test-case-name": "a.b"}),
            ("# -*- test-case-name: a,b; -*- #", {"test-case-name": "a,b"}),
            ("-*- a: b; c: d -*-", {"a": "b", "c": "d"}),
        ],
    )
    def test_aLineIsRead(self, line: str, wanted: dict[str, str]) -> None:
        assert trial._parseLocalVariables(line) == wanted

    @pytest.mark.parametrize("line", ["foo", "-*- foo -*-", "-*- a: b; c -*-", "-*- a: b: c -*-"])
    def test_anotherLineIsRefused(self, line: str) -> None:
        with pytest.raises(ValueError):
            trial._parseLocalVariables(line)

    def test_aFileNamesItsTests(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = tmp_path / "thing.py"
        source.write_text("#!/usr/bin/python\n# -*- test-case-name: a.b,c -*-\n")
        tests = tmp_path / "test_thing.py"
        tests.write_text("x = 1\n")
        given = trial.Options()
        for path in (source, tests, tmp_path / "nothing.py"):
            given.opt_testmodule(str(path))
        assert given["tests"] == ["a.b", "c", str(tests)]
        assert "nothing.py' doesn't exist\n" in capsys.readouterr().err
        assert trial.getTestModules(str(tests)) == []
        assert trial.isTestFile("a/test_b.py") and not trial.isTestFile("a/b_test.py")


class TestRuns:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "test_it.py").write_text(MODULE)
        return tmp_path

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "twisted.trial", "--reporter=bwverbose", *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)

    def marks(self, ended: subprocess.CompletedProcess[str]) -> list[str]:
        # One of the tests prints something.
        found = re.findall(r"\.(test_\w) \.\.\. (?:tests .*\n)?\[(\w+)\]", ended.stdout)
        return [" ".join(words) for words in found]

    def test_testsRunInAFolderOfTheirOwnWithALog(self, folder: Path) -> None:
        ended = self.run(folder, "test_it.Later")
        assert ended.returncode == 0
        assert f"tests work in {os.path.realpath(folder)}/_trial_temp\n" in ended.stdout
        assert ended.stdout.endswith("\nPASSED (successes=2)\n")
        text = (folder / "_trial_temp" / "test.log").read_text()
        assert "[-] --> test_it.Later.test_b <--\n" in text

    def test_theExitStatusTellsOfFailure(self, folder: Path) -> None:
        ended = self.run(folder, "test_it")
        assert ended.returncode == 1
        assert ended.stdout.endswith("\nFAILED (failures=1, successes=2)\n")

    @pytest.mark.parametrize(
        "words, wanted",
        [
            (["-n"], ["test_c OK", "test_a OK", "test_b OK"]),
            (["-x"], ["test_c FAILURE"]),
            (["--order=toptobottom"], ["test_b OK", "test_a OK", "test_c FAILURE"]),
            (["--unclean-warnings"], ["test_c FAILURE", "test_a OK", "test_b OK"]),
        ],
    )
    def test_optionsSayWhatIsRunAndInWhichOrder(
        self, folder: Path, words: list[str], wanted: list[str]
    ) -> None:
        assert self.marks(self.run(folder, *words, "test_it")) == wanted

    def test_aRandomOrderIsMadeAgainWithItsSeed(self, folder: Path) -> None:
        first, second = (self.run(folder, "--random=5", "test_it") for _ in range(2))
        assert "Running tests shuffled with seed 5\n" in first.stdout
        assert self.marks(first) == self.marks(second)

    def test_aProfileAndCoverageAreWritten(self, folder: Path) -> None:
        self.run(folder, "--profile", "--coverage", "--temp-directory=work", "test_it.Later")
        assert (folder / "work" / "profile.data").exists()
        assert (folder / "work" / "coverage" / "test_it.cover").exists()

    def test_aMistakeIsOneLine(self, folder: Path) -> None:
        ended = self.run(folder, "--jobs=0")
        assert ended.returncode == 1
        assert ended.stderr.count("\n") == 1


def test_aDebuggerRunsTheTests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    class Debugger:
        def runcall(self, function: Any, *args: Any) -> None:
            calls.append(args)

    monkeypatch.chdir(tmp_path)
    made: Any = trial._makeRunner(options("--debug", "--reporter=summary"))
    made.debugger = Debugger()
    made.stream = io.StringIO()
    result = made.run(trial._getSuite(options()))
    assert len(calls) == 1 and result.testsRun == 0
