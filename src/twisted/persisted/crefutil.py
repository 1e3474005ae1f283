"""
Places that are filled when an object becomes known.

A graph of objects that refers to itself cannot be built from its leaves alone. Whoever builds one
puts a `NotKnown` where an object is to be, and adds each such place as a dependant; when the object
is there, it goes into all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from twisted.internet.defer import Deferred

__all__ = ["NotKnown"]


class NotKnown:
    """
    An object that is not there yet.

    Attributes:
        dependants: pairs of a container and the key (or index) at which the object belongs there.
        resolved: 1 once the object is known.
        resolvedObject: that object.
    """

    resolvedObject: Any = None

    def __init__(self) -> None:
        self.dependants: list[tuple[Any, Any]] = []
        self.resolved = 0

    def addDependant(self, mutableObject: Any, key: Any) -> None:
        """
        Note a place for the object.

        Args:
            mutableObject: what supports ``mutableObject[key] = object``.
            key: where in it.
        """
        if self.resolved:
            mutableObject[key] = self.resolvedObject
        else:
            self.dependants.append((mutableObject, key))

    def resolveDependants(self, newObject: Any) -> None:
        """The object is known: put it in all its places."""
        self.resolved = 1
        self.resolvedObject = newObject
        for mutableObject, key in self.dependants:
            mutableObject[key] = newObject

    def __hash__(self) -> int:
        """
        Raises: AssertionError: this can be no key of a dictionary, where it could not be replaced.
        """
        raise AssertionError("what is not known yet cannot be a key")


class _Container(NotKnown):
    """
    A sequence that is made once all its items are known.

    Args:
        items: the items, of which at least one is a `NotKnown`.
        containerType: makes the sequence from the list of them.
    """

    def __init__(self, items: Any, containerType: Callable[[list[Any]], Any]) -> None:
        super().__init__()
        self.containerType = containerType
        self.items: list[Any] = list(items)
        # Where something is missing still.
        self.locs = {i for i, item in enumerate(self.items) if isinstance(item, NotKnown)}
        self._waited = bool(self.locs)
        for i in sorted(self.locs):
            self.items[i].addDependant(self, i)

    def addDependant(self, mutableObject: Any, key: Any) -> None:
        """
        Raises: AssertionError if there never was anything to wait for: nobody would fill the place.
        """
        if not self._waited:
            raise AssertionError("all items were known at once: make the sequence itself")
        super().addDependant(mutableObject, key)

    def __setitem__(self, n: int, obj: Any) -> None:
        self.items[n] = obj
        self.locs.discard(n)
        if not self.locs:
            self.resolveDependants(self.containerType(self.items))


class _Tuple(_Container):
    """A tuple that is made once all its items are known."""

    def __init__(self, items: Any) -> None:
        super().__init__(items, tuple)


class _InstanceMethod(NotKnown):
    """A method that is bound once its object is known."""

    def __init__(self, im_name: str, im_self: NotKnown, im_class: type) -> None:
        super().__init__()
        self.my_class = im_class
        self.name = im_name
        im_self.addDependant(self, 0)

    def __call__(self, *args: Any, **kw: Any) -> NoReturn:
        raise AssertionError(f"the object of {self.name}() is not known yet")

    def __setitem__(self, n: int, obj: Any) -> None:
        if n != 0:
            raise AssertionError(f"a method has one object, at 0, not {n!r}")
        self.resolveDependants(_constructMethod(self.my_class, self.name, obj))


class _DictKeyAndValue:
    """An item of a dictionary: it goes in once its key, at 0, and its value, at 1, are known."""

    def __init__(self, target: dict[Any, Any]) -> None:
        self.target = target
        self._known: Any = {}

    def __setitem__(self, n: int, obj: Any) -> None:
        if n not in (0, 1):
            raise RuntimeError(f"an item has a key, at 0, and a value, at 1, but nothing at {n!r}")
        if isinstance(obj, NotKnown):
            return
        self._known[n] = obj
        if len(self._known) == 2:
            self.target[self._known[0]] = self._known[1]


class _Dereference(NotKnown):
    """What a reference by number means, before that is known."""

    def __init__(self, id: Any) -> None:
        super().__init__()
        self.id = id


class _Defer(Deferred[Any], NotKnown):
    """A `Deferred` that fires with the object when that goes to its place 0."""

    wasset = 0

    def __init__(self) -> None:
        Deferred.__init__(self)
        NotKnown.__init__(self)

    def __setitem__(self, n: int, obj: Any) -> None:
        if self.wasset:
            raise RuntimeError(f"there is one object to wait for, which came already; not {obj!r}")
        if isinstance(obj, NotKnown):
            # It will be put here again, known.
            return
        self.wasset = 1
        self.callback(obj)


def _constructMethod(cls: type, name: str, self: Any) -> Any:
    """Bind a function of a class to an object, whatever the object's own class is."""
    function = getattr(cls, name)
    bind = getattr(function, "__get__", None)
    return getattr(self, name) if bind is None else bind(self, cls)
