"""
The options of the ``trial`` command that the processes which it starts take too.
"""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any

from twisted.python import usage
from twisted.python.filepath import FilePath

#: What ``--tbformat`` takes, and what reporters call it.
TBFORMAT_MAP = {
    "plain": "default",
    "default": "default",
    "emacs": "brief",
    "brief": "brief",
    "cgitb": "verbose",
    "verbose": "verbose",
}


class _BasicOptions:
    """
    Which tests are run, and in what circumstances. Mixed into `twisted.python.usage.Options`.
    """

    longdesc = (
        "Runs the tests of the packages, modules, classes, methods or files that are named on "
        "the command line."
    )

    optFlags = [
        ["help", "h", "Show this help, and exit."],
        ["no-recurse", "N", "Do not look into the packages within a package."],
        ["help-orders", None, "List the orders that tests can be run in."],
        ["help-reporters", None, "List the reporters that there are."],
        [
            "rterrors",
            "e",
            "Write tracebacks at once, too, and not only when all tests are through.",
        ],
        ["unclean-warnings", None, "Only warn of what tests leave in the reactor."],
        ["force-gc", None, "Collect garbage before and after each test."],
        ["exitfirst", "x", "Stop at the first thing that goes wrong; not with --jobs."],
    ]

    optParameters: list[list[Any]] = [
        ["order", "o", None, "The order of tests and methods: see --help-orders."],
        ["random", "z", None, "Run tests in a random order, made with this seed."],
        [
            "temp-directory",
            None,
            "_trial_temp",
            "The folder that tests work in.",
        ],
        ["reporter", None, "verbose", "How results are reported: see --help-reporters."],
    ]

    compData = usage.Completions(
        optActions={
            "order": usage.CompleteList(["alphabetical", "toptobottom"]),
            "reporter": usage.CompleteList(
                ["verbose", "bwverbose", "summary", "text", "timing", "subunit"]
            ),
            "logfile": usage.CompleteFiles(descr="log file name"),
            "temp-directory": usage.CompleteDirs(),
            "tbformat": usage.CompleteList(["plain", "emacs", "cgitb"]),
        },
        extraActions=[
            usage.CompleteFiles(
                "*.py", descr="file | module | package | TestCase | testMethod", repeat=True
            )
        ],
    )

    #: Counts the lines that run, with ``--coverage``.
    tracer: Any = None

    def __init__(self) -> None:
        self["tests"] = []
        super().__init__()

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)  # type: ignore[misc]  # that of usage.Options

    def __getitem__(self, key: str) -> Any:
        return super().__getitem__(key)  # type: ignore[misc]  # as above

    def coverdir(self) -> FilePath[str]:
        """Where ``--coverage`` writes to."""
        folder = FilePath(self["temp-directory"]).child("coverage")
        print(f"Setting coverage directory to {folder.path}.")
        return folder

    def parseArgs(self, *args: str) -> None:
        """Take the names of tests."""
        self["tests"].extend(args)

    def opt_coverage(self) -> None:
        """
        Write which lines have run, to the folder "coverage" in that of the tests.
        """
        from trace import Trace

        self.tracer = Trace(count=1, trace=0)
        sys.settrace(self.tracer.globaltrace)
        self["coverage"] = True

    def opt_disablegc(self) -> None:
        """
        Turn the garbage collector off.
        """
        self["disablegc"] = True
        gc.disable()

    def opt_tbformat(self, opt: str) -> None:
        """
        The form of tracebacks: "plain", "emacs" (one line for each frame) or "cgitb" (with
        variables).
        """
        if opt not in TBFORMAT_MAP:
            raise usage.UsageError("tbformat must be 'plain', 'emacs', or 'cgitb'.")
        self["tbformat"] = TBFORMAT_MAP[opt]

    def opt_recursionlimit(self, arg: str) -> None:
        """
        How deep calls may go: see sys.setrecursionlimit().
        """
        try:
            sys.setrecursionlimit(int(arg))
        except (TypeError, ValueError) as e:
            raise usage.UsageError("argument to recursionlimit must be an integer") from e
        self["recursionlimit"] = int(arg)

    def opt_without_module(self, option: str) -> None:
        """
        Act as if these modules, with commas between them, were not there.
        """
        self["without-module"] = option
        for module in option.split(","):
            if module in sys.modules:
                # As if the command itself gave the warning, whichever it is.
                command = sys.modules[type(self).__module__]
                warnings.warn_explicit(
                    f"Module {module!r} already imported, disabling anyway.",
                    category=RuntimeWarning,
                    filename=str(command.__file__),
                    lineno=1,
                )
            sys.modules[module] = None  # type: ignore[assignment]  # what import looks for

    def opt_reactor(self, name: str) -> None:
        """
        Which reactor to use: see --help-reactors.
        """
        from twisted.application.app import ReactorSelectionMixin

        ReactorSelectionMixin.opt_reactor(self, name)  # type: ignore[arg-type]  # it is a mixin

    opt_r = opt_reactor

    def opt_spew(self) -> None:
        """
        Log each function that is called. Shows where a program hangs.
        """
        from twisted.python.util import spewer

        self["spew"] = True
        sys.settrace(spewer)

    # What a worker must be told.
    _workerFlags = ("coverage", "disablegc", "force-gc", "debug-stacktraces")
    _workerParameters = ("recursionlimit", "reactor", "without-module")

    def _getWorkerArguments(self) -> list[str]:
        """
        Give the options that concern the process in which tests run, as words.
        """
        get = self.get  # type: ignore[attr-defined]  # that of dict
        words = [f"--{flag}" for flag in self._workerFlags if get(flag)]
        for parameter in self._workerParameters:
            if get(parameter) is not None:
                words += [f"--{parameter}", str(get(parameter))]
        return words
