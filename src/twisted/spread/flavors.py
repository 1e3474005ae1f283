"""
The ways in which an object crosses to the other side.

A `Referenceable` stays here, and the other side gets a reference that calls it. A `Viewable` does
so too, and is told who calls. Of a `Copyable` the other side gets a copy, a `RemoteCopy`; of a
`Cacheable` it gets one copy, a `RemoteCache`, that is told of changes for as long as it is kept
there.

Who answers to "perspective" is the avatar of who has logged in, where somebody has.

This module is light: the web's requests are `Copyable`, and most web servers never send one.
"""

from __future__ import annotations

from typing import Any

from zope.interface import Interface, implementer

from twisted.logger import Logger
from twisted.python.reflect import qual

from ._jelly.atoms import dictionary_atom
from ._jelly.base import (
    InsecureJelly,
    Jellyable,
    Unjellyable,
    asBytes,
    asText,
    blank,
    getInstanceState,
    setInstanceState,
)
from ._jelly.registry import (
    setUnjellyableFactoryForClass,
    setUnjellyableForClass,
    setUnjellyableForClassTree,
    unjellyableRegistry,
)
from ._ordering import ordered

__all__ = [
    "Cacheable",
    "Copyable",
    "IPBRoot",
    "Jellyable",
    "NoSuchMethod",
    "Referenceable",
    "RemoteCache",
    "RemoteCacheMethod",
    "RemoteCacheObserver",
    "RemoteCopy",
    "Root",
    "Serializable",
    "ViewPoint",
    "Viewable",
    "cache_atom",
    "cached_atom",
    "copyTags",
    "copy_atom",
    "remote_atom",
    "setCopierForClass",
    "setCopierForClassTree",
    "setFactoryForClass",
    "setUnjellyableFactoryForClass",
    "setUnjellyableForClass",
    "setUnjellyableForClassTree",
    "unjellyCached",
    "unjellyLCache",
    "unjellyLocal",
]

copy_atom = b"copy"
cache_atom = b"cache"
cached_atom = b"cached"
remote_atom = b"remote"
_local_atom = b"local"
_lcache_atom = b"lcache"

copyTags = unjellyableRegistry
setCopierForClass = setUnjellyableForClass
setCopierForClassTree = setUnjellyableForClassTree
setFactoryForClass = setUnjellyableFactoryForClass

_noKeywords = [dictionary_atom]

_log = Logger()


class NoSuchMethod(AttributeError):
    """The object has no method of that name that may be called from afar."""


class IPBRoot(Interface):
    """What a server gives to whoever connects."""

    def rootObject(broker):  # type: ignore[no-untyped-def]  # the interface names no types
        """
        Args:
            broker: the connection.
        Returns: what the other side can call as its root, a `Referenceable`.
        """


def _broker(coder: Any, what: object) -> Any:
    """The broker that writes or reads."""
    broker = coder.invoker
    if broker is None:
        raise InsecureJelly(f"{what!r:.100} makes sense over a connection only")
    return broker


def _sent(broker: Any, args: Any, kw: Any, perspective: Any) -> tuple[Any, dict[str, Any]]:
    """Read the arguments of a call."""
    args = broker.unserialize(args, perspective)
    # Most calls have none with names.
    kw = {} if kw == _noKeywords else broker.unserialize(kw, perspective)
    if not isinstance(args, tuple | list) or not isinstance(kw, dict):
        raise TypeError(f"no arguments for a call: {args!r:.100}, {kw!r:.100}")
    return args, {asText(name): value for name, value in kw.items()}


def _call(method: Any, *args: Any, **kw: Any) -> Any:
    """Call a method; where the arguments do not fit it, or it fails with a TypeError, log them."""
    try:
        return method(*args, **kw)
    except TypeError:
        _log.info("{method!r} was called with {args!r} and {kw!r}", method=method, args=args, kw=kw)
        raise


class Serializable(Jellyable):
    """An object that takes part in counting how often the other side refers to it."""

    def processUniqueID(self) -> Any:
        """
        Returns: what tells it from all others in this process. Two objects may give the same, if
            they are to be one for the other side.
        """
        return id(self)


