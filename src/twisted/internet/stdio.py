"""
Standard input and output as a transport.

::

    StandardIO(LineEcho())
    reactor.run()

connects the protocol with the two, whatever they are: pipes, files, a terminal.
"""

from __future__ import annotations

from twisted._faces import handOn

from ._stdio.transport import PipeAddress as PipeAddress
from ._stdio.transport import StandardIO as StandardIO

__all__ = ["PipeAddress", "StandardIO"]

handOn(__name__, PipeAddress, StandardIO)
