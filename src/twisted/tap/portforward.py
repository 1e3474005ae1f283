"""
The service of ``twistd portforward``: whoever connects is connected to another place.
"""

from __future__ import annotations

from typing import Any

from twisted.application import strports
from twisted.application.service import IService
from twisted.protocols import portforward
from twisted.python import usage

__all__ = ["Options", "makeService"]


class Options(usage.Options):
    """From where to where."""

    synopsis = "[options]"

    longdesc = "Connects whoever comes to one port to another, on this machine or elsewhere."

    optParameters: list[Any] = [
        ["port", "p", "tcp:6666", "The endpoint to listen on."],
        ["host", "h", "localhost", "The host to connect to."],
        ["dest_port", "d", 6665, "The port there.", int],
    ]

    compData = usage.Completions(optActions={"host": usage.CompleteHostnames()})


def makeService(config: Options) -> IService:
    """Make the service that the options ask for."""
    factory = portforward.ProxyFactory(config["host"], config["dest_port"])
    return strports.service(config["port"], factory)
