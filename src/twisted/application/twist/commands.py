"""
What the sub-commands do once their flags are read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from twisted.application._config.kinds import WRONG
from twisted.application._config.mistakes import Mistake, Mistakes
from twisted.application._config.options import describe
from twisted.application._config.site import SitePlan, SiteSettings, readSite
from twisted.application._config.source import Source
from twisted.application._site.site import Site

from .hints import howToTry, whereBound
from .logs import startLogging
from .parser import FlagReport
from .running import CannotChooseReactor, chooseReactor, runSite
from .tables import showTable

__all__ = ["graceOf", "readPlan", "runPlan"]


def readPlan(file: str, grace: str | None) -> SitePlan:
    """
    Read a configuration file.

    Args:
        file: its path.
        grace: what the flag --grace said, which goes before what the file says; None for nothing.
    Raises: Mistakes.
    """
    plan = readSite(Source.fromFile(file))
    return plan if grace is None else plan._replace(grace=graceOf(grace))


def graceOf(text: str | None) -> float:
    """
    Read the flag --grace.

    Args:
        text: what was given, or None for the default.
    Raises: Mistakes if that is no number of seconds.
    """
    declared = next(each for each in describe(SiteSettings) if each.key == "grace")
    if text is None:
        return float(declared.default)
    report = FlagReport("twist")
    grace = declared.kind.read(declared.kind.fromText(text), ("grace",), report)
    if grace is WRONG:
        raise Mistakes(report.found)
    return float(grace)


def runPlan(
    plan: SitePlan,
    given: argparse.Namespace,
    file: str = "",
    reread: Callable[[], SitePlan] | None = None,
) -> int:
    """
    Run services, until a signal ends them.

    Args:
        plan: the services.
        given: the flags of `parser.addRunningFlags`.
        file: where the plan came from; empty for nowhere.
        reread: reads it again.
    Returns: the exit status.
    """

    def withFlags(plan: SitePlan) -> SitePlan:
        return plan._replace(callbackContext=True) if given.callback_context else plan

    plan = withFlags(plan)
    again = None if reread is None else lambda: withFlags(reread())
    try:
        reactor = chooseReactor(given.reactor)
    except CannotChooseReactor as error:
        raise Mistakes([Mistake("--reactor", str(error))]) from None
    try:
        startLogging(given.log_level, given.log_format, given.log_file)
    except OSError as error:
        said = f"{given.log_file!r} cannot be written: {error.strerror}."
        raise Mistakes([Mistake("--log-file", said)]) from None
    # A log that programs read has standard output for itself.
    machineReads = given.log_format in ("json", "otlp") and given.log_file == "-"
    out = sys.stderr if machineReads else sys.stdout

    def ready(site: Site) -> None:
        schemes = {each.name: getattr(each.settings, "urlScheme", "") for each in plan.services}
        rows = [
            (name, each.listen.transport, whereBound(each), howToTry(each, schemes.get(name, "")))
            for name, each in site.bound
        ]
        services = "1 service" if len(plan.services) == 1 else f"{len(plan.services)} services"
        print(f"{plan.name} is up: {services}. Ctrl-C stops it.\n", file=out)
        if rows:
            columns = ("service", "by", "listens on", "try it with")
            showTable(columns, rows, out, toCopy=True)
        print(file=out, flush=True)
        if getattr(given, "console", False):
            _prompt(site, reactor)

    words = [file]
    for flag in ("reactor", "log_level", "log_format", "log_file"):
        words += [f"--{flag.replace('_', '-')}", str(getattr(given, flag))]
    return runSite(plan, reactor, ready, file, again, words)


def _prompt(site: Site, reactor: Any) -> None:
    """A prompt in the process of the site itself."""
    from ._console import banner, handyNames
    from .prompt import Prompt

    names = {**handyNames(site), "services": site.services}
    said = "site is the running site, and services what it runs"
    Prompt(reactor, names, lambda: reactor.running and reactor.stop(), banner(said)).start()
