"""
What ``twistd`` does on POSIX: users, daemons, and files with a process's number.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import signal
import sys
from typing import Any, NoReturn

from twisted import copyright, logger
from twisted.application import app, service
from twisted.internet.interfaces import IReactorDaemonize
from twisted.python import log, usage
from twisted.python.util import switchUID, uidFromString, untilConcludes

__all__ = ["ServerOptions", "UnixAppLogger", "UnixApplicationRunner", "checkPID", "launchWithName"]

_STATUS_BYTES = 100
"""What a daemon tells its parent of how it started fits in these."""


def _umask(value: str) -> int:
    return int(value, 8)


def _user(value: str) -> int:
    try:
        return uidFromString(value)
    except KeyError:
        raise ValueError(f"there is no user {value!r}") from None


def _group(value: str) -> int:
    try:
        return int(value) if value.isdigit() else grp.getgrnam(value)[2]
    except KeyError:
        raise ValueError(f"there is no group {value!r}") from None


class ServerOptions(app.ServerOptions):
    """
    The options of ``twistd`` on POSIX.
    """

    synopsis = "Usage: twistd [options]"

    optFlags = [
        ["nodaemon", "n", "Stay in the foreground, and keep the umask."],
        ["originalname", None, "Keep the name that lists of processes show."],
        ["syslog", None, "Log to syslog."],
        [
            "euid",
            "",
            "Change only the effective user, so that the program can become root again. "
            "Without need of that, leave it.",
        ],
    ]

    optParameters = [
        ["prefix", None, "twisted", "What messages to syslog begin with."],
        ["pidfile", "", "twistd.pid", "The file for the number of the process."],
        ["chroot", None, None, "The directory to make the root of the file system."],
        ["uid", "u", None, "The user to run as.", _user],
        ["gid", "g", None, "The group to run as; that of --uid if not given.", _group],
        ["umask", None, None, "The mask for new files, in octal.", _umask],
    ]

    compData = usage.Completions(
        optActions={
            "pidfile": usage.CompleteFiles("*.pid"),
            "chroot": usage.CompleteDirs(descr="chroot directory"),
            "gid": usage.CompleteGroups(descr="group to run as"),
            "uid": usage.CompleteUsernames(descr="user to run as"),
            "prefix": usage.Completer(descr="syslog prefix"),
        }
    )

    def opt_version(self) -> NoReturn:
        """
        Tell the version, and end.
        """
        print(f"twistd (the Twisted daemon) {copyright.version}", file=self.stdout)
        print(copyright.copyright, file=self.stdout)
        sys.exit()

    def postOptions(self) -> None:
        super().postOptions()
        if self["pidfile"]:
            # A daemon may change its directory, and finds the file all the same.
            self["pidfile"] = os.path.abspath(self["pidfile"])


def checkPID(pidfile: str | None) -> None:
    """
    Make sure that no process is running that wrote a file of its number.

    A file whose process is gone is removed.

    Raises: SystemExit with the reason if one runs, or if that cannot be known.
    """
    if not pidfile or not os.path.exists(pidfile):
        return
    with open(pidfile, encoding="latin-1") as file:
        text = file.read()
    try:
        pid = int(text)
    except ValueError:
        sys.exit(f"Pidfile {pidfile} contains non-numeric value {text[:20]!r}")
    try:
        os.kill(pid, 0)
    except OSError as error:
        if error.errno != errno.ESRCH:
            sys.exit(f"Can't check status of PID {pid} from pidfile {pidfile}: {error}")
        log.msg(f"Removing stale pidfile {pidfile}, there is no process {pid}", isError=True)
        os.remove(pidfile)
    else:
        sys.exit(
            f"Another twistd server is running, PID {pid}\n\n"
            "It may be the one that you want, or one that was left over. To run a second one,\n"
            f"give it a --pidfile of its own; if {pid} is no twistd, remove {pidfile}."
        )


class UnixAppLogger(app.AppLogger):
    """
    A log that may go to syslog, and to a file that SIGUSR1 begins anew.

    Args:
        options: beside those of `app.AppLogger`, ``syslog`` and its ``prefix``, and ``nodaemon``.
    """

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._syslog = options.get("syslog", False)
        self._syslogPrefix = options.get("prefix", "")
        self._nodaemon = options.get("nodaemon", False)

    def _getLogObserver(self) -> Any:
        if self._syslog:
            from twisted.python import syslog

            return syslog.SyslogObserver(self._syslogPrefix).emit
        if self._logfilename == "-" and not self._nodaemon:
            sys.exit("Daemons cannot log to stdout, exiting!")
        if self._logfilename in ("", "-") and self._nodaemon:
            return logger.textFileLogObserver(sys.stdout)
        from twisted.python import logfile

        file = logfile.LogFile.fromFullPath(self._logfilename or "twistd.log")

        def rotate(number: int, frame: object) -> None:
            from twisted.internet import reactor as running

            reactor: Any = running
            reactor.callFromThread(file.rotate)

        # A program's own handler stays.
        if not signal.getsignal(signal.SIGUSR1):
            signal.signal(signal.SIGUSR1, rotate)
        return logger.textFileLogObserver(file)  # type: ignore[arg-type]  # written to like one


def launchWithName(name: str | None) -> None:
    """
    Become a process of another name, by running this program anew.

    Args:
        name: what lists of processes shall show; None for no change.
    """
    if name and name != sys.argv[0]:
        os.execv(sys.executable, [name, sys.argv[0], "--originalname", *sys.argv[1:]])


def _closeStandardFiles() -> None:
    """Standard input, output and error lead nowhere from now on."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        try:
            os.dup2(nowhere, standard)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
    os.close(nowhere)


