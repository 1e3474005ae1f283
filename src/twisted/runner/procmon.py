"""
Programs that are kept running.

A `ProcessMonitor` starts its processes when it is started, logs what they write, line by line, and
starts anew each one that ends. One that ends soon after it began waits before that, twice as long
each time. Stopping asks with SIGTERM, and insists, after a while, with SIGKILL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from incremental import Version

from twisted.application import service
from twisted.internet import error, protocol
from twisted.logger import Logger
from twisted.protocols import basic
from twisted.python import deprecate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

__all__ = ["DummyTransport", "LineLogger", "LoggingProtocol", "ProcessMonitor", "transport"]


class DummyTransport:
    """Stands for the transport of a `LineLogger`, which has none."""

    disconnecting = 0


transport = DummyTransport()


class LineLogger(basic.LineReceiver):
    """
    Logs what a process writes, an event for each line.

    A line longer than ``MAX_LENGTH`` bytes is logged in pieces.

    Attributes:
        tag: the name of the process.
        stream: "stdout" or "stderr".
        service: has the ``log``.
    """

    tag: str | None = None
    stream: str | None = None
    delimiter = b"\n"
    service: Any = None

    def lineReceived(self, line: bytes) -> None:
        """Log a line as text; as the literal of its bytes if it is not UTF-8."""
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = repr(line)
        self.service.log.info("[{tag}] {line}", tag=self.tag, line=text, stream=self.stream)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Log what has come so far, which may be more than that line; the rest is a new one."""
        for each in line.split(self.delimiter):
            for at in range(0, len(each), self.MAX_LENGTH):
                self.lineReceived(each[at : at + self.MAX_LENGTH])


class LoggingProtocol(protocol.ProcessProtocol):
    """
    What a `ProcessMonitor` hears of one process.

    Attributes:
        service: the monitor.
        name: what the monitor calls the process.
    """

    service: Any = None
    name: str | None = None

    def connectionMade(self) -> None:
        """It has begun: have a logger for each of its streams."""
        self._output = self._loggerOf("stdout")
        self._error = self._loggerOf("stderr")
        self._outputEmpty = self._errorEmpty = True

    def _loggerOf(self, stream: str) -> LineLogger:
        logger = LineLogger()
        logger.tag = self.name
        logger.stream = stream
        logger.service = self.service
        logger.makeConnection(transport)
        return logger

    @property
    def output(self) -> LineLogger:
        """What logs the standard output."""
        return self._output

    @property
    def empty(self) -> bool:
        """Whether no line without its end has come from the standard output."""
        return self._outputEmpty

    def outReceived(self, data: bytes) -> None:
        """It wrote to its standard output."""
        self._outputEmpty = data.endswith(b"\n")
        self._output.dataReceived(data)

    def errReceived(self, data: bytes) -> None:
        """It wrote to its standard error."""
        self._errorEmpty = data.endswith(b"\n")
        self._error.dataReceived(data)

    def processEnded(self, reason: Failure) -> None:
        """It is over: log a last line that has no end, and tell the monitor."""
        for logger, empty in ((self._output, self._outputEmpty), (self._error, self._errorEmpty)):
            if not empty:
                logger.dataReceived(b"\n")
        self.service._ended(self.name)


class _Process:
    """What a process is started with."""

    def __init__(
        self,
        args: Sequence[str],
        uid: int | None,
        gid: int | None,
        env: Mapping[str, str],
        cwd: str | None,
    ) -> None:
        self.args = args
        self.uid = uid
        self.gid = gid
        self.env = env
        self.cwd = cwd

    def __repr__(self) -> str:
        told = [
            f"{name}={value!r}"
            for name, value in (("uid", self.uid), ("gid", self.gid), ("cwd", self.cwd))
            if value is not None
        ]
        return f"{self.args!r} ({' '.join(told)})" if told else f"{self.args!r}"

    def _asTuple(self) -> tuple[Any, ...]:
        return (self.args, self.uid, self.gid, self.env)

    @deprecate.deprecated(Version("Twisted", 18, 7, 0))
    def toTuple(self) -> tuple[Any, ...]:
        """Give all but the directory, as older programs expect it."""
        return self._asTuple()


