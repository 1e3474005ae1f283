"""
Running the service of a plugin: ``twist FLAGS PLUGIN PLUGINFLAGS``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from twisted.application.app import _exitSignalOf, _exitWithSignal
from twisted.application.runner._exit import ExitStatus, exit
from twisted.application.runner._runner import Runner
from twisted.application.service import Application, IService
from twisted.python.usage import UsageError

from ._options import TwistOptions

__all__ = ["Twist"]


class Twist:
    """
    The steps from a command line to the end of its service.
    """

    @staticmethod
    def options(argv: Sequence[str]) -> TwistOptions:
        """
        Read a command line; what is wrong with it ends the process.

        Args:
            argv: the command's name and its words.
        """
        options = TwistOptions()
        try:
            options.parseOptions(argv[1:])
        except UsageError as error:
            exit(ExitStatus.EX_USAGE, f"Error: {error}\n\n{options}")
        return options

    @staticmethod
    def service(plugin: Any, options: Any) -> Any:
        """
        Make a plugin's service, as the only one of an application.

        Args:
            plugin: an `IServiceMaker`.
            options: its options, which have read the command line.
        """
        application = Application(plugin.tapname)
        plugin.makeService(options).setServiceParent(application)
        return IService(application)

    @staticmethod
    def startService(reactor: Any, service: Any) -> None:
        """
        Start a service; the end of the reactor stops it.
        """
        service.startService()
        reactor.addSystemEventTrigger("before", "shutdown", service.stopService)

    @staticmethod
    def run(twistOptions: TwistOptions) -> None:
        """
        Run the reactor to its end; if a signal ended it, that signal ends the process.
        """
        Runner(
            reactor=twistOptions["reactor"],
            defaultLogLevel=twistOptions["logLevel"],
            logFile=twistOptions["logFile"],
            fileLogObserverFactory=twistOptions["fileLogObserverFactory"],
        ).run()
        number = _exitSignalOf(twistOptions["reactor"])
        if number is not None:
            _exitWithSignal(number)

    @classmethod
    def main(cls, argv: Sequence[str] = sys.argv) -> None:
        """
        Run a command line.

        Args:
            argv: the command's name and its words.
        """
        options = cls.options(argv)
        # Reading ends the process if there is no sub-command.
        plugin = options.plugins[options.subCommand or ""]
        service = cls.service(plugin, options.subOptions)
        cls.startService(options["reactor"], service)
        cls.run(options)
