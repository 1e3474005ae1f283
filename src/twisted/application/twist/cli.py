"""
The command ``twist``.

``twist up FILE`` runs what a configuration file asks for, ``twist check FILE`` only reads it,
``twist services`` lists what there is to run, and ``twist NAME`` runs one service of a type.

Exit status: 0 when all went well, 1 when something could not start, 2 for a mistake in the file
or on the command line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from twisted.application._config.mistakes import Mistake, Mistakes, suggestion

from .makers import explainMaker, runMaker, serviceMakers
from .parser import FlagReport, Parser, addOptions, addRunningFlags, runningFlags, tableOf
from .tables import showMistakes, showTable

if TYPE_CHECKING:
    from twisted.application._config.catalogue import IServiceType
    from twisted.application._config.options import Option
    from twisted.application._config.site import SitePlan

__all__ = ["main"]

_COMMANDS = {
    "up FILE": "Run the services of a configuration file.",
    "check FILE": "Read a configuration file, and say all that is wrong with it.",
    "services [NAME]": "List the services there are, or explain one of them.",
}
_EXAMPLES = (
    "twist services echo             what an echo service can be told",
    "twist echo --listen 7000        run one, for programs on this machine",
    "twist up examples/welcome/site.toml",
)


def main(words: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Args:
        words: its arguments; those of the process if None.
    Returns: the exit status.
    """
    try:
        status = _dispatch(list(sys.argv[1:] if words is None else words))
        sys.stdout.flush()
        return status
    except Mistakes as mistakes:
        return _tell(mistakes.found)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _unread()


def _unread() -> int:
    """Whoever read the output, such as head, has seen enough; nothing is left to be flushed."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return 0


def _dispatch(words: list[str]) -> int:
    before, command, after = _split(words)
    if command is None or {"--help", "-h"} & set(before):
        return _general(before)
    rest = [*before, *after]
    commands = {"up": _up, "check": _check, "services": _services}
    if command in commands:
        return commands[command](rest)
    from twisted.application._config.catalogue import serviceTypes

    types = serviceTypes()
    if command in types:
        return _one(types[command], rest)
    makers = serviceMakers()
    if command in makers:
        return runMaker(words)
    # What is taken for the command may be the value of a flag that there is not.
    _strayFlags(before)
    known = [*commands, *types, *makers]
    print(
        f"twist: there is no command or service {command!r}. {suggestion(command, known)}\n"
        "twist --help explains what there is.",
        file=sys.stderr,
    )
    return 2


def _split(words: list[str]) -> tuple[list[str], str | None, list[str]]:
    """What stands before the command's name, the name, and what stands after it."""
    at = 0
    while at < len(words):
        if not words[at].startswith("-"):
            return words[:at], words[at], words[at + 1 :]
        at += 2 if words[at] in runningFlags else 1
    return words, None, []


def _general(flags: list[str]) -> int:
    """Help on the whole, the version, or what is wrong with flags that have no command."""
    if "--version" in flags:
        import twisted

        print(f"twist (Torsion {twisted.torsion_version}, Twisted API {twisted.__version__})")
        return 0
    wanted = {"--help", "-h"} & set(flags)
    if not wanted:
        _strayFlags(flags)
    from twisted.application._config.catalogue import serviceTypes

    makers = {name: each.description for name, each in serviceMakers().items()}
    types = {name: each.description for name, each in serviceTypes().items()}
    parts = [
        "twist runs network services.\n\nUsage: twist COMMAND [FLAGS]",
        _section("Commands", _COMMANDS.items()),
        _section("Services", {**makers, **types}.items()),
        "For instance:\n" + "".join(f"  {line}\n" for line in _EXAMPLES),
        "twist COMMAND --help explains the flags of each command and service.",
    ]
    print("\n\n".join(part.rstrip() for part in parts), file=None if wanted else sys.stderr)
    return 0 if wanted else 2


def _strayFlags(flags: list[str]) -> None:
    """End with what is wrong, if a flag before the command is."""
    parser = Parser(prog="twist")
    parser.add_argument("--version", action="store_true", help="Show the version and end.")
    addRunningFlags(parser)
    parser.parse(flags, argparse.Namespace())


def _section(title: str, lines: Iterable[tuple[str, str]]) -> str:
    return f"{title}:\n" + "".join(f"  {name:<17}{text}\n" for name, text in lines)


def _up(words: list[str]) -> int:
    parser = Parser(prog="twist up", description=_COMMANDS["up FILE"])
    parser.add_argument("file", metavar="FILE", help="The configuration file, in TOML.")
    addRunningFlags(parser)
    given = parser.parse(words, argparse.Namespace())
    from .commands import readPlan, runPlan

    return runPlan(readPlan(given.file, given.grace), given)


def _check(words: list[str]) -> int:
    parser = Parser(prog="twist check", description=_COMMANDS["check FILE"])
    parser.add_argument("file", metavar="FILE", help="The configuration file, in TOML.")
    given = parser.parse(words, argparse.Namespace())
    from .commands import readPlan

    plan = readPlan(given.file, None)
    rows = [
        (service.name, service.type, f"{each.transport} {each.words}")
        for service in plan.services
        for each in getattr(service.settings, "listen", ())
    ]
    showTable(("service", "type", "listens on"), rows, sys.stdout)
    print(f"\n{given.file} is right. Run it with: twist up {given.file}")
    return 0


def _services(words: list[str]) -> int:
    parser = Parser(prog="twist services", description=_COMMANDS["services [NAME]"])
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

    options = describe(_settingsOf(serviceType, f"twist services {serviceType.name}"))
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


def _one(serviceType: IServiceType, words: list[str]) -> int:
    """Run one service, as its flags say."""
    from twisted.application._config.options import describe, readOptions
    from twisted.application._config.site import ServicePlan, SitePlan

    from .commands import graceOf, runPlan

    name = serviceType.name
    settings = _settingsOf(serviceType, f"twist {name}")
    options = describe(settings)
    parser = Parser(prog=f"twist {name}", description=serviceType.description)
    addOptions(parser, options)
    addRunningFlags(parser)
    given = parser.parse(words, argparse.Namespace())
    grace = graceOf(given.grace)
    report = FlagReport(f"twist {name}")
    made: Any = readOptions(settings, tableOf(given, options), (), report, of=f"twist {name}")
    if made is None:
        raise Mistakes(report.found)
    plan: SitePlan = SitePlan(name, grace, (ServicePlan(name, name, made),))
    return runPlan(plan, given)


def _settingsOf(serviceType: IServiceType, command: str) -> Any:
    from twisted.application._config.site import settingsOf

    report = FlagReport(command)
    settings = settingsOf(serviceType, report, ())
    if settings is None:
        raise Mistakes(report.found)
    return settings


def _tell(found: Sequence[Mistake]) -> int:
    """Print what is wrong."""
    showMistakes(found, sys.stderr)
    count = "One mistake" if len(found) == 1 else f"{len(found)} mistakes"
    gap = "" if sys.stderr.isatty() else "\n"
    print(f"{gap}{count}; nothing was started.", file=sys.stderr)
    return 2
