"""What an object provides that takes its crossing of a network into its own hands."""

from __future__ import annotations

from zope.interface import Interface

__all__ = ["IJellyable", "IUnjellyable"]


class IJellyable(Interface):
    """An object that says how it is sent."""

    def jellyFor(jellier):  # type: ignore[no-untyped-def]  # the interface names no types
        """
        Called when the object is to be sent.

        An object that may refer to itself, or that may be met several times, calls
        ``jellier.prepare(self)`` before it has its parts written, fills the list that it gets, and
        returns ``jellier.preserve(self, list)``.

        Args:
            jellier: what is writing; its ``jelly`` writes a part, its ``invoker`` is the broker
                (or None), whose ``serializingPerspective`` is whom it is for.
        Returns: a list of bytes, numbers and such lists, that begins with the name of a type.
        """


class IUnjellyable(Interface):
    """An object that is made from what was received."""

    def unjellyFor(jellier, jellyList):  # type: ignore[no-untyped-def]  # as above
        """
        Called on a blank instance, that ``__init__`` was not called for.

        Args:
            jellier: what is reading; its ``unjelly`` reads a part.
            jellyList: the list that was received, with the name of the type first.
        Returns: the object that takes this place, in most cases this one.
        """
