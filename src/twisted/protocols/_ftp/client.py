"""A client: files, folders and names on a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet import interfaces
from twisted.internet.defer import Deferred, DeferredList, FirstError
from twisted.python.failure import Failure

from .addresses import decodeHostPort, encodeExtendedAddress, encodeHostPort, plainHost
from .answers import parsePWDResponse
from .clientbase import FTPClientBasic, FTPCommand, refuseLineEnds
from .clientdata import (
    FTPDataPortFactory,
    ProtocolWrapper,
    SenderProtocol,
    _PassiveConnectionFactory,
)
from .errors import CommandFailed, FTPError
from .reactors import globalReactor

# By custom, the password of those without a name is their address. This is nobody's.
_anonymousPassword = "torsion@example.org"


def _firstError(failure: Failure) -> Failure:
    """Give what went wrong first, without the list it was in."""
    failure.trap(FirstError)
    error: Any = failure.value
    inner: Failure = error.subFailure
    return inner


class FTPClient(FTPClientBasic):
    """
    A client.

    It logs in and asks for TYPE I by itself. What it is asked to do waits its turn, so that
    nobody has to wait for anything before asking.

    Attributes:
        passive: whether we connect to the server for data, and not the other way round.
        reactor: listens for data; `connectFactory` connects.
    """

    passive: int

    def __init__(
        self,
        username: str = "anonymous",
        password: str | None = _anonymousPassword,
        passive: int = 1,
        trustPasvAddr: bool = False,
    ) -> None:
        """
        Args:
            trustPasvAddr: whether we connect for data to whichever address the server names, and
                not to the server. A server that is not friendly has clients reach into their own
                networks by that.
        """
        FTPClientBasic.__init__(self)
        self.queueLogin(username, password)
        self.passive = passive
        self._trustPasvAddr = trustPasvAddr

    def fail(self, error: Any) -> None:
        """Give up, and close the connection."""
        if self.transport is not None:
            self.transport.loseConnection()
        self._fail(error)

    def queueLogin(self, username: str, password: str | None) -> None:
        """Have name and password sent, and then ask for bytes as they are."""
        FTPClientBasic.queueLogin(self, username, password)
        self.queueStringCommand("TYPE I", public=0).addErrback(self.fail)

    # Data connections.

    # Replace these, on a class or an instance, for another reactor.
    connectFactory = globalReactor.connectTCP
    reactor: Any = globalReactor

    def receiveFromConnection(self, commands: Sequence[str], protocol: Any) -> Deferred[Any]:
        """
        Receive on a data connection.

        Args:
            commands: the lines that have the server send.
            protocol: what receives.
        Returns: a Deferred that fires when the server has said that all was sent, and the data
            connection has ended.
        """
        receiver = ProtocolWrapper(interfaces.IProtocol(protocol), Deferred())
        return self._openDataConnection(commands, receiver)

    def sendToConnection(self, commands: Sequence[str]) -> tuple[Deferred[Any], Deferred[Any]]:
        """
        Send on a data connection.

        Args:
            commands: the lines that have the server receive.
        Returns: a Deferred of what to write to, an `IFinishableConsumer`; and one that fires
            when the server has said that all was received.
        """
        sender = SenderProtocol()
        return sender.connectedDeferred, self._openDataConnection(commands, sender)

    def _openDataConnection(self, commands: Sequence[str], protocol: Any) -> Deferred[Any]:
        for command in commands:
            refuseLineEnds(command)
        opening = self._passively(protocol) if self.passive else self._actively(protocol)
        asked = [FTPCommand(command, public=1) for command in commands]
        for each in asked:
            self.queueCommand(each)
        waitFor = [opening.deferred, *(each.deferred for each in asked), protocol.deferred]
        done = DeferredList(waitFor, fireOnOneErrback=True, consumeErrors=True)

        def close(failure: Failure) -> Failure:
            # What was not asked yet no longer makes sense.
            for each in asked:
                if each in self.actionQueue:
                    self.actionQueue.remove(each)
            opening.close()
            if getattr(protocol, "transport", None) is not None:
                protocol.transport.loseConnection()
            return failure

        # The answer to the last command is what the server has to say about it.
        done.addCallbacks(lambda results: results[len(asked)][1], _firstError)
        return done.addErrback(close)

    def _passively(self, protocol: Any) -> _Opening:
        isIP6 = ":" in plainHost(str(getattr(self.transport.getPeer(), "host", "")))
        command = _Opening("EPSV" if isIP6 else "PASV", public=1)
        command.protocol = protocol

        def connect(lines: list[str]) -> list[str]:
            host, port = (_extendedPort if isIP6 else _pasvAddress)(lines[-1])
            if isIP6 or not self._trustPasvAddr:
                host = self.transport.getPeer().host
            command.connector = self.connectFactory(host, port, _PassiveConnectionFactory(protocol))
            return lines

        command.deferred.addCallback(connect)
        self.queueCommand(command)
        return command

    def _actively(self, protocol: Any) -> _Opening:
        command = _Opening("PORT", public=1)
        command.protocol = protocol
        self.generatePortCommand(command)
        self.queueCommand(command)
        return command

    def generatePortCommand(self, portCmd: Any) -> None:
        """
        Listen for the server.

        Args:
            portCmd: its ``protocol`` is to be connected; its ``text`` becomes the command.
        """
        host = self.transport.getHost().host
        factory = FTPDataPortFactory()
        factory.protocol = portCmd.protocol
        listener = self.reactor.listenTCP(0, factory, interface=host)
        factory.port = listener
        portCmd.connector = _Listener(listener)
        number = listener.getHost().port
        plain = plainHost(host)
        if ":" in plain:
            portCmd.text = "EPRT " + encodeExtendedAddress(plain, number)
        else:
            portCmd.text = "PORT " + encodeHostPort(plain, number)

    # Files.

    def escapePath(self, path: str) -> str:
        """
        Write a path so that it is one line: LF becomes NUL, as servers of old have it.

        Raises: ValueError for a path with a CR, for which there is no such custom.
        """
        if "\r" in path:
            raise ValueError(f"{path!r} cannot be named: it has a CR in it")
        return path.replace("\n", "\0")

    def retrieveFile(self, path: str, protocol: Any, offset: int = 0) -> Deferred[Any]:
        """
        Receive a file.

        Args:
            protocol: what receives it; ``connectionLost`` is its end.
            offset: the byte to begin at.
        Returns: as `receiveFromConnection`.
        """
        commands = [f"REST {offset}"] if offset else []
        return self.receiveFromConnection([*commands, "RETR " + self.escapePath(path)], protocol)

    retr = retrieveFile

    def storeFile(self, path: str, offset: int = 0) -> tuple[Deferred[Any], Deferred[Any]]:
        """
        Send a file.

        Args:
            offset: the byte of the server's file to begin at.
        Returns: as `sendToConnection`.
        """
        commands = [f"REST {offset}"] if offset else []
        return self.sendToConnection([*commands, "STOR " + self.escapePath(path)])

    stor = storeFile

    def list(self, path: str, protocol: Any) -> Deferred[Any]:
        """
        Receive what is in a folder, as the server's ``ls -l``.

        Args:
            protocol: what receives it, such as an `FTPFileListProtocol`.
        """
        return self.receiveFromConnection(["LIST " + self.escapePath(path)], protocol)

    def nlst(self, path: str, protocol: Any) -> Deferred[Any]:
        """Receive the names in a folder, each a line."""
        return self.receiveFromConnection(["NLST " + self.escapePath(path)], protocol)

    def _named(self, verb: str, path: str) -> Deferred[Any]:
        return self.queueStringCommand(f"{verb} {self.escapePath(path)}")

    def removeFile(self, path: str) -> Deferred[Any]:
        """Remove a file."""
        return self._named("DELE", path)

    def removeDirectory(self, path: str) -> Deferred[Any]:
        """Remove a folder, which is empty."""
        return self._named("RMD", path)

    def makeDirectory(self, path: str) -> Deferred[Any]:
        """Make a folder."""
        return self._named("MKD", path)

    def cwd(self, path: str) -> Deferred[Any]:
        """Go into a folder."""
        return self._named("CWD", path)

    def cdup(self) -> Deferred[Any]:
        """Go out of a folder."""
        return self.queueStringCommand("CDUP")

    def pwd(self) -> Deferred[Any]:
        """
        Ask for the folder that we are in.

        Returns: a Deferred of the answer's lines; `getDirectory` reads them.
        """
        return self.queueStringCommand("PWD")

    def getDirectory(self) -> Deferred[str]:
        """
        Ask for the folder that we are in.

        Returns: a Deferred of its path.
        """

        def read(lines: Sequence[str]) -> str:
            path = parsePWDResponse(lines[-1][4:])
            if path is None:
                raise CommandFailed(lines)
            return path

        return self.pwd().addCallback(read)

    def rename(self, pathFrom: str, pathTo: str) -> Deferred[Any]:
        """
        Give a file or folder another name.

        Returns: a Deferred of the lines of both answers.
        """
        target = FTPCommand("RNTO " + self.escapePath(pathTo), public=1)
        found = self._named("RNFR", pathFrom)
        self.queueCommand(target)

        def refused(failure: Failure) -> Failure:
            if target in self.actionQueue:
                self.actionQueue.remove(target)
            return failure

        found.addErrback(refused)
        both = DeferredList([found, target.deferred], fireOnOneErrback=True, consumeErrors=True)
        return both.addCallbacks(lambda results: tuple(lines for _, lines in results), _firstError)

    def quit(self) -> Deferred[Any]:
        """Say goodbye; the server closes the connection."""
        return self.queueStringCommand("QUIT")


class _Opening(FTPCommand):
    """
    The command that brings a data connection about.

    Attributes:
        protocol: what is to be connected.
        connector: what connects it, once something does.
    """

    protocol: Any = None
    connector: Any = None

    def close(self) -> None:
        """Connect no more."""
        if self.connector is not None:
            self.connector.disconnect()


class _Listener:
    """A listening port, as something that can be given up."""

    def __init__(self, port: Any) -> None:
        self.disconnect: Callable[[], Any] = port.stopListening


def _pasvAddress(line: str) -> tuple[str, int]:
    try:
        return decodeHostPort(line[4:])
    except ValueError as error:
        raise FTPError("The server's address for data cannot be read", line) from error


def _extendedPort(line: str) -> tuple[str, int]:
    """RFC 2428 section 3: only the port is told."""
    found = re.search(r"\((.)\1\1(\d{1,5})\1\)", line)
    if found is None or int(found[2]) > 65535:
        raise FTPError("The server's port for data cannot be read", line)
    return "", int(found[2])
