"""
The ``trial`` command: finds tests, runs them, and reports.
"""

from __future__ import annotations

import inspect
import os
import random
import sys
import time
from typing import TYPE_CHECKING, Any

from twisted import plugin
from twisted.internet.defer import CancelledError
from twisted.python import reflect, usage
from twisted.trial import itrial, runner
from twisted.trial._options import TBFORMAT_MAP as TBFORMAT_MAP
from twisted.trial._options import _BasicOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twisted.trial._dist.disttrial import DistTrialRunner

__all__ = [
    "TBFORMAT_MAP",
    "DistTrialRunner",
    "Options",
    "getTestModules",
    "isTestFile",
    "loadLocalVariables",
    "run",
]


# Comments that say which tests a file has, as Emacs keeps variables: -*- name: value; ... -*-


def _parseLocalVariables(line: str) -> dict[str, str]:
    """
    Read the variables in a line.

    Raises: ValueError if there are none, or they are written in another way.
    """
    parts = line.split("-*-")
    if len(parts) < 3:
        raise ValueError(f"{line!r} not a valid local variable declaration")
    variables = {}
    for item in filter(None, (item.strip() for item in parts[1].split(";"))):
        words = item.split(":")
        if len(words) != 2:
            raise ValueError(f"{line!r} contains invalid declaration {item!r}")
        variables[words[0].strip()] = words[1].strip()
    return variables


def loadLocalVariables(filename: str) -> dict[str, str]:
    """
    Read the variables in the first two lines of a file; none, if there are none.
    """
    with open(filename, encoding="utf-8", errors="replace") as source:
        for line in (source.readline(), source.readline()):
            try:
                return _parseLocalVariables(line)
            except ValueError:
                continue
    return {}


def getTestModules(filename: str) -> list[str]:
    """
    Give the names of the modules that a file says test it.
    """
    names = loadLocalVariables(filename).get("test-case-name")
    return [] if names is None else names.split(",")


def isTestFile(filename: str) -> bool:
    """
    Whether a file is named as those with tests are.
    """
    base = os.path.basename(filename)
    return base.startswith("test_") and base.endswith(".py")


# The orders that tests can be run in.


def _sourceLine(thing: Any) -> Any:
    """
    Give where a test or a class of tests is in its file. The file need not be there any more.
    """
    if runner.isTestCase(thing):
        lines = [
            inspect.unwrap(method).__code__.co_firstlineno
            for method in vars(thing).values()
            if inspect.isfunction(method)
        ]
        return min(lines, default=0)
    method = getattr(thing, getattr(thing, "_testMethodName", ""), None)
    if inspect.ismethod(method):
        return inspect.unwrap(method.__func__).__code__.co_firstlineno
    # Modules have no line: they go by their names, and are never among tests or classes.
    return runner.name(thing)


_runOrders: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "alphabetical": ("by the names of modules, classes and methods", runner.name),
    "toptobottom": ("modules by name, in them as they are written", _sourceLine),
}


def _autoJobs() -> int:
    """
    Give the number of processors that this process may use.
    """
    count = getattr(os, "process_cpu_count", None)
    if count is not None:
        return count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or os.cpu_count() or 1
    return os.cpu_count() or 1


def _columns(rows: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"    {name:{width}}  {words}" for name, words in rows)


