"""
Choosing a reactor by name, among those that plugins bring.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from zope.interface import Attribute, Interface, implementer

from twisted.plugin import IPlugin, getPlugins
from twisted.python.reflect import namedAny

__all__ = [
    "IReactorInstaller",
    "NoSuchReactor",
    "Reactor",
    "getReactorTypes",
    "installReactor",
]


class IReactorInstaller(Interface):
    """
    A plugin that knows how to install one kind of reactor.
    """

    shortName = Attribute("What ``--reactor`` calls it: a str without spaces.")
    description = Attribute("One line for lists of reactors.")

    def install() -> None:
        """
        Make this kind of reactor the process's own.

        Raises: ImportError, or whatever is in the way, if this system cannot run it.
        """


class NoSuchReactor(KeyError):
    """
    No plugin brings a reactor of that name, which is this error's only argument.
    """


@implementer(IPlugin, IReactorInstaller)
class Reactor:
    """
    Names a module that has a function ``install``.

    Args:
        shortName: what ``--reactor`` calls it.
        moduleName: the dotted name of the module; it is imported when it is installed.
        description: one line for lists.
    """

    def __init__(self, shortName: str, moduleName: str, description: str) -> None:
        self.shortName = shortName
        self.moduleName = moduleName
        self.description = description

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.shortName!r} from {self.moduleName}>"

    def install(self) -> None:
        namedAny(self.moduleName).install()


def getReactorTypes() -> Iterable[Any]:
    """
    Returns: the `IReactorInstaller` plugins there are.
    """
    # Looked up here on each call: programs put their own `getPlugins` in this module.
    return cast("Iterable[Any]", getPlugins(IReactorInstaller))


def installReactor(shortName: str) -> Any:
    """
    Install a reactor.

    Args:
        shortName: its name.
    Returns: the reactor.
    Raises: NoSuchReactor if no plugin brings it; whatever its own ``install`` raises.
    """
    for installer in getReactorTypes():
        if installer.shortName == shortName:
            installer.install()
            from twisted.internet import reactor

            return reactor
    raise NoSuchReactor(shortName)
