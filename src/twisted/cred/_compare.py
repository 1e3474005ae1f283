"""
Comparing secrets in a time that tells nothing of them.
"""

from __future__ import annotations

from hmac import compare_digest

__all__ = ["sameSecret"]


def sameSecret(given: object, wanted: object) -> bool:
    """
    Compare two secrets.

    The time it takes depends on the length of what was given, and not on where the two differ.

    Args:
        given: what a client sent: bytes or text.
        wanted: what is right. Bytes and text are never the same; what is neither is compared as
            it compares itself.
    """
    if isinstance(given, str) and isinstance(wanted, str):
        # compare_digest takes text only if it is ASCII.
        return compare_digest(
            given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass")
        )
    if isinstance(given, (bytes, bytearray)) and isinstance(wanted, (bytes, bytearray)):
        return compare_digest(given, wanted)
    return bool(given == wanted)
