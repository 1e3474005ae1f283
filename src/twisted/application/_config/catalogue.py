"""
Which service types there are.

A service type is a plugin: an object that provides `IServiceType` in a module of
``twisted.plugins``. `ServiceType` is one that names its settings class and imports it when it is
first used, so that listing the types loads none of them.
"""

from __future__ import annotations

from typing import Any

from zope.interface import Attribute, Interface, implementer

from twisted.plugin import IPlugin

__all__ = ["IServiceType", "ServiceType", "allTypes", "serviceTypes"]


class IServiceType(Interface):
    """
    A kind of service that a configuration file or the command line can ask for.
    """

    name = Attribute("What a file calls it: a str such as 'echo'.")
    description = Attribute("What it does, a str of one line.")
    settings = Attribute(
        "A dataclass whose fields are declared with `option`. It has a method "
        "``makeService(reactor)`` that returns an `IService`."
    )


@implementer(IPlugin, IServiceType)
class ServiceType:
    """
    A service type whose settings class is imported when it is first used.

    Args:
        name: what a file calls it.
        settings: the dotted name of the settings class.
        description: what it does, in one line.
    """

    def __init__(self, name: str, settings: str, description: str) -> None:
        self.name = name
        self.description = description
        self._settings = settings

    def __repr__(self) -> str:
        return f"<service type {self.name!r} by {self._settings}>"

    @property
    def settings(self) -> Any:
        from twisted.python.reflect import namedAny

        return namedAny(self._settings)


def serviceTypes() -> dict[str, IServiceType]:
    """
    Find all service types that are installed, by name.

    Of two with the same name, the one that is found first is taken.
    """
    from twisted.plugin import getPlugins

    found: dict[str, IServiceType] = {}
    for plugin in getPlugins(IServiceType):
        found.setdefault(plugin.name, plugin)
    return dict(sorted(found.items()))


def allTypes() -> dict[str, Any]:
    """
    Find all that the key ``type`` of a service may say, by name: the service types, and the
    plugins of ``twistd`` whose names no service type has.
    """
    from .makers import makerTypes

    return dict(sorted({**makerTypes(), **serviceTypes()}.items()))
