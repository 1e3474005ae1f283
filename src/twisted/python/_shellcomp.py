"""
Completion of command lines by zsh.

A program whose command line ends in ``--_shell-completion zsh:NUMBER`` does not run. It prints a
script for zsh's completion system (zshcompsys(1)), made from its `usage.Options`, and exits; NUMBER
is the place of the word that is completed, the program's name being word 1.

What is written are specifications for ``_arguments``, one for each form of an option::

    (--port -q)-p[The port.]:port:_files

in which the parentheses list what may not be given as well, and the part behind the brackets, which
options without a value do not have, says what the value is and what finds candidates for it.
"""

from __future__ import annotations

import getopt
import inspect
import re
from collections.abc import Iterator
from typing import IO, Any

from twisted.python import reflect
from twisted.python._usage.coerce import flagFunction
from twisted.python._usage.completers import _ZSH, Completer

__all__ = ["SubcommandAction", "ZshArgumentsGenerator", "escape", "shellComplete"]


def shellComplete(config: Any, cmdName: str, words: list[str], shellCompFile: IO[bytes]) -> None:
    """
    Write the script for a command line.

    Args:
        config: the `usage.Options` of the program.
        cmdName: the name of the program.
        words: the command line without it; the last two words ask for the completion.
        shellCompFile: takes the script.
    Raises: ValueError if the hints of the options contradict them, which is a programmer's mistake.
    """
    shell, _, place = words[-1].partition(":")
    if shell != _ZSH or not (place.isascii() and place.isdigit()):
        return
    at = int(place) - 2
    given = words[:-2]
    _write(
        config,
        cmdName,
        given[: max(at, 0)],
        given[at] if 0 <= at < len(given) else "",
        shellCompFile,
    )


def _write(config: Any, cmdName: str, before: list[str], current: str, file: IO[bytes]) -> None:
    """
    Args:
        before: the words before the one that is completed.
        current: that one, as far as it is typed.
    """
    generator = ZshArgumentsGenerator(config, cmdName, file)
    commands = list(getattr(config, "subCommands", None) or ())
    found, behind = _commandIn(config, commands, before)
    if found is not None:
        generator.extraActions = [SubcommandAction(), *generator.extraActions]
        generator.write()
        inner = found()
        inner.parent = config
        _write(inner, cmdName, behind, current, file)
    elif commands and not current.startswith("-") and not behind:
        generator.extraActions = [SubcommandAction(), *generator.extraActions]
        generator.write()
        _writeCommands(commands, file)
    else:
        generator.write()


def _commandIn(config: Any, commands: list[Any], before: list[str]) -> tuple[Any | None, list[str]]:
    """
    Find the sub-command that was typed.

    Returns: the class of its options, or None; and the words behind it, or all that are no options
        if there is no such sub-command.
    """
    try:
        _, rest = getopt.getopt(before, config.shortOpt, config.longOpt)
    except getopt.GetoptError:
        # The line is not finished, or wrong; what comes next is completed all the same.
        return None, before
    for name, short, options, *_ in commands:
        if rest and rest[0] in (name, short):
            return options, rest[1:]
    return None, rest


def _writeCommands(commands: list[Any], file: IO[bytes]) -> None:
    lines = ["local _zsh_subcmds_array", "_zsh_subcmds_array=("]
    for name, _, _, help, *_ in commands:
        told = f"{name.replace(':', chr(92) + ':')}:{help}"
        lines.append('"' + _withBackslashes(told) + '"')
    lines += [")", "", '_describe "sub-command" _zsh_subcmds_array', ""]
    file.write("\n".join(lines).encode("utf-8"))


class SubcommandAction(Completer):
    """The words from the name of a sub-command on, which are completed by what follows."""

    def _shellCode(self, optName: str, shellType: str) -> str:
        if shellType != _ZSH:
            raise NotImplementedError(f"no completion is made for the shell {shellType!r}")
        return "*::subcmd:->subcmd"


