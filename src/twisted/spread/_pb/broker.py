"""
The broker: one connection, and who refers to what over it.

Both sides number their own objects. Each counts how often it gave a number out, the other side
tells each time that it forgets one (``decref``), and an object whose count is 0 is let go of.
Objects that the other side caches are numbered and counted in the same way (``decache``); the one
who has them answers with ``uncache``, and only then is the copy let go of.

A call is ``message`` with a number of the request; the answer is ``answer`` or ``error`` with that
number. What breaks the protocol raises, which ends the connection; what a caller got wrong is an
error that is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from types import CoroutineType
from typing import Any

from twisted._faces import handOn
from twisted.internet import defer
from twisted.logger import Logger
from twisted.python import threadable
from twisted.python.failure import Failure
from twisted.spread import banana
from twisted.spread._jelly.atoms import dictionary_atom
from twisted.spread.jelly import Jellyable, globalSecurity, jelly, unjelly

from .common import MAX_BROKER_REFS, DeadReferenceError, Error, PBConnectionLost, ProtocolError
from .failures import CopyableFailure, failure2Copyable
from .references import Local, RemoteReference

__all__ = ["Broker"]

_log = Logger(namespace="twisted.spread.pb")

# How many arguments each expression has.
_ARITY = {
    b"version": 1,
    b"didNotUnderstand": 1,
    b"message": 6,
    b"cachemessage": 6,
    b"answer": 2,
    b"error": 2,
    b"decref": 1,
    b"decache": 1,
    b"uncache": 1,
}

# So many times in a row may too many references be asked for before the connection is closed.
_VIOLATIONS = 3


def _wireName(name: Any) -> bytes:
    return name.encode("utf-8") if isinstance(name, str) else name


class Broker(banana.Banana):
    """
    One connection of Perspective Broker.

    Args:
        isClient: whether this side connected.
        security: what may be made of what is received, and which classes may be sent.

    Attributes:
        factory: what made it; it is told when the connection is ready.
        disconnected: 1 once the connection is lost.
        localObjects: our objects that the other side refers to, by number or name.
        remotelyCachedObjects: those that it has a cached copy of, by number.
        locallyCachedObjects: cached copies of its objects, by number.
        waitingForAnswers: Deferreds by the number of the request.
        maxBrokerRefsViolations: how often more than `MAX_BROKER_REFS` references were asked for.
        serializingPerspective: whom something is being written for.
        unserializingPerspective: whom something is being read for.
        username: for programs to use.
    """

    transport: Any

    version = 6
    username: Any = None
    factory: Any = None
    maxBrokerRefsViolations = 0
    waitingForAnswers: Any = None

    serializingPerspective: Any = None
    unserializingPerspective: Any = None
    _sendingPages = False
    jellyMethod: Any = None
    jellyArgs: Any = None
    jellyKw: Any = None

    def __init__(self, isClient: Any = 1, security: Any = globalSecurity) -> None:
        banana.Banana.__init__(self, isClient)
        self.disconnected = 0
        self.security = security
        self.disconnects: Any = []
        self.failures: list[Callable[[], object]] = []
        self.connects: Any = []
        self.pageProducers: list[Any] = []
        self.currentRequestID = 0
        self.currentLocalID = 0
        self.localObjects: Any = {}
        self.luids: Any = {}
        self.remotelyCachedObjects: Any = {}
        self.remotelyCachedLUIDs: Any = {}
        self.locallyCachedObjects: Any = {}
        self.waitingForAnswers = {}
        self._localCleanup: dict[Any, Callable[[], object]] = {}

    def __repr__(self) -> str:
        if self.disconnected:
            return f"<{type(self).__name__} disconnected>"
        return (
            f"<{type(self).__name__} of {len(self.localObjects)} objects, "
            f"{len(self.waitingForAnswers)} answers to come>"
        )

    # The connection

    def connectionReady(self) -> None:
        """Tell our version, and everybody who waits for the connection."""
        self.sendCall(b"version", self.version)
        notifiers, self.connects = self.connects, None
        self._tell(notifiers)
        if self.factory is not None:
            self.factory.clientConnectionMade(self)

    def connectionFailed(self) -> None:
        """Tell everybody who waits that there will be no connection."""
        self._tell(self.failures)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # always given
        """
        Everything that waits fails; nothing is referred to any more.

        Args:
            reason: why.
        """
        self.disconnected = 1
        waiting, self.waitingForAnswers = self.waitingForAnswers, None
        cached, self.remotelyCachedObjects = self.remotelyCachedObjects, None
        copies, self.locallyCachedObjects = self.locallyCachedObjects, None
        notifiers, self.disconnects = self.disconnects, None
        self.localObjects = self.luids = self.remotelyCachedLUIDs = None
        for answer in (waiting or {}).values():
            answer.errback(Failure(PBConnectionLost(reason)))
        for copy in (copies or {}).values():
            # Else it would tell the other side when it is forgotten.
            copy.broker = None
        for local in (cached or {}).values():
            self._stopObserving(local)
        self._tell(notifiers or ())
        self._localCleanup.clear()
        self.pageProducers.clear()

    def _tell(self, notifiers: Any) -> None:
        for notifier in list(notifiers):
            try:
                notifier()
            except Exception:
                _log.failure("Telling {notifier!r} of a connection", notifier=notifier)

    def notifyOnConnect(self, notifier: Callable[[], object]) -> None:
        """Have a function called when the connection is ready; at once if it is."""
        self._checkCallable(notifier)
        if self.connects is None:
            self._tell((notifier,))
        else:
            self.connects.append(notifier)

    def notifyOnFail(self, notifier: Callable[[], object]) -> None:
        """Have a function called if no connection is made."""
        self._checkCallable(notifier)
        self.failures.append(notifier)

    def notifyOnDisconnect(self, notifier: Callable[[], object]) -> None:
        """
        Have a function called when the connection is lost.

        Raises: DeadReferenceError if it is lost already.
        """
        self._checkCallable(notifier)
        self._checkConnected()
        self.disconnects.append(notifier)

    def dontNotifyOnDisconnect(self, notifier: Callable[[], object]) -> None:
        """Take `notifyOnDisconnect` back."""
        if self.disconnects and notifier in self.disconnects:
            self.disconnects.remove(notifier)

    def _checkCallable(self, notifier: Any) -> None:
        if not callable(notifier):
            raise AssertionError(f"{notifier!r} cannot be called")

    # Pages, sent as fast as they are read

    def registerPageProducer(self, pager: Any) -> None:
        """
        Have a pager send a page each time that there is room.

        Args:
            pager: a `util.Pager`.
        """
        self.pageProducers.append(pager)
        if len(self.pageProducers) == 1:
            self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """There is room: each pager sends a page."""
        if self._sendingPages:
            # By a transport that asks for more as soon as something is written.
            return
        self._sendingPages = True
        try:
            for pager in list(self.pageProducers):
                pager.sendNextPage()
                if not pager.stillPaging() and pager in self.pageProducers:
                    self.pageProducers.remove(pager)
        finally:
            self._sendingPages = False
        if not self.pageProducers:
            self.transport.unregisterProducer()

    def pauseProducing(self) -> None:
        """Nothing to do: a page is sent only when it is asked for."""

    def stopProducing(self) -> None:
        """The connection is lost: no more pages."""
        self.pageProducers.clear()

    # Expressions

    def sendCall(self, *exp: Any) -> None:
        """
        Send an expression.

        Args:
            exp: its parts, the first one its name.
        """
        self.sendEncoded(exp)

    def expressionReceived(self, sexp: Any) -> None:
        """
        Handle an expression: ``[b"x", ...]`` goes to ``proto_x(...)``.

        Raises: ProtocolError: it makes no sense. The connection cannot go on.
        """
        if not isinstance(sexp, list) or not sexp or not isinstance(sexp[0], bytes):
            raise ProtocolError(f"not an expression: {sexp!r:.200}")
        name = sexp[0]
        if len(sexp) - 1 != _ARITY.get(name, len(sexp) - 1):
            raise ProtocolError(f"{name!r} takes {_ARITY[name]} arguments: {sexp!r:.200}")
        method = getattr(self, "proto_" + name.decode("utf-8", "replace"), None)
        if method is None:
            _log.info("The other side sent an unknown expression: {name!r:.100}", name=name)
            self.sendCall(b"didNotUnderstand", name)
        else:
            method(*sexp[1:])

    def proto_version(self, vnum: Any) -> None:
        """Raises: ProtocolError: the other side speaks another version."""
        if vnum != self.version:
            raise ProtocolError(f"the other side speaks version {vnum!r:.100}, not {self.version}")

    def proto_didNotUnderstand(self, command: Any) -> None:
        """Log that the other side does not know an expression that we sent."""
        _log.info("The other side did not understand {command!r:.200}", command=command)

    # Objects of ours

    def newLocalID(self) -> int:
        """Returns: a number that no object has."""
        self.currentLocalID += 1
        return self.currentLocalID

    def newRequestID(self) -> int:
        """Returns: a number that no request has."""
        self.currentRequestID += 1
        return self.currentRequestID

    def setNameForLocal(self, name: str | bytes, object: Any) -> None:
        """
        Have an object known by a name: "root" for the one that the other side begins with.

        Args:
            name: it.
            object: a `Referenceable`.
        """
        self.localObjects[_wireName(name)] = Local(object)

    def remoteForName(self, name: str | bytes) -> RemoteReference:
        """
        Args:
            name: of an object of the other side.
        Returns: a reference to it. Whether it exists shows when it is called.
        """
        return RemoteReference(None, self, _wireName(name), 0)

    def localObjectForID(self, luid: Any) -> Any:
        """Returns: our object of that number or name; None if there is none."""
        local = self.localObjects.get(_wireName(luid))
        return None if local is None else local.object

    def registerReference(self, object: Any) -> int:
        """
        Give out a reference to an object of ours.

        Args:
            object: a `Serializable`.
        Returns: its number.
        Raises: Error: there are too many already. After some such errors the connection is closed.
        """
        if object is None:
            raise AssertionError("no reference to None goes out")
        puid = object.processUniqueID()
        luid: int | None = self.luids.get(puid)
        if luid is not None:
            self.localObjects[luid].incref()
            return luid
        self._checkRoom(self.localObjects)
        luid = self.newLocalID()
        self.localObjects[luid] = Local(object)
        self.luids[puid] = luid
        return luid

    def _checkRoom(self, objects: Any) -> None:
        if len(objects) <= MAX_BROKER_REFS:
            return
        self.maxBrokerRefsViolations += 1
        if self.maxBrokerRefsViolations > _VIOLATIONS:
            self.transport.loseConnection()
            raise Error("Maximum PB reference count exceeded.  Goodbye.")
        raise Error("Maximum PB reference count exceeded.")

    def proto_decref(self, objectID: Any) -> None:
        """The other side forgot one reference to an object of ours."""
        local = self._known(self.localObjects, objectID)
        puid = local.object.processUniqueID()
        if self.luids.get(puid) != objectID:
            raise ProtocolError(f"{objectID!r:.100} is not counted")
        if local.decref() > 0:
            return
        del self.luids[puid]
        del self.localObjects[objectID]
        cleanup = self._localCleanup.pop(puid, None)
        if cleanup is not None:
            self._tell((cleanup,))

    def _known(self, objects: Any, objectID: Any) -> Any:
        known = objects.get(objectID) if isinstance(objectID, int | bytes) else None
        if known is None:
            raise ProtocolError(f"there is no object {objectID!r:.100}")
        return known

    def sendDecRef(self, objectID: Any) -> None:
        """Tell that one reference to an object of the other side was forgotten here."""
        self._forgot(b"decref", objectID)

    def decCacheRef(self, objectID: Any) -> None:
        """Tell that one clone of a cached object was forgotten here."""
        self._forgot(b"decache", objectID)

    def _forgot(self, name: bytes, objectID: Any) -> None:
        """Called by ``__del__``, and so from any thread: only the reactor's may write."""
        if self.disconnected:
            return
        if threadable.ioThread in (None, get_ident()):
            self.sendCall(name, objectID)
            return
        from twisted.internet import reactor

        reactor.callFromThread(self._forgot, name, objectID)  # type: ignore[attr-defined]  # zope

    # Objects of ours that the other side caches

    def remotelyCachedForLUID(self, luid: Any) -> Any:
        """Returns: our object that the other side has cached by that number. Raises: KeyError."""
        return self.remotelyCachedObjects[luid].object

    def cachedRemotelyAs(self, instance: Any, incref: Any = 0) -> Any:
        """
        Args:
            instance: a `Cacheable`.
            incref: whether the number is about to be sent.
        Returns: the number that the other side has it cached under; None if it has not.
        """
        luid = self.remotelyCachedLUIDs.get(instance.processUniqueID())
        if luid is not None and incref:
            self.remotelyCachedObjects[luid].incref()
        return luid

    def cacheRemotely(self, instance: Any) -> int:
        """
        Note that the other side is about to cache an object.

        Args:
            instance: a `Cacheable`.
        Returns: its number.
        Raises: Error: there are too many already.
        """
        self._checkRoom(self.remotelyCachedObjects)
        luid = self.newLocalID()
        self.remotelyCachedLUIDs[instance.processUniqueID()] = luid
        self.remotelyCachedObjects[luid] = Local(instance, self.serializingPerspective)
        return luid

    def _stopObserving(self, local: Local) -> None:
        from twisted.spread.flavors import RemoteCacheObserver

        observer = RemoteCacheObserver(self, local.object, local.perspective)
        try:
            local.object.stoppedObserving(local.perspective, observer)
        except DeadReferenceError:
            pass
        except Exception:
            _log.failure("Telling {object!r} that it is cached no more", object=local.object)

    def proto_decache(self, objectID: Any) -> None:
        """The other side forgot one clone of an object of ours."""
        local = self._known(self.remotelyCachedObjects, objectID)
        if local.decref() > 0:
            return
        self._stopObserving(local)
        del self.remotelyCachedLUIDs[local.object.processUniqueID()]
        del self.remotelyCachedObjects[objectID]
        self.sendCall(b"uncache", objectID)

    def _observed(self, cached: Any, perspective: Any, name: Any, args: Any, kw: Any) -> Any:
        """Call a method of the copy that the other side has."""
        self._checkConnected()
        luid = self.cachedRemotelyAs(cached)
        if luid is None:
            raise ProtocolError(f"the other side does not have {cached!r:.100}")
        return self._sendMessage(b"cache", perspective, luid, name, args, kw)

    # Objects of the other side that are cached here

    def cachedLocallyAs(self, cid: Any) -> Any:
        """Returns: the copy of that number. Raises: KeyError."""
        return self.locallyCachedObjects[cid]

    def cacheLocally(self, cid: Any, instance: Any) -> None:
        """
        Keep a copy of an object of the other side.

        Args:
            cid: its number there.
            instance: the `RemoteCache`.
        """
        self.locallyCachedObjects[cid] = instance

    def proto_uncache(self, objectID: Any) -> None:
        """The other side tells of no more changes."""
        copy = self._known(self.locallyCachedObjects, objectID)
        copy.broker = None
        del self.locallyCachedObjects[objectID]

    # Writing and reading

    def serialize(
        self,
        object: Any,
        perspective: Any = None,
        method: Any = None,
        args: Any = None,
        kw: Any = None,
    ) -> Any:
        """
        Write an object for the other side.

        Args:
            object: it; a Deferred or a coroutine is waited for.
            perspective: whom it is for.
            method, args, kw: which call it is the answer to, for objects that ask.
        Returns: what is sent, or a Deferred of that.
        """
        if isinstance(object, CoroutineType):
            object = defer.Deferred.fromCoroutine(object)
        if isinstance(object, defer.Deferred):
            return object.addCallback(self._serializeLater, perspective, method, args, kw)
        before = (self.serializingPerspective, self.jellyMethod, self.jellyArgs, self.jellyKw)
        self.serializingPerspective = perspective
        self.jellyMethod = method
        self.jellyArgs = args
        self.jellyKw = kw
        try:
            return jelly(object, self.security, None, self)
        finally:
            self.serializingPerspective, self.jellyMethod, self.jellyArgs, self.jellyKw = before

    def _serializeLater(self, object: Any, *context: Any) -> Any:
        # Nobody is there to take it once the connection is lost.
        return None if self.disconnected else self.serialize(object, *context)

    def unserialize(self, sexp: Any, perspective: Any = None) -> Any:
        """
        Read an object.

        Args:
            sexp: what was received.
            perspective: whom it is from.
        Returns: the object.
        Raises: InsecureJelly: it is not allowed, or makes no sense.
        """
        before, self.unserializingPerspective = self.unserializingPerspective, perspective
        try:
            return unjelly(sexp, self.security, None, self)
        finally:
            self.unserializingPerspective = before

    # Calls

    def _checkConnected(self) -> None:
        if self.disconnected:
            raise DeadReferenceError("the connection is lost that this object was reached by")

    def _sendMessage(
        self, prefix: bytes, perspective: Any, objectID: Any, message: Any, args: Any, kw: Any
    ) -> Any:
        """Call a method of an object of the other side; returns a Deferred, or None."""
        wantsAnswer = 1 if kw.pop("pbanswer", True) else 0
        self._checkConnected()
        requestID = self.newRequestID()
        try:
            netArgs = self.serialize(args, perspective, message)
            netKw = self.serialize(kw, perspective, message) if kw else [dictionary_atom]
            self.sendCall(
                *(prefix + b"message", requestID, objectID, _wireName(message)),
                *(wantsAnswer, netArgs, netKw),
            )
        except Exception:
            if wantsAnswer:
                return defer.fail(Failure())
            raise
        if not wantsAnswer:
            return None
        answer: defer.Deferred[Any] = defer.Deferred()
        self.waitingForAnswers[requestID] = answer
        return answer

    def proto_message(
        self,
        requestID: Any,
        objectID: Any,
        message: Any,
        answerRequired: Any,
        netArgs: Any,
        netKw: Any,
    ) -> None:
        """The other side calls a method of an object of ours."""
        self._recvMessage(
            self.localObjectForID, requestID, objectID, message, answerRequired, netArgs, netKw
        )

    def proto_cachemessage(
        self,
        requestID: Any,
        objectID: Any,
        message: Any,
        answerRequired: Any,
        netArgs: Any,
        netKw: Any,
    ) -> None:
        """The other side tells of a change in an object that is cached here."""
        self._recvMessage(
            self.cachedLocallyAs, requestID, objectID, message, answerRequired, netArgs, netKw
        )

    def _recvMessage(
        self,
        findObjMethod: Callable[[Any], Any],
        requestID: Any,
        objectID: Any,
        message: Any,
        answerRequired: Any,
        netArgs: Any,
        netKw: Any,
    ) -> None:
        try:
            name = message.decode("utf-8")
        except (AttributeError, UnicodeDecodeError):
            raise ProtocolError(f"no name of a method: {message!r:.100}") from None
        try:
            object = findObjMethod(objectID)
            if object is None:
                raise Error("Invalid Object ID")
            answer = object.remoteMessageReceived(self, name, netArgs, netKw)
        except (Exception, SystemExit):
            # Whoever calls from afar has no business to end this program.
            self._answerFailure(Failure(), requestID, answerRequired)
            return
        if isinstance(answer, defer.Deferred):
            answer.addCallback(self._answer, requestID, answerRequired)
            answer.addErrback(self._answerFailure, requestID, answerRequired)
        else:
            self._answer(answer, requestID, answerRequired)

    def _answer(self, netResult: Any, requestID: Any, wanted: Any) -> None:
        if wanted and not self.disconnected:
            self._sendAnswer(netResult, requestID)

    def _answerFailure(self, fail: Failure, requestID: Any, wanted: Any) -> None:
        if wanted and not self.disconnected:
            self._sendFailureOrError(fail, requestID)
        elif not fail.check(Error):
            _log.failure("A call that nobody waits for failed", fail)

    def _sendAnswer(self, netResult: Any, requestID: Any) -> None:
        try:
            self.sendCall(b"answer", requestID, netResult)
        except banana.BananaError:
            # Too large, for instance: nothing of it was sent.
            self._sendFailure(Failure(), requestID)

    def _sendFailureOrError(self, fail: Failure, requestID: Any) -> None:
        """An `Error` is expected by who calls, anything else is logged here too."""
        if fail.check(Error):
            self._sendError(fail, requestID)
        else:
            self._sendFailure(fail, requestID)

    def _sendFailure(self, fail: Failure, requestID: Any) -> None:
        _log.failure("A call from the other side failed, which is told so", fail)
        self._sendError(fail, requestID)

    def _sendError(self, fail: Failure, requestID: Any) -> None:
        value: Any = fail.value
        sent: Any
        if isinstance(value, Jellyable) or self.security.isClassAllowed(value.__class__):
            sent = value
        else:
            sent = fail if isinstance(fail, CopyableFailure) else failure2Copyable(fail)
            sent.unsafeTracebacks = bool(getattr(self.factory, "unsafeTracebacks", 0))
        try:
            self.sendCall(b"error", requestID, self.serialize(sent))
        except Exception:
            _log.failure("An error could not be sent")
            plain = CopyableFailure(Error("an error that could not be sent"))
            self.sendCall(b"error", requestID, self.serialize(plain))

    def _answered(self, requestID: Any) -> defer.Deferred[Any]:
        answer: defer.Deferred[Any] = self._known(self.waitingForAnswers, requestID)
        del self.waitingForAnswers[requestID]
        return answer

    def proto_answer(self, requestID: Any, netResult: Any) -> None:
        """The answer to a call of ours."""
        answer = self._answered(requestID)
        try:
            result = self.unserialize(netResult)
        except Exception:
            answer.errback(Failure())
        else:
            answer.callback(result)

    def proto_error(self, requestID: Any, fail: Any) -> None:
        """A call of ours failed."""
        answer = self._answered(requestID)
        try:
            reason = self.unserialize(fail)
            if not isinstance(reason, Failure | BaseException):
                raise ProtocolError(f"an error that is none: {reason!r:.200}")
        except Exception:
            answer.errback(Failure())
        else:
            answer.errback(reason)


handOn("twisted.spread.pb", Broker)