class Referenceable(Serializable):
    """
    An object that the other side can call: each of its methods whose name begins with ``remote_``.

    What a method returns is the answer; it may return a Deferred, or be a coroutine.

    Attributes:
        perspective: for whom answers are written.
    """

    perspective: Any = None

    def remoteMessageReceived(self, broker: Any, message: str, args: Any, kw: Any) -> Any:
        """
        The other side calls a method.

        Args:
            broker: the connection.
            message: the name of the method, without ``remote_``.
            args: the arguments, as they were received.
            kw: the arguments with names, as they were received.
        Returns: the answer, as it is sent, or a Deferred of that.
        Raises: NoSuchMethod if there is none of that name.
        """
        args, kw = _sent(broker, args, kw, None)
        method = getattr(self, f"remote_{message}", None)
        if method is None:
            raise NoSuchMethod(f"No such method: remote_{message}")
        return broker.serialize(_call(method, *args, **kw), self.perspective)

    def jellyFor(self, jellier: Any) -> Any:
        """Write a reference. See `IJellyable`."""
        return [remote_atom, _broker(jellier, self).registerReference(self)]


@implementer(IPBRoot)
class Root(Referenceable):
    """The root of a server whom anybody may call, with no login."""

    def rootObject(self, broker: Any) -> Any:
        """Returns: this object. See `IPBRoot`."""
        return self


class ViewPoint(Referenceable):
    """
    A `Viewable` as one perspective sees it.

    Args:
        perspective: who sees it.
        object: what is seen.
    """

    def __init__(self, perspective: Any, object: Any) -> None:
        self.perspective = perspective
        self.object = object

    def processUniqueID(self) -> Any:
        """The same for the same object and perspective."""
        return (id(self.perspective), id(self.object))

    def remoteMessageReceived(self, broker: Any, message: str, args: Any, kw: Any) -> Any:
        """Call a method of the object whose name begins with ``view_``, with who calls first."""
        args, kw = _sent(broker, args, kw, self.perspective)
        method = getattr(self.object, f"view_{message}")
        state = _call(method, self.perspective, *args, **kw)
        return broker.serialize(state, self.perspective, method, args, kw)


class Viewable(Serializable):
    """
    An object that the other side can call, and that is told who does.

    Each of its methods whose name begins with ``view_`` can be called; its first argument is the
    perspective.
    """

    def jellyFor(self, jellier: Any) -> Any:
        """Write a reference to a `ViewPoint`. See `IJellyable`."""
        broker = _broker(jellier, self)
        return ViewPoint(broker.serializingPerspective, self).jellyFor(jellier)


class Copyable(Serializable):
    """
    An object that the other side gets a copy of.

    The other side must have said what it makes of it, with `setUnjellyableForClass`.
    """

    def getStateToCopy(self) -> Any:
        """Returns: what the copy is made of, a dictionary in most cases."""
        return self.__dict__

    def getStateToCopyFor(self, perspective: Any) -> Any:
        """
        Args:
            perspective: for whom it is.
        Returns: what the copy is made of.
        """
        return self.getStateToCopy()

    def getTypeToCopy(self) -> Any:
        """Returns: the name that it is sent under."""
        return qual(self.__class__).encode("utf-8")

    def getTypeToCopyFor(self, perspective: Any) -> Any:
        """
        Args:
            perspective: for whom it is.
        Returns: the name that it is sent under.
        """
        return self.getTypeToCopy()

    def jellyFor(self, jellier: Any) -> Any:
        """Write a copy. See `IJellyable`."""
        if jellier.invoker is None:
            return getInstanceState(self, jellier)
        perspective = jellier.invoker.serializingPerspective
        shell = jellier.prepare(self)
        shell.append(asBytes(self.getTypeToCopyFor(perspective)))
        shell.append(jellier.jelly(self.getStateToCopyFor(perspective)))
        return jellier.preserve(self, shell)


