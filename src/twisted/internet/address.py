"""
Addresses: the two ends of a connection, and what a port is bound to.

One is made for each accepted connection, so these classes are plain and lean: slots, a
constructor without checks of host and port, and no machinery at import time. They are values:
equal ones are interchangeable, also as keys. Treat them as unchangeable.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IAddress

if TYPE_CHECKING:
    from typing import Literal


class _AttrsFields:
    """
    What functions of `attrs` ask a class for; made when they first do.

    Scrapy gives an address another port by ``attr.evolve``. To import attrs here would cost more
    than all else in this module.
    """

    def __get__(self, instance: object, owner: Any) -> tuple[Any, ...]:
        import inspect

        import attr

        arguments = [*inspect.signature(owner).parameters.values()]
        twin = attr.make_class(
            owner.__name__,
            {
                each.name: attr.ib()
                if each.default is each.empty
                else attr.ib(default=each.default)
                for each in arguments
            },
        )
        fields: tuple[Any, ...] = attr.fields(twin)
        owner.__attrs_attrs__ = fields
        return fields


class _Valued:
    """
    Equality, order, hash, ``repr`` and pickling from the values of the constructor's arguments.

    Addresses of different classes are neither equal nor in any order.
    """

    # A dictionary is made only for one that gets attributes of its program's, as txtorcon does.
    __slots__ = ("__dict__", "__weakref__")
    __match_args__: tuple[str, ...] = ()
    __attrs_attrs__ = _AttrsFields()

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Valued)
        return self._values() == other._values()

    def __ne__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return not self == other

    def __lt__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Valued)
        return self._values() < other._values()

    def __le__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Valued)
        return self._values() <= other._values()

    def __gt__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Valued)
        return self._values() > other._values()

    def __ge__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        assert isinstance(other, _Valued)
        return self._values() >= other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{self.__class__.__name__}({shown})"

    def __setstate__(self, state: Any) -> None:
        # Also takes the plain dictionary that pickles made by other implementations hold.
        for part in state if isinstance(state, tuple) else (state,):
            for name, value in (part or {}).items():
                setattr(self, name, value)


def _wrongType(given: object) -> ValueError:
    return ValueError(f"the type of an address is 'TCP' or 'UDP', not {given!r}")


@implementer(IAddress)
class IPv4Address(_Valued):
    """
    One end of a TCP or UDP conversation over IPv4.

    Attributes:
        type: ``"TCP"`` or ``"UDP"``.
        host: the address in dotted-quad form.
        port: the port number.
    """

    __slots__ = ("host", "port", "type")
    __match_args__ = ("type", "host", "port")

    def __init__(self, type: Literal["TCP", "UDP"], host: str, port: int) -> None:
        if type != "TCP" and type != "UDP":
            raise _wrongType(type)
        self.type = type
        self.host = host
        self.port = port

    def _values(self) -> tuple[Any, ...]:
        return self.type, self.host, self.port


@implementer(IAddress)
class IPv6Address(_Valued):
    """
    One end of a TCP or UDP conversation over IPv6.

    Attributes:
        type: ``"TCP"`` or ``"UDP"``.
        host: the address in colon-separated hexadecimal form (RFC 5952).
        port: the port number.
        flowInfo: the flow label (RFC 6437).
        scopeID: the zone of a link-local address (RFC 4007): a number, or the name of an
            interface.
    """

    __slots__ = ("flowInfo", "host", "port", "scopeID", "type")
    __match_args__ = ("type", "host", "port", "flowInfo", "scopeID")

    def __init__(
        self,
        type: Literal["TCP", "UDP"],
        host: str,
        port: int,
        flowInfo: int = 0,
        scopeID: str | int = 0,
    ) -> None:
        if type != "TCP" and type != "UDP":
            raise _wrongType(type)
        self.type = type
        self.host = host
        self.port = port
        self.flowInfo = flowInfo
        self.scopeID = scopeID

    def _values(self) -> tuple[Any, ...]:
        return self.type, self.host, self.port, self.flowInfo, self.scopeID


@implementer(IAddress)
class _ProcessAddress:
    """What a process transport has for an address: there is only this one kind of it."""


@implementer(IAddress)
class HostnameAddress(_Valued):
    """
    A place known by a name that has not been resolved.

    Attributes:
        hostname: the name, as bytes (in its IDNA form).
        port: the port number.
    """

    __slots__ = ("hostname", "port")
    __match_args__ = ("hostname", "port")

    def __init__(self, hostname: bytes, port: int) -> None:
        self.hostname = hostname
        self.port = port


@implementer(IAddress)
class UNIXAddress:
    """
    One end of a UNIX socket.

    Two of them are equal where their names are, or where both names lead to the same file.

    Attributes:
        name: the path as bytes. None for an end without a name; a name that begins with NUL is
            in Linux's abstract namespace and no path at all.
    """

    __slots__ = ("__dict__", "__weakref__", "name")
    __match_args__ = ("name",)
    __attrs_attrs__ = _AttrsFields()

    name: bytes | None

    def __init__(self, name: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None) -> None:
        self.name = name if name is None else os.fsencode(name)

    def _file(self) -> tuple[int, int] | None:
        """Tell device and inode of the file that the name leads to, if there is one."""
        if not self.name or self.name[0] == 0:
            return None
        try:
            status = os.stat(self.name)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UNIXAddress):
            return NotImplemented
        if self.name == other.name:
            return True
        mine = self._file()
        return mine is not None and mine == other._file()

    def __hash__(self) -> int:
        # By the file where there is one, since two names of one file are equal.
        return hash(self._file() or (self.name,))

    def __repr__(self) -> str:
        shown = self.name if self.name is None else os.fsdecode(self.name)
        return f"UNIXAddress({shown!r})"

    def __setstate__(self, state: Any) -> None:
        for part in state if isinstance(state, tuple) else (state,):
            for name, value in (part or {}).items():
                setattr(self, name, value)


__all__ = ["HostnameAddress", "IPv4Address", "IPv6Address", "UNIXAddress"]
