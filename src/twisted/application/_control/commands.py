"""
The operations as AMP commands.

A value of AMP has 65,535 bytes at most; what an operation gives is JSON that goes over as many
keys as it takes.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.protocols.amp import Argument, Boolean, Command, Integer, Unicode

__all__ = [
    "Down",
    "Follow",
    "JSON",
    "Logged",
    "Logs",
    "Long",
    "Reload",
    "Restart",
    "Start",
    "Status",
    "Stop",
    "WasRefused",
    "joined",
]

_mostBytes = 60000


class Long(Argument):
    """
    Bytes of any length: key ``x``, and ``x.1``, ``x.2``, ... where they are many.
    """

    def toBox(self, name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """Write it, over as many keys as it takes."""
        data = self.toString(self.retrieve(objects, name.decode("ascii"), proto))
        for index, start in enumerate(range(0, len(data) or 1, _mostBytes)):
            strings[name + b".%d" % index if index else name] = data[start : start + _mostBytes]

    def fromBox(self, name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """Read it."""
        objects[name.decode("ascii")] = self.fromString(joined(name, strings))

    def toString(self, inObject: Any) -> bytes:
        """The bytes."""
        return bytes(inObject)

    def fromString(self, inString: bytes) -> Any:
        """The value of the bytes."""
        return inString


class JSON(Long):
    """
    Anything that JSON can hold.
    """

    def toString(self, inObject: Any) -> bytes:
        """Write it in ASCII."""
        return json.dumps(inObject).encode("ascii")

    def fromString(self, inString: bytes) -> Any:
        """Read it."""
        return json.loads(inString)


def joined(name: bytes, strings: Any) -> bytes:
    """
    Returns: the text of a `Long` argument, from a box.
    """
    parts = [strings[name]]
    while (more := strings.get(name + b".%d" % len(parts))) is not None:
        parts.append(more)
    return b"".join(parts)


class WasRefused(Exception):
    """
    `Refused`, on its way over the wire: its text is JSON.
    """


_errors: dict[type[Exception], bytes] = {WasRefused: b"REFUSED"}


class Status(Command):
    commandName = b"status"
    response = [(b"answer", JSON())]
    errors = _errors


class Reload(Command):
    commandName = b"reload"
    response = [(b"answer", JSON())]
    errors = _errors


class Down(Command):
    commandName = b"down"
    response = [(b"answer", JSON())]
    errors = _errors


class Start(Command):
    commandName = b"start"
    arguments = [(b"name", Unicode())]
    response = [(b"answer", JSON())]
    errors = _errors


class Stop(Command):
    commandName = b"stop"
    arguments = [(b"name", Unicode())]
    response = [(b"answer", JSON())]
    errors = _errors


class Restart(Command):
    commandName = b"restart"
    arguments = [(b"name", Unicode())]
    response = [(b"answer", JSON())]
    errors = _errors


class Logs(Command):
    commandName = b"logs"
    arguments = [(b"count", Integer(optional=True)), (b"name", Unicode(optional=True))]
    response = [(b"answer", JSON())]
    errors = _errors


class Follow(Command):
    """
    Have each message sent from now on, as `Logged`.
    """

    commandName = b"follow"
    arguments = [(b"on", Boolean(optional=True))]
    response: list[Any] = []
    errors = _errors


class Logged(Command):
    """
    One message, sent to whoever follows.
    """

    commandName = b"logged"
    arguments = [(b"entry", JSON())]
    requiresAnswer = False
