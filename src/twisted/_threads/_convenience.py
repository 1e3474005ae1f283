"""A flag for things that can be over."""

from __future__ import annotations

from ._ithreads import AlreadyQuit


class Quit:
    """
    Whether something has quit.

    Attributes:
        isSet: whether it has.
    """

    def __init__(self) -> None:
        self.isSet = False

    def set(self) -> None:
        """
        It quits now.

        Raises: AlreadyQuit if it did before.
        """
        self.check()
        self.isSet = True

    def check(self) -> None:
        """
        Make sure that it has not.

        Raises: AlreadyQuit if it has.
        """
        if self.isSet:
            raise AlreadyQuit()
