"""
The command ``twistd``: runs an application, in the foreground or as a daemon.
"""

from __future__ import annotations

from typing import Any

from twisted.application import app

from ._twistd_unix import ServerOptions as ServerOptions
from ._twistd_unix import UnixApplicationRunner

__all__ = ["run", "runApp"]

_SomeApplicationRunner: Any = UnixApplicationRunner


def runApp(config: Any) -> None:
    """
    Run the application that options name, to its end.

    A process that was ended by a signal ends by that signal, for its parent to see.

    Args:
        config: a `ServerOptions`, after parsing.
    """
    runner = _SomeApplicationRunner(config)
    runner.run()
    if runner._exitSignal is not None:
        app._exitWithSignal(runner._exitSignal)


def run() -> None:
    """
    Run the command, with the words of this process's command line.
    """
    app.run(runApp, ServerOptions)