class Options(_BasicOptions, usage.Options):
    """
    The command line of ``trial``.
    """

    optFlags = [
        ["debug", "b", "Run the tests in a debugger."],
        ["debug-stacktraces", "B", "Note where Deferreds are made and called."],
        ["nopm", None, "Do not start the debugger where an exception is raised."],
        ["dry-run", "n", "Do everything but run the tests."],
        ["profile", None, "Write a profile of the tests."],
        ["until-failure", "u", "Run the tests again and again, until something goes wrong."],
    ]

    optParameters = [
        ["debugger", None, "pdb", "The dotted name of the debugger for --debug."],
        ["logfile", "l", "test.log", "The file for the log, in the folder of the tests."],
        ["jobs", "j", None, "How many processes run tests, or 'auto' for one per processor."],
    ]

    compData = usage.Completions(
        optActions={
            "debugger": usage.CompleteList(["pdb"]),
            "jobs": usage.CompleteList(["auto"]),
            "completion": usage.CompleteList(["bash", "fish", "zsh"]),
            "testmodule": usage.CompleteFiles("*.py"),
        },
    )

    def __init__(self) -> None:
        super().__init__()
        self.setdefault("tbformat", "default")

    def getSynopsis(self) -> str:
        """The first line of the help."""
        program = "trial" if sys.argv[0].endswith("trial") else "python -m twisted.trial"
        return f"{program} [options] [[file|package|module|TestCase|testmethod]...]"

    def opt_jobs(self, number: str) -> None:
        """
        How many processes run tests: a number, or 'auto' for one per processor.
        """
        if number == "auto":
            self["jobs"] = _autoJobs()
            return
        try:
            count = int(number)
        except ValueError as e:
            raise usage.UsageError(f"Expecting integer argument to jobs, got '{number}'") from e
        if count <= 0:
            raise usage.UsageError("Argument to jobs must be a strictly positive integer or 'auto'")
        self["jobs"] = count

    def opt_random(self, option: str) -> None:
        """
        Run tests in a random order, made with this seed (0 for a seed made up now).
        """
        try:
            seed = int(option)
        except ValueError as e:
            raise usage.UsageError("Argument to --random must be a positive integer") from e
        if seed < 0:
            raise usage.UsageError("Argument to --random must be a positive integer")
        self["random"] = seed or int(time.time() * 100)

    def opt_testmodule(self, filename: str) -> None:
        """
        A file: if it has no tests itself, run those that its first lines name
        (-*- test-case-name: ... -*-).
        """
        if not os.path.isfile(filename):
            sys.stderr.write(f"File {filename!r} doesn't exist\n")
            return
        path = os.path.abspath(filename)
        self["tests"].extend([path] if isTestFile(path) else getTestModules(path))

    def opt_help_reactors(self) -> None:
        """
        List the reactors that there are.
        """
        from twisted.application.app import ReactorSelectionMixin

        ReactorSelectionMixin().opt_help_reactors()

    def opt_help_reporters(self) -> None:
        """
        List the reporters that there are.
        """
        rows = [(each.longOpt, each.description) for each in _reporters()]
        print("The reporters for --reporter are:\n")
        print(_columns(rows))
        raise SystemExit(0)

    def opt_help_orders(self) -> None:
        """
        List the orders that tests can be run in.
        """
        print("The orders for --order are:\n")
        print(_columns([(name, words) for name, (words, _) in _runOrders.items()]))
        raise SystemExit(0)

    def opt_completion(self, shell: str) -> None:
        """
        Write a script that completes trial's command line in "bash", "zsh" or "fish".
        """
        from twisted.application.reactors import getReactorTypes

        from ._completion import completionScript

        known = {
            "reporter": [each.longOpt for each in _reporters()],
            "reactor": sorted(each.shortName for each in getReactorTypes()),
            "order": list(_runOrders),
        }
        completers = {name: usage.CompleteList(words) for name, words in known.items()}
        print(completionScript(self, "trial", shell, completers), end="")
        raise SystemExit(0)

    def postOptions(self) -> None:
        """
        See whether the options go together, and find the reporter.
        """
        if self.get("jobs"):
            for flag in ("debug", "profile", "debug-stacktraces", "exitfirst"):
                if self.get(flag):
                    raise usage.UsageError(f"You can't specify --{flag} when using --jobs")
        if self.get("nopm") and not self.get("debug"):
            raise usage.UsageError("You must specify --debug when using --nopm ")
        if self.get("order") is not None:
            if self["order"] not in _runOrders:
                raise usage.UsageError(
                    f"there is no order {self['order']!r}: see the list with --help-orders"
                )
            if self.get("random") is not None:
                raise usage.UsageError("You can't specify --random when using --order")
        if isinstance(self["reporter"], str):
            self["reporter"] = _reporterNamed(self["reporter"])


def _reporters() -> Iterator[Any]:
    """
    Give the descriptions of reporters that plugins bring.
    """
    yield from plugin.getPlugins(itrial.IReporter)


def _reporterNamed(name: str) -> Any:
    """
    Give the class of the reporter with this name.
    """
    for each in _reporters():
        if each.longOpt == name:
            return reflect.namedAny(f"{each.module}.{each.klass}")
    raise usage.UsageError(
        f"there is no reporter {name!r}: --reporter takes one that --help-reporters lists"
    )


