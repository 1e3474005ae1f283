"""
Calls in both directions over boxes.

A box with ``_command`` asks, and has a tag in ``_ask`` where an answer is wanted; a box with
``_answer`` or ``_error`` has the tag of the question it answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.internet.error import ConnectionLost
from twisted.logger import Logger
from twisted.python.failure import Failure

from .boxes import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_CODE,
    ERROR_DESCRIPTION,
    MAX_VALUE_LENGTH,
    AmpBox,
    QuitBox,
)
from .contracts import IBoxReceiver
from .errors import (
    PROTOCOL_ERRORS,
    UNHANDLED_ERROR_CODE,
    UNKNOWN_ERROR_CODE,
    MalformedAmpBox,
    NoEmptyBoxes,
    ProtocolSwitched,
    RemoteAmpError,
    UnhandledCommand,
)
from .locators import Responder

if TYPE_CHECKING:
    from .contracts import IBoxSender, IResponderLocator

_log = Logger("twisted.protocols.amp")


def _errorBox(failure: Failure, tag: bytes) -> AmpBox:
    """Write what a responder failed with. Whatever its command does not list ends it all."""
    box: AmpBox
    error = failure.value
    if isinstance(error, RemoteAmpError):
        box = QuitBox() if error.fatal else AmpBox()
        code, words = error.errorCode, error.description
        if isinstance(words, str):
            # The words are for people: better cut than not sent.
            words = words.encode("utf-8", "replace")[:MAX_VALUE_LENGTH]
    else:
        _log.failure("A responder failed with an error that its command does not list", failure)
        # The details are not the peer's business.
        box, code, words = QuitBox(), UNKNOWN_ERROR_CODE, b"Unknown Error"
    box[ERROR] = tag
    box[ERROR_CODE] = code
    box[ERROR_DESCRIPTION] = words
    return box


def _answerBox(box: AmpBox, tag: bytes) -> AmpBox:
    box[ANSWER] = tag
    return box


@implementer(IBoxReceiver)
class BoxDispatcher:
    """
    Asks and answers commands over any sender of boxes.

    Args:
        locator: an `IResponderLocator`, which knows who answers.

    Attributes:
        boxSender: the `IBoxSender`; None before there is one.
        locator: as given.
    """

    boxSender: Any = None
    locator: Any
    _failAllReason: Failure | None = None
    _outstandingRequests: dict[bytes, Deferred[Any]]
    _counter = 0

    def __init__(self, locator: IResponderLocator | Any) -> None:
        self._outstandingRequests = {}
        self.locator = locator

    def startReceivingBoxes(self, boxSender: IBoxSender | Any) -> None:
        """Remember where to send."""
        self.boxSender = boxSender

    def stopReceivingBoxes(self, reason: Failure) -> None:
        """Nothing will be answered any more."""
        self.failAllOutgoing(reason)

    def failAllOutgoing(self, reason: Failure) -> None:
        """Fail every call that waits for its answer, and every later one."""
        self._failAllReason = reason
        waiting, self._outstandingRequests = self._outstandingRequests, {}
        for question in waiting.values():
            question.errback(reason)

    # Asking

    def _nextTag(self) -> bytes:
        self._counter += 1
        return b"%x" % (self._counter,)

    def _sendBoxCommand(
        self, command: bytes, box: AmpBox, requiresAnswer: bool = True
    ) -> Deferred[Any] | None:
        if self._failAllReason is not None:
            return fail(self._failAllReason) if requiresAnswer else None
        box[COMMAND] = command
        if not requiresAnswer:
            box._sendTo(self.boxSender)
            return None
        tag = box[ASK] = self._nextTag()
        question: Deferred[Any] = Deferred()
        # An answer may come while we send, from a peer in the same process.
        self._outstandingRequests[tag] = question
        try:
            box._sendTo(self.boxSender)
        except BaseException:
            self._outstandingRequests.pop(tag, None)
            raise
        return question

    def callRemoteString(
        self, command: bytes, requiresAnswer: bool = True, **kw: Any
    ) -> Deferred[Any] | None:
        """
        Ask with strings.

        Args:
            command: its name.
            requiresAnswer: whether to ask for an answer.
            kw: the box's keys, which are ASCII, and values, as bytes.
        Returns: a Deferred of the answer's box; None where no answer is asked for.
        Raises: TooLong where a key or value does not fit.
        """
        return self._sendBoxCommand(command, AmpBox(kw), requiresAnswer)

    def callRemote(self, commandType: Any, *a: Any, **kw: Any) -> Any:
        """
        Ask.

        Args:
            commandType: a `Command` class.
            kw: its arguments, by their Python names.
        Returns: a Deferred of the answer as a dictionary by Python names, which fails with an
            exception that the command lists, with `UnknownRemoteError`, `UnhandledCommand`, or
            with the reason why the connection was lost. None where the command asks for no
            answer. An error that nobody deals with closes the connection.
        Raises:
            TooLong: an argument does not fit into a box.
            InvalidSignature: the command has no such argument.
            ProtocolSwitched: the connection is not for AMP any more.
        """
        try:
            command = commandType(*a, **kw)
        except BaseException:
            return fail()
        return command._doCommand(self)

    # Being told

    def unhandledError(self, failure: Failure) -> Any:
        """Nobody dealt with a failure: the sender logs it and ends the connection."""
        return self.boxSender.unhandledError(failure)

    def ampBoxReceived(self, box: AmpBox) -> None:
        """
        An answer, an error or a command came.

        Raises: NoEmptyBoxes where it is none of these.
        """
        if ANSWER in box:
            self._answerReceived(box)
        elif ERROR in box:
            self._errorReceived(box)
        elif COMMAND in box:
            self._commandReceived(box)
        else:
            raise NoEmptyBoxes(box)

    def _questionOf(self, tag: bytes) -> Deferred[Any] | None:
        question = self._outstandingRequests.pop(tag, None)
        if question is not None:
            # What fails last in the callbacks that follow is not to be forgotten.
            question.addErrback(self.unhandledError)
        elif self._failAllReason is None:
            self.unhandledError(
                Failure(MalformedAmpBox(f"{tag!r} is answered, which was not asked"))
            )
        return question

    def _answerReceived(self, box: AmpBox) -> None:
        question = self._questionOf(box[ANSWER])
        if question is not None:
            question.callback(box)

    def _errorReceived(self, box: AmpBox) -> None:
        question = self._questionOf(box[ERROR])
        if question is None:
            return
        code = box.get(ERROR_CODE, UNKNOWN_ERROR_CODE)
        words = box.get(ERROR_DESCRIPTION, b"")
        if isinstance(words, bytes):
            words = words.decode("utf-8", "replace")
        kind: Any = PROTOCOL_ERRORS.get(code, RemoteAmpError)
        question.errback(Failure(kind(code, words)))

    def _commandReceived(self, box: AmpBox) -> None:
        tag = box.get(ASK)
        done = self._answerTo(box)
        if not isinstance(done, Deferred):
            if tag is not None:
                done[ANSWER] = tag
                try:
                    self._safeEmit(done)
                except BaseException:
                    self.unhandledError(Failure())
            return
        if tag is not None:
            done.addCallbacks(_answerBox, _errorBox, callbackArgs=(tag,), errbackArgs=(tag,))
            done.addCallback(self._safeEmit)
        done.addErrback(self.unhandledError)

    def _answerTo(self, box: AmpBox) -> Any:
        """Give the answer's box where it is there at once, or else a Deferred of it."""
        if getattr(self.dispatchCommand, "__func__", None) is not _dispatchCommand:
            return self.dispatchCommand(box)
        responder = self.locator.locateResponder(box[COMMAND])
        if responder.__class__ is not Responder:
            return self._asked(responder, box)
        try:
            return responder.answerNow(box)
        except BaseException:
            return fail()

    def _safeEmit(self, aBox: AmpBox) -> None:
        """Send an answer, unless it is too late for that."""
        try:
            aBox._sendTo(self.boxSender)
        except (ProtocolSwitched, ConnectionLost):
            pass

    def dispatchCommand(self, box: AmpBox) -> Deferred[Any]:
        """
        Have a command answered.

        Returns: a Deferred of the answer's box.
        """
        return self._asked(self.locator.locateResponder(box[COMMAND]), box)

    def _asked(self, responder: Any, box: AmpBox) -> Deferred[Any]:
        if responder is None:
            return fail(
                RemoteAmpError(
                    UNHANDLED_ERROR_CODE,
                    f"Unhandled Command: {box[COMMAND]!r}",
                    False,
                    local=Failure(UnhandledCommand()),
                )
            )
        done: Deferred[Any] = maybeDeferred(responder, box)
        return done


_dispatchCommand = BoxDispatcher.dispatchCommand
