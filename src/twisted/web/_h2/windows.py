"""How much of bodies may be on the way to us (RFC 9113, section 5.2)."""

from __future__ import annotations

__all__ = ["Window"]


class Window:
    """
    What a peer may send: ``left`` bytes now.

    Of what was granted, some is left, some has come and is ``held`` by us, the rest was used up. A
    window begins small, and is enlarged to its full size when it is first opened again, so that
    a short body costs no frame; what is held is never given out a second time.

    Args:
        granted: bytes at the beginning.
        full: bytes that it is enlarged to.
    """

    __slots__ = ("full", "granted", "held", "left")

    def __init__(self, granted: int, full: int) -> None:
        self.left = self.granted = granted
        self.full = full
        self.held = 0

    def take(self, size: int) -> bool:
        """Something came. Returns: whether it was allowed to."""
        if size > self.left:
            return False
        self.left -= size
        self.held += size
        return True

    def release(self, size: int) -> int:
        """
        So much of what is held was used up.

        Returns: how much to open the window by; 0 while there is enough left.
        """
        self.held -= size
        granted = self.granted
        if self.left >= granted // 2 or granted - self.left - self.held < granted // 4:
            return 0
        more = self.full - self.left - self.held
        self.left += more
        self.granted = self.full
        return more
