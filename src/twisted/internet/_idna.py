"""
Host names between the text that people write and the bytes that protocols carry (RFC 5891).

Programs replace these two functions here, so use them through this module.
"""

from __future__ import annotations


def _idnaBytes(text: str) -> bytes:
    """
    Encode a host name for the wire, label by label.

    Returns: ASCII; plain names as they are, others in their ``xn--`` form.
    Raises: ``idna.IDNAError``, a UnicodeError, for what cannot be a host name. (Where the idna
        package is missing, the standard library encodes, by the older RFC 3490.)
    """
    try:
        import idna
    except ImportError:
        return text.encode("idna")
    return idna.encode(text)


def _idnaText(octets: bytes) -> str:
    """
    Decode a host name from the wire for people to read.

    Raises: ``idna.IDNAError``, a UnicodeError, for what cannot be a host name.
    """
    try:
        import idna
    except ImportError:
        return octets.decode("idna")
    return idna.decode(octets)


__all__ = ["_idnaBytes", "_idnaText"]
