"""
The command ``twist``.

``twist up FILE`` runs what a configuration file asks for, ``twist check FILE`` only reads it,
``twist services`` lists what there is to run, and ``twist NAME`` runs one service of a type. The
rooms whose names begin with an underscore are the commands, one each; `commandtable` lists them.

Exit status: 0 when all went well, 1 when something could not start, 2 for a mistake in the file
or on the command line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence

from twisted.application._config.mistakes import Mistake, Mistakes, suggestion

from .commandtable import commands, runCommand
from .makers import makerKnows, runMaker, serviceMakers
from .parser import Parser, addRunningFlags, runningFlags
from .tables import showMistakes

__all__ = ["main"]

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
    if command in commands:
        return runCommand(command, rest)
    from twisted.application._config.catalogue import serviceTypes

    types = serviceTypes()
    if command in types:
        from ._single import runSingle, strangeFlags

        # The older plugin of that name runs, as ever, where it is its flags that are given.
        if strangeFlags(types[command], after) and makerKnows(command, after):
            return runMaker(words)
        return runSingle(types[command], rest)
    makers = serviceMakers()
    if command in makers:
        return runMaker(words)
    # What is taken for the command may be the value of a flag that there is not.
    _strayFlags(before)
    known = [*(name for name, each in commands.items() if each.group), *types, *makers]
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
        *_commandSections(),
        _section("Services", {**makers, **types}.items()),
        "For instance:\n" + "".join(f"  {line}\n" for line in _EXAMPLES),
        "twist COMMAND --help explains the flags of each command and service.",
    ]
    print("\n\n".join(part.rstrip() for part in parts), file=None if wanted else sys.stderr)
    return 0 if wanted else 2


def _commandSections() -> Iterable[str]:
    for group in dict.fromkeys(each.group for each in commands.values() if each.group):
        listed = [
            (f"{name} {each.words}".rstrip(), each.help)
            for name, each in commands.items()
            if each.group == group
        ]
        yield _section(group, listed)


def _strayFlags(flags: list[str]) -> None:
    """End with what is wrong, if a flag before the command is."""
    parser = Parser(prog="twist")
    parser.add_argument("--version", action="store_true", help="Show the version and end.")
    addRunningFlags(parser)
    parser.parse(flags, argparse.Namespace())


def _section(title: str, lines: Iterable[tuple[str, str]]) -> str:
    return f"{title}:\n" + "".join(f"  {name:<19}{text}\n" for name, text in lines)


def _tell(found: Sequence[Mistake]) -> int:
    """Print what is wrong."""
    showMistakes(found, sys.stderr)
    count = "One mistake" if len(found) == 1 else f"{len(found)} mistakes"
    gap = "" if sys.stderr.isatty() else "\n"
    print(f"{gap}{count}; nothing was started.", file=sys.stderr)
    return 2
