"""
What programs that run an application have in common: their options, their log, their life.

``twistd`` stands on this, and so do programs that derive their own runner and options from it.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from twisted import copyright, logger, plugin
from twisted._faces import handOn
from twisted.application import reactors, service
from twisted.application.reactors import NoSuchReactor, installReactor
from twisted.internet import interfaces
from twisted.logger import globalLogBeginner, globalLogPublisher
from twisted.python import log, usage
from twisted.python.reflect import namedAny, namedModule, qual

from ._profiling import AppProfiler as AppProfiler
from ._profiling import CProfileRunner as CProfileRunner
from ._profiling import ProfileRunner as ProfileRunner

__all__ = [
    "AppLogger",
    "AppProfiler",
    "ApplicationRunner",
    "CProfileRunner",
    "ProfileRunner",
    "ReactorSelectionMixin",
    "ServerOptions",
    "convertStyle",
    "fixPdb",
    "getApplication",
    "getPassphrase",
    "getSavePassphrase",
    "run",
    "runReactorWithLogging",
    "startApplication",
]

if TYPE_CHECKING:
    from pdb import Pdb

handOn(__name__, AppProfiler, CProfileRunner, ProfileRunner)


class AppLogger:
    """
    The log of a program from its start to its end.

    Args:
        options: ``logger`` makes an observer; where it is None, the application's own observer is
            taken, or one that writes to ``logfile``: a path, or "-" or nothing for standard output.
    """

    _log = logger.Logger()
    _observer: Any = None

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._logfilename: str = options.get("logfile") or ""
        self._observerFactory: Callable[[], Any] | None = options.get("logger") or None

    def start(self, application: Any) -> None:
        """
        Begin to write the log, and say what is starting.

        Args:
            application: asked for an observer of its own, which it may have as a component.
        """
        if self._observerFactory is not None:
            observer = self._observerFactory()
        else:
            observer = logger.ILogObserver(application, None)
            if observer is None:
                observer = log.ILogObserver(application, None)
            if observer is None:
                observer = self._getLogObserver()
        if not logger.ILogObserver.providedBy(observer):
            observer = logger.LegacyLogObserverWrapper(observer)
        self._observer = observer
        globalLogBeginner.beginLoggingTo([observer])
        self._initialLog()

    def _initialLog(self) -> None:
        from twisted.internet import reactor

        self._log.info(
            "twistd {version} is starting up, with {python} {pythonVersion}",
            version=copyright.version,
            python=sys.executable,
            pythonVersion=sys.version.split()[0],
        )
        self._log.info("its reactor class is {reactor}", reactor=qual(reactor.__class__))

    def _getLogObserver(self) -> Any:
        if self._logfilename in ("", "-"):
            file: Any = sys.stdout
        else:
            from twisted.python import logfile

            file = logfile.LogFile.fromFullPath(self._logfilename)
        return logger.textFileLogObserver(file)

    def stop(self) -> None:
        """
        Say that the end has come, and write no more.
        """
        self._log.info("The server has shut down.")
        if self._observer is not None:
            globalLogPublisher.removeObserver(self._observer)
            self._observer = None


def fixPdb() -> None:
    """
    Teach Python's debugger the command ``stop``, which ends the reactor and goes on until then.
    """

    from pdb import Pdb

    def stop(self: Pdb, arg: str) -> int:
        """stop: end the reactor, and continue until it has ended."""
        from twisted.internet import reactor

        self.set_trace = lambda *a: None  # type: ignore[method-assign]  # no more halts
        reactor.callLater(0, reactor.stop)  # type: ignore[attr-defined]  # a module for mypy
        self.set_continue()
        return 1

    Pdb.do_stop = stop  # type: ignore[attr-defined]  # commands are found by name


def runReactorWithLogging(
    config: Mapping[str, Any],
    oldstdout: TextIO | None,
    oldstderr: TextIO | None,
    profiler: Any = None,
    reactor: Any = None,
) -> None:
    """
    Run the reactor, and tell of an exception that comes out of it.

    Args:
        config: ``profile`` to have the profiler run it, ``debug`` for Python's debugger,
            ``nodaemon`` to tell of exceptions on standard output, and not in TWISTD-CRASH.log.
        oldstdout: standard output as it was before logging began.
        oldstderr: standard error as it was.
        profiler: an `AppProfiler`.
        reactor: the process's own if None.
    """
    if reactor is None:
        from twisted.internet import reactor
    try:
        if config["profile"]:
            if profiler is not None:
                profiler.run(reactor)
        elif config["debug"]:
            import pdb

            sys.stdout, sys.stderr = oldstdout, oldstderr
            if hasattr(signal, "SIGUSR2"):
                signal.signal(signal.SIGUSR2, lambda *_: pdb.set_trace())
            fixPdb()
            pdb.runcall(reactor.run)
        else:
            reactor.run()
    except BaseException:
        if config["nodaemon"]:
            traceback.print_exc(file=oldstdout)
        else:
            with open("TWISTD-CRASH.log", "a", encoding="utf-8") as file:
                traceback.print_exc(file=file)


def getPassphrase(needed: object) -> str | None:
    """
    Ask for the passphrase of a file that is encrypted.

    Returns: None if none is needed.
    """
    if not needed:
        return None
    from getpass import getpass

    return getpass("Passphrase: ")


def getSavePassphrase(needed: object) -> str | None:
    """
    Ask for the passphrase to encrypt a file with.

    Returns: None if none is needed.
    """
    if not needed:
        return None
    from getpass import getpass

    while True:
        first = getpass("Passphrase to encrypt with: ")
        if first == getpass("Once more: "):
            return first
        print("The two differ. Try again.")


def _exitSignalOf(reactor: Any) -> int | None:
    """The number of the signal that ended a reactor's run, if one did and the reactor tells."""
    kind = getattr(interfaces, "_ISupportsExitSignalCapturing", None)
    if kind is not None and not kind.providedBy(reactor):
        return None
    number: int | None = getattr(reactor, "_exitSignal", None)
    return number


