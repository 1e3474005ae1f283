"""
Scripts that let a shell complete a command line, made of what its `Options` declare.

One table of options is read from the declaration; each shell has a function that writes it in
that shell's own words. Values are completed where a `Completer` says what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.python import usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["completionScript", "shells"]


class _Option(NamedTuple):
    """
    Attributes:
        longs, shorts: its names, without dashes.
        words: what it is for, in one line.
        takesValue: whether a value follows.
        name: what its value is called.
        completer: what its value is; None where nothing is known.
    """

    longs: list[str]
    shorts: list[str]
    words: str
    takesValue: bool
    name: str
    completer: usage.Completer | None

    @property
    def spellings(self) -> list[str]:
        """Its names as they are typed."""
        return [f"-{short}" for short in self.shorts] + [f"--{long}" for long in self.longs]


def _completers(options: usage.Options) -> dict[str, usage.Completer]:
    """
    Give the completers of all classes that an object's class is made of, by the option's name.
    """
    found: dict[str, usage.Completer] = {}
    for base in reversed(type(options).__mro__):
        data = vars(base).get("compData")
        if data is not None:
            found.update(data.optActions)
    return found


def _table(options: usage.Options, more: dict[str, usage.Completer]) -> list[_Option]:
    completers = {**_completers(options), **more}
    names: dict[str, list[str]] = {}
    for name, principal in options.synonyms.items():
        names.setdefault(principal, []).append(name)
    table = []
    for principal in sorted(names):
        spelt = sorted(names[principal])
        longs = [name for name in spelt if len(name) > 1]
        table.append(
            _Option(
                longs,
                [name for name in spelt if len(name) == 1],
                " ".join((options.docs.get(principal) or "").split()),
                any(f"{name}=" in options.longOpt for name in longs),
                principal,
                completers.get(principal),
            )
        )
    return table


def _listed(completer: usage.Completer | None) -> list[str] | None:
    """
    Give the words that a value can be, if they are known.
    """
    if isinstance(completer, usage.CompleteList):
        return list(completer._items)
    return None


# The words of each shell.


def _bash(program: str, table: Iterable[_Option]) -> str:
    cases = []
    for option in table:
        if not option.takesValue:
            continue
        listed = _listed(option.completer)
        if listed is not None:
            action = f'-W "{" ".join(listed)}"'
        elif isinstance(option.completer, usage.CompleteDirs):
            action = "-d"
        elif isinstance(option.completer, usage.CompleteFiles):
            action = "-f"
        else:
            action = '-W ""'
        cases.append(f"        {'|'.join(option.spellings)}) action=({action});;")
    # A long name that takes a value ends with "=", and the cursor stays behind that.
    flags = [
        f"{name}{'=' if option.takesValue and name.startswith('--') else ''}"
        for option in table
        for name in option.spellings
    ]
    function = f"_{program.replace('-', '_')}_completion"
    return f"""\
{function}() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} action
    # "--name=value" comes as three words.
    if [[ $current == "=" ]]; then
        current=
    elif [[ $before == "=" ]]; then
        before=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    case $before in
{chr(10).join(cases)}
        *) if [[ $current == -* ]]; then action=(-W "{" ".join(flags)}"); else action=(-f); fi;;
    esac
    COMPREPLY=($(compgen "${{action[@]}}" -- "$current"))
    if [[ ${{COMPREPLY[0]}} == --*= ]]; then compopt -o nospace; fi
}}
complete -o filenames -F {function} {program}
"""


def _quoted(text: str) -> str:
    """
    Quote a text for zsh and fish, which both take what stands between single quotes as it is.
    """
    return text.replace("\\", "\\\\").replace("'", "\u2019")


def _zsh(program: str, table: Iterable[_Option]) -> str:
    lines = []
    for option in table:
        words = _quoted(option.words).replace("[", "(").replace("]", ")").replace(":", ";")
        if not option.takesValue:
            value = ""
        elif option.completer is not None:
            value = option.completer._shellCode(option.name, usage._ZSH)
        else:
            value = f":{option.name}:"
        spellings = option.spellings
        for name in spellings:
            equals = "=" if option.takesValue and name.startswith("--") else ""
            others = " ".join(spellings)
            lines.append(f"    '({others}){name}{equals}[{words}]{_quoted(value)}' \\")
    return (
        f"#compdef {program}\n\n_arguments -s \\\n" + "\n".join(lines) + "\n    '*:test:_files'\n"
    )


def _fish(program: str, table: Iterable[_Option]) -> str:
    lines = []
    for option in table:
        names = [f"-l {long}" for long in option.longs] + [f"-s {s}" for s in option.shorts]
        value = ""
        if option.takesValue:
            listed = _listed(option.completer)
            if listed is not None:
                value = f" -x -a '{' '.join(listed)}'"
            elif isinstance(option.completer, usage.CompleteDirs):
                value = " -x -a '(__fish_complete_directories)'"
            elif isinstance(option.completer, usage.CompleteFiles):
                value = " -r -F"
            else:
                value = " -x"
        lines.append(f"complete -c {program} {' '.join(names)}{value} -d '{_quoted(option.words)}'")
    return "\n".join(lines) + "\n"


_writers: dict[str, Callable[[str, list[_Option]], str]] = {
    "bash": _bash,
    "fish": _fish,
    "zsh": _zsh,
}

#: The shells for which there are scripts.
shells = tuple(_writers)


def completionScript(
    options: usage.Options,
    program: str,
    shell: str,
    completers: dict[str, Any] | None = None,
) -> str:
    """
    Write a script that completes the command line of a program.

    Args:
        options: what the command line may have.
        program: the name of the command.
        shell: one of `shells`.
        completers: for names of options, completers that are only known now.
    Raises: UsageError for another shell.
    """
    writer = _writers.get(shell)
    if writer is None:
        raise usage.UsageError(
            f"there are no completions for {shell!r}, but for {', '.join(shells)}"
        )
    return writer(program, _table(options, completers or {}))
