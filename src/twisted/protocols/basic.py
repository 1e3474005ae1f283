"""
Framing: lines, netstrings, and strings with a length in front of them.

Each class is fed bytes as they come and calls a method for each whole piece. How the bytes were
cut on their way makes no difference to what is called. Each has a limit, in bytes, for one piece
(``MAX_LENGTH``), and keeps no more than about that in memory: what is longer is reported, and by
default costs the peer its connection.
"""

from __future__ import annotations

from twisted._faces import handOn
from twisted.protocols._framing.files import FileSender
from twisted.protocols._framing.lines import LineOnlyReceiver, LineReceiver
from twisted.protocols._framing.netstrings import (
    IncompleteNetstring,
    NetstringParseError,
    NetstringReceiver,
)
from twisted.protocols._framing.pausing import _PauseableMixin
from twisted.protocols._framing.prefixed import (
    Int8StringReceiver,
    Int16StringReceiver,
    Int32StringReceiver,
    IntNStringReceiver,
    StatefulStringProtocol,
    StringTooLongError,
)

# For programs that look at it; nothing here does.
DEBUG = 0

handOn(
    __name__,
    FileSender,
    IncompleteNetstring,
    Int8StringReceiver,
    Int16StringReceiver,
    Int32StringReceiver,
    IntNStringReceiver,
    LineOnlyReceiver,
    LineReceiver,
    NetstringParseError,
    NetstringReceiver,
    StatefulStringProtocol,
    StringTooLongError,
    _PauseableMixin,
)

__all__ = [
    "FileSender",
    "IncompleteNetstring",
    "Int8StringReceiver",
    "Int16StringReceiver",
    "Int32StringReceiver",
    "IntNStringReceiver",
    "LineOnlyReceiver",
    "LineReceiver",
    "NetstringParseError",
    "NetstringReceiver",
    "StatefulStringProtocol",
    "StringTooLongError",
]
