"""
Finger, RFC 1288: asking a machine about its users.

`Finger` reads queries and refuses each kind of them. A subclass overrides what it wants to answer.
"""

from __future__ import annotations

from typing import Any

from twisted.protocols.basic import LineReceiver

__all__ = ["Finger"]


class Finger(LineReceiver):
    """
    Reads one query, answers it, and closes.

    Attributes:
        MAX_LENGTH: bytes that a query may have; the RFC names no bound.
    """

    MAX_LENGTH: int = 512
    transport: Any

    def lineReceived(self, line: bytes) -> None:
        """A query (RFC 1288 section 2.3): ``/W`` or not, and a user, perhaps with hosts."""
        words = line.split()
        verbose = bool(words) and words[0].upper() == b"/W"
        if verbose:
            del words[0]
        if not words:
            self.getDomain(verbose)
        else:
            user, at, host = words[0].rpartition(b"@")
            if at:
                self.forwardQuery(verbose, user, host)
            else:
                self.getUser(verbose, host)

    def _refuse(self, message: bytes) -> None:
        self.transport.write(message)
        self.transport.loseConnection()

    def getUser(self, slash_w: bool, user: bytes) -> None:
        """
        Override: tell of one user.

        Args:
            slash_w: whether more is wanted to be known.
            user: as it was asked for, by anybody: not to be trusted.
        """
        self._refuse(b"Login: %s\nNo such user\n" % (user,))

    def getDomain(self, slash_w: bool) -> None:
        """Override: tell who is there."""
        self._refuse(b"Finger online list denied\n")

    def forwardQuery(self, slash_w: bool, user: bytes, host: bytes) -> None:
        """Override: ask another host. The RFC advises against it (section 3.2.1)."""
        self._refuse(b"Finger forwarding service denied\n")
