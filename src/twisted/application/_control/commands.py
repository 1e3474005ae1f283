"""
The operations as AMP commands. What an operation gives is JSON.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.protocols.amp import Argument, Boolean, Command, Integer, Unicode

from .wire import joined, split

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
]


class Long(Argument):
    """
    Bytes of any length, over as many keys as it takes.
    """

    def toBox(self, name: bytes, strings: Any, objects: Any, proto: Any) -> None:
        """Write it."""
        data = self.toString(self.retrieve(objects, name.decode("ascii"), proto))
        strings.update(split(name, data))

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
