"""References to objects at the other end of a connection, and what is kept of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted._faces import handOn
from twisted.logger import Logger
from twisted.persisted.styles import Ephemeral
from twisted.spread._jelly.base import InsecureJelly
from twisted.spread._jelly.registry import setUnjellyableForClass
from twisted.spread._ordering import ordered
from twisted.spread.flavors import Referenceable, Serializable, _call, _sent
from twisted.spread.interfaces import IUnjellyable

from .common import IPerspective

__all__ = ["AsReferenceable", "Avatar", "Local", "RemoteMethod", "RemoteReference"]

_log = Logger(namespace="twisted.spread.pb")


@ordered
class RemoteMethod:
    """
    A method of an object at the other end.

    Args:
        obj: the `RemoteReference`.
        name: the name of the method, without ``remote_`` or the like.
    """

    def __init__(self, obj: Any, name: Any) -> None:
        self.obj = obj
        self.name = name

    def _key(self) -> tuple[Any, str]:
        return (self.obj, str(self.name))

    def __call__(self, *args: Any, **kw: Any) -> Any:
        """Call it. Returns: a Deferred of the answer."""
        return self.obj.callRemote(self.name, *args, **kw)


@implementer(IUnjellyable)
@ordered
class RemoteReference(Serializable, Ephemeral):
    """
    An object at the other end of a connection.

    When the last one that is equal to it is forgotten here, the other side is told.

    Args:
        perspective: for whom arguments are written.
        broker: the connection.
        luid: the number of the object on it, or its name.
        doRefCount: whether the other side counts how often it gave out this reference.
    """

    broker: Any = None
    doRefCount: Any = 0

    def __init__(self, perspective: Any, broker: Any, luid: Any, doRefCount: Any) -> None:
        self.luid = luid
        self.broker = broker
        self.doRefCount = doRefCount
        self.perspective = perspective
        self.disconnectCallbacks: list[Callable[[RemoteReference], object]] = []

    def _key(self) -> tuple[int, bool, Any]:
        return (id(self.broker), isinstance(self.luid, bytes), self.luid)

    def notifyOnDisconnect(self, callback: Callable[[Any], object]) -> None:
        """
        Have a function called when the connection is lost.

        Args:
            callback: called with this reference.
        Raises:
            AssertionError: it cannot be called.
            DeadReferenceError: the connection is lost already.
        """
        if not callable(callback):
            raise AssertionError(f"{callback!r} cannot be called")
        if not self.disconnectCallbacks:
            self.broker.notifyOnDisconnect(self._disconnected)
        self.disconnectCallbacks.append(callback)

    def dontNotifyOnDisconnect(self, callback: Callable[[Any], object]) -> None:
        """
        Take `notifyOnDisconnect` back.

        Args:
            callback: what was given there.
        """
        self.disconnectCallbacks.remove(callback)
        if not self.disconnectCallbacks:
            self.broker.dontNotifyOnDisconnect(self._disconnected)

    def _disconnected(self) -> None:
        callbacks, self.disconnectCallbacks = self.disconnectCallbacks, []
        for callback in callbacks:
            try:
                callback(self)
            except Exception:
                _log.failure("Telling {callback!r} of a lost connection", callback=callback)

    def jellyFor(self, jellier: Any) -> Any:
        """
        Write the number: the other side has the object. See `IJellyable`.

        Raises: AssertionError if it would go to another one than the one it came from.
        """
        if jellier.invoker is None:
            return jellier.unpersistable("a reference makes sense over its connection only")
        if jellier.invoker is not self.broker:
            raise AssertionError(
                "a reference goes back to where it came from only: wrap it in a Referenceable to "
                "have another connection call through this one"
            )
        return [b"local", self.luid]

    def unjellyFor(self, unjellier: Any, unjellyList: Any) -> Any:
        """Make a reference. See `IUnjellyable`."""
        broker = unjellier.invoker
        if broker is None:
            raise InsecureJelly("a reference makes sense over a connection only")
        if len(unjellyList) < 2 or not isinstance(unjellyList[1], int | bytes):
            raise InsecureJelly(f"no number of an object: {unjellyList!r:.100}")
        # Not ``type(self)``: a blank instance of a class that a program registered.
        RemoteReference.__init__(self, broker.unserializingPerspective, broker, unjellyList[1], 1)
        return self

    def callRemote(self, _name: Any, *args: Any, **kw: Any) -> Any:
        """
        Call a method of the object.

        Args:
            _name: its name, without ``remote_`` or the like.
            args, kw: what it is called with. ``pbanswer=False`` asks for no answer: None is
                returned then, and errors of the method are logged over there only.
        Returns: a Deferred of what the method returns. A method that fails makes it fail, with a
            `CopiedFailure` in most cases; a connection that is lost makes it fail with
            `PBConnectionLost`.
        Raises: DeadReferenceError if the connection is lost already.
        """
        return self.broker._sendMessage(b"", self.perspective, self.luid, _name, args, kw)

    def remoteMethod(self, key: Any) -> RemoteMethod:
        """
        Args:
            key: the name of a method.
        Returns: what calls it.
        """
        return RemoteMethod(self, key)

    def __del__(self) -> None:
        try:
            if self.doRefCount:
                self.broker.sendDecRef(self.luid)
        except Exception:
            _log.failure("The other side was not told that {luid} is forgotten", luid=self.luid)


setUnjellyableForClass("remote", RemoteReference)


class Local:
    """
    An object of ours that the other side refers to.

    Args:
        object: it.
        perspective: for whom it was given out.

    Attributes:
        refcount: how often.
    """

    def __init__(self, object: Any, perspective: Any = None) -> None:
        self.object = object
        self.perspective = perspective
        self.refcount = 1

    def __repr__(self) -> str:
        return f"<pb.Local {self.object!r} ref:{self.refcount}>"

    def incref(self) -> int:
        """Given out once more. Returns: how often now."""
        self.refcount += 1
        return self.refcount

    def decref(self) -> int:
        """Forgotten once. Returns: how often it is out still."""
        self.refcount -= 1
        return self.refcount


class AsReferenceable(Referenceable):
    """
    What makes an object with a ``...MessageReceived`` method one that can be called.

    Args:
        object: it.
        messageType: what stands before ``MessageReceived``: "perspective" for an avatar.
    """

    def __init__(self, object: Any, messageType: str = "remote") -> None:
        receive = getattr(object, messageType + "MessageReceived")
        self.remoteMessageReceived = receive  # type: ignore[method-assign]  # that is the purpose


@implementer(IPerspective)
class Avatar:
    """
    Somebody who has logged in, as a realm makes him.

    He can call each method whose name begins with ``perspective_``.
    """

    def perspectiveMessageReceived(self, broker: Any, message: str, args: Any, kw: Any) -> Any:
        """See `IPerspective`."""
        args, kw = _sent(broker, args, kw, self)
        method = getattr(self, f"perspective_{message}")
        return broker.serialize(_call(method, *args, **kw), self, method, args, kw)


handOn("twisted.spread.pb", AsReferenceable, Avatar, Local, RemoteMethod, RemoteReference)
