"""
The service of ``twistd procmon``: one process that is kept running.
"""

from __future__ import annotations

from typing import Any

from twisted.python import usage
from twisted.runner.procmon import ProcessMonitor

__all__ = ["Options", "makeService"]


class Options(usage.Options):
    """What to run, and when to start it anew."""

    synopsis = "[procmon options] commandline"

    longdesc = """\
Keeps a program running: it is started anew whenever it ends. Put -- before its command line if that
has options of its own."""

    optParameters = [
        ["threshold", "t", 1, "Seconds to live for; less is too soon an end.", float],
        ["killtime", "k", 5, "Seconds between asking it to end and killing it.", float],
        ["minrestartdelay", "m", 1, "Seconds to wait, at first, after too soon an end.", float],
        ["maxrestartdelay", "M", 3600, "Seconds to wait, at most, after too soon an end.", float],
    ]

    optFlags: list[Any] = []

    def parseArgs(self, *args: str) -> None:
        """Take the command line."""
        self["args"] = args

    def postOptions(self) -> None:
        """
        Raises: UsageError if there is no command line.
        """
        if not self["args"]:
            raise usage.UsageError("Which program is to be kept running? Give its command line.")


def makeService(config: Options) -> ProcessMonitor:
    """Make the monitor that the options ask for; it calls its process by the command line."""
    monitor = ProcessMonitor()
    monitor.threshold = config["threshold"]
    monitor.killTime = config["killtime"]
    monitor.minRestartDelay = config["minrestartdelay"]
    monitor.maxRestartDelay = config["maxrestartdelay"]
    monitor.addProcess(" ".join(config["args"]), config["args"])
    return monitor
