"""
A client for memcached, in its text protocol.

Keys and values are bytes. Calls can be made without waiting for those before: answers come in
the order of the calls::

    await client.set(b"name", b"value", expireTime=60)
    flags, value = await client.get(b"name")

Source: doc/protocol.txt of memcached.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, TimeoutError, fail
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import TimeoutMixin

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DEFAULT_PORT",
    "ClientError",
    "Command",
    "MemCacheProtocol",
    "NoSuchCommand",
    "ServerError",
]

DEFAULT_PORT = 11211

# A blank or a line end within a key would begin another argument, or another command.
_keyPattern = re.compile(rb"[^\0-\x20\x7f]+")
_argumentPattern = re.compile(rb"[^\0-\x1f\x7f]+")
_numberPattern = re.compile(rb"[0-9]{1,20}")

# What may be answered to which commands. Everything that is not here stores.
_readers = (b"get", b"gets")
_counters = (b"incr", b"decr")
_others = (*_readers, *_counters, b"delete", b"stats", b"version", b"flush_all")


class NoSuchCommand(Exception):
    """The server does not know the command."""


class ClientError(Exception):
    """What was asked for cannot be asked, by our judgement or the server's."""


class ServerError(Exception):
    """The server could not do it."""


class Command:
    """
    A command that waits for its answer.

    Attributes:
        command: its name, as bytes.
    """

    command: Any

    def __init__(self, command: bytes, **kwargs: Any) -> None:
        self.command = command
        self._deferred: Deferred[Any] = Deferred()
        for name, value in kwargs.items():
            setattr(self, name, value)

    def success(self, value: Any) -> None:
        """It was answered."""
        self._deferred.callback(value)

    def fail(self, error: Any) -> None:
        """It was refused."""
        self._deferred.errback(error)


def _checkNumber(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int) or value < least:
        raise ClientError(f"{name} is {value!r}; it is to be an int, {least} or more")


