"""
AMP without its log of who comes and goes, which nobody wants to read of callers that ask one thing.
"""

from __future__ import annotations

from twisted.protocols.amp import BinaryBoxProtocol, BoxDispatcher, CommandLocator

__all__ = ["QuietAMP"]


class QuietAMP(BinaryBoxProtocol, BoxDispatcher, CommandLocator):
    """
    Asks by `callRemote`, and answers by the responders that a subclass declares.
    """

    def __init__(self) -> None:
        BoxDispatcher.__init__(self, self)
        BinaryBoxProtocol.__init__(self, self)
