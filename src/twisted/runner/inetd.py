"""
A program for each connection, which is its standard input and output.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from twisted.internet import fdesc
from twisted.internet.protocol import ProcessProtocol, Protocol, ServerFactory
from twisted.protocols import wire

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.runner.inetdconf import InetdService

__all__ = ["InetdFactory", "InetdProtocol", "internalProtocols"]

#: The services that need no program.
internalProtocols: dict[str, type[Protocol]] = {
    "echo": wire.Echo,
    "chargen": wire.Chargen,
    "discard": wire.Discard,
    "daytime": wire.Daytime,
    "time": wire.Time,
}


class _Program(ProcessProtocol):
    """Hears of a program's end."""

    def __init__(self, service: InetdService) -> None:
        self._service = service

    def processEnded(self, reason: Failure) -> None:
        from twisted.internet.error import ProcessDone
        from twisted.logger import Logger

        if not reason.check(ProcessDone):
            Logger(namespace=__name__).info(
                "{program} ended: {reason}",
                program=self._service.program,
                reason=reason.getErrorMessage(),
            )


class InetdProtocol(Protocol):
    """
    Hands a connection to a program, and has no more to do with it.

    What the factory says is used: ``service``, ``uid``, ``gid`` and ``stderrFile``.
    """

    def connectionMade(self) -> None:
        """Start the program on the connection."""
        given: Any = self.transport
        # What comes from now on is the program's.
        given.pauseProducing()
        descriptor = os.dup(given.fileno())
        try:
            self._start(descriptor)
        finally:
            os.close(descriptor)
            given.socket.close()

    def _start(self, descriptor: int) -> None:
        factory: Any = self.factory
        service = factory.service
        # Ours wait in the event loop; programs expect that reading and writing wait.
        fdesc.setBlocking(descriptor)
        errors = descriptor
        if factory.stderrFile is not None:
            errors = os.open(factory.stderrFile, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            factory._reactor().spawnProcess(
                _Program(service),
                service.program,
                list(service.programArgs) or [service.program],
                env=dict(os.environ),
                uid=factory.uid,
                gid=factory.gid,
                childFDs={0: descriptor, 1: descriptor, 2: errors},
            )
        except OSError:
            from twisted.logger import Logger

            Logger(namespace=__name__).failure(
                "{program} could not be started", program=service.program
            )
        finally:
            if errors != descriptor:
                os.close(errors)


class InetdFactory(ServerFactory):
    """
    Makes an `InetdProtocol` for each connection.

    Attributes:
        service: the `InetdService` that says which program to run.
        stderrFile: the path of a file that takes the standard error of the programs; if None, it
            goes to the connection.
        uid: the number of the user that they run as; the own one if None.
        gid: the number of the group; the own one if None.
        reactor: starts them; the global one if None.
    """

    protocol = InetdProtocol
    stderrFile: str | None = None
    uid: int | None = None
    gid: int | None = None
    reactor: Any = None

    def __init__(self, service: InetdService) -> None:
        self.service = service

    def _reactor(self) -> Any:
        if self.reactor is None:
            from twisted.internet import reactor

            return reactor
        return self.reactor
