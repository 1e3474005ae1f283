"""
``twist init``: ask a few plain questions, and write a commented configuration file.

The questions come from the options that service types declare, and each answer is judged as the
file will be. Nothing is written before the last question is answered.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from .commandtable import commands
from .parser import Parser, defaultFile

__all__ = ["run"]

_FIRST_PORT: Final = 7000

_HEAD: Final = """\
# Services for "twist up". Lines that begin with # are comments.
#
#     twist check {file}
#         says all that is wrong with this file
#     twist up {file}
#         runs it; Ctrl-C ends it
#     twist services NAME
#         explains what a service can be told

[site]
name = {name}
grace = 5  # seconds that open connections have to finish at the end
"""


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(
        prog="twist init",
        description=f"{commands['init'].help}\n\nEnter takes the answer in brackets.",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default=defaultFile,
        help=f"The file to write (default: {defaultFile}).",
    )
    given = parser.parse(words, argparse.Namespace())
    if os.path.exists(given.file):
        print(
            f"twist init: {given.file!r} is there already. Change it with an editor, "
            "or name another: twist init OTHER.toml",
            file=sys.stderr,
        )
        return 2
    try:
        text, todo = _Interview(given.file).text()
    except EOFError:
        print("\ntwist init: no more answers; nothing was written.", file=sys.stderr)
        return 2
    try:
        with open(given.file, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        print(f"twist init: {given.file!r}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"\n{given.file} is written. Look at it with an editor, and then:\n")
    for line in [*todo, f"twist check {given.file}", f"twist up {given.file}"]:
        print(f"  {line}")
    return 0


class _Interview:
    """
    Questions, and the file that comes of their answers.

    Args:
        file: the path of the file.
    """

    def __init__(self, file: str) -> None:
        from twisted.application._config.catalogue import serviceTypes

        self._file = file
        self._folder = os.path.dirname(file)
        self._types = serviceTypes()
        self._names: list[str] = []
        self._cred: str | None = None
        self._todo: list[str] = []

    def text(self) -> tuple[str, list[str]]:
        """
        Ask everything.

        Returns: the text of the file, and commands to be run before it is used.
        Raises: EOFError if the answers end too soon.
        """
        print(f"A few questions, for {self._file}. Enter takes what stands in brackets.\n")
        services = [self._service()]
        while _yes("\nOne more service?", False):
            services.append(self._service())
        name = os.path.splitext(os.path.basename(self._file))[0]
        if self._file == defaultFile:
            name = os.path.basename(os.getcwd()) or name
        parts = [_HEAD.format(file=self._file, name=_toml(name))]
        if self._cred is not None:
            parts.append(
                "# Who may log in: services name this table. twist passwd adds people to it.\n"
                f"[cred.people]\nfile = {_toml(self._cred)}\n"
            )
        return "\n".join([*parts, *services]), self._todo

    def _service(self) -> str:
        kind = self._kind()
        name = self._name(kind)
        while True:
            given = {each.key: self._ask(each) for each in self._options(kind)}
            said = self._wrong(kind, {key: value for key, value in given.items() if value})
            if said is None:
                return self._table(kind, name, given)
            print(f"  {said}\n  Once more:")

    def _wrong(self, kind: str, given: Mapping[str, str]) -> str | None:
        """What is wrong with answers that are right one by one."""
        from twisted.application._config.logins import CredTable
        from twisted.application._config.options import readOptions
        from twisted.application._config.toml import loads

        report = _Notes(self._folder)
        report.logins = {"people": CredTable(anonymous=True)}
        table = loads("".join(f"{key} = {value}\n" for key, value in given.items()))
        readOptions(self._types[kind].settings, table, (), report, of=f"a service {kind!r}")
        return report.first

    def _table(self, kind: str, name: str, given: Mapping[str, str | None]) -> str:
        lines = [f"# {self._types[kind].description}", f"[services.{name}]", f'type = "{kind}"']
        later = []
        for option in self._options(kind):
            value = given[option.key]
            if value is not None:
                lines += [f"# {option.help}", f"{option.key} = {value}"]
            elif option.shownDefault or option.example:
                default = option.shownDefault or option.example
                later += ["", f"# {option.help}", f"# {option.key} = {default}"]
        return "\n".join([*lines, *later]) + "\n"

    def _options(self, kind: str) -> Iterator[Any]:
        from twisted.application._config.options import describe

        return iter(describe(self._types[kind].settings))

    def _kind(self) -> str:
        width = max(map(len, self._types))
        for name, each in self._types.items():
            print(f"  {name:<{width}}  {each.description}")
        from twisted.application._config.mistakes import suggestion

        def right(answer: str) -> str | None:
            if answer in self._types:
                return None
            return f"There is no service {answer!r}. {suggestion(answer, self._types)}"

        return _ask("What shall run?", "echo", right)

    def _name(self, kind: str) -> str:
        from twisted.application._config.site import wrongName

        def right(answer: str) -> str | None:
            if answer in self._names:
                return f"{answer!r} is taken: each service has a name of its own."
            return wrongName(answer)

        free = (kind, *(f"{kind}{number}" for number in range(2, 1000)))
        default = next(each for each in free if each not in self._names)
        name = _ask("What shall it be called?", default, right)
        self._names.append(name)
        return name

    def _ask(self, option: Any) -> str | None:
        """
        Ask for the value of an option.

        Returns: the value in TOML's spelling; None for the default.
        """
        from twisted.application._config.listens import Listens
        from twisted.application._config.logins import Cred

        if isinstance(option.kind, Listens):
            return self._listen(option)
        if isinstance(option.kind, Cred):
            return self._people()
        if not option.required:
            return None
        example = option.example or option.kind.show(option.default)
        return _ask(f"{option.key}: {option.help}", example, self._judge(option), toml=True)

    def _judge(self, option: Any) -> Callable[[str], str | None]:
        from twisted.application._config.toml import TOMLDecodeError, loads

        def right(answer: str) -> str | None:
            try:
                value = loads(f"it = {answer}")["it"]
            except (TOMLDecodeError, ValueError):
                return f"Wanted {option.kind.words}."
            report = _Notes(self._folder)
            option.kind.read(value, (option.key,), report)
            return report.first

        return right

    def _listen(self, option: Any) -> str:
        """Where to listen, as a table that says it all."""

        def aPort(answer: str) -> str | None:
            if answer.isdecimal() and 0 < int(answer) < 65536:
                if int(answer) < 1024:
                    print("  (Ports below 1024 need the administrator's rights.)")
                return None
            return "Wanted a whole number from 1 to 65535."

        example = option.example if option.example.isdecimal() else str(_FIRST_PORT)
        port = int(example)
        if port == _FIRST_PORT:
            port += len(self._names) - 1
        chosen = _ask("On which port?", str(port), aPort)
        everyone = _choose("Who may connect?", ("this machine", "everyone"), 0)
        table: dict[str, Any] = {}
        if _yes("Encrypted, by TLS?", False):
            table["tls"] = int(chosen)
            table["certificate"] = self._certificate()
        else:
            table["tcp"] = int(chosen)
        if everyone:
            table["host"] = "*"
        return _toml(table)

    def _certificate(self) -> str:
        from twisted.application._config.certificates import WrongCertificate, checkCertificate

        def right(answer: str) -> str | None:
            path = answer
            if answer != "self-signed":
                path = os.path.join(self._folder, os.path.expanduser(answer))
            try:
                checkCertificate(path, None)
            except WrongCertificate as error:
                return f"{error}."
            return None

        return _ask(
            'The certificate: a PEM file, or "self-signed" for a trial?', "self-signed", right
        )

    def _people(self) -> str:
        if self._cred is None:
            print("People log in to this by name and password.")
            self._cred = _ask("The file for their passwords?", "passwords", lambda _: None)
            path = os.path.join(self._folder, os.path.expanduser(self._cred))
            if not os.path.exists(path):
                self._todo.append(f"twist passwd {path} NAME")
        return '"people"'


class _Notes:
    """
    Takes note of the first mistake.

    Args:
        folder: where relative paths start from.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.first: str | None = None
        self.logins: Mapping[str, Any] = {}

    def wrong(self, path: Any, text: str, *, atValue: bool = True) -> None:
        self.first = self.first or text[:1].upper() + text[1:]


