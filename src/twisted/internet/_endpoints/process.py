"""A child process to connect to: its standard input and output are the stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from constantly import NamedConstant, Names  # type: ignore[import-untyped]  # has no hints
from zope.interface import implementer

from twisted.internet.address import _ProcessAddress
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, NoProtocol, ProcessDone
from twisted.internet.interfaces import (
    IConsumer,
    IProcessTransport,
    IPushProducer,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import (
        IAddress,
        IProducer,
        IProtocol,
        IProtocolFactory,
        IReactorProcess,
    )

__all__ = [
    "ProcessEndpoint",
    "StandardErrorBehavior",
    "_ProcessEndpointTransport",
    "_WrapIProtocol",
]

_log = Logger()

# What an endpoint keeps for spawnProcess, each under its name there.
_spawnArguments = ("executable", "args", "env", "path", "uid", "gid", "usePTY", "childFDs")


class StandardErrorBehavior(Names):  # type: ignore[misc]  # untyped
    """
    What becomes of that which the child process writes to its standard error.

    Attributes:
        LOG: it is logged.
        DROP: it is lost.
    """

    LOG = NamedConstant()
    DROP = NamedConstant()


@implementer(IPushProducer, IConsumer, IProcessTransport)
class _ProcessEndpointTransport:
    """What `IProcessTransport`, `IConsumer` and `IPushProducer` say of a process, no more."""

    def __init__(self, process: Any) -> None:  # Any: the three interfaces in one
        self._process = process

    def __repr__(self) -> str:
        return f"<connection with {self._process!r}>"

    @property
    def pid(self) -> int | None:
        pid: int | None = self._process.pid
        return pid

    def write(self, data: bytes) -> None:
        self._process.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self._process.writeSequence(data)

    def writeToChild(self, childFD: int, data: bytes) -> None:
        self._process.writeToChild(childFD, data)

    def loseConnection(self) -> None:
        self._process.loseConnection()

    def closeStdin(self) -> None:
        self._process.closeStdin()

    def closeStdout(self) -> None:
        self._process.closeStdout()

    def closeStderr(self) -> None:
        self._process.closeStderr()

    def closeChildFD(self, descriptor: int) -> None:
        self._process.closeChildFD(descriptor)

    def signalProcess(self, signalID: Any) -> None:
        self._process.signalProcess(signalID)

    def getHost(self) -> IAddress:
        host: IAddress = self._process.getHost()
        return host

    def getPeer(self) -> IAddress:
        peer: IAddress = self._process.getPeer()
        return peer

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        self._process.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self._process.unregisterProducer()

    def pauseProducing(self) -> None:
        self._process.pauseProducing()

    def resumeProducing(self) -> None:
        self._process.resumeProducing()

    def stopProducing(self) -> None:
        self._process.stopProducing()


class _WrapIProtocol(ProcessProtocol):
    """
    Lets a stream protocol speak with a child process.

    Attributes:
        protocol: the stream protocol.
        executable: what runs, for the log.
        errFlag: what becomes of standard error.
    """

    def __init__(self, proto: IProtocol, executable: str | bytes, errFlag: NamedConstant) -> None:
        self.protocol = proto
        self.executable = executable
        self.errFlag = errFlag

    def makeConnection(self, process: IProcessTransport) -> None:  # type: ignore[override]
        self.transport = _ProcessEndpointTransport(process)
        self.protocol.makeConnection(self.transport)

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        if childFD == 1:
            self.protocol.dataReceived(data)
        elif childFD == 2 and self.errFlag is StandardErrorBehavior.LOG:
            _log.info(
                "{executable!r} wrote stderr unhandled by {protocol}: {data!r}",
                executable=self.executable,
                protocol=self.protocol,
                data=data,
            )

    def processEnded(self, reason: Failure) -> None:
        if reason.check(ProcessDone) and not getattr(reason.value, "status", 0):
            self.protocol.connectionLost(Failure(ConnectionDone()))
        else:
            self.protocol.connectionLost(reason)


@implementer(IStreamClientEndpoint)
class ProcessEndpoint:
    """A program to start; each connection is with a process of its own."""

    # Put a function here, on the instance, to have processes started by it instead.
    _spawnProcess: Callable[..., object] | None = None

    def __init__(
        self,
        reactor: IReactorProcess,
        executable: str | bytes,
        args: Sequence[str | bytes] = (),
        env: Mapping[Any, Any] | None = {},  # the API's default; never changed
        path: str | bytes | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool | int | tuple[int, int, str] = 0,
        childFDs: dict[int, int | str] | None = None,
        errFlag: NamedConstant = StandardErrorBehavior.LOG,
    ) -> None:
        """
        Args:
            executable, args, env, path, uid, gid, usePTY, childFDs: as for
                `IReactorProcess.spawnProcess`. Beware that ``env={}`` gives the child no
                environment at all, and None gives it ours.
            errFlag: what becomes of the child's standard error.
        """
        self._reactor = reactor
        self._errFlag = errFlag
        self._executable, self._args, self._path = executable, args, path
        self._uid, self._gid = uid, gid
        self._env, self._childFDs, self._usePTY = env, childFDs, usePTY

    def __repr__(self) -> str:
        return f"<ProcessEndpoint {self._executable!r}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        """Start the program; the Deferred fires at once, with the protocol."""
        try:
            protocol = protocolFactory.buildProtocol(_ProcessAddress())
            if protocol is None:
                raise NoProtocol(f"{protocolFactory!r} built no protocol for a process")
            spawn: Callable[..., object] = self._spawnProcess or self._reactor.spawnProcess
            spawn(
                _WrapIProtocol(protocol, self._executable, self._errFlag),
                **{name: getattr(self, f"_{name}") for name in _spawnArguments},
            )
        except Exception:
            return fail()
        return succeed(protocol)
