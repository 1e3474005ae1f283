"""
What a file refers to instead of saying it: ``${NAME}`` of the environment, ``${file:PATH}``.

References stand inside texts. What comes of them is a `Secret`: it works as text, and is not shown
where a value is shown, which names the reference instead. ``${NAME:-words}`` has words for when
the environment has no such name; ``$${`` is a plain ``${``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final

from .mistakes import Path, nearest

__all__ = ["Secret", "Unresolved", "maxSecretBytes", "resolve", "resolveAll"]

maxSecretBytes: Final = 1 << 16
"""The most that the file of a secret may hold."""

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<inside>[^{}]*)(?P<end>\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Secret(str):
    """
    A text that is not to be shown.

    Args:
        text: the text itself.
        reference: what is shown in its place, such as "${file:password}".
    """

    __slots__ = ("reference",)
    reference: str

    def __new__(cls, text: str, reference: str = "(a secret)") -> Secret:
        made = super().__new__(cls, text)
        made.reference = reference
        return made

    def __repr__(self) -> str:
        return f"<secret {self.reference}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Secret, (str(self), self.reference)


class Unresolved(Exception):
    """
    A reference leads nowhere.
    """


def resolve(text: str, folder: str, environment: Mapping[str, str] | None = None) -> str:
    """
    Put in what the references of a text refer to.

    Args:
        text: a text of a file.
        folder: where relative paths start from.
        environment: that of the process if None.
    Returns: the text itself if it has none, else a Secret.
    Raises: Unresolved.
    """
    if "${" not in text:
        return text
    known = os.environ if environment is None else environment
    referred = False

    def put(found: re.Match[str]) -> str:
        nonlocal referred
        inside = found["inside"]
        if inside is None:
            return "${"
        referred = True
        if not found["end"]:
            raise Unresolved(
                "'${' begins a reference, and '}' is to end it; for a plain '${' write '$${'."
            )
        kind, colon, rest = inside.partition(":")
        if colon and not rest.startswith("-"):
            if kind == "file":
                return _contents(rest, folder)
            raise Unresolved(
                f"'${{{inside}}}' is no reference: wanted '${{NAME}}' of the environment, "
                "'${NAME:-words}', or '${file:PATH}'."
            )
        return _variable(kind, rest[1:] if colon else None, known)

    resolved = _REFERENCE.sub(put, text)
    return Secret(resolved, text) if referred else resolved


def resolveAll(value: Any, path: Path, report: Any) -> Any:
    """
    Resolve every text in a value, also those in its lists and tables.

    Args:
        value: the value.
        path: where it stands.
        report: has the folder that paths start from, and is told of what leads nowhere; what
            else is wrong with that value is then no news.
    """
    if isinstance(value, str):
        try:
            return resolve(value, report.folder)
        except Unresolved as wrong:
            report.wrong(path, str(wrong))
            report.passOver(path)
            return value
    if isinstance(value, dict):
        return {key: resolveAll(each, (*path, key), report) for key, each in value.items()}
    if isinstance(value, list):
        return [resolveAll(each, (*path, n), report) for n, each in enumerate(value)]
    return value


def _variable(name: str, words: str | None, environment: Mapping[str, str]) -> str:
    if _NAME.fullmatch(name) is None:
        raise Unresolved(
            f"{name!r} is no name of the environment: wanted letters, digits and '_', "
            "as in '${HOME}'."
        )
    if name in environment:
        return environment[name]
    if words is not None:
        return words
    close = nearest(name, environment)
    hint = f" Did you mean {close!r}?" if close else f" Set it before: export {name}=..."
    raise Unresolved(f"the environment has no {name!r}.{hint}")


def _contents(path: str, folder: str) -> str:
    if not path.strip() or "\0" in path:
        raise Unresolved("'${file:}' wants the path of a file after the colon.")
    full = os.path.join(folder, os.path.expanduser(path.strip()))
    try:
        with open(full, "rb") as file:
            raw = file.read(maxSecretBytes + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        raise Unresolved(f"the file {full!r} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Unresolved(f"the file {full!r} holds no UTF-8 text.") from None
    if len(raw) > maxSecretBytes:
        raise Unresolved(f"the file {full!r} holds more than {maxSecretBytes} bytes.")
    # Editors and echo end a file with a line end, which is not part of what was meant.
    return text.removesuffix("\n").removesuffix("\r")
