"""
Checkers by descriptions, as people write them on command lines: ``file:/etc/passwords``.

What stands before the first colon names a plugin, an `ICheckerFactory`; the rest is for it to read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from zope.interface import Attribute, Interface

from twisted.plugin import getPlugins
from twisted.python import usage

__all__ = [
    "AuthOptionMixin",
    "ICheckerFactory",
    "InvalidAuthArgumentString",
    "InvalidAuthType",
    "StrcredException",
    "UnsupportedInterfaces",
    "findCheckerFactories",
    "findCheckerFactory",
    "makeChecker",
    "notSupportedWarning",
]

notSupportedWarning = "WARNING: this program takes no credentials that this type can check."


class ICheckerFactory(Interface):
    """
    A plugin that makes checkers of one type.
    """

    authType = Attribute("What descriptions call the type: a str without colons.")
    authHelp = Attribute("A few lines, for people, on what it is good for.")
    argStringFormat = Attribute("One line on what follows the colon.")
    credentialInterfaces = Attribute("The credentials that its checkers can check.")

    def generateChecker(argstring: str) -> Any:
        """
        Make a checker.

        Args:
            argstring: what followed the colon; empty if nothing did.
        Raises: InvalidAuthArgumentString if that has no meaning.
        """


class StrcredException(Exception):
    """
    A description cannot be used.
    """


class InvalidAuthType(StrcredException):
    """
    No plugin knows the type, which is this error's only argument.
    """


class InvalidAuthArgumentString(StrcredException):
    """
    What follows the colon has no meaning for the type.
    """


class UnsupportedInterfaces(StrcredException):
    """
    The checker takes no credentials that the program knows how to get.
    """


def findCheckerFactories() -> Iterator[Any]:
    """
    Returns: the `ICheckerFactory` plugins there are.
    """
    return iter(getPlugins(ICheckerFactory))


def findCheckerFactory(authType: str) -> Any:
    """
    Returns: the first plugin of a type.
    Raises: InvalidAuthType if there is none.
    """
    for factory in findCheckerFactories():
        if factory.authType == authType:
            return factory
    raise InvalidAuthType(authType)


def makeChecker(description: str) -> Any:
    """
    Make a checker.

    Args:
        description: the type, and after a colon what that type wants to know.
    Raises: InvalidAuthType, InvalidAuthArgumentString, or what the plugin raises.
    """
    authType, _, argstring = description.partition(":")
    return findCheckerFactory(authType).generateChecker(argstring)


class AuthOptionMixin:
    """
    Gives a program's `twisted.python.usage.Options` the options ``--auth``, ``--help-auth`` and
    ``--help-auth-type``.

    When they are read, ``self["credCheckers"]`` is the list of the checkers, and
    ``self["credInterfaces"]`` has for each kind of credentials the list of those for it.
    """

    supportedInterfaces: Any = None
    """The kinds of credentials that the program can get from people; None for any."""

    authOutput: Any = sys.stdout
    """Where help goes."""

    def supportsInterface(self, interface: Any) -> bool:
        """
        Returns: whether the program takes credentials of a kind.
        """
        return self.supportedInterfaces is None or interface in self.supportedInterfaces

    def supportsCheckerFactory(self, factory: Any) -> bool:
        """
        Returns: whether the program takes credentials that this plugin's checkers can check.
        """
        return any(map(self.supportsInterface, factory.credentialInterfaces))

    def addChecker(self, checker: Any) -> None:
        """
        Take one more checker.

        Raises: UnsupportedInterfaces if the program takes none of its credentials.
        """
        kinds = [each for each in checker.credentialInterfaces if self.supportsInterface(each)]
        if not kinds:
            raise UnsupportedInterfaces(checker.credentialInterfaces)
        options: Any = self
        checkersOf = options.setdefault("credInterfaces", {})
        for kind in kinds:
            checkersOf.setdefault(kind, []).append(checker)
        options.setdefault("credCheckers", []).append(checker)

    def opt_auth(self, description: str) -> None:
        """
        Check users by this: TYPE or TYPE:DETAILS.
        """
        try:
            self.addChecker(makeChecker(description))
        except UnsupportedInterfaces as error:
            raise usage.UsageError(
                f"{description!r} checks no credentials that this program takes"
            ) from error
        except InvalidAuthType as error:
            raise usage.UsageError(
                f"there is no type {error.args[0]!r}; --help-auth lists what there is"
            ) from error
        except Exception as error:
            raise usage.UsageError(f"Unexpected error: {error}") from error

    def _checkerFactoriesForOptHelpAuth(self) -> Iterator[Any]:
        """Each type once, if the program can use it."""
        seen = set()
        for factory in findCheckerFactories():
            if factory.authType not in seen and self.supportsCheckerFactory(factory):
                seen.add(factory.authType)
                yield factory

    def opt_help_auth(self) -> NoReturn:
        """
        List the types that --auth knows.
        """
        rows = [("type", "details")]
        rows += sorted(
            (each.authType, each.argStringFormat) for each in self._checkerFactoriesForOptHelpAuth()
        )
        width = max(len(name) for name, _ in rows)
        self._write("Give --auth TYPE or --auth TYPE:DETAILS.\n\n")
        for name, details in rows:
            self._write(f"  {name:<{width}}  {details}\n")
        self._write("\n--help-auth-type TYPE explains one of them.\n")
        raise SystemExit(0)

    def opt_help_auth_type(self, authType: str) -> NoReturn:
        """
        Explain one of the types that --auth knows.
        """
        try:
            factory = findCheckerFactory(authType)
        except InvalidAuthType as error:
            raise usage.UsageError(
                f"there is no type {authType!r}; --help-auth lists what there is"
            ) from error
        self._write(f"--auth {authType}:DETAILS\nDETAILS: {factory.argStringFormat}\n\n")
        for line in factory.authHelp.strip().splitlines():
            self._write(f"  {line.strip()}".rstrip() + "\n")
        if not self.supportsCheckerFactory(factory):
            self._write(f"\n{notSupportedWarning}\n")
        raise SystemExit(0)

    def _write(self, text: str) -> None:
        self.authOutput.write(text)
