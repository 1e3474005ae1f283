"""
Flags, and what is said of wrong ones.

Parsing is argparse's; the words are ours: the nearest right name, and one way to more help.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NoReturn

from twisted.application._config.kinds import YesNo
from twisted.application._config.mistakes import Mistake, Path, orList, suggestion
from twisted.application._config.options import Option

from .names import formatNames, levelNames, reactorNames

__all__ = [
    "FlagReport",
    "Parser",
    "addFile",
    "addOptions",
    "addRunningFlags",
    "defaultFile",
    "flagsIn",
    "oneOf",
    "runningFlags",
    "tableOf",
]

runningFlags: Final = frozenset(
    ("--reactor", "--log-level", "--log-format", "--log-file", "--grace")
)
"""The flags of `addRunningFlags`, each of which takes a value."""


defaultFile: Final = "site.toml"
"""The configuration file that commands mean which are told of none."""


class Parser(argparse.ArgumentParser):
    """
    A parser that refuses shortened flags and suggests the nearest right one.
    """

    def __init__(self, **arguments: Any) -> None:
        arguments.setdefault("formatter_class", _Formatter)
        super().__init__(allow_abbrev=False, add_help=False, **arguments)
        self.add_argument("--help", "-h", action="help", help="Show this and end.")

    def parse(self, words: Sequence[str], into: argparse.Namespace) -> argparse.Namespace:
        """
        Read all of a command's words.

        Raises: SystemExit with status 2 after saying what is wrong, 0 after --help.
        """
        _, strange = self.parse_known_args(list(words), into)
        if strange:
            word = strange[0].partition("=")[0]
            if word.startswith("-"):
                self.error(f"there is no flag {word!r}. {suggestion(word, self.flags())}")
            self.error(f"{word!r} is one word too many")
        return into

    def flags(self) -> list[str]:
        """
        Returns: all flags that it knows, with their hyphens.
        """
        return [flag for action in self._actions for flag in action.option_strings]

    def error(self, message: str) -> NoReturn:
        told = re.sub(r"^the following arguments are required: (.*)", r"\1 is missing", message)
        told = re.sub(r"^argument ([^:]+): expected one argument$", r"\1 needs a value", told)
        told = re.sub(r"^argument ([^:]+): ", r"\1: ", told)
        sys.stderr.write(f"{self.prog}: {told}\n{self.prog} --help explains what there is.\n")
        raise SystemExit(2)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """
    Keeps a description's line breaks, and gives flags room for their values.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


class FlagReport:
    """
    Takes note of what is wrong with the flags of a command.

    Args:
        command: the command's name, for what no single flag is to blame for.
    """

    folder = ""

    def __init__(self, command: str) -> None:
        self.found: list[Mistake] = []
        self._command = command

    def wrong(self, path: Path, text: str, *, atValue: bool = True) -> None:
        # Behind the flag's name the path leads into its value: --listen '{ tcp = 99999 }'.
        inside = [str(key) for key in path[1:] if isinstance(key, str)]
        place = f"--{path[0]}" if path else self._command
        self.found.append(Mistake(" ".join([place, *inside]), text))


def flagsIn(words: Iterable[str]) -> list[str]:
    """
    Returns: the flags among the words of a command, without values that are joined to them by
        "=". What follows "--" is none.
    """
    found = []
    for word in words:
        if word == "--":
            break
        if word.startswith("-") and word != "-":
            found.append(word.partition("=")[0])
    return found


def oneOf(names: Iterable[str], what: str) -> Callable[[str], str]:
    """
    Returns: a reader for argparse that takes one of a few words.
    """
    known = tuple(names)

    def read(text: str) -> str:
        if text in known:
            return text
        close = suggestion(text, known)
        raise argparse.ArgumentTypeError(f"there is no {what} {text!r}. {close}")

    return read


def addFile(parser: argparse.ArgumentParser) -> None:
    """
    Add the word FILE, which may be left out.
    """
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default=defaultFile,
        help=f"The configuration file, in TOML (default: {defaultFile}).",
    )


def addRunningFlags(parser: argparse.ArgumentParser) -> None:
    """
    Add the flags of every command that runs something.
    """
    group = parser.add_argument_group("running")
    for flag, names, default, text in (
        ("--reactor", reactorNames, "default", "The event loop"),
        ("--log-level", levelNames, "info", "The least important messages that are logged"),
        ("--log-format", formatNames, "auto", "How messages are written"),
    ):
        group.add_argument(
            flag,
            metavar="NAME",
            type=oneOf(names, flag[2:].replace("-", " ")),
            default=default,
            help=f"{text}: {orList(names)} (default: {default}).",
        )
    group.add_argument(
        "--log-file",
        metavar="FILE",
        default="-",
        help='Where messages go: a file, "-" for standard output, "+" for standard error '
        "(default: -).",
    )
    group.add_argument(
        "--callback-context",
        action="store_true",
        help="Run callbacks of Deferreds with the context variables of where they were added.",
    )
    group.add_argument(
        "--grace",
        metavar="SECONDS",
        help="Seconds that open connections are given to finish when stopping (default: 5).",
    )


def addOptions(parser: argparse.ArgumentParser, options: Iterable[Option]) -> None:
    """
    Add a flag for each option that a service type declares.
    """
    group = parser.add_argument_group("the service")
    for each in options:
        default = each.shownDefault
        note = " (required)" if each.required else f" (default: {default})" if default else ""
        text = (each.help + note).replace("%", "%%")
        if isinstance(each.kind, YesNo):
            group.add_argument(
                f"--{each.key}",
                action=argparse.BooleanOptionalAction,
                default=argparse.SUPPRESS,
                help=text,
                dest=f"option {each.key}",
            )
            continue
        group.add_argument(
            f"--{each.key}",
            action="append" if each.kind.many else "store",
            metavar=each.kind.short.upper() if " " not in each.kind.short else "VALUE",
            default=argparse.SUPPRESS,
            help=text + (" May be given several times." if each.kind.many else ""),
            dest=f"option {each.key}",
        )


def tableOf(given: argparse.Namespace, options: Iterable[Option]) -> dict[str, Any]:
    """
    Returns: the options that were given, as a file would hold them.
    """
    table: dict[str, Any] = {}
    for each in options:
        value = getattr(given, f"option {each.key}", None)
        if isinstance(value, list):
            table[each.key] = [each.kind.fromText(text) for text in value]
        elif value is not None:
            table[each.key] = each.kind.fromText(value) if isinstance(value, str) else value
    return table
