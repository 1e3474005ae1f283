"""The nine permission bits of a file as values that one can read and compare."""

from __future__ import annotations

from twisted.python.util import FancyEqMixin

__all__ = ["RWX", "Permissions"]


class RWX(FancyEqMixin):
    """
    What one class of users may do with a file.

    Attributes:
        read: whether it may be read.
        write: whether it may be written.
        execute: whether it may be run, or entered where it is a directory.
    """

    compareAttributes = ("read", "write", "execute")

    read: bool
    write: bool
    execute: bool

    def __init__(self, readable: bool, writable: bool, executable: bool) -> None:
        self.read = readable
        self.write = writable
        self.execute = executable

    def __repr__(self) -> str:
        return f"RWX(read={self.read}, write={self.write}, execute={self.execute})"

    def __hash__(self) -> int:
        return hash((self.read, self.write, self.execute))

    def shorthand(self) -> str:
        """Give three characters as ``ls -l`` prints them, such as ``r-x``."""
        granted = (self.read, self.write, self.execute)
        return "".join(letter if yes else "-" for letter, yes in zip("rwx", granted, strict=True))


class Permissions(FancyEqMixin):
    """
    The permissions of a file for its user, its group, and everybody else.

    Attributes:
        user: an `RWX` for the owner.
        group: an `RWX` for members of the owning group.
        other: an `RWX` for everybody else.
    """

    compareAttributes = ("user", "group", "other")

    user: RWX
    group: RWX
    other: RWX

    def __init__(self, statModeInt: int) -> None:
        self.user, self.group, self.other = (
            RWX(*(bool(statModeInt >> shift & bit) for bit in (4, 2, 1))) for shift in (6, 3, 0)
        )

    def __repr__(self) -> str:
        return f"[{self.user!r} | {self.group!r} | {self.other!r}]"

    def __hash__(self) -> int:
        return hash((self.user, self.group, self.other))

    def shorthand(self) -> str:
        """Give nine characters as ``ls -l`` prints them, such as ``rwxr-x---``."""
        return self.user.shorthand() + self.group.shorthand() + self.other.shorthand()
