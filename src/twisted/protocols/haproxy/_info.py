"""What a PROXY header says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress


class ProxyInfo(NamedTuple):
    """
    What a PROXY header says.

    Attributes:
        header: its bytes.
        source: the client's address; None where the header gives none.
        destination: the address that the client connected to; likewise.
    """

    header: bytes
    source: IAddress | None
    destination: IAddress | None