class ProcessMonitor(service.Service):
    """
    Keeps processes running.

    Attributes:
        threshold: seconds that a process has to live for its end not to count as too soon.
        killTime: seconds from asking a process to end to killing it.
        minRestartDelay: seconds before a process that ended too soon is started anew.
        maxRestartDelay: seconds that this grows to, doubling each time, at most.
        log: takes the lines that processes write.
        protocols: the `LoggingProtocol` of each process that runs, by name.
        delay: the seconds that each will wait if it ends too soon next.
        timeStarted: when each began, by the reactor's clock.
        murder: the calls that will kill those that were asked to end.
        restart: the calls that will start, or have started, those that had ended.
    """

    threshold: float = 1
    killTime: float = 5
    minRestartDelay: float = 1
    maxRestartDelay: float = 3600

    log = Logger()

    def __init__(self, reactor: Any = None) -> None:
        """
        Args:
            reactor: provides `IReactorProcess` and `IReactorTime`; None is the global one.
        """
        self._processes: dict[str, _Process] = {}
        self._allEnded: Deferred[None] | None = None
        # By the name of the process:
        self.restart: dict[str, Any] = {}
        self.murder: dict[str, Any] = {}
        self.delay: dict[str, float] = {}
        self.timeStarted: dict[str, float] = {}
        self.protocols: dict[str, LoggingProtocol] = {}
        self._use(reactor)

    def _use(self, reactor: Any) -> None:
        if reactor is None:
            from twisted.internet import reactor
        self._reactor = reactor
        self._clock = reactor

    def __repr__(self) -> str:
        told = " ".join(f"{name!r}: {process!r}" for name, process in self._processes.items())
        return f"<{type(self).__name__} {told}>"

    @deprecate.deprecatedProperty(Version("Twisted", 18, 7, 0))
    def processes(self) -> dict[str, tuple[Any, ...]]:
        """What each process is started with."""
        return {name: process.toTuple() for name, process in self._processes.items()}

    def __getstate__(self) -> dict[str, Any]:
        state = service.Service.__getstate__(self)
        for name in ("_reactor", "_clock", "_processes", "_allEnded"):
            state.pop(name, None)
        kept = {name: process._asTuple() for name, process in self._processes.items()}
        state.update(processes=kept, protocols={}, murder={}, restart={}, timeStarted={})
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        kept = state.pop("processes", {})
        self.__dict__.update(state)
        self._use(None)
        self._allEnded = None
        self._processes = {
            name: _Process(args, uid, gid, env, None)
            for name, (args, uid, gid, env) in kept.items()
        }

    # What is kept running

    def addProcess(
        self,
        name: str,
        args: Sequence[str],
        uid: int | None = None,
        gid: int | None = None,
        env: Mapping[str, str] = {},  # part of the API; nobody changes it
        cwd: str | None = None,
    ) -> None:
        """
        Keep one more process running, at once if the monitor runs.

        Args:
            name: what to call it.
            args: the path of the program, and its arguments.
            uid: the number of the user to run as; the own one if None.
            gid: the number of the group.
            env: its environment.
            cwd: its working directory; the own one if None.
        Raises: KeyError if there is one of that name.
        """
        if name in self._processes:
            raise KeyError(f"there is a process called {name!r} already; remove it first")
        self._processes[name] = _Process(args, uid, gid, env, cwd)
        self.delay[name] = self.minRestartDelay
        if self.running:
            self.startProcess(name)

    def removeProcess(self, name: str) -> None:
        """
        End a process, and do not start it anew.

        Raises: KeyError if there is none of that name.
        """
        self.stopProcess(name)
        self._cancelRestart(name)
        del self._processes[name]

    # Starting

    def startService(self) -> None:
        """Start all processes."""
        super().startService()
        for name in list(self._processes):
            self.startProcess(name)

    def startProcess(self, name: str) -> None:
        """
        Start a process, unless it runs. If the system has not the means now, it is tried later.

        Raises: KeyError if there is none of that name.
        """
        process = self._processes[name]
        if name in self.protocols:
            return
        self._cancelRestart(name)
        hearing = self.protocols[name] = LoggingProtocol()
        hearing.service = self
        hearing.name = name
        self.timeStarted[name] = self._clock.seconds()
        try:
            self._reactor.spawnProcess(
                hearing,
                process.args[0],
                process.args,
                uid=process.uid,
                gid=process.gid,
                env=process.env,
                path=process.cwd,
            )
        except OSError:
            self.log.failure("{name} could not be started", name=name)
            self._gone(name)
            self._startLater(name)
        except BaseException:
            self._gone(name)
            raise

    def _ended(self, name: str) -> None:
        """A process has ended: start it anew, if it is still wanted."""
        killing = self.murder.pop(name, None)
        if killing is not None and killing.active():
            killing.cancel()
        self._gone(name)
        if self.running and name in self._processes:
            self._startLater(name)

    def _gone(self, name: str) -> None:
        del self.protocols[name]
        if self._allEnded is not None and not self.protocols:
            waiting, self._allEnded = self._allEnded, None
            waiting.callback(None)

    def _startLater(self, name: str) -> None:
        if self._clock.seconds() - self.timeStarted[name] < self.threshold:
            wait = self.delay[name]
            self.delay[name] = min(wait * 2, self.maxRestartDelay)
        else:
            wait = 0
            self.delay[name] = self.minRestartDelay
        self._cancelRestart(name)
        self.restart[name] = self._clock.callLater(wait, self.startProcess, name)

    def _cancelRestart(self, name: str) -> None:
        starting = self.restart.get(name)
        if starting is not None and starting.active():
            starting.cancel()

    # Stopping

    def stopService(self) -> Deferred[None] | None:
        """
        Ask all processes to end, and start none anew.

        Returns: what fires when the last has ended; None if none runs.
        """
        super().stopService()
        for name in list(self.restart):
            self._cancelRestart(name)
        for name in list(self._processes):
            self.stopProcess(name)
        if not self.protocols:
            return None
        from twisted.internet.defer import Deferred

        if self._allEnded is None:
            self._allEnded = Deferred()
        waiting: Deferred[None] = Deferred()
        self._allEnded.addCallback(lambda ignored: waiting.callback(None))
        return waiting

    def stopProcess(self, name: str) -> None:
        """
        Ask a process to end, which is started anew then if the monitor runs; kill it if it lives on
        for `killTime` seconds. One that does not run is left alone.

        Raises: KeyError if there is none of that name.
        """
        if name not in self._processes:
            raise KeyError(f"there is no process called {name!r}")
        hearing = self.protocols.get(name)
        if hearing is None:
            return
        process: Any = hearing.transport
        try:
            process.signalProcess("TERM")
        except error.ProcessExitedAlready:
            return
        pending = self.murder.get(name)
        if pending is None or not pending.active():
            self.murder[name] = self._clock.callLater(self.killTime, self._kill, process)

    def _kill(self, process: Any) -> None:
        try:
            process.signalProcess("KILL")
        except error.ProcessExitedAlready:
            pass  # its end is about to be told

    def restartAll(self) -> None:
        """End all processes, which starts them anew."""
        for name in list(self._processes):
            self.stopProcess(name)