class ZshArgumentsGenerator:
    """
    Writes the specifications of the options of one command.

    Attributes:
        descriptions, multiUse, mutuallyExclusive, optActions, extraActions: what the classes say in
            their ``compData``, gathered.
        flagNameToDefinition: for the name of each option without a value: its short form (or None)
            and its help.
        paramNameToDefinition: the same of those with one.
        allOptionsNameToDefinition: both.
        excludes: for names of options: the names and short forms that may not be given as well.
    Raises: ValueError if the hints name an option that there is not.
    """

    def __init__(self, options: Any, cmdName: str, file: Any) -> None:
        self.options = options
        self.cmdName = cmdName
        self.file = file
        self._gatherHints(type(options))
        self.flagNameToDefinition = _declared(type(options), "optFlags", help=2)
        self.paramNameToDefinition = _declared(type(options), "optParameters", help=3)
        self._addMethods(type(options))
        self.allOptionsNameToDefinition = {
            **self.paramNameToDefinition,
            **self.flagNameToDefinition,
        }
        self._verify()
        self.excludes = self._makeExcludes()

    # What there is

    def _gatherHints(self, kind: type) -> None:
        self.descriptions: dict[str, str] = {}
        self.multiUse: set[str] = set()
        self.mutuallyExclusive: list[Any] = []
        self.optActions: dict[str, Any] = {}
        self.extraActions: list[Completer] = []
        for each in reversed(kind.__mro__):
            hints = each.__dict__.get("compData")
            if hints is not None:
                self.descriptions.update(hints.descriptions)
                self.multiUse.update(hints.multiUse)
                self.mutuallyExclusive.extend(hints.mutuallyExclusive)
                self.optActions.update(hints.optActions)
                self.extraActions = list(hints.extraActions) or self.extraActions

    def _addMethods(self, kind: type) -> None:
        """Take the options that are but methods; those of one letter are short forms of others."""
        methods = {name: getattr(kind, f"opt_{name}") for name in _methodNames(kind)}
        letters = {method: name for name, method in methods.items() if len(name) == 1}
        for name, method in methods.items():
            known = name in self.flagNameToDefinition or name in self.paramNameToDefinition
            if len(name) == 1 or known:
                continue
            isFlag = flagFunction(getattr(self.options, f"opt_{name}"), name)
            place = self.flagNameToDefinition if isFlag else self.paramNameToDefinition
            text = (inspect.getdoc(method) or "").strip().split("\n\n")[0]
            place[name.replace("_", "-")] = (letters.get(method), " ".join(text.split()) or None)

    def _verify(self) -> None:
        names = [*self.descriptions, *self.multiUse, *self.optActions]
        names += [name for group in self.mutuallyExclusive for name in group]
        for name in names:
            if name not in self.allOptionsNameToDefinition:
                raise ValueError(
                    f"compData of {type(self.options).__name__} speaks of an option {name!r}, "
                    "and there is none of that name"
                )
        if any(action._repeat for action in self.extraActions[:-1]):
            raise ValueError("only the last of extraActions can have repeat=True")

    def _makeExcludes(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for group in self.mutuallyExclusive:
            for name in group:
                for other in group:
                    if other != name:
                        found.setdefault(name, set()).update(self._forms(other))
        return found

    def _forms(self, name: str) -> set[str]:
        short = self.allOptionsNameToDefinition[name][0]
        return {name} if short is None else {name, short}

    def getDescription(self, longname: str) -> str:
        """Say what an option is for; if nobody does, that is its name."""
        described = self.descriptions.get(longname)
        return (
            described or self.allOptionsNameToDefinition.get(longname, (None, None))[1] or longname
        )

    # What is written

    def write(self) -> None:
        """Write the specifications of all arguments and options."""
        name = re.sub(r"[^\w.+-]", "_", self.cmdName)
        lines = [f"#compdef {name}", "", '_arguments -s -A "-*" \\']
        lines += [f"{escape(text)} \\" for text in self._specifications()]
        lines += ["&& return 0", ""]
        self.file.write("\n".join(lines).encode("utf-8"))

    def _specifications(self) -> Iterator[str]:
        for action in self.extraActions:
            yield action._shellCode("", _ZSH)
        for name in sorted(self.allOptionsNameToDefinition):
            short = self.allOptionsNameToDefinition[name][0]
            if short is not None:
                yield self._specification(name, short, isLong=False)
            yield self._specification(name, name, isLong=True)

    def _specification(self, name: str, form: str, isLong: bool) -> str:
        others = set(self.excludes.get(name, ()))
        if name in self.multiUse:
            star = "*"
        else:
            star = ""
            others |= self._forms(name) - {form}
        told = f"({' '.join(sorted(map(_dashed, others)))})" if others else ""
        description = self.getDescription(name).replace("]", "\\]")
        takesValue = name in self.paramNameToDefinition
        equals = "=" if takesValue and isLong else ""
        dashed = f"--{form}" if isLong else f"-{form}"
        return (
            f"{told}{star}{dashed}{equals}[{description}]{self._action(name) if takesValue else ''}"
        )

    def _action(self, name: str) -> str:
        action = self.optActions.get(name)
        if callable(action):
            action = action()
        if action is None:
            return f":{name}:_files"
        return str(action._shellCode(name, _ZSH))


def _declared(kind: type, attribute: str, help: int) -> dict[str, tuple[str | None, str | None]]:
    """Gather a list of all classes: for each name the short form and the help, at that place."""
    gathered: list[Any] = []
    reflect.accumulateClassList(kind, attribute, gathered)
    found: dict[str, tuple[str | None, str | None]] = {}
    for item in gathered:
        short = item[1] if len(item) > 1 else None
        found[item[0]] = (short or None, item[help] if len(item) > help else None)
    return found


def _methodNames(kind: type) -> list[str]:
    names: dict[str, int] = {}
    reflect.addMethodNamesToDict(kind, names, "opt_")
    return sorted(names)


def _dashed(form: str) -> str:
    return f"-{form}" if len(form) == 1 else f"--{form}"


def _withBackslashes(text: str) -> str:
    return re.sub(r'([$`"\\])', r"\\\1", text)


def escape(x: str) -> str:
    """Put a text in quotes for a shell: single ones, unless it holds some."""
    return f"'{x}'" if "'" not in x else f'"{_withBackslashes(x)}"'
