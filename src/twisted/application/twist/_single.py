"""
``twist TYPE FLAGS``: run one service of a type.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from twisted.application._config.mistakes import Mistakes

from .parser import FlagReport, Parser, addOptions, addRunningFlags, flagsIn, tableOf

if TYPE_CHECKING:
    from twisted.application._config.catalogue import IServiceType
    from twisted.application._config.options import Option
    from twisted.application._config.site import SitePlan

__all__ = ["runSingle", "settingsClass", "strangeFlags"]


def runSingle(serviceType: IServiceType, words: list[str]) -> int:
    """
    Run one service, as its flags say.

    Returns: the exit status.
    """
    from twisted.application._config.options import describe, readOptions
    from twisted.application._config.site import ServicePlan, SitePlan

    from .commands import graceOf, runPlan

    name = serviceType.name
    settings = settingsClass(serviceType, f"twist {name}")
    options = describe(settings)
    given = _parserOf(serviceType, options).parse(words, argparse.Namespace())
    grace = graceOf(given.grace)
    report = FlagReport(f"twist {name}")
    made: Any = readOptions(settings, tableOf(given, options), (), report, of=f"twist {name}")
    if made is None:
        raise Mistakes(report.found)
    plan: SitePlan = SitePlan(name, grace, (ServicePlan(name, name, made),))
    return runPlan(plan, given)


def strangeFlags(serviceType: IServiceType, words: Iterable[str]) -> list[str]:
    """
    Returns: the flags among the words that ``twist TYPE`` does not know.
    Raises: Mistakes where the type's settings class cannot be imported.
    """
    from twisted.application._config.options import describe

    options = describe(settingsClass(serviceType, f"twist {serviceType.name}"))
    known = _parserOf(serviceType, options).flags()
    return [flag for flag in flagsIn(words) if flag not in known]


def _parserOf(serviceType: IServiceType, options: Iterable[Option]) -> Parser:
    parser = Parser(prog=f"twist {serviceType.name}", description=serviceType.description)
    addOptions(parser, options)
    addRunningFlags(parser)
    return parser


def settingsClass(serviceType: IServiceType, command: str) -> Any:
    """
    Import the settings class of a type.

    Raises: Mistakes, in the name of a command, where that cannot be.
    """
    from twisted.application._config.site import settingsOf

    report = FlagReport(command)
    settings = settingsOf(serviceType, report, ())
    if settings is None:
        raise Mistakes(report.found)
    return settings
