"""
AMP, the Asynchronous Messaging Protocol: calls in both directions over one connection.

A command is a class that says which arguments it takes, what it answers and which errors it may
end with::

    class Sum(amp.Command):
        arguments = [(b"a", amp.Integer()), (b"b", amp.Integer())]
        response = [(b"total", amp.Integer())]

    class Adder(amp.AMP):
        @Sum.responder
        def sum(self, a, b):
            return {"total": a + b}

    # on the other side
    total = (await protocol.callRemote(Sum, a=13, b=81))["total"]

On the wire, a call and its answer are boxes: mappings of short strings. Everything is made in
``_amp``.

Bounds on what a peer may send are attributes of `BinaryBoxProtocol`: ``maxBoxKeys``,
``maxBoxBytes`` and ``maxDescriptors``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted._faces import handOn
from twisted.protocols._amp.arguments import (
    PYTHON_KEYWORDS,
    AmpList,
    Argument,
    Boolean,
    DateTime,
    Decimal,
    Descriptor,
    Float,
    Integer,
    ListOf,
    Path,
    String,
    Unicode,
    utc,
)

# Published programs and tests know these by their older names.
from twisted.protocols._amp.arguments import objectsToStrings as _objectsToStrings
from twisted.protocols._amp.arguments import pythonName as _wireNameToPythonIdentifier
from twisted.protocols._amp.arguments import stringsToObjects as _stringsToObjects
from twisted.protocols._amp.boxes import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_CODE,
    ERROR_DESCRIPTION,
    MAX_KEY_LENGTH,
    MAX_VALUE_LENGTH,
    AmpBox,
    QuitBox,
    parse,
    parseString,
)
from twisted.protocols._amp.commands import Command
from twisted.protocols._amp.contracts import (
    IArgumentType,
    IBoxReceiver,
    IBoxSender,
    IResponderLocator,
)
from twisted.protocols._amp.dispatcher import BoxDispatcher
from twisted.protocols._amp.errors import (
    PROTOCOL_ERRORS,
    UNHANDLED_ERROR_CODE,
    UNKNOWN_ERROR_CODE,
    AmpError,
    BadLocalReturn,
    IncompatibleVersions,
    InvalidSignature,
    MalformedAmpBox,
    NoEmptyBoxes,
    OnlyOneTLS,
    ProtocolSwitched,
    RemoteAmpError,
    TooLong,
    UnhandledCommand,
    UnknownRemoteError,
)
from twisted.protocols._amp.locators import CommandLocator, SimpleStringLocator
from twisted.protocols._amp.securing import LocalArgument as _LocalArgument
from twisted.protocols._amp.securing import NoCertificate as _NoCertificate
from twisted.protocols._amp.securing import StartTLS
from twisted.protocols._amp.securing import TLSBox as _TLSBox
from twisted.protocols._amp.shell import AMP, BinaryBoxProtocol
from twisted.protocols._amp.shell import DescriptorExchanger as _DescriptorExchanger
from twisted.protocols._amp.switching import ProtocolSwitchCommand
from twisted.protocols._amp.switching import SwitchBox as _SwitchBox
from twisted.python._tzhelper import FixedOffsetTimeZone as _FixedOffsetTZInfo

Box = AmpBox

if TYPE_CHECKING:
    ssl: Any


def __getattr__(name: str) -> Any:
    # OpenSSL is imported when TLS is first thought of. Programs may set `ssl` to None.
    if name != "ssl":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from twisted.internet import ssl
    except ImportError:
        return None
    return ssl


handOn(
    __name__,
    AMP,
    AmpBox,
    AmpError,
    AmpList,
    Argument,
    BadLocalReturn,
    BinaryBoxProtocol,
    Boolean,
    BoxDispatcher,
    Command,
    CommandLocator,
    DateTime,
    Decimal,
    Descriptor,
    Float,
    IncompatibleVersions,
    Integer,
    InvalidSignature,
    ListOf,
    MalformedAmpBox,
    NoEmptyBoxes,
    OnlyOneTLS,
    Path,
    ProtocolSwitchCommand,
    ProtocolSwitched,
    QuitBox,
    RemoteAmpError,
    SimpleStringLocator,
    StartTLS,
    String,
    TooLong,
    UnhandledCommand,
    Unicode,
    UnknownRemoteError,
    parse,
    parseString,
)

__all__ = [
    "AMP",
    "ANSWER",
    "ASK",
    "AmpBox",
    "AmpError",
    "AmpList",
    "Argument",
    "BadLocalReturn",
    "BinaryBoxProtocol",
    "Boolean",
    "Box",
    "BoxDispatcher",
    "COMMAND",
    "Command",
    "CommandLocator",
    "DateTime",
    "Decimal",
    "Descriptor",
    "ERROR",
    "ERROR_CODE",
    "ERROR_DESCRIPTION",
    "Float",
    "IArgumentType",
    "IBoxReceiver",
    "IBoxSender",
    "IResponderLocator",
    "IncompatibleVersions",
    "Integer",
    "InvalidSignature",
    "ListOf",
    "MAX_KEY_LENGTH",
    "MAX_VALUE_LENGTH",
    "MalformedAmpBox",
    "NoEmptyBoxes",
    "OnlyOneTLS",
    "PROTOCOL_ERRORS",
    "PYTHON_KEYWORDS",
    "Path",
    "ProtocolSwitchCommand",
    "ProtocolSwitched",
    "QuitBox",
    "RemoteAmpError",
    "SimpleStringLocator",
    "StartTLS",
    "String",
    "TooLong",
    "UNHANDLED_ERROR_CODE",
    "UNKNOWN_ERROR_CODE",
    "UnhandledCommand",
    "Unicode",
    "UnknownRemoteError",
    "_DescriptorExchanger",
    "_FixedOffsetTZInfo",
    "_LocalArgument",
    "_NoCertificate",
    "_SwitchBox",
    "_TLSBox",
    "_objectsToStrings",
    "_stringsToObjects",
    "_wireNameToPythonIdentifier",
    "parse",
    "parseString",
    "utc",
]
