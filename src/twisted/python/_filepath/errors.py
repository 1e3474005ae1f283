"""What can go wrong with a path, beyond what the system itself reports."""

from __future__ import annotations

__all__ = ["InsecurePath", "LinkError", "UnlistableError"]


class InsecurePath(Exception):
    """A name would lead out of the directory that it was to stay in."""


class LinkError(Exception):
    """Symbolic links form a circle, so that following them would not end."""


class UnlistableError(OSError):
    """
    A path has no children to list: it does not exist or is no directory.

    Attributes:
        originalException: what the system said; its ``errno``, ``strerror`` and ``filename``
            are also found here.
    """

    originalException: OSError

    def __init__(self, originalException: OSError) -> None:
        super().__init__(*originalException.args)
        if originalException.filename is not None:
            self.filename = originalException.filename
        # A cause may carry attributes that somebody put on it; they are not lost on the way.
        self.__dict__.update(originalException.__dict__)
        self.originalException = originalException
