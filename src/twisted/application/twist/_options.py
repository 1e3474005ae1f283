"""
The options of a service plugin's run: ``twist FLAGS PLUGIN PLUGINFLAGS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import stderr, stdout
from typing import Any

from twisted.application.reactors import NoSuchReactor, getReactorTypes, installReactor
from twisted.application.runner._exit import ExitStatus, exit
from twisted.application.service import IServiceMaker
from twisted.copyright import version
from twisted.logger import InvalidLogLevelError, LogLevel, jsonFileLogObserver, textFileLogObserver
from twisted.plugin import getPlugins
from twisted.python.usage import Options, UsageError

__all__ = ["TwistOptions"]

openFile = open

_FORMATS = {"text": textFileLogObserver, "json": jsonFileLogObserver}


class TwistOptions(Options):
    """
    What to log, the reactor, and the plugin whose service is run.
    """

    defaultReactorName = "default"
    defaultLogLevel = LogLevel.info

    def __init__(self) -> None:
        super().__init__()
        self["reactorName"] = self.defaultReactorName
        self["logLevel"] = self.defaultLogLevel
        self["logFile"] = stdout

    def getSynopsis(self) -> str:
        return f"{super().getSynopsis()} plugin [plugin_options]"

    def opt_version(self) -> None:
        """
        Tell the version, and end.
        """
        exit(ExitStatus.EX_OK, version)

    def opt_reactor(self, name: str) -> None:
        """
        The reactor to use.
        """
        try:
            self["reactor"] = self.installReactor(name)
        except NoSuchReactor:
            known = ", ".join(sorted(each.shortName for each in getReactorTypes()))
            raise UsageError(f"there is no reactor {name!r}; there are {known}") from None
        except Exception as error:
            raise UsageError(f"the reactor {name!r} does not run here: {error}") from error
        self["reactorName"] = name

    def installReactor(self, name: str) -> Any:
        """
        Install a reactor; by the name of the default one, get what is installed.
        """
        if name != self.defaultReactorName:
            return installReactor(name)
        from twisted.internet import reactor

        return reactor

    def opt_log_level(self, levelName: str) -> None:
        """
        The least important level that is logged: debug, info, warn, error or critical.
        """
        try:
            self["logLevel"] = LogLevel.levelWithName(levelName)
        except InvalidLogLevelError:
            known = ", ".join(each.name for each in LogLevel.iterconstants())
            raise UsageError(f"there is no log level {levelName!r}; there are {known}") from None

    def opt_log_file(self, fileName: str) -> None:
        """
        Where the log goes: a file, - for standard output, + for standard error.
        """
        standard = {"-": stdout, "+": stderr}.get(fileName)
        if standard is not None:
            self["logFile"] = standard
            return
        try:
            self["logFile"] = openFile(fileName, "a")
        except OSError as error:
            exit(ExitStatus.EX_IOERR, f"Unable to open log file {fileName!r}: {error}")

    def opt_log_format(self, format: str) -> None:
        """
        How the log is written: text or json. For a terminal it is text, else json.
        """
        if format not in _FORMATS:
            raise UsageError(f"there is no log format {format!r}; there are text and json")
        self["logFormat"] = format
        self["fileLogObserverFactory"] = _FORMATS[format]

    def selectDefaultLogObserver(self) -> None:
        """
        Choose how to write the log, if nobody has.
        """
        if "fileLogObserverFactory" not in self:
            isatty = getattr(self["logFile"], "isatty", None)
            self.opt_log_format("text" if isatty is not None and isatty() else "json")

    def parseOptions(self, options: Any = None) -> None:
        super().parseOptions(options=options)
        self.selectDefaultLogObserver()

    def postOptions(self) -> None:
        if self.subCommand is None:
            raise UsageError("no plugin is named")
        if "reactor" not in self:
            self["reactor"] = self.installReactor(self["reactorName"])

    @property
    def plugins(self) -> Mapping[str, Any]:
        """
        The service plugins by name.
        """
        return {plugin.tapname: plugin for plugin in getPlugins(IServiceMaker)}

    @property
    def subCommands(self) -> Iterable[Any]:
        """
        A sub-command for each plugin.
        """
        for name, plugin in sorted(self.plugins.items()):
            yield (name, None, lambda plugin=plugin: plugin.options(), plugin.description)