class ApplicationRunner:
    """
    Runs one application: gets it, starts the log, and hands over to the platform's own steps.

    Args:
        config: the program's `ServerOptions`, after parsing.
    """

    profilerFactory: Any = AppProfiler
    loggerFactory: Any = AppLogger
    _exitSignal: int | None = None

    def __init__(self, config: Any) -> None:
        self.config = config
        self.profiler = self.profilerFactory(config)
        self.logger = self.loggerFactory(config)

    def run(self) -> None:
        """
        Run the application to its end.
        """
        self.preApplication()
        self.application = self.createOrGetApplication()
        self.logger.start(self.application)
        self.postApplication()
        self.logger.stop()

    def startReactor(
        self, reactor: Any, oldstdout: TextIO | None, oldstderr: TextIO | None
    ) -> None:
        """
        Run the reactor; then remember the signal that ended it.

        Args:
            reactor: the process's own if None.
            oldstdout: standard output as it was before logging began.
            oldstderr: standard error as it was.
        """
        if reactor is None:
            from twisted.internet import reactor
        runReactorWithLogging(self.config, oldstdout, oldstderr, self.profiler, reactor)
        self._exitSignal = _exitSignalOf(reactor)

    def preApplication(self) -> None:
        """
        What a platform does before there is an application.
        """
        raise NotImplementedError(f"{qual(type(self))} has no preApplication")

    def postApplication(self) -> None:
        """
        What a platform does with the application: start it, and run the reactor.
        """
        raise NotImplementedError(f"{qual(type(self))} has no postApplication")

    def createOrGetApplication(self) -> Any:
        """
        Returns: an application around the service of the sub-command, or that of the file.
        """
        if self.config.subCommand:
            maker = self.config.loadedPlugins[self.config.subCommand]
            made = maker.makeService(self.config.subOptions)
            application = service.Application(maker.tapname)
            made.setServiceParent(application)
            return application
        return getApplication(self.config, getPassphrase(self.config["encrypted"]))


_NO_APPLICATION = """
A file for -y is a Python program that leaves what is to be run in the variable "application":

    from twisted.application.service import Application
    application = Application("mine")
"""


