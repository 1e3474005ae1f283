"""
What the first process of a site and its workers say to each other, beside the operations that
everybody may ask for.

Plans go as pickles: one process has started the other, and the socket between them has no name.
"""

from __future__ import annotations

import pickle
from typing import Any

from twisted.application._config.site import SitePlan
from twisted.application._control.commands import JSON, Long, WasRefused
from twisted.application._site.listening import CannotStart
from twisted.application._site.sockets import Address, Handed
from twisted.protocols.amp import Boolean, Command, Descriptor, Integer, Unicode

__all__ = [
    "Begin",
    "Change",
    "Hand",
    "Hurry",
    "Ready",
    "asHanded",
    "channelDescriptor",
    "handing",
    "pickled",
    "unpickled",
]

channelDescriptor = 3
"""The descriptor that a worker finds its end of the socket at."""

_errors: dict[type[Exception], bytes] = {WasRefused: b"REFUSED"}


class Ready(Command):
    """
    A worker's first word.

    Descriptors that come before its end of the channel is set to take them would be lost.
    """

    commandName = b"ready"
    requiresAnswer = False


class Hand(Command):
    """
    Give a worker a listening socket, for its next start or change.
    """

    commandName = b"hand"
    arguments = [
        (b"kind", Unicode()),
        (b"host", Unicode()),
        (b"port", Unicode()),
        (b"isNumber", Boolean()),
        (b"family", Integer()),
        (b"descriptor", Descriptor()),
    ]


class Begin(Command):
    """
    Have a worker start.
    """

    commandName = b"begin"
    arguments = [
        (b"number", Integer()),
        # Where modules are looked for, which a plan needs when it is unpickled.
        (b"paths", JSON()),
        (b"plan", Long()),
        (b"stopped", JSON()),
    ]
    response: list[Any] = []
    errors = _errors


class Change(Command):
    """
    Have a worker follow another plan.
    """

    commandName = b"change"
    arguments = [(b"plan", Long())]
    response: list[Any] = []
    errors = _errors


class Hurry(Command):
    """
    Have a worker wait no longer for its connections to finish.
    """

    commandName = b"hurry"
    response: list[Any] = []


def handing(handed: Handed) -> dict[str, Any]:
    """
    Returns: the arguments of `Hand` for a socket.
    """
    address = handed.address
    return {
        "kind": address.kind,
        "host": address.host,
        "port": str(address.port),
        "isNumber": isinstance(address.port, int),
        "family": int(handed.family),
        "descriptor": handed.descriptor,
    }


def asHanded(
    kind: str, host: str, port: str, isNumber: bool, family: int, descriptor: int
) -> Handed:
    """
    Returns: the socket that came with the arguments of `Hand`.
    """
    return Handed(Address(kind, host, int(port) if isNumber else port), descriptor, family)


def pickled(plan: SitePlan) -> bytes:
    """
    Returns: a plan as bytes.
    Raises: CannotStart where it holds what cannot go to another process.
    """
    try:
        return pickle.dumps(plan)
    except Exception as error:
        raise CannotStart(
            [f"this site cannot have workers: its settings cannot be handed to them ({error})"]
        ) from None


def unpickled(data: bytes) -> SitePlan:
    """
    Returns: the plan again.
    """
    plan: SitePlan = pickle.loads(data)
    return plan
