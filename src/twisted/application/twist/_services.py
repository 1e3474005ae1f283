"""
``twist services``: list the services there are, or explain one of them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from twisted.application._config.mistakes import suggestion

from ._single import settingsClass
from .commandtable import commands
from .parser import Parser
from .tables import showTable

if TYPE_CHECKING:
    from twisted.application._config.options import Option

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist services", description=commands["services"].help)
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="The service to explain; or site or cred, for the tables of these names.",
    )
    given = parser.parse(words, argparse.Namespace())
    from twisted.application._config.catalogue import allTypes

    types = allTypes()
    if given.name is None:
        rows = [(name, each.description) for name, each in types.items()]
        showTable(("service", "what it does"), rows, sys.stdout)
        print("\ntwist services NAME explains one of them.")
        print("twist services site, and cred, explain the tables [site] and [cred.NAME].")
        return 0
    if given.name in types:
        _explainType(types[given.name])
    elif given.name == "site":
        from twisted.application._config.plans import SiteSettings

        _explainTable("site: what a file may say of the whole", "[site]", SiteSettings)
    elif given.name == "cred":
        from twisted.application._config.logins import CredTable

        _explainTable("cred: who may log in, for services to name", "[cred.NAME]", CredTable)
    else:
        near = suggestion(given.name, types)
        parser.error(f"there is no service {given.name!r}. {near}")
    return 0


def _explainType(serviceType: Any) -> None:
    from twisted.application._config.catalogue import serviceTypes
    from twisted.application._config.options import describe
    from twisted.application._config.plans import ServiceSettings

    name = serviceType.name
    options = describe(settingsClass(serviceType, f"twist services {name}"))
    print(f"{name}: {serviceType.description}\n")
    _showOptions("key", options)
    for each in options:
        _explainKind(each)
    print()
    _showOptions("key of every service", describe(ServiceSettings))
    for each in describe(ServiceSettings):
        _explainKind(each)
    print(f'\nIn a file:\n\n  [services.NAME]\n  type = "{name}"')
    _showExamples(options)
    needed = "".join(f" --{each.key} {each.example}" for each in options if each.required)
    flags = needed if name in serviceTypes() else " [FLAGS]"
    print(f"\nOn the command line:\n\n  twist {name}{flags}")


def _explainTable(title: str, header: str, settings: type) -> None:
    from twisted.application._config.options import describe

    options = describe(settings)
    print(f"{title}\n")
    _showOptions("key", options)
    for each in options:
        _explainKind(each)
    print(f"\nIn a file:\n\n  {header}")
    _showExamples(options)


def _showOptions(title: str, options: Iterable[Option]) -> None:
    rows = [(each.key, each.kind.short, each.shownDefault, each.help) for each in options]
    if rows:
        showTable((title, "value", "default", "what it does"), rows, sys.stdout)


def _showExamples(options: Iterable[Option]) -> None:
    for each in options:
        if each.example:
            print(f"  {each.key} = {each.example}")


def _explainKind(option: Option) -> None:
    """Say more of an option whose values have many forms."""
    from twisted.application._config.options import describe

    if option.kind.examples:
        print()
        forms = [(f"{option.key} = {value}", words) for value, words in option.kind.examples]
        showTable((f"forms of {option.key}", "what it is"), forms, sys.stdout)
    facts: dict[str, tuple[list[str], Option]] = {}
    for table, settings in option.kind.tables.items():
        for each in describe(settings):
            facts.setdefault(each.key, ([], each))[0].append(table)
    if facts:
        print()
        keys = [
            (each.key, ", ".join(tables), each.kind.short, each.shownDefault, each.help)
            for tables, each in facts.values()
        ]
        columns = (f"key in {option.key}", "with", "value", "default", "what it does")
        showTable(columns, keys, sys.stdout)