class Cacheable(Copyable):
    """
    An object that the other side keeps one copy of, and is told of what changes in it.

    How: the object keeps the observers that it is given, and calls
    ``observer.callRemote("x", ...)`` for ``observe_x`` of each copy to be called.
    """

    def getStateToCacheAndObserveFor(self, perspective: Any, observer: Any) -> Any:
        """
        A copy is about to be made; called once for each connection that has one.

        Args:
            perspective: for whom it is.
            observer: a `RemoteCacheObserver`, to keep, and to tell of changes.
        Returns: what the copy is made of.
        """
        return {}

    def stoppedObserving(self, perspective: Any, observer: Any) -> None:
        """
        The copy is gone, or the connection is.

        Args:
            perspective: for whom it was.
            observer: equal to the one that was given.
        """

    def jellyFor(self, jellier: Any) -> Any:
        """Write a copy, or the number of the one that is there. See `IJellyable`."""
        broker = jellier.invoker
        if broker is None:
            return getInstanceState(self, jellier)
        luid = broker.cachedRemotelyAs(self, 1)
        if luid is not None:
            return [cached_atom, luid]
        luid = broker.cacheRemotely(self)
        perspective = broker.serializingPerspective
        kind = asBytes(self.getTypeToCopyFor(perspective))
        observer = RemoteCacheObserver(broker, self, perspective)
        state = self.getStateToCacheAndObserveFor(perspective, observer)
        shell = jellier.prepare(self)
        shell.extend((kind, luid, jellier.jelly(state)))
        return jellier.preserve(self, shell)


class RemoteCopy(Unjellyable):
    """A copy of an object that the other side has."""

    def setCopyableState(self, state: Any) -> None:
        """
        Take the state.

        Args:
            state: what `Copyable.getStateToCopyFor` gave there. Parts that refer to this very
                object may be missing in it until all has been read: keep the dictionary itself.
        """
        # Python has None as the state of an object without attributes.
        self.__dict__ = {} if state is None else state

    def unjellyFor(self, unjellier: Any, jellyList: Any) -> Any:
        """Make the copy. See `IUnjellyable`."""
        if unjellier.invoker is None:
            return setInstanceState(self, unjellier, jellyList)
        if len(jellyList) < 2:
            raise InsecureJelly(f"a copy without a state: {jellyList!r:.100}")
        self.setCopyableState(unjellier.unjelly(jellyList[1]))
        return self


class RemoteCache(RemoteCopy, Serializable):
    """
    The copy that is kept here of an object that the other side has and changes.

    What programs get are clones that share one dictionary. When the last one is forgotten, the
    other side learns of it, and stops telling of changes.

    Attributes:
        broker: the connection; None once the other side tells of no more changes.
        luid: the number of the object on that connection.
    """

    broker: Any = None
    luid: Any = None

    def remoteMessageReceived(self, broker: Any, message: str, args: Any, kw: Any) -> Any:
        """The other side tells of a change: call the method whose name begins with ``observe_``."""
        args, kw = _sent(broker, args, kw, None)
        if isinstance(message, bytes):
            message = message.decode("utf-8")
        method = getattr(self, f"observe_{message}")
        return broker.serialize(_call(method, *args, **kw), None, method, args, kw)

    def jellyFor(self, jellier: Any) -> Any:
        """
        Write the number: the other side has the object. See `IJellyable`.

        Raises: AssertionError if it would go to another one than the one it came from.
        """
        broker = jellier.invoker
        if broker is None:
            return getInstanceState(self, jellier)
        if broker is not self.broker:
            raise AssertionError(f"{self!r} is known to the connection only that it came by")
        return [_lcache_atom, self.luid]

    def unjellyFor(self, unjellier: Any, jellyList: Any) -> Any:
        """Make the copy, and a clone of it. See `IUnjellyable`."""
        broker = unjellier.invoker
        if broker is None:
            return setInstanceState(self, unjellier, jellyList)
        if len(jellyList) != 3:
            raise InsecureJelly(f"a cached object has a number and a state: {jellyList!r:.100}")
        luid = jellyList[1]
        broker.cacheLocally(luid, self)
        self.setCopyableState(unjellier.unjelly(jellyList[2]))
        self.broker = broker
        self.luid = luid
        return _clone(self)

    def __hash__(self) -> int:
        """The same for all clones."""
        return id(self.__dict__)

    def __del__(self) -> None:
        try:
            if self.broker is not None:
                self.broker.decCacheRef(self.luid)
        except Exception:
            _log.failure("The other side was not told that {luid} is forgotten", luid=self.luid)


