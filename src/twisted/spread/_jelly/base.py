"""
What every room of jelly stands on: its errors, and the two classes that objects derive from.

`twisted.spread.flavors`, and with it the web server, needs only this room and the registry: nothing
here imports the reader, the writer, or what they need for dates and numbers.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted._faces import handOn
from twisted.python.reflect import qual
from twisted.spread.interfaces import IJellyable, IUnjellyable

__all__ = [
    "InsecureJelly",
    "Jellyable",
    "Unjellyable",
    "Unpersistable",
    "asBytes",
    "asText",
    "blank",
    "getInstanceState",
    "setInstanceState",
]


class InsecureJelly(Exception):
    """What was received is not allowed here, or makes no sense."""


class Unpersistable:
    """
    What stands where an object was left out.

    Attributes:
        reason: why it could not be sent, or not be found again.
    """

    def __init__(self, reason: Any) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return f"Unpersistable({self.reason!r})"


def asBytes(name: Any) -> bytes:
    """
    Returns: the name of something, as it goes over the wire.
    Raises: InsecureJelly if it is neither text nor bytes.
    """
    if isinstance(name, bytes):
        return name
    if isinstance(name, str):
        return name.encode("utf-8")
    raise InsecureJelly(f"a name is expected here, not {name!r:.100}")


def asText(name: Any) -> str:
    """
    Returns: the name of something, as Python knows it.
    Raises: InsecureJelly if it is neither text nor UTF-8.
    """
    if isinstance(name, str):
        return name
    try:
        return asBytes(name).decode("utf-8")
    except UnicodeDecodeError:
        raise InsecureJelly(f"a name is expected here, not {name!r:.100}") from None


def blank(kind: type) -> Any:
    """Returns: an instance that ``__init__`` was not called for."""
    new: Any = kind.__new__
    return new(kind)


def _write(inst: Any, state: Any, jellier: Any) -> Any:
    """Write an object as its class and a state."""
    shell = jellier.prepare(inst)
    shell.append(qual(inst.__class__).encode("utf-8"))
    shell.append(jellier.jelly(state))
    return jellier.preserve(inst, shell)


def getInstanceState(inst: Any, jellier: Any) -> Any:
    """
    Write an object as its class and its state, as ``pickle`` would find that.

    Args:
        inst: the object.
        jellier: what writes.
    Returns: the list that stands for it.
    """
    getState = getattr(inst, "__getstate__", None)
    return _write(inst, inst.__dict__ if getState is None else getState(), jellier)


def setInstanceState(inst: Any, unjellier: Any, jellyList: Any) -> Any:
    """
    Give a blank object the state that was received.

    Args:
        inst: the object.
        unjellier: what reads.
        jellyList: the name of a type, and a state.
    Returns: the object.
    Raises: InsecureJelly if the state is no dictionary and the object does not say what to make
        of that (with ``__setstate__``).
    """
    if len(jellyList) < 2:
        raise InsecureJelly(f"an object without a state: {jellyList!r:.100}")
    state = unjellier.unjelly(jellyList[1])
    setState = getattr(inst, "__setstate__", None)
    if setState is not None:
        setState(state)
    elif isinstance(state, dict):
        # The very dictionary: what is not known yet in it will be put there.
        inst.__dict__ = state
    elif state is not None:
        raise InsecureJelly(f"the state of an object is a dictionary, not {state!r:.100}")
    return inst


@implementer(IJellyable)
class Jellyable:
    """An object that is sent as the name of its class and what `getStateFor` gives."""

    def getStateFor(self, jellier: Any) -> Any:
        """
        Args:
            jellier: what writes.
        Returns: the state to send.
        """
        return self.__dict__

    def jellyFor(self, jellier: Any) -> Any:
        """See `IJellyable`."""
        return _write(self, self.getStateFor(jellier), jellier)


@implementer(IUnjellyable)
class Unjellyable:
    """An object that is made from a state that was received."""

    def setStateFor(self, unjellier: Any, state: Any) -> None:
        """
        Take a state.

        Args:
            unjellier: what reads.
            state: what `Jellyable.getStateFor` gave on the other side.
        """
        self.__dict__ = state

    def unjellyFor(self, unjellier: Any, jellyList: Any) -> Any:
        """See `IUnjellyable`."""
        if len(jellyList) < 2:
            raise InsecureJelly(f"an object without a state: {jellyList!r:.100}")
        self.setStateFor(unjellier, unjellier.unjelly(jellyList[1]))
        return self


handOn(
    "twisted.spread.jelly",
    InsecureJelly,
    Jellyable,
    Unjellyable,
    Unpersistable,
    getInstanceState,
    setInstanceState,
)