def getApplication(config: Mapping[str, Any], passphrase: Any) -> Any:
    """
    Get the application that options name.

    Args:
        config: ``python`` is a .tac file, ``source`` one that was saved as text, ``file`` a pickle;
            the first that is given counts.
        passphrase: of an encrypted file; None for any other.
    Raises: SystemExit with the reason if it cannot be had.
    """
    option = next(each for each in ("python", "source", "file") if config[each])
    filename = config[option]
    log.msg(f"Loading {filename}...")
    try:
        application = service.loadApplication(
            filename, "pickle" if option == "file" else option, passphrase
        )
    except Exception as error:
        missing = isinstance(error, KeyError) and error.args == ("application",)
        help = _NO_APPLICATION if missing else ""
        log.err()
        raise SystemExit(f"\nFailed to load application: {error}\n{help}") from error
    log.msg("Loaded.")
    return application


class ReactorSelectionMixin:
    """
    Gives `twisted.python.usage.Options` the options ``--reactor`` and ``--help-reactors``.

    A reactor is installed when its option is read, before anything can ask for another.
    """

    compData = usage.Completions(
        optActions={
            "reactor": usage.CompleteList([]),
        }
    )
    messageOutput: Any = sys.stdout
    _getReactorTypes: Any = staticmethod(reactors.getReactorTypes)

    def opt_help_reactors(self) -> NoReturn:
        """
        List the reactors there are.
        """
        rows = []
        for each in sorted(self._getReactorTypes(), key=lambda each: str(each.shortName)):
            try:
                namedModule(each.moduleName)
            except ImportError as error:
                rows.append((f"!{each.shortName}", f"{each.description} ({error})"))
            else:
                rows.append((each.shortName, each.description))
        width = max((len(name) for name, _ in rows), default=0)
        for name, description in rows:
            self.messageOutput.write(f"  {name:<{width}}  {description}\n")
        if any(name.startswith("!") for name, _ in rows):
            self.messageOutput.write("\n  ! marks reactors not available here.\n")
        raise SystemExit(0)

    def opt_reactor(self, shortName: str) -> None:
        """
        The reactor to use; --help-reactors lists them.
        """
        try:
            installReactor(shortName)
        except NoSuchReactor as error:
            raise usage.UsageError(
                f"there is no reactor {shortName!r}; --help-reactors lists what there is"
            ) from error
        except Exception as error:
            raise usage.UsageError(
                f"the reactor {shortName!r} does not run here: {error}; "
                "--help-reactors lists what does"
            ) from error
        self["reactor"] = shortName  # type: ignore[index]  # mixed into a dict

    opt_r = opt_reactor


