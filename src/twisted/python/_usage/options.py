"""
`Options`: a command line, declared as a class.

The declaration is gathered once for each object: flags from ``optFlags``, parameters from
``optParameters``, handlers from methods named ``opt_...``, each from the whole inheritance. What is
gathered stands in the object's tables under the principal name of an option; ``synonyms`` leads
there from every name.
"""

from __future__ import annotations

import getopt
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, NoReturn

from twisted.python import reflect
from twisted.python._suggestions import didYouMean
from twisted.python._usage.coerce import CoerceParameter, flagFunction
from twisted.python._usage.errors import UsageError
from twisted.python._usage.help import synopsisOf, usageOf

__all__ = ["Options"]


class Options(dict[str, Any]):
    """
    The options of a command, and after `parseOptions` their values.

    A subclass declares, each as a list that adds to those of its bases:

    - ``optFlags``: ``[long, short, doc]``; 1 if it was given, else 0.
    - ``optParameters``: ``[long, short, default, doc, coerce]``; whatever ``coerce`` makes of the
      text that was given, else the default as it is.
    - ``subCommands``: ``[name, shortcut, Options class, doc]``.
    - methods ``opt_name(self)`` for a flag and ``opt_name(self, value)`` for a parameter, whose
      docstrings are the help. An underscore in the name is a dash on the command line, and
      ``opt_n = opt_name`` gives it a short form.

    Only the long name is needed of each list. ``synopsis`` and ``longdesc`` may say more.

    Attributes:
        opts: this very object.
        subCommand: the name of the command that was chosen, if any.
        subOptions: the `Options` of that command; there only if one was chosen.
        parent: the `Options` whose command this is, if any.
        defaultSubCommand: the command to take where none was given.
        completionData: a `Completions`, if any.
    """

    subCommand: str | None = None
    defaultSubCommand: str | None = None
    parent: Options | None = None
    completionData: Any = None
    _shellCompFile: IO[bytes] | None = None

    subOptions: Options

    # Options are told apart by who they are: their values change, so a dict has no hash.
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.opts = self
        self.defaults: dict[str, Any] = {}
        self.longOpt: list[str] = []
        self.shortOpt = ""
        self.docs: dict[str, str | None] = {}
        self.synonyms: dict[str, str] = {}
        self._dispatch: dict[str, Callable[[str, str], object]] = {}
        self._parameters: dict[str, CoerceParameter] = {}
        self._gatherFlags()
        self._gatherParameters()
        self._gatherHandlers()
        self.update(self.defaults)

    # Gathering what is declared.

    def _gatherFlags(self) -> None:
        """Read every ``optFlags``."""
        flags: list[Sequence[Any]] = []
        reflect.accumulateClassList(self.__class__, "optFlags", flags)
        for each in flags:
            long, short, doc = _padded(each, (None, None, None))
            self._declare(long, short, doc, self._setFlag, takesValue=False)
            self.defaults[long] = 0

    def _gatherParameters(self) -> None:
        """Read every ``optParameters``."""
        parameters: list[Sequence[Any]] = []
        reflect.accumulateClassList(self.__class__, "optParameters", parameters)
        for each in parameters:
            long, short, default, doc, coerce = _padded(each, (None,) * 5)
            action = CoerceParameter(self, str if coerce is None else coerce)
            self._declare(long, short, doc, action.dispatch, takesValue=True)
            self._parameters[long] = action
            self.defaults[long] = default

    def _gatherHandlers(self) -> None:
        """Read every ``opt_...`` method; those that are one method are one option."""
        names: dict[str, int] = {}
        reflect.addMethodNamesToDict(self.__class__, names, "opt_")
        methods: dict[object, list[str]] = {}
        for name in names:
            handler = getattr(self, "opt_" + name)
            methods.setdefault(getattr(handler, "__func__", handler), []).append(name)
        for aliases in methods.values():
            aliases.sort(key=len)
            principal = aliases.pop()
            handler = getattr(self, "opt_" + principal)
            isFlag = flagFunction(handler, principal)
            long = principal.replace("_", "-")
            self._declare(long, None, handler.__doc__, _call(handler, isFlag), not isFlag)
            self._parameters.pop(long, None)
            if len(long) == 1:
                # A method named for one character means a short form and no other.
                self._alias(long, long, takesValue=not isFlag)
                self.longOpt.pop()
            for alias in aliases:
                self._alias(alias.replace("_", "-"), long, takesValue=not isFlag)

    def _declare(
        self,
        long: str,
        short: str | None,
        doc: str | None,
        action: Callable[[str, str], object],
        takesValue: bool,
    ) -> None:
        """Enter an option into the tables; a later one of the same name takes its place."""
        if not long:
            raise ValueError("a long name is needed for each option")
        self.synonyms[long] = long
        self._addLong(long, takesValue)
        if short:
            self._alias(short, long, takesValue)
        self._dispatch[long] = action
        self.docs[long] = doc or self.docs.get(long)

    def _alias(self, name: str, principal: str, takesValue: bool) -> None:
        """Let one more name lead to an option; one of a single character is a short form."""
        self.synonyms[name] = principal
        if len(name) == 1:
            self._addShort(name, takesValue)
        else:
            self._addLong(name, takesValue)

    def _addLong(self, name: str, takesValue: bool) -> None:
        """Make a long form known to `getopt`, in its notation."""
        for form in (name, name + "="):
            if form in self.longOpt:
                self.longOpt.remove(form)
        self.longOpt.append(name + ("=" if takesValue else ""))

    def _addShort(self, name: str, takesValue: bool) -> None:
        """Make a short form known to `getopt`, in its notation."""
        before, _, after = self.shortOpt.partition(name)
        self.shortOpt = before + after.removeprefix(":") + name + (":" if takesValue else "")

    def _complete(self, words: list[str]) -> NoReturn:
        """Write what a shell asks for to complete the command line, and exit."""
        from twisted.python._shellcomp import shellComplete

        file = self._shellCompFile or sys.stdout.buffer
        shellComplete(self, os.path.basename(sys.argv[0]), words, file)
        sys.exit(0)

    def _setFlag(self, name: str, value: str) -> None:
        """Store that a flag was given."""
        self.opts[name] = 1

    # Parsing.

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """
        Read a command line.

        Args:
            options: the words behind the name of the program; those of this process if None.
        Raises: UsageError, with a message for the person who typed them.
        """
        words = list(sys.argv[1:] if options is None else options)
        if "--_shell-completion" in words[-2:-1]:
            self._complete(words)
        try:
            found, arguments = getopt.getopt(words, self.shortOpt, self.longOpt)
        except getopt.GetoptError as error:
            raise UsageError(self._explain(error)) from None
        for word, value in found:
            name = self.synonyms[word[2:] if word.startswith("--") else word[1:]]
            self._dispatch[name](name, value)
        if getattr(self, "subCommands", None) and (arguments or self.defaultSubCommand is not None):
            self._parseSubCommand(arguments)
        else:
            self._parseArguments(arguments)
        self.postOptions()

    def _explain(self, error: getopt.GetoptError) -> str:
        """Say what is wrong with an option, and which one may have been meant."""
        message = error.msg[:1].lower() + error.msg[1:]
        given = error.opt
        if len(given) > 1 and not any(name.startswith(given) for name in self.longOpt):
            known = [name.rstrip("=") for name in self.longOpt]
            message += didYouMean(given, known, "--")
        return message

    def _parseSubCommand(self, arguments: list[str]) -> None:
        """Hand the rest of the command line to the command that its first word names."""
        given, *rest = arguments or [self.defaultSubCommand or ""]
        # It may be a generator that loads plugins; none is loaded beyond the one that is meant.
        commands: Iterable[Sequence[Any]] = self.subCommands  # type: ignore[attr-defined]
        names = []
        for name, shortcut, make, _ in commands:
            names.append(name)
            if given in (name, shortcut):
                self.subCommand = name
                self.subOptions = make()
                self.subOptions.parent = self
                self.subOptions.parseOptions(rest)
                return
        raise UsageError(f"Unknown command: {given}{didYouMean(given, names)}")

    def _parseArguments(self, arguments: list[str]) -> None:
        """
        Hand the arguments to `parseArgs` if it takes that many.

        This is asked beforehand: a TypeError from within `parseArgs` is a fault of the program.
        """
        import inspect

        try:
            inspect.signature(self.parseArgs).bind(*arguments)
        except TypeError:
            raise UsageError("Wrong number of arguments.") from None
        self.parseArgs(*arguments)

    if TYPE_CHECKING:
        # To a type checker: a subclass may take whatever it likes.
        def parseArgs(self, *args: Any, **kwargs: Any) -> None: ...

    else:

        def parseArgs(self):
            """
            Take the arguments that are no options, each as a parameter of its own.

            A subclass that has arguments overrides this with as many parameters as it takes.
            """

    def postOptions(self) -> None:
        """
        Look at all that was given, once it is there.

        A subclass may override this; it raises `UsageError` where things do not fit together.
        """

    # What every command has.

    def opt_version(self) -> None:
        """Display Twisted version and exit."""
        from twisted.copyright import longversion

        print("Twisted version:", longversion)
        sys.exit(0)

    def opt_help(self) -> None:
        """Display this help and exit."""
        print(str(self))
        sys.exit(0)

    # Showing itself.

    def __str__(self) -> str:
        return f"{self.getSynopsis()}\n{self.getUsage()}"

    def getSynopsis(self) -> str:
        """Give the one line that shows how the command is written."""
        return synopsisOf(self)

    def getUsage(self, width: int | None = None) -> str:
        """
        Give the help: options, a description, and commands.

        Args:
            width: how many characters a line may have; as many as COLUMNS says if None.
        """
        return usageOf(self, [self._row(name) for name in sorted(self._dispatch)], width)

    def _row(self, name: str) -> dict[str, Any]:
        """Give what is shown of an option."""
        isLong = name in self.longOpt
        takesValue = f"{name}=" in self.longOpt or (not isLong and f"{name}:" in self.shortOpt)
        # Of several short names the last one declared is shown.
        short = None
        for each, principal in self.synonyms.items():
            if principal == name and len(each) == 1 and each in self.shortOpt:
                short = each
        return {
            "long": name if isLong or f"{name}=" in self.longOpt else None,
            "short": short,
            "doc": self.docs.get(name),
            "optType": "parameter" if takesValue else "flag",
            "default": self.defaults.get(name),
            "dispatch": self._parameters.get(name),
        }


def _padded(given: Sequence[Any], defaults: Sequence[Any]) -> Sequence[Any]:
    """Fill up a list that may be shorter than what can be declared."""
    if len(given) > len(defaults):
        raise ValueError(f"{given!r} declares more than the {len(defaults)} things there are")
    return (*given, *defaults[len(given) :])


def _call(handler: Callable[..., object], isFlag: bool) -> Callable[[str, str], object]:
    """Give a handler the arguments that every action of an option gets."""
    if isFlag:
        return lambda name, value: handler()
    return lambda name, value: handler(value)