class UnixApplicationRunner(app.ApplicationRunner):
    """
    Runs an application on POSIX: as a daemon or not, as this user or another.
    """

    loggerFactory: Any = UnixAppLogger

    def preApplication(self) -> None:
        """
        See that no other one runs, and remember standard output.
        """
        checkPID(self.config["pidfile"])
        self.config["nodaemon"] = self.config["nodaemon"] or self.config["debug"]
        self.oldstdout = sys.stdout
        self.oldstderr = sys.stderr

    def postApplication(self) -> None:
        """
        Start the application, tell the process that is waiting for it, and run the reactor.
        """
        try:
            self.startApplication(self.application)
        except Exception as error:
            self._tellParent(self._formatChildException(error))
            self.removePID(self.config["pidfile"])
            raise
        self._tellParent(b"0")
        self.startReactor(None, self.oldstdout, self.oldstderr)
        self.removePID(self.config["pidfile"])

    def _tellParent(self, status: bytes) -> None:
        pipe = self.config.get("statusPipe", None)
        if pipe is not None:
            untilConcludes(os.write, pipe, status)
            untilConcludes(os.close, pipe)

    def _formatChildException(self, error: Exception) -> bytes:
        said = f"1 {type(error).__name__}: {error}".encode("ascii", "backslashreplace")
        return said[:_STATUS_BYTES]

    def removePID(self, pidfile: str | None) -> None:
        """
        Remove the file with this process's number; that it cannot be removed is logged.
        """
        if not pidfile:
            return
        try:
            os.unlink(pidfile)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                # It was written before the process gave up its rights.
                log.msg(f"No permission to remove the pidfile {pidfile}")
            else:
                log.err(error, f"cannot remove the pidfile {pidfile}")

    def setupEnvironment(
        self,
        chroot: str | None,
        rundir: str,
        nodaemon: object,
        umask: int | None,
        pidfile: str | None,
    ) -> None:
        """
        Give the process the surroundings that options ask for.

        Args:
            chroot: the directory to make the root, or None.
            rundir: the directory to run in.
            nodaemon: whether to stay in the foreground.
            umask: the mask for new files; None for 0o077 in a daemon, and for no change else.
            pidfile: the file for the number of the process that stays, or None.
        """
        if chroot:
            os.chroot(chroot)
            rundir = "/" if rundir == "." else rundir
        os.chdir(rundir)
        if umask is None and not nodaemon:
            umask = 0o077
        if umask is not None:
            os.umask(umask)
        if not nodaemon:
            from twisted.internet import reactor

            self.config["statusPipe"] = self.daemonize(reactor)
        if pidfile:
            with open(pidfile, "wb") as file:
                file.write(b"%d" % os.getpid())

    def daemonize(self, reactor: Any) -> int:
        """
        Leave the terminal and whoever started this: go on in a process that has neither.

        The process that was started waits until the daemon tells how its start went, and ends
        with that as its status.

        Args:
            reactor: told before and after, if it is an `IReactorDaemonize`.
        Returns: the descriptor to tell it by.
        """
        told = reactor if IReactorDaemonize.providedBy(reactor) else None
        if told is not None:
            told.beforeDaemonize()
        readable, writable = os.pipe()
        if os.fork():
            status = self._waitForStart(readable)
            os.close(readable)
            os._exit(status)
        os.setsid()
        # Not the leader of a session, a process cannot get a terminal by opening one.
        if os.fork():
            os._exit(0)
        _closeStandardFiles()
        if told is not None:
            told.afterDaemonize()
        return writable

    def _waitForStart(self, readPipe: int) -> int:
        """
        Returns: the exit status that the daemon's word stands for: 0 or 1.
        """
        status = untilConcludes(os.read, readPipe, _STATUS_BYTES)
        if status == b"0":
            return 0
        told = f"An error has occurred: {status[2:]!r}\n"
        told += "Please look at log file for more information.\n"
        if sys.__stderr__ is not None:
            sys.__stderr__.write(told)
        return 1

    def shedPrivileges(self, euid: Any, uid: int | None, gid: int | None) -> None:
        """
        Become another user.

        Args:
            euid: whether to change the effective user alone.
            uid: the user's number; None for no change.
            gid: the group's.
        Raises: SystemExit with status 1 if that is not possible.
        """
        if uid is None and gid is None:
            return
        kind = "euid/egid" if euid else "uid/gid"
        try:
            switchUID(uid, gid, euid)
        except OSError as error:
            log.msg(f"cannot set {kind} {uid}/{gid}: {error}; is this run by root?", isError=True)
            sys.exit(1)
        log.msg(f"set {kind} {uid}/{gid}")

    def startApplication(self, application: Any) -> None:
        """
        Start an application: with the rights that the process has what needs them, then the rest.
        """
        config = self.config
        process = service.IProcess(application)
        if not config["originalname"]:
            launchWithName(process.processName)
        self.setupEnvironment(
            config["chroot"],
            config["rundir"],
            config["nodaemon"],
            config["umask"],
            config["pidfile"],
        )
        service.IService(application).privilegedStartService()
        uid = process.uid if config["uid"] is None else config["uid"]
        gid = process.gid if config["gid"] is None else config["gid"]
        if uid is not None and gid is None:
            gid = pwd.getpwuid(uid).pw_gid
        self.shedPrivileges(config["euid"], uid, gid)
        app.startApplication(application, not config["no_save"])
