"""
How a long value goes over AMP, whose values have 65,535 bytes at most: key ``x``, then ``x.1``,
``x.2``, ... as many as it takes. It knows nothing of AMP itself, so that commands can do without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["joined", "split"]

_mostBytes: Final = 60000


def split(name: bytes, data: bytes) -> dict[bytes, bytes]:
    """
    Returns: keys and values that hold some bytes.
    """
    starts = range(0, len(data) or 1, _mostBytes)
    parts = (data[start : start + _mostBytes] for start in starts)
    return {name + b".%d" % index if index else name: part for index, part in enumerate(parts)}


def joined(name: bytes, strings: Mapping[bytes, bytes]) -> bytes:
    """
    Returns: what `split` has split.
    Raises: KeyError where it is not there.
    """
    parts = [strings[name]]
    while (more := strings.get(name + b".%d" % len(parts))) is not None:
        parts.append(more)
    return b"".join(parts)
