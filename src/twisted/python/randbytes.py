"""
Random bytes: good ones from the operating system, cheap ones from a generator.
"""

from __future__ import annotations

import os
from random import getrandbits

__all__ = [
    "RandomFactory",
    "SecureRandomNotAvailable",
    "SourceNotAvailable",
    "getrandbits",
    "insecureRandom",
    "secureRandom",
]


class SecureRandomNotAvailable(RuntimeError):
    """
    No source of secure random bytes works here, and the caller wants no other.
    """


class SourceNotAvailable(RuntimeError):
    """
    One source of random bytes does not work here.
    """


class RandomFactory:
    """
    Random bytes from whatever source there is.
    """

    #: Kept for programs that look: there is one source, the operating system.
    randomSources: tuple[object, ...] = ()
    getrandbits = getrandbits

    def _osUrandom(self, nbytes: int) -> bytes:
        try:
            return os.urandom(nbytes)
        except NotImplementedError as e:
            raise SourceNotAvailable(f"os.urandom: {e}") from e

    def secureRandom(self, nbytes: int, fallback: bool = False) -> bytes:
        """
        Give random bytes that nobody can foretell.

        Args:
            nbytes: how many.
            fallback: whether weak ones will do, with a warning, where there are no others.
        Raises: SecureRandomNotAvailable where there are none and weak ones will not do.
        """
        try:
            return self._osUrandom(nbytes)
        except SourceNotAvailable:
            if not fallback:
                raise SecureRandomNotAvailable("All secure random sources failed") from None
        import warnings

        warnings.warn(
            "urandom unavailable - proceeding with non-cryptographically secure random source",
            RuntimeWarning,
            stacklevel=2,
        )
        return self.insecureRandom(nbytes)

    def insecureRandom(self, nbytes: int) -> bytes:
        """
        Give random bytes that are quick to make, and that a clever reader can foretell.
        """
        bits = type(self).getrandbits(8 * nbytes) if nbytes else 0
        return bits.to_bytes(nbytes, "big")


_factory = RandomFactory()
secureRandom = _factory.secureRandom
insecureRandom = _factory.insecureRandom