def _clone(cache: Any) -> Any:
    clone = blank(cache.__class__)
    clone.__dict__ = cache.__dict__
    return clone


def unjellyCached(unjellier: Any, unjellyList: Any) -> Any:
    """
    Read the number of an object that is cached here.

    Args:
        unjellier: what reads.
        unjellyList: ``[b"cached", number]``.
    Returns: a clone of it.
    """
    return _clone(_broker(unjellier, unjellyList).cachedLocallyAs(unjellyList[1]))


def unjellyLCache(unjellier: Any, unjellyList: Any) -> Any:
    """
    Read the number of an object of ours that the other side has cached.

    Args:
        unjellier: what reads.
        unjellyList: ``[b"lcache", number]``.
    Returns: the object.
    """
    return _broker(unjellier, unjellyList).remotelyCachedForLUID(unjellyList[1])


def unjellyLocal(unjellier: Any, unjellyList: Any) -> Any:
    """
    Read the number of an object of ours that the other side has a reference to.

    Args:
        unjellier: what reads.
        unjellyList: ``[b"local", number]``.
    Returns: the object, or None if there is none of that number (any more).
    """
    return _broker(unjellier, unjellyList).localObjectForID(unjellyList[1])


for _atom, _reader in (
    (cached_atom, unjellyCached),
    (_lcache_atom, unjellyLCache),
    (_local_atom, unjellyLocal),
):
    setUnjellyableForClass(_atom, _reader)


@ordered
class RemoteCacheMethod:
    """
    A method of all copies of a `Cacheable` on one connection.

    Args:
        name: its name, without ``observe_``.
        broker: the connection.
        cached: the object.
        perspective: for whom arguments are written.
    """

    def __init__(self, name: Any, broker: Any, cached: Any, perspective: Any) -> None:
        self.name = name
        self.broker = broker
        self.cached = cached
        self.perspective = perspective

    def _key(self) -> tuple[int, int, int, str]:
        return (id(self.broker), id(self.cached), id(self.perspective), str(self.name))

    def __call__(self, *args: Any, **kw: Any) -> Any:
        """
        Call it.

        Returns: a Deferred of the answer.
        Raises: ProtocolError (of ``pb``) if the other side does not have the object.
        """
        return self.broker._observed(self.cached, self.perspective, self.name, args, kw)


@ordered
class RemoteCacheObserver:
    """
    What a `Cacheable` tells of its changes, for one connection.

    Args:
        broker: the connection.
        cached: the object.
        perspective: for whom arguments are written.
    """

    def __init__(self, broker: Any, cached: Any, perspective: Any) -> None:
        self.broker = broker
        self.cached = cached
        self.perspective = perspective

    def __repr__(self) -> str:
        return f"<RemoteCacheObserver of {self.cached!r} for {self.perspective!r}: {self.broker!r}>"

    def _key(self) -> tuple[int, int, int]:
        return (id(self.broker), id(self.cached), id(self.perspective))

    def callRemote(self, _name: Any, *args: Any, **kw: Any) -> Any:
        """
        Call a method of the copy.

        Args:
            _name: its name, without ``observe_``.
            args, kw: what it is called with.
        Returns: a Deferred of the answer.
        """
        return self.remoteMethod(_name)(*args, **kw)

    def remoteMethod(self, key: Any) -> RemoteCacheMethod:
        """
        Args:
            key: the name of a method, without ``observe_``.
        Returns: what calls it.
        """
        return RemoteCacheMethod(key, self.broker, self.cached, self.perspective)