class MemCacheProtocol(LineReceiver, TimeoutMixin):
    """
    A connection to a memcached.

    Args:
        timeOut: seconds to wait for an answer. After that all that waits fails with
            `TimeoutError`, and the connection is closed.

    Attributes:
        persistentTimeOut: as given.
        MAX_KEY_LENGTH: bytes that a key may have.
        maxValueBytes: bytes that a value from the server may have.
        maxStatistics: how many the server may send at once.
    """

    MAX_KEY_LENGTH: int = 250
    maxValueBytes: int = 128 * 1024 * 1024
    maxStatistics: int = 10_000
    transport: Any

    _disconnected = False

    def __init__(self, timeOut: int = 60) -> None:
        self._current: deque[Any] = deque()
        self.persistentTimeOut = timeOut
        # The pieces of a value that is coming in, and how many bytes are to come, CRLF included.
        self._pieces: list[bytes] = []
        self._toCome = 0

    # The connection

    def _cancelCommands(self, reason: Any) -> None:
        waiting, self._current = self._current, deque()
        for command in waiting:
            command.fail(reason)

    def timeoutConnection(self) -> None:
        """The server was silent for too long."""
        self._disconnected = True
        self._cancelCommands(TimeoutError("Connection timeout"))
        self.transport.loseConnection()

    def connectionLost(self, reason: Any = None) -> None:
        """Nothing will be answered any more."""
        self._disconnected = True
        self.setTimeout(None)
        self._cancelCommands(reason)
        LineReceiver.connectionLost(self, reason)

    def sendLine(self, line: bytes) -> None:
        """Send a command, and wait for its answer from now on, unless others are before it."""
        if not self._current:
            self.setTimeout(self.persistentTimeOut)
        LineReceiver.sendLine(self, line)

    def _done(self) -> Any:
        """The first command is answered: give it, and wait for the next one."""
        command = self._current.popleft()
        if self._current:
            self.resetTimeout()
        else:
            self.setTimeout(None)
        return command

    # Answers

    # By the first word, or by the whole line with its blanks as underscores. True: with words.
    _answers = {
        b"STORED": False,
        b"NOT_STORED": False,
        b"EXISTS": False,
        b"NOT_FOUND": False,
        b"DELETED": False,
        b"OK": False,
        b"END": False,
        b"ERROR": False,
        b"CLIENT_ERROR": True,
        b"SERVER_ERROR": True,
        b"VALUE": True,
        b"STAT": True,
        b"VERSION": True,
    }

    def lineReceived(self, line: bytes) -> None:
        """
        A line of an answer.

        Raises: RuntimeError where it is none that the first command may have. That ends the
            connection: it is not known any more what answers what.
        """
        if not self._current:
            raise RuntimeError(f"{line!r} came, and nothing was asked")
        word, _, rest = line.partition(b" ")
        if self._answers.get(word):
            getattr(self, f"cmd_{word.decode('ascii')}")(rest)
            return
        # Some servers write NOT FOUND.
        word = line.replace(b" ", b"_")
        if self._answers.get(word) is False:
            getattr(self, f"cmd_{word.decode('ascii')}")()
            return
        # Old servers fill a number up with blanks.
        number = line.rstrip(b" ")
        if self._current[0].command in _counters and _numberPattern.fullmatch(number):
            self._done().success(int(number))
            return
        raise self._unexpected(line)

    def _unexpected(self, line: bytes) -> RuntimeError:
        return RuntimeError(f"{line[:100]!r} came in answer to {self._current[0].command!r}")

    def _succeed(self, answer: bytes, value: Any, *commands: bytes) -> None:
        """The first command ends well, if it is one of these, or a storing one for no names."""
        name = self._current[0].command
        if name not in commands if commands else name in _others:
            raise self._unexpected(answer)
        self._done().success(value)

    def cmd_STORED(self) -> None:
        """The value was kept."""
        self._succeed(b"STORED", True)

    def cmd_NOT_STORED(self) -> None:
        """The value was not kept: the key is there already, or is not."""
        self._succeed(b"NOT_STORED", False)

    def cmd_EXISTS(self) -> None:
        """The value was not kept: somebody else has changed it."""
        self._succeed(b"EXISTS", False)

    def cmd_NOT_FOUND(self) -> None:
        """There is no such key."""
        if self._current[0].command in (b"delete", *_counters):
            self._done().success(False)
        else:
            self._succeed(b"NOT_FOUND", False)

    def cmd_DELETED(self) -> None:
        """The key is gone."""
        self._succeed(b"DELETED", True, b"delete")

    def cmd_OK(self) -> None:
        """All keys are gone."""
        self._succeed(b"OK", True, b"flush_all")

    def cmd_VERSION(self, versionData: bytes) -> None:
        """The server's version."""
        self._succeed(b"VERSION", versionData, b"version")

    def cmd_ERROR(self) -> None:
        """The server does not know the command."""
        self._done().fail(NoSuchCommand())

    def cmd_CLIENT_ERROR(self, errText: bytes) -> None:
        """The server refuses the command."""
        self._done().fail(ClientError(repr(errText)))

    def cmd_SERVER_ERROR(self, errText: bytes) -> None:
        """The server cannot do it."""
        self._done().fail(ServerError(repr(errText)))

    def cmd_STAT(self, line: bytes) -> None:
        """One of the statistics."""
        command = self._current[0]
        if command.command != b"stats" or len(command.values) >= self.maxStatistics:
            raise self._unexpected(b"STAT " + line)
        name, _, value = line.partition(b" ")
        command.values[name] = value

    def cmd_VALUE(self, line: bytes) -> None:
        """A value follows."""
        command = self._current[0]
        wanted = {b"get": 3, b"gets": 4}.get(command.command)
        key, *numbers = line.split(b" ")
        if (
            len(numbers) + 1 != wanted
            or key not in command.values
            or not all(_numberPattern.fullmatch(number) for number in numbers)
        ):
            raise self._unexpected(b"VALUE " + line)
        length = int(numbers[1])
        if length > self.maxValueBytes:
            raise RuntimeError(
                f"A value of {length} bytes is announced; {self.maxValueBytes} are allowed "
                "(MemCacheProtocol.maxValueBytes)"
            )
        command.coming = key, int(numbers[0]), b"".join(numbers[2:])
        self._toCome = length + 2
        self.setRawMode()

    def rawDataReceived(self, data: bytes) -> None:
        """A piece of a value."""
        self._pieces.append(data[: self._toCome])
        rest = data[self._toCome :]
        self._toCome -= len(self._pieces[-1])
        if self._toCome:
            return
        value, self._pieces = b"".join(self._pieces), []
        command = self._current[0]
        key, flags, identifier = command.coming
        if not value.endswith(b"\r\n"):
            raise RuntimeError(f"The value of {key!r} is longer than the server announced")
        command.values[key] = self._entry(command, flags, identifier, value[:-2])
        self.setLineMode(rest)

    def _entry(self, command: Any, flags: int, identifier: bytes, value: bytes | None) -> Any:
        return (flags, value) if command.command == b"get" else (flags, identifier, value)

    def cmd_END(self) -> None:
        """All values, or statistics, have come."""
        command = self._current[0]
        if command.command == b"stats":
            self._done().success(command.values)
        elif command.command in _readers:
            nothing = self._entry(command, 0, b"", None)
            found = {key: entry or nothing for key, entry in command.values.items()}
            self._done().success(found if command.multiple else found[command.key])
        else:
            raise self._unexpected(b"END")

    # Commands

    def _checkKey(self, key: Any) -> None:
        if not isinstance(key, bytes):
            raise ClientError(f"Invalid type for key: {type(key)!r}, expecting bytes")
        if len(key) > self.MAX_KEY_LENGTH:
            raise ClientError(f"A key has {len(key)} bytes; {self.MAX_KEY_LENGTH} are allowed")
        if not _keyPattern.fullmatch(key):
            raise ClientError(f"{key!r} is no key: it is empty, or has blanks or control bytes")

    def _send(self, command: Command, line: bytes, value: bytes | None = None) -> Deferred[Any]:
        if self._disconnected:
            return fail(RuntimeError("not connected"))
        # One write for both lines.
        self.sendLine(line if value is None else line + b"\r\n" + value)
        self._current.append(command)
        return command._deferred

    def increment(self, key: bytes, val: int = 1) -> Deferred[Any]:
        """
        Add to a number. It stays below 2**64, where it begins anew.

        Returns: a Deferred of the sum; False where there is no such key.
        """
        return self._incrdecr(b"incr", key, val)

    def decrement(self, key: bytes, val: int = 1) -> Deferred[Any]:
        """
        Take from a number. It does not go below 0.

        Returns: a Deferred of the rest; False where there is no such key.
        """
        return self._incrdecr(b"decr", key, val)

    def _incrdecr(self, cmd: bytes, key: bytes, val: int) -> Deferred[Any]:
        try:
            self._checkKey(key)
            _checkNumber("The difference", val, 0)
        except ClientError:
            return fail()
        return self._send(Command(cmd, key=key), b"%s %s %d" % (cmd, key, val))

    def replace(
        self, key: bytes, val: bytes, flags: int = 0, expireTime: int = 0
    ) -> Deferred[bool]:
        """Keep a value if the key is there already. See `set`."""
        return self._set(b"replace", key, val, flags, expireTime, b"")

    def add(self, key: bytes, val: bytes, flags: int = 0, expireTime: int = 0) -> Deferred[bool]:
        """Keep a value if the key is not there yet. See `set`."""
        return self._set(b"add", key, val, flags, expireTime, b"")

    def set(self, key: bytes, val: bytes, flags: int = 0, expireTime: int = 0) -> Deferred[bool]:
        """
        Keep a value.

        Args:
            key: without blanks and control bytes, `MAX_KEY_LENGTH` at most.
            val: any bytes.
            flags: a number of 32 bits that is kept with it.
            expireTime: seconds to keep it, up to 30 days; beyond that, seconds since 1970; 0 for
                as long as there is room.
        Returns: a Deferred: whether it was kept.
        """
        return self._set(b"set", key, val, flags, expireTime, b"")

    def checkAndSet(
        self, key: bytes, val: bytes, cas: bytes, flags: int = 0, expireTime: int = 0
    ) -> Deferred[bool]:
        """
        Keep a value if nobody has changed it since it was got.

        Args:
            cas: what `get` gave for it, asked ``withIdentifier``.
        """
        return self._set(b"cas", key, val, flags, expireTime, cas)

    def _set(
        self, cmd: bytes, key: bytes, val: bytes, flags: int, expireTime: int, cas: bytes
    ) -> Deferred[bool]:
        try:
            self._checkKey(key)
            if not isinstance(val, bytes):
                raise ClientError(f"Invalid type for value: {type(val)!r}, expecting bytes")
            _checkNumber("flags", flags, 0)
            _checkNumber("expireTime", expireTime, -1)
            if cas and not (isinstance(cas, bytes) and _numberPattern.fullmatch(cas)):
                raise ClientError(f"{cas!r} is no identifier of a value")
        except ClientError:
            return fail()
        end = b" " + cas if cas else b""
        line = b"%s %s %d %d %d%s" % (cmd, key, flags, expireTime, len(val), end)
        return self._send(Command(cmd, key=key, flags=flags, length=len(val)), line, val)

    def append(self, key: bytes, val: bytes) -> Deferred[bool]:
        """Put bytes after a value that is there. A Deferred: whether it is."""
        return self._set(b"append", key, val, 0, 0, b"")

    def prepend(self, key: bytes, val: bytes) -> Deferred[bool]:
        """Put bytes before a value that is there. A Deferred: whether it is."""
        return self._set(b"prepend", key, val, 0, 0, b"")

    def get(self, key: bytes, withIdentifier: bool = False) -> Deferred[Any]:
        """
        Get a value.

        Args:
            withIdentifier: whether to get what `checkAndSet` wants too.
        Returns: a Deferred of the flags and the value, with the identifier between them if it
            was asked for. Without such a key the value is None.
        """
        return self._get([key], withIdentifier, False)

    def getMultiple(self, keys: Iterable[bytes], withIdentifier: bool = False) -> Deferred[Any]:
        """
        Get several values at once.

        Returns: a Deferred of a dictionary with what `get` gives for each key.
        """
        return self._get(keys, withIdentifier, True)

    def _get(self, keys: Iterable[bytes], withIdentifier: bool, multiple: bool) -> Deferred[Any]:
        wanted = list(keys)
        try:
            if not wanted:
                raise ClientError("There are no keys to get")
            for key in wanted:
                self._checkKey(key)
        except ClientError:
            return fail()
        name = b"gets" if withIdentifier else b"get"
        command = Command(
            name, key=wanted[0], values=dict.fromkeys(wanted), multiple=multiple, coming=None
        )
        return self._send(command, b" ".join([name, *wanted]))

    def stats(self, arg: bytes | None = None) -> Deferred[dict[bytes, bytes]]:
        """
        Ask for the server's statistics.

        Args:
            arg: which ones, such as ``b"slabs"``.
        """
        line = b"stats"
        if arg is not None:
            if not isinstance(arg, bytes) or not _argumentPattern.fullmatch(arg):
                return fail(ClientError(f"{arg!r} names no statistics"))
            line += b" " + arg
        return self._send(Command(b"stats", values={}), line)

    def version(self) -> Deferred[bytes]:
        """Ask for the server's version."""
        return self._send(Command(b"version"), b"version")

    def delete(self, key: bytes) -> Deferred[bool]:
        """Forget a value. A Deferred: whether it was there."""
        try:
            self._checkKey(key)
        except ClientError:
            return fail()
        return self._send(Command(b"delete", key=key), b"delete " + key)

    def flushAll(self) -> Deferred[bool]:
        """Forget everything."""
        return self._send(Command(b"flush_all"), b"flush_all")