# From options to a run.


def _getLoader(config: Options) -> runner.TestLoader:
    """
    Make the loader that the options ask for.
    """
    loader = runner.TestLoader()
    if config["random"]:
        dice = random.Random(config["random"])
        loader.sorter = lambda thing: dice.random()
        print(f"Running tests shuffled with seed {config['random']}\n")
    elif config["order"]:
        loader.sorter = _runOrders[config["order"]][1]
    if not config["until-failure"]:
        loader.suiteFactory = runner.DestructiveTestSuite
    return loader


def _getSuite(config: Options) -> Any:
    """
    Find the tests that the command line names.
    """
    return _getLoader(config).loadByNames(config["tests"], not config["no-recurse"])


class _DebuggerNotFound(Exception):
    """
    There is nothing with the name that was given for a debugger.
    """


def _makeDebugger(name: str) -> Any:
    """
    Give the debugger with a dotted name: it runs a call as ``runcall(function, *args)``.
    """
    try:
        found = reflect.namedAny(name)
    except reflect.ModuleNotFound as e:
        raise _DebuggerNotFound(f"{name!r} debugger could not be found.") from e
    return found.Pdb() if hasattr(found, "Pdb") else found


def __getattr__(name: str) -> Any:
    # Found here, but imported where it is used: AMP and attrs take longer to import than many a
    # suite takes to run.
    if name == "DistTrialRunner":
        from twisted.trial._dist.disttrial import DistTrialRunner

        return DistTrialRunner
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _makeRunner(config: Options) -> runner._Runner:
    """
    Make the runner that the options ask for.
    """
    dryRun = bool(config["dry-run"])
    common: dict[str, Any] = {
        "tracebackFormat": config["tbformat"],
        "realTimeErrors": bool(config["rterrors"]),
        "uncleanWarnings": bool(config["unclean-warnings"]),
        "logfile": config["logfile"],
        "workingDirectory": config["temp-directory"],
        "exitFirst": bool(config["exitfirst"]),
    }
    if config["jobs"] and not dryRun:
        # Looked up on the module, where a program may have put its own.
        made: runner._Runner = sys.modules[__name__].DistTrialRunner(
            config["reporter"],
            maxWorkers=config["jobs"],
            workerArguments=config._getWorkerArguments(),
            **common,
        )
        return made
    mode = debugger = None
    if dryRun:
        mode = runner.TrialRunner.DRY_RUN
    elif config["debug"]:
        mode = runner.TrialRunner.DEBUG
        debugger = _makeDebugger(config["debugger"])
    return runner.TrialRunner(
        config["reporter"],
        mode=mode,
        profile=bool(config["profile"]),
        forceGarbageCollection=bool(config["force-gc"]),
        debugger=debugger,
        **common,
    )


def _initialDebugSetup(config: Options) -> None:
    """
    Turn on what helps a person who looks for a mistake.
    """
    if config["debug"] and not config["nopm"]:
        from twisted.python.failure import startDebugMode

        startDebugMode()
    if config["debug"] or config["debug-stacktraces"]:
        from twisted.internet.defer import setDebugging

        setDebugging(True)


def run() -> None:
    """
    The command. Exits with 0 if all went well, with 1 if not.
    """
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    # Tests are named from where the command is given.
    sys.path.insert(0, os.path.abspath(os.getcwd()))
    config = Options()
    try:
        config.parseOptions()
    except usage.UsageError as e:
        raise SystemExit(f"{sys.argv[0]}: {e}") from e
    _initialDebugSetup(config)
    try:
        trialRunner = _makeRunner(config)
    except _DebuggerNotFound as e:
        raise SystemExit(f"{sys.argv[0]}: {e}") from e
    suite = _getSuite(config)
    runIt = trialRunner.runUntilFailure if config["until-failure"] else trialRunner.run
    try:
        result = runIt(suite)
    except CancelledError:
        # Ctrl-C, while workers ran tests: what came of them was written.
        raise SystemExit(130) from None
    if config.get("spew"):
        # It would go on while the interpreter takes itself apart.
        sys.settrace(None)
    if config.tracer is not None:
        sys.settrace(None)
        results = config.tracer.results()
        results.write_results(show_missing=True, summary=False, coverdir=config.coverdir().path)
    sys.exit(not result.wasSuccessful())
