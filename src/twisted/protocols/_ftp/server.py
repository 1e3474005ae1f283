"""
The server: one control connection, its commands one after the other.

Commands that come while one is carried out wait their turn, but ABOR ends a transfer at once. What
a command does is in the other rooms; which may come when is in `states`.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable
from typing import Any

from twisted._version import __version__
from twisted.internet import protocol
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.protocols import policies
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from . import replies, states
from .commands import isAbort, readCommand
from .errors import (
    CmdArgSyntaxError,
    CmdNotImplementedError,
    CmdNotImplementedForArgError,
    CmdSyntaxError,
    FTPCmdError,
    OptionNotImplementedError,
)
from .listing import knownFacts
from .states import whyNotNow
from .transfers import TransferCommands

_log = Logger()


class FTP(LineReceiver, policies.TimeoutMixin, TransferCommands):
    """
    A client's control connection.

    A subclass adds commands as methods ``ftp_VERB`` that take the argument, if there is one; see
    `_ftp.parts.Part` for what they return.

    Attributes:
        portal: knows who may log in; the factory sets it.
        shell: the user's files, once there is a user.
        state: one of ``UNAUTH``, ``INAUTH``, ``AUTHED`` and ``RENAMING``.
        workingDirectory: segments of the folder that the user is in.
        binary: whether files are sent as they are (TYPE I), not as text.
        PUBLIC_COMMANDS: what may be asked without being logged in.
        FEATURES: what FEAT tells.
        maxWaitingCommands: how many commands may wait for their turn until no more are read.
    """

    UNAUTH, INAUTH, AUTHED, RENAMING = (
        states.UNAUTH,
        states.INAUTH,
        states.AUTHED,
        states.RENAMING,
    )
    FEATURES = [  # the API has a list, and subclasses replace it
        "EPRT",
        "EPSV",
        "FEAT",
        "MDTM",
        "PASV",
        "REST STREAM",
        "SIZE",
        "TVFS",
        "TYPE A;I",
        "UTF8",
    ]
    PUBLIC_COMMANDS = ["FEAT", "QUIT"]  # see above
    _verbsOfTLS = ("AUTH", "PBSZ", "PROT")

    portal: Any = None
    shell: Any = None
    state: int = states.UNAUTH
    binary: bool = True
    disconnected: bool = False
    maxWaitingCommands: int = 32
    factory: Any
    transport: Any

    # RFC 2640. Bytes that are no UTF-8 are kept, so that every file can be named.
    _encoding = "utf-8"
    _busy = False
    _pumping = False
    _movedBefore = -1

    def __init__(self) -> None:
        self.workingDirectory: list[str] = []
        self._commands: deque[bytes] = deque()

    def connectionMade(self) -> None:
        """Say hello."""
        self.state = states.UNAUTH
        self.setTimeout(self.timeOut)
        self.reply(replies.WELCOME_MSG, self.factory.welcomeMessage)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # always told
        """Leave everything as it was."""
        self.disconnected = True
        self.setTimeout(None)
        self._commands.clear()
        self._abortTransfer()
        self.cleanupDTP()
        self._leave()

    def timeoutConnection(self) -> None:
        """Close, unless a transfer goes on."""
        moved = getattr(self.dtpInstance, "moved", -1)
        if self._busy and moved > self._movedBefore:
            self._movedBefore = moved
            self.setTimeout(self.timeOut)
            return
        self.reply(replies.SVC_NOT_AVAIL_CLOSING_CTRL_CNX)
        self.transport.loseConnection()

    # Replies.

    def reply(self, key: str, *args: object) -> None:
        """
        Reply.

        Args:
            key: one of those of `RESPONSE`.
            args: what its text has room for; for a reply of several lines, those in between.
        """
        text = replies.RESPONSE[key]
        if isinstance(text, str):
            lines = replies.replyLines(key, *args)
        else:
            lines = replies.replyLines(key, middle=[str(each) for each in args])
        self.sendLine("\r\n".join(lines))

    def sendLine(self, line: str) -> None:  # type: ignore[override]  # text, in the public API
        """Send a line."""
        if not self.disconnected:
            data = line.encode(self._encoding, "surrogateescape")
            self.transport.write(data + self.delimiter)

    def _encodeName(self, name: str | bytes) -> bytes:
        if isinstance(name, bytes):
            return name
        return name.encode(self._encoding, "surrogateescape")

    # Commands, one after the other.

    def lineReceived(self, line: bytes) -> None:
        """Carry a command out, or have it wait its turn."""
        self.resetTimeout()
        if self._busy:
            if isAbort(line) and self.state == states.AUTHED:
                self._abortTransfer()
            self._commands.append(line)
            if len(self._commands) >= self.maxWaitingCommands:
                self.pauseProducing()
            return
        self._commands.append(line)
        self._carryOutWaiting()

    def lineLengthExceeded(self, line: bytes) -> None:
        """No command is that long."""
        self.reply(replies.SYNTAX_ERR, f"a line has {self.MAX_LENGTH} bytes at most")
        self.transport.loseConnection()

    def _carryOutWaiting(self) -> None:
        if self._pumping:
            return  # the loop below goes on by itself: many commands are no recursion
        self._pumping = True
        try:
            while self._commands and not self._busy:
                self._busy = True
                self._movedBefore = -1
                done: Deferred[Any] = maybeDeferred(self._carryOut, self._commands.popleft())
                done.addCallbacks(self._answer, self._answerFailure)
                done.addErrback(_logged)
                done.addCallback(self._carriedOut)
        finally:
            self._pumping = False

    def _carriedOut(self, _: Any) -> None:
        self._busy = False
        if self.paused and not self.disconnected and len(self._commands) < self.maxWaitingCommands:
            self.resumeProducing()
        self._carryOutWaiting()

    def _carryOut(self, line: bytes) -> Any:
        verb, argument = readCommand(line, self._encoding)
        return self.processCommand(verb, *(() if argument is None else (argument,)))

    def _dropWaiting(self) -> None:
        self._commands.clear()
        self.clearLineBuffer()

    def _answer(self, result: Any) -> None:
        if isinstance(result, tuple):
            self.reply(*result)
        elif result is not None:
            self.reply(result)

    def _answerFailure(self, failure: Failure) -> None:
        error = failure.value
        if isinstance(error, FTPCmdError):
            self.sendLine(error.response())
            return
        _log.failure("A command failed", failure=failure)
        self.reply(replies.REQ_ACTN_NOT_TAKEN, "internal server error")

    def processCommand(self, cmd: str, *params: str) -> Any:
        """
        Carry a command out.

        Args:
            cmd: the verb.
            params: the argument, if there is one.
        Returns: what the command's method does.
        Raises: `FTPCmdError`.
        """
        verb = cmd.upper()
        public = self.PUBLIC_COMMANDS
        if getattr(self.factory, "tlsContextFactory", None) is not None:
            public = [*public, *self._verbsOfTLS]
        reason = whyNotNow(self.state, verb, public)
        if reason is not None:
            raise reason
        method = getattr(self, f"ftp_{verb}", None)
        if method is None:
            raise CmdNotImplementedError(verb)
        if verb == "NLST" and not params:
            # RFC 959 section 4.1.3: without a path, the folder that the user is in.
            params = ("",)
        _fit(verb, method, params)
        return method(*params)

    # What belongs nowhere else.

    def ftp_QUIT(self) -> None:
        """Say goodbye."""
        self.reply(replies.GOODBYE_MSG)
        self._dropWaiting()
        self.transport.loseConnection()

    def ftp_NOOP(self) -> str:
        """Do nothing."""
        return replies.CMD_OK

    def ftp_SYST(self) -> str:
        """Tell the system, whatever it is: clients take it for how LIST looks."""
        return replies.NAME_SYS_TYPE

    def ftp_STAT(self) -> str:
        """Tell that all is well."""
        return replies.SYS_STATUS_OR_HELP_REPLY

    def ftp_HELP(self, about: str = "") -> Any:
        """Tell which commands there are."""
        verbs = sorted(name[4:] for name in dir(self) if name.startswith("ftp_"))
        return replies.HELP_MSG, " ".join(verbs)

    def ftp_ALLO(self, size: str = "") -> str:
        """Set room aside, which no system needs any more."""
        return replies.CMD_NOT_IMPLMNTD_SUPERFLUOUS

    def ftp_FEAT(self) -> Any:
        """Tell what there is beyond RFC 959 (RFC 2389)."""
        features = list(self.FEATURES)
        facts = "".join(f"{fact}{'*' * (fact in self._wantedFacts)};" for fact in knownFacts)
        features.append(f"MLST {facts}")
        if getattr(self.factory, "tlsContextFactory", None) is not None:
            features += ["AUTH TLS", "PBSZ", "PROT"]
        return (replies.FEAT_OK, *sorted(features))

    def ftp_OPTS(self, option: str) -> Any:
        """Choose how something is done (RFC 2389): the facts of MLST, or UTF-8, which it is."""
        name, _, value = option.partition(" ")
        if option.upper() in ("UTF8", "UTF8 ON"):
            return replies._optionSet, "UTF8 is on"
        if name.upper() == "MLST":
            asked = value.lower().split(";")
            self._wantedFacts = tuple(fact for fact in knownFacts if fact in asked)
            chosen = "".join(f"{fact};" for fact in self._wantedFacts)
            return replies._optionSet, f"MLST OPTS {chosen}".rstrip()
        raise OptionNotImplementedError(option)

    def ftp_TYPE(self, type: str) -> Any:
        """Choose how files are sent: as text or as they are."""
        code = type.upper()
        method = getattr(self, f"type_{code[:1]}", self.type_UNKNOWN)
        if method == self.type_UNKNOWN:
            return method(code)
        return method(code[1:].strip())

    def type_A(self, code: str) -> Any:
        """Send files as text. ``N``, non-print, is the only format there is."""
        if code not in ("", "N"):
            raise CmdArgSyntaxError(code)
        self.binary = False
        return replies.TYPE_SET_OK, "A" + code

    def type_I(self, code: str) -> Any:
        """Send files as they are."""
        if code:
            raise CmdArgSyntaxError(code)
        self.binary = True
        return replies.TYPE_SET_OK, "I"

    def type_L(self, code: str) -> Any:
        """Send files as they are, in bytes of eight bits."""
        if code != "8":
            raise CmdNotImplementedForArgError(f"L {code}".rstrip())
        self.binary = True
        return replies.TYPE_SET_OK, "L 8"

    def type_UNKNOWN(self, code: str) -> Any:
        """Refuse other types."""
        raise CmdNotImplementedForArgError(code)

    def ftp_MODE(self, mode: str) -> str:
        """Choose how bytes are sent: as a stream."""
        if mode.upper() != "S":
            raise CmdNotImplementedForArgError(mode)
        return replies.CMD_OK

    def ftp_STRU(self, structure: str) -> str:
        """Choose what files consist of: bytes."""
        if structure.upper() != "F":
            raise CmdNotImplementedForArgError(structure)
        return replies.CMD_OK


def _logged(failure: Failure) -> None:
    """A reply could not be sent: there is nobody to tell but the log."""
    _log.failure("A reply cannot be sent", failure=failure)


def _fit(verb: str, method: Callable[..., Any], params: tuple[str, ...]) -> None:
    """Look whether a command takes what came with it."""
    try:
        inspect.signature(method).bind(*params)
    except TypeError:
        if params:
            raise CmdArgSyntaxError(params[0]) from None
        raise CmdSyntaxError(f"{verb} requires an argument.") from None


class FTPOverflowProtocol(LineReceiver):
    """Tells those who are too many to come again."""

    def connectionMade(self) -> None:
        """Tell, and close."""
        (line,) = replies.replyLines(replies.TOO_MANY_CONNECTIONS)
        self.sendLine(line.encode("ascii"))
        self.transport.loseConnection()


class FTPFactory(policies.LimitTotalConnectionsFactory):
    """
    A server.

    Attributes:
        portal: knows who may log in.
        userAnonymous: the name of those who have none.
        allowAnonymous: whether that name means anything.
        timeOut: seconds that a client may be silent while nothing is transferred; None for ever.
        welcomeMessage: what is said first.
        passivePortRange: the ports for data connections, of which 0 is any.
        tlsContextFactory: as for ``listenSSL``; None for no TLS.
        requireTLS: whether nobody may log in, and no data is sent, without it.
        instances: kept for programs that look at it.
    """

    userAnonymous: str
    protocol = FTP
    overflowProtocol = FTPOverflowProtocol
    allowAnonymous: bool = True
    timeOut: float | None = 600
    welcomeMessage: str = f"Torsion {__version__} FTP Server"
    passivePortRange = range(1)
    tlsContextFactory: Any = None
    requireTLS: bool = False

    def __init__(self, portal: Any = None, userAnonymous: str = "anonymous") -> None:
        self.userAnonymous = userAnonymous
        self.portal = portal
        self.instances: list[Any] = []

    def buildProtocol(self, addr: Any) -> Any:
        """Make what serves one client, or tells that there are too many."""
        built = policies.LimitTotalConnectionsFactory.buildProtocol(self, addr)
        if built is not None:
            inner: Any = built.wrappedProtocol
            inner.portal = self.portal
            inner.timeOut = self.timeOut
            inner.passivePortRange = self.passivePortRange
        return built

    def stopFactory(self) -> None:
        """Stop the clocks of those who are here."""
        for each in self.instances:
            each.setTimeout(None)
        protocol.ServerFactory.stopFactory(self)
