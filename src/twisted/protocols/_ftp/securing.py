"""
Encryption, by RFC 4217: AUTH begins TLS on the control connection, PROT asks for it on data
connections.
"""

from __future__ import annotations

from typing import Any

from . import replies
from .errors import (
    BadCmdSequenceError,
    CmdNotImplementedError,
    CmdNotImplementedForArgError,
    ProtectionRefusedError,
)
from .login import LoginCommands


class SecurityCommands(LoginCommands):
    """AUTH, PBSZ and PROT. They are known only where the factory has a context for TLS."""

    _bufferSizeAsked = False
    _protectData = False

    def _context(self, verb: str) -> Any:
        context = getattr(self.factory, "tlsContextFactory", None)
        if context is None:
            raise CmdNotImplementedError(verb)
        return context

    def ftp_AUTH(self, mechanism: str) -> None:
        """
        Begin TLS (section 4).

        Whatever has come in the clear after the command is dropped: it may be anybody's. Whoever
        was logged in is not any more.
        """
        context = self._context("AUTH")
        if mechanism.upper() not in ("TLS", "TLS-C"):
            raise CmdNotImplementedForArgError(mechanism)
        if self._isSecure:
            raise BadCmdSequenceError("TLS has begun already")
        self.reply(replies._authenticating)
        self._dropWaiting()
        self._leave()
        self._isSecure = True
        self.transport.startTLS(context)

    def _dropWaiting(self) -> None:
        """Forget commands that have come and were not carried out."""
        self.clearLineBuffer()

    def ftp_PBSZ(self, size: str) -> Any:
        """Agree on the size of a buffer, which with TLS is 0 (section 9)."""
        self._context("PBSZ")
        if not self._isSecure:
            raise BadCmdSequenceError("AUTH required before PBSZ")
        self._bufferSizeAsked = True
        return replies._optionSet, "PBSZ=0"

    def ftp_PROT(self, level: str) -> Any:
        """Protect data connections, or not (section 9)."""
        self._context("PROT")
        if not self._bufferSizeAsked:
            raise BadCmdSequenceError("PBSZ required before PROT")
        wanted = level.upper()
        if wanted in ("S", "E"):
            raise ProtectionRefusedError()
        if wanted not in ("C", "P"):
            raise CmdNotImplementedForArgError(level)
        if wanted == "C" and getattr(self.factory, "requireTLS", False):
            raise ProtectionRefusedError()
        self._protectData = wanted == "P"
        return replies._protectionSet, "encrypted" if self._protectData else "in the clear"

    def _wrapData(self, factory: Any) -> Any:
        """Have a data connection speak TLS if that was asked for; the server is TLS's server."""
        if not self._protectData:
            return factory
        from twisted.protocols.tls import TLSMemoryBIOFactory

        from .datatls import DataConnectionCreator

        context = DataConnectionCreator(self._context("PROT"))
        return TLSMemoryBIOFactory(context, False, factory)
