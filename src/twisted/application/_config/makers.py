"""
Plugins of ``twistd`` as service types: the flags and parameters that a plugin's
`twisted.python.usage.Options` declares are the keys of a service.

==============================  ========================================
in the plugin                   in the file
==============================  ========================================
a flag                          ``verbose = true``
a parameter                     ``port = "tcp:8080"`` (or a number)
``opt_name(self, value)``       ``name = "x"``, or a list for several
arguments and sub-commands      ``arguments = ["word", "word"]``
==============================  ========================================

What is read becomes a command line again, so that the plugin judges it as ``twistd`` would have it
judged.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

from .kinds import MASK, WRONG, Kind, ListOf, Report, SecretText, Text, YesNo
from .mistakes import Path
from .options import Option
from .secrets import Secret

__all__ = ["MakerSettings", "MakerType", "makerTypes"]

_TAKEN: Final = ("type", "after", "restart", "arguments")
"""Keys with another meaning; an option of such a name has the key ``NAME-option``."""

_ENDING: Final = ("help", "version")
"""Options of these names, or of names that begin so, print something and end the process."""


_SECRET: Final = re.compile("pass|secret|token|auth|credential", re.IGNORECASE)
"""A parameter with a name like these may hold what is not to be shown."""


class _Word(Kind):
    """
    What a parameter takes: a text, or a number, which becomes one.

    Args:
        coerce: what the plugin makes of the text; None if it takes it as it is.
        secret: whether it is not shown, since its name says that it may be a password.
    """

    short = "text"
    words = "text in quotes, or a number"

    def __init__(self, coerce: Any = None, secret: bool = False) -> None:
        self.coerce = coerce
        self.secret = secret

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"]}

    def show(self, value: Any) -> str:
        return f'"{MASK}"' if self.secret and value is not None else super().show(value)

    def masked(self, value: object) -> object:
        return SecretText().masked(value) if self.secret else value

    def read(self, value: object, path: Path, report: Report) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return self.refuse(value, path, report)
        text = value if isinstance(value, str) else str(value)
        if self.coerce is not None:
            try:
                self.coerce(text)
            except Exception as error:
                report.wrong(path, f"the plugin does not take this: {error}")
                return WRONG
        return text


class MakerType:
    """
    A plugin of ``twistd``, as a service type.

    Args:
        maker: an `twisted.application.service.IServiceMaker`.
    """

    def __init__(self, maker: Any) -> None:
        self.maker = maker
        self.name: str = maker.tapname
        self.description: str = maker.description

    def __repr__(self) -> str:
        return f"<service type {self.name!r} by {self.maker!r}>"

    @property
    def settings(self) -> Any:
        # Loads the plugin: its mistakes come to light where the caller tells of them.
        return _Declared(self.maker, self.maker.options())


class _Declared:
    """
    What stands in for a settings class: it lists the options, and makes settings of their values.
    """

    def __init__(self, maker: Any, sample: Any) -> None:
        self._maker = maker
        self._sample = sample

    def declaredOptions(self) -> Iterator[Option]:
        """Go over the options of the plugin, as a file may give them."""
        sample = self._sample
        coercions = dict(_coercions(type(sample)))
        for form in sample.longOpt:
            name = form.rstrip("=")
            if sample.synonyms.get(name, name) != name or name.split("-")[0] in _ENDING:
                continue
            kind: Kind
            default: Any
            secret = _SECRET.search(name) is not None
            if form == name:
                kind, default = YesNo(), False
            elif name in coercions:
                kind = _Word(coercions[name], secret)
                default = sample.defaults.get(name)
                if isinstance(default, int | float):
                    kind.short = "number"
            else:
                kind, default = ListOf(_Word(None, secret)), ()
            said = " ".join((sample.docs.get(name) or "").split())
            key = f"{name}-option" if name in _TAKEN else name
            yield Option(name, key, kind, said, False, default, "")
        if _takesArguments(sample):
            said = "What follows the options on a command line: arguments, or a sub-command."
            yield Option("arguments", "arguments", ListOf(Text()), said, False, (), "")

    def __call__(self, **values: Any) -> MakerSettings:
        made = MakerSettings(self._maker, values)
        made.parsed()
        return made


class MakerSettings:
    """
    What a file says to a plugin. Equal ones say the same to the same one.

    Args:
        maker: the plugin.
        values: the values by the long names of the options; ``arguments`` beside them.
    """

    def __init__(self, maker: Any, values: dict[str, Any]) -> None:
        self.maker = maker
        self.values = values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MakerSettings):
            return NotImplemented
        return (self.maker.tapname, self.values) == (other.maker.tapname, other.values)

    def __hash__(self) -> int:
        return hash((self.maker.tapname, *sorted(self.values)))

    def __repr__(self) -> str:
        return f"<settings of {self.maker.tapname!r}: {', '.join(sorted(self.values)) or 'none'}>"

    def words(self) -> list[str]:
        """
        Returns: what a command line would say.
        """
        words = []
        for name, value in self.values.items():
            if value is True:
                words.append(f"--{name}")
            elif name != "arguments" and value is not False:
                each = value if isinstance(value, tuple) else (value,)
                words += [f"--{name}={one}" for one in each]
        return [*words, *map(str, self.values.get("arguments", ()))]

    def parsed(self) -> Any:
        """
        Have the plugin read it.

        Returns: new `Options`.
        Raises: ValueError with what the plugin says of it.
        """
        from twisted.python.usage import UsageError

        options = self.maker.options()
        try:
            options.parseOptions(self.words())
        except UsageError as error:
            raise ValueError(f"the plugin says: {self._hidden(str(error))}") from None
        except SystemExit as end:
            raise ValueError(f"the plugin would end here: {self._hidden(str(end))}") from None
        except Exception as error:
            said = self._hidden(f"{type(error).__name__}: {error}")
            raise ValueError(f"the plugin cannot read this: {said}") from None
        return options

    def makeService(self, reactor: Any) -> Any:
        """
        Make the service; it takes the reactor of the process, whatever is given.
        """
        return self.maker.makeService(self.parsed())

    def _hidden(self, text: str) -> str:
        """What a plugin says, without the secrets that it was given."""
        for value in self.values.values():
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, Secret) and each:
                    text = text.replace(str(each), each.reference)
        return text


def makerTypes() -> dict[str, MakerType]:
    """
    Find the plugins of ``twistd``, by name.
    """
    from twisted.application.service import IServiceMaker
    from twisted.plugin import getPlugins

    found: dict[str, MakerType] = {}
    for maker in getPlugins(IServiceMaker):
        found.setdefault(maker.tapname, MakerType(maker))
    return found


def _coercions(options: type) -> Iterator[tuple[str, Any]]:
    """The parameters of a class and its bases, and what each makes of a text."""
    from twisted.python.reflect import accumulateClassList

    parameters: list[Any] = []
    accumulateClassList(options, "optParameters", parameters)
    for each in parameters:
        yield each[0], each[4] if len(each) > 4 else None


def _takesArguments(sample: Any) -> bool:
    if getattr(sample, "subCommands", None):
        return True
    try:
        return bool(inspect.signature(sample.parseArgs).parameters)
    except (TypeError, ValueError):
        return True