def _ask(
    question: str, default: str, wrong: Callable[[str], str | None], *, toml: bool = False
) -> str:
    """
    Ask until the answer is right.

    Args:
        question: the question.
        default: the answer that Enter stands for; empty for none.
        wrong: what is wrong with an answer, or None.
        toml: text may be given without the quotes that a file has around it.
    """
    while True:
        answer = input(f"{question} [{default}] " if default else f"{question} ").strip() or default
        tries = [answer, _toml(answer)] if toml else [answer]
        said = ""
        for each in tries:
            found = wrong(each)
            if found is None:
                return each
            said = found
        print(f"  {said}")


def _yes(question: str, default: bool) -> bool:
    def wrong(answer: str) -> str | None:
        return None if answer.lower() in ("y", "yes", "n", "no") else "Wanted yes or no."

    return _ask(question, "yes" if default else "no", wrong).lower().startswith("y")


def _choose(question: str, answers: Sequence[str], default: int) -> int:
    """
    Returns: the index of an answer; it may be given by its number from 1 or by its words.
    """

    def number(answer: str) -> int | None:
        if answer.isdecimal() and 1 <= int(answer) <= len(answers):
            return int(answer) - 1
        fitting = [n for n, each in enumerate(answers) if each.startswith(answer.lower())]
        return fitting[0] if len(fitting) == 1 else None

    def wrong(answer: str) -> str | None:
        return None if number(answer) is not None else f"Wanted a number from 1 to {len(answers)}."

    listed = ", ".join(f"{n}: {each}" for n, each in enumerate(answers, 1))
    return number(_ask(f"{question} {listed}", str(default + 1), wrong)) or 0


def _toml(value: str | Mapping[str, Any]) -> str:
    from twisted.application._config.toml import valueText

    return valueText(value)
