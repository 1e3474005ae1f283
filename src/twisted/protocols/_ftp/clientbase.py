"""A client's control connection: commands in a queue, and an answer for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from .answers import Answer, AnswerReader, AnswerTooLong
from .errors import BadResponse, CommandFailed, ConnectionLost
from .reactors import globalReactor

_log = Logger()


class FTPCommand:
    """
    A command of the queue.

    Attributes:
        text: the line, without its end.
        deferred: fires with the lines of the answer.
        ready: whether the line can be sent; if not, the queue waits.
        public: whether a user of the client waits for it. What nobody waits for does not fail
            when the connection is lost.
    """

    def __init__(self, text: str | None = None, public: int = 0) -> None:
        self.text = text
        self.deferred: Deferred[Any] = Deferred()
        self.ready = 1
        self.public = public
        self.transferDeferred: Deferred[Any] | None = None

    def fail(self, failure: Failure) -> None:
        """There will be no answer."""
        if self.public and not self.deferred.called:
            self.deferred.errback(failure)


class FTPClientBasic(LineReceiver):
    """
    Sends commands, and gives each its answer.

    Attributes:
        actionQueue: the commands that were not sent yet.
        greeting: the lines that the server began with, or None before they came.
        nextDeferred: fires with the next answer; None while nothing is asked.
        debug: whether lines are logged; passwords are not.
    """

    debug: bool = False
    _encoding = "latin-1"

    def __init__(self) -> None:
        self.actionQueue: list[FTPCommand] = []
        self.greeting: list[str] | None = None
        self.nextDeferred: Deferred[Any] | None = Deferred()
        self.nextDeferred.addCallback(self._cb_greeting)
        self.nextDeferred.addErrback(self.fail)
        # Lines of preliminary answers, which belong to the answer that follows.
        self.response: list[str] = []
        self._reader = AnswerReader()
        self._failed = 0

    def _cb_greeting(self, lines: list[str]) -> None:
        self.greeting = lines

    # What is sent.

    def sendLine(self, line: str | None) -> None:  # type: ignore[override]  # text, in the API
        """Send a line. None is no line."""
        if line is not None:
            self.transport.write(line.encode(self._encoding) + self.delimiter)

    def queueCommand(self, ftpCommand: FTPCommand) -> None:
        """Have a command sent when its turn has come."""
        if self._failed:
            ftpCommand.fail(Failure(ConnectionLost("The connection is lost already")))
            return
        self.actionQueue.append(ftpCommand)
        isIdle = self.nextDeferred is None and self.transport is not None
        if isIdle and len(self.actionQueue) == 1:
            self.sendNextCommand()

    def queueStringCommand(self, command: str, public: int = 1) -> Deferred[list[str]]:
        """
        Have a line sent when its turn has come.

        Returns: a Deferred of the lines of the answer.
        Raises: ValueError for a line with a line end in it, which would be two commands.
        """
        refuseLineEnds(command)
        ftpCommand = FTPCommand(command, public)
        self.queueCommand(ftpCommand)
        return ftpCommand.deferred

    def popCommandQueue(self) -> FTPCommand | None:
        """Take the next command from the queue; None if there is none."""
        return self.actionQueue.pop(0) if self.actionQueue else None

    def sendNextCommand(self) -> None:
        """Send the next command, if there is one."""
        command = self.popCommandQueue()
        if command is None:
            self.nextDeferred = None
            return
        if not command.ready:
            self.actionQueue.insert(0, command)
            self.nextDeferred = None
            globalReactor.callLater(1.0, self.sendNextCommand)
            return
        self._log("<- ", command.text)
        self.nextDeferred = command.deferred
        self.sendLine(command.text)

    def _log(self, direction: str, line: str | None) -> None:
        if self.debug and line is not None:
            _log.debug("{direction}{line}", direction=direction, line=_withoutPassword(line))

    def queueLogin(self, username: str, password: str | None) -> None:
        """
        Have name and password sent.

        Args:
            password: None for a name that needs none. It is not sent either where the server
                wants none.
        """
        named = self.queueStringCommand(f"USER {username}", public=0)
        named.addErrback(self.fail)
        if password is None:
            return
        text = f"PASS {password}"
        refuseLineEnds(text)
        passing = FTPCommand(text)
        passing.deferred.addErrback(self.fail)
        self.queueCommand(passing)

        def notNeeded(lines: list[str] | None) -> None:
            # 230: logged in already. 3xx: the password, please.
            if lines and lines[-1].startswith("230") and passing in self.actionQueue:
                self.actionQueue.remove(passing)

        named.addCallback(notNeeded)

    # What comes.

    def lineReceived(self, line: bytes) -> None:
        """Read a line of an answer."""
        text = line.decode(self._encoding)
        self._log("-> ", text)
        try:
            answer = self._reader.feed(text)
        except AnswerTooLong as error:
            self.fail(error)
            self.transport.loseConnection()
            return
        if answer is not None:
            self._answered(answer)

    def _answered(self, answer: Answer) -> None:
        self.response += answer.lines
        if answer.code.startswith("1") and answer.code.isdecimal():
            return  # preliminary: another one follows
        lines, self.response = self.response, []
        waiting = self.nextDeferred
        if waiting is None:
            # Said without being asked: 421, before the server closes; or nonsense.
            _log.info("The server said, without being asked: {lines}", lines=lines)
            return
        outcome = _outcomes.get(answer.code[:1]) if re.match(r"\d{3}\Z", answer.code) else None
        if outcome is None:
            waiting.errback(Failure(BadResponse(lines)))
        else:
            outcome(waiting, lines)
        # Only now: what comes of an answer may change the queue.
        if not self._failed:
            self.sendNextCommand()

    # The end.

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Fail whatever waits for an answer."""
        self._fail(reason)

    def fail(self, error: Any) -> None:
        """Give up: nothing more is sent, and whatever waits fails."""
        self._fail(error)

    def _fail(self, error: Any) -> Any:
        if self._failed:
            return error
        self._failed = 1
        if self.nextDeferred is not None and not self.nextDeferred.called:
            failure = Failure(ConnectionLost("FTP connection lost", error))
            waiting, self.nextDeferred = self.nextDeferred, None
            waiting.errback(failure)
        for command in self.actionQueue:
            command.fail(Failure(ConnectionLost("FTP connection lost", error)))
        self.actionQueue.clear()
        return error


def _succeed(waiting: Deferred[Any], lines: list[str]) -> None:
    waiting.callback(lines)


def _refuse(waiting: Deferred[Any], lines: list[str]) -> None:
    waiting.errback(Failure(CommandFailed(lines)))


# By the first digit of the code (RFC 959 section 4.2).
_outcomes: dict[str, Callable[[Deferred[Any], list[str]], None]] = {
    "2": _succeed,
    "3": _succeed,
    "4": _refuse,
    "5": _refuse,
}


def refuseLineEnds(command: str) -> None:
    """Raises: ValueError for what would be more than one command on the wire."""
    if "\r" in command or "\n" in command:
        raise ValueError(
            f"{_withoutPassword(command)!r} has a line end in it: it would be two commands"
        )


def _withoutPassword(line: str) -> str:
    return "PASS (not shown)" if line.upper().startswith("PASS ") else line
