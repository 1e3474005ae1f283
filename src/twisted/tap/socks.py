"""
The service of ``twistd socks``: connections to wherever clients ask, by SOCKS 4.
"""

from __future__ import annotations

from typing import Any

from twisted.application import internet
from twisted.protocols import socks
from twisted.python import usage

__all__ = ["Options", "makeService"]


class Options(usage.Options):
    """Where to listen."""

    synopsis = "[socks options]"

    longdesc = "Connects clients to where they ask, by version 4 of SOCKS."

    optParameters: list[Any] = [
        ["interface", "i", "127.0.0.1", "The address to listen on."],
        ["port", "p", 1080, "The port to listen on.", int],
        ["log", "l", None, "A file that gets what is relayed."],
    ]

    compData = usage.Completions(
        optActions={
            "interface": usage.CompleteNetInterfaces(),
            "log": usage.CompleteFiles("*.log"),
        }
    )


def makeService(config: Options) -> internet.TCPServer:
    """Make the server that the options ask for; warn where strangers may use it."""
    interface = config["interface"]
    if interface != "127.0.0.1":
        print(
            f"\nWARNING: whoever reaches {interface} can connect from here to every machine that\n"
            "this one reaches, those behind its firewall too, without a password.\n"
        )
    factory = socks.SOCKSv4Factory(config["log"])
    return internet.TCPServer(config["port"], factory, interface=interface)
