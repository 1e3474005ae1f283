"""
``twist services``: list the services there are, or explain one of them.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from twisted.application._config.mistakes import suggestion

from ._single import settingsClass
from .commandtable import commands
from .makers import explainMaker, serviceMakers
from .parser import Parser
from .tables import showTable

if TYPE_CHECKING:
    from twisted.application._config.catalogue import IServiceType
    from twisted.application._config.options import Option

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist services", description=commands["services"].help)
    parser.add_argument("name", metavar="NAME", nargs="?", help="The service to explain.")
    given = parser.parse(words, argparse.Namespace())
    from twisted.application._config.catalogue import serviceTypes

    types = serviceTypes()
    if given.name is None:
        rows = [(name, each.description) for name, each in {**serviceMakers(), **types}.items()]
        showTable(("service", "what it does"), rows, sys.stdout)
        print("\ntwist services NAME explains one of them.")
        return 0
    if given.name in types:
        _explain(types[given.name])
        return 0
    makers = serviceMakers()
    if given.name not in makers:
        near = suggestion(given.name, [*types, *makers])
        parser.error(f"there is no service {given.name!r}. {near}")
    print(explainMaker(makers[given.name]))
    return 0


def _explain(serviceType: IServiceType) -> None:
    from twisted.application._config.options import describe

    options = describe(settingsClass(serviceType, f"twist services {serviceType.name}"))
    print(f"{serviceType.name}: {serviceType.description}\n")
    rows = [(each.key, each.kind.short, each.shownDefault, each.help) for each in options]
    showTable(("key", "value", "default", "what it does"), rows, sys.stdout)
    for each in options:
        _explainKind(each)
    print(f'\nIn a file:\n\n  [services.NAME]\n  type = "{serviceType.name}"')
    for each in options:
        if each.example:
            print(f"  {each.key} = {each.example}")
    needed = " ".join(f"--{each.key} {each.example}" for each in options if each.required)
    print(f"\nOn the command line:\n\n  twist {serviceType.name} {needed}")


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
