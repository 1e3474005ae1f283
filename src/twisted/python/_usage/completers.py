"""
Hints for shells that complete a command line.

A completer says what kind of thing the value of an option is. `Completer._shellCode` puts it in
the language of zsh's ``_arguments``: ``message:action``, with a ``*`` before it where it may be
repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "_BASH",
    "_ZSH",
    "CompleteDirs",
    "CompleteFiles",
    "CompleteGroups",
    "CompleteHostnames",
    "CompleteList",
    "CompleteMultiList",
    "CompleteNetInterfaces",
    "CompleteUserAtHost",
    "CompleteUsernames",
    "Completer",
    "Completions",
]

_ZSH = "zsh"
_BASH = "bash"


class Completions:
    """
    What an `Options` tells a completing shell beside its options, as its ``compData``.

    Attributes:
        descriptions: for the name of an option, what to say instead of its help.
        multiUse: the names of options that may be given more than once.
        mutuallyExclusive: groups of names, of which one at a time may be given.
        optActions: for the name of an option, the `Completer` of its value, or what makes it.
        extraActions: the completers of the arguments that are no options, in order.
    """

    descriptions: Mapping[str, str]
    multiUse: Iterable[str]
    mutuallyExclusive: Iterable[Iterable[str]]
    optActions: Mapping[str, Completer | Callable[[], Completer]]
    extraActions: Sequence[Completer]

    def __init__(
        self,
        descriptions: Mapping[str, str] = {},
        multiUse: Iterable[str] = [],
        mutuallyExclusive: Iterable[Iterable[str]] = [],
        optActions: Mapping[str, Completer | Callable[[], Completer]] = {},
        extraActions: Sequence[Completer] = [],
    ) -> None:
        self.descriptions = descriptions
        self.multiUse = multiUse
        self.mutuallyExclusive = mutuallyExclusive
        self.optActions = optActions
        self.extraActions = extraActions


class Completer:
    """A value that cannot be completed, of which only a description is shown."""

    _descr: str | None = None

    def __init__(self, descr: str | None = None, repeat: bool = False) -> None:
        """
        Args:
            descr: what to call the value; the name of the option if None.
            repeat: whether there may be several; only for arguments that are no options.
        """
        if descr is not None:
            self._descr = descr
        self._repeat = repeat

    def _shellCode(self, optName: str, shellType: str) -> str:
        """
        Give the hint in the language of a shell.

        Raises: NotImplementedError for a shell other than zsh.
        """
        if shellType != _ZSH:
            raise NotImplementedError(f"no completion is made for the shell {shellType!r}")
        return f"{'*' if self._repeat else ''}:{self._message(optName)}:{self._action(optName)}"

    def _message(self, optName: str) -> str:
        """Say what the value is."""
        return self._descr if self._descr is not None else optName

    def _action(self, optName: str) -> str:
        """Give the part that finds candidates."""
        return ""


class CompleteFiles(Completer):
    """The name of a file."""

    def __init__(self, globPattern: str = "*", **kw: Any) -> None:
        """
        Args:
            globPattern: what the name of the file must match.
            kw: what `Completer` takes.
        """
        super().__init__(**kw)
        self._globPattern = globPattern

    def _message(self, optName: str) -> str:
        return f"{super()._message(optName)} ({self._globPattern})"

    def _action(self, optName: str) -> str:
        return f'_files -g "{self._globPattern}"'


class CompleteDirs(Completer):
    """The name of a directory."""

    def _action(self, optName: str) -> str:
        return "_directories"


class CompleteList(Completer):
    """One of several words."""

    def __init__(self, items: Iterable[str], **kw: Any) -> None:
        """
        Args:
            items: the words.
            kw: what `Completer` takes.
        """
        super().__init__(**kw)
        self._items = items

    def _action(self, optName: str) -> str:
        return f"({' '.join(self._items)})"


class CompleteMultiList(CompleteList):
    """One or more of several words, with commas between them."""

    def _action(self, optName: str) -> str:
        return f"_values -s , '{self._message(optName)}' {' '.join(self._items)}"


class CompleteUsernames(Completer):
    """The name of a user of this system."""

    def _action(self, optName: str) -> str:
        return "_users"


class CompleteGroups(Completer):
    """The name of a group of this system."""

    _descr = "group"

    def _action(self, optName: str) -> str:
        return "_groups"


class CompleteHostnames(Completer):
    """The name of a host."""

    def _action(self, optName: str) -> str:
        return "_hosts"


class CompleteUserAtHost(Completer):
    """The name of a host, or of a user, an at sign and a host."""

    _descr = "host | user@host"

    def _action(self, optName: str) -> str:
        # Behind an at sign only hosts make sense; before it, a user gets one at its end.
        return (
            '{ if compset -P "*@"; then _hosts; '
            'else _alternative "hosts:host:_hosts" "users:user:_users -q -S @"; fi }'
        )


class CompleteNetInterfaces(Completer):
    """The name of a network interface."""

    def _action(self, optName: str) -> str:
        return "_net_interfaces"