class ServerOptions(usage.Options, ReactorSelectionMixin):
    """
    The options of a program that runs an application, with a sub-command for each service plugin.
    """

    longdesc = (
        "Runs an application: that of a file, or one that is made of the service of a sub-command."
    )

    optFlags = [
        ["encrypted", "e", "The file is encrypted."],
        ["no_save", "o", "Do not save the application when it ends."],
        ["savestats", None, "Save the profiler's raw numbers, not its table."],
    ]

    # What to run comes first, then where, then how one looks into it.
    optParameters: list[list[Any]] = [
        list(each)
        for each in (
            ("python", "y", None, "The Python file of an application (it is not saved: see -o)."),
            ("source", "s", None, "The file of an application that was saved as text."),
            ("file", "f", "twistd.tap", "The file of an application that was pickled."),
            ("rundir", "d", ".", "The directory to run in."),
            ("profile", "p", None, "Run under a profiler, and write its findings to this file."),
            (
                "profiler",
                None,
                "cprofile",
                "The profiler: " + ", ".join(AppProfiler.profilers) + ".",
            ),
            ("logger", None, None, "The dotted name of a function that makes the log's observer."),
            (
                "logfile",
                "l",
                None,
                "The file to log to, unless there is --logger; - is the terminal.",
            ),
        )
    ]

    compData = usage.Completions(
        optActions={
            "rundir": usage.CompleteDirs(),
            **{
                option: usage.CompleteFiles(pattern)
                for option, pattern in (
                    ("python", "*.(tac|py)"),
                    ("source", "*.tas"),
                    ("file", "*.tap"),
                )
            },
        },
        mutuallyExclusive=[("file", "python", "source")],
    )

    _getPlugins: Any = staticmethod(plugin.getPlugins)

    def __init__(self, *a: Any, **kw: Any) -> None:
        self.stdout: TextIO = kw.pop("stdout", sys.stdout)
        self.loadedPlugins: dict[str, Any] = {}
        super().__init__(*a, **kw)
        self["debug"] = False

    def opt_debug(self) -> None:
        """
        Run in Python's debugger, and not as a daemon; SIGUSR2 halts it.
        """
        self["debug"] = True

    opt_b = opt_debug

    def opt_spew(self) -> None:
        """
        Log each call of each function: slow, and much to read.
        """
        import threading

        from twisted.python.util import spewer

        sys.settrace(spewer)
        threading.settrace(spewer)

    def parseOptions(self, options: Any = None) -> None:
        """
        Read the command line; without any words it is a call for help.
        """
        if options is None:
            options = sys.argv[1:] or ["--help"]
        super().parseOptions(options)

    def postOptions(self) -> None:
        if self.subCommand or self["python"]:
            self["no_save"] = True
        name = self["logger"]
        if isinstance(name, str):
            try:
                self["logger"] = namedAny(name)
            except Exception as error:
                said = " ".join(str(error).split())
                raise usage.UsageError(f"Logger '{name}' could not be imported: {said}") from error

    @property
    def subCommands(self) -> Iterator[Any]:
        """The service plugins, by name."""
        makers = sorted(self._getPlugins(service.IServiceMaker), key=lambda each: each.tapname)
        for maker in makers:
            self.loadedPlugins[maker.tapname] = maker
            yield (maker.tapname, None, lambda maker=maker: maker.options(), maker.description)


def run(runApp: Callable[[Any], object], ServerOptions: Callable[[], Any]) -> None:
    """
    Read the command line of a program, and run it.

    Args:
        runApp: runs an application, given the options.
        ServerOptions: makes the options.
    Raises: SystemExit with status 1 after saying what is wrong with the command line.
    """
    config = ServerOptions()
    try:
        config.parseOptions()
    except usage.error as wrong:
        command = getattr(config, "subCommand", None)
        where = f"{sys.argv[0]} {command}" if command else sys.argv[0]
        print(config)
        print(f"{where}: {wrong}")
        raise SystemExit(1) from None
    runApp(config)


def convertStyle(
    filein: str, typein: str, passphrase: Any, fileout: str, typeout: str, encrypt: object
) -> None:
    """
    Save an application that was saved in another style.

    Args:
        filein: the file it is in.
        typein: the style of that: "python", "pickle" or "source".
        passphrase: None; encrypted files are no more.
        fileout: the file to write.
        typeout: the style of that: "pickle" or "source".
        encrypt: whether to ask for a passphrase to encrypt it with.
    """
    from twisted.persisted import sob

    application = service.loadApplication(filein, typein, passphrase)
    persistent = sob.IPersistable(application)
    persistent.setStyle(typeout)
    secret: Any = getSavePassphrase(encrypt)
    persistent.save(filename=fileout, passphrase=secret)


def startApplication(application: Any, save: object) -> None:
    """
    Start an application's services; the end of the process's reactor stops them.

    Args:
        application: what adapts to `service.IService`.
        save: whether to save it when everything has stopped.
    """
    from twisted.internet import reactor as running

    reactor: Any = running
    root = service.IService(application)
    root.startService()
    if save:
        from twisted.persisted import sob

        persistent = sob.IPersistable(application)
        reactor.addSystemEventTrigger("after", "shutdown", persistent.save, "shutdown")
    reactor.addSystemEventTrigger("before", "shutdown", root.stopService)


def _exitWithSignal(sig: int) -> None:
    """
    End this process by a signal, so that whoever waits for it sees that one did.
    """
    signal.signal(sig, signal.SIG_DFL)
    os.kill(os.getpid(), sig)
