"""The commands that send or receive on a data connection."""

from __future__ import annotations

import fnmatch
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from . import replies
from .commands import _isGlobbingExpression, withoutFlags
from .connecting import ConnectionCommands
from .errors import (
    CmdArgSyntaxError,
    CmdNotImplementedForArgError,
    FileNotFoundError,
    FTPCmdError,
    NoDataConnectionError,
    TransferAbortedError,
    commandError,
)
from .files import _Skipping
from .listing import factKeys, factLine, listKeys
from .naming import NamingCommands
from .text import ASCIIConsumerWrapper, TextReader

_log = Logger()

# More than any file system takes for a name.
_maxPattern = 1024


class TransferCommands(NamingCommands, ConnectionCommands):
    """RETR, STOR, APPE, REST, ABOR, LIST, NLST and MLSD."""

    _restartAt = 0

    def _transfer(self, verb: str, do: Callable[..., Awaitable[Any]], *args: Any) -> Deferred[Any]:
        """
        Carry a transfer out, whatever comes of it.

        Args:
            do: given the data connection and the other arguments.
        """
        waiting = self.dataConnection(verb)

        async def carryOut() -> Any:
            try:
                await waiting
                return await do(self.dtpInstance, *args)
            finally:
                self.cleanupDTP()

        return Deferred.fromCoroutine(carryOut())

    async def _opened(self, path: str, method: Callable[..., Any], *args: Any) -> Any:
        """Open a file; of an error that is no `FTPCmdError` the client hears nothing."""
        try:
            return await maybeDeferred(method, *args)
        except FTPCmdError:
            raise
        except Exception as error:
            _log.failure("A file cannot be opened", failure=Failure())
            raise FileNotFoundError(path) from error

    async def _moved(self, path: str, moving: Deferred[Any]) -> None:
        """Wait until all bytes have moved."""
        try:
            await moving
        except TransferAbortedError:
            raise
        except FTPCmdError:
            _log.failure("A transfer failed")
            raise
        except OSError as error:
            _log.failure("A transfer failed")
            raise commandError(error, path) from error
        except Exception as error:
            _log.failure("A transfer failed")
            raise TransferAbortedError() from error

    # Files.

    def ftp_REST(self, marker: str) -> Any:
        """Say at which byte the next transfer begins (RFC 3659 section 5)."""
        if not (marker.isascii() and marker.isdecimal() and len(marker) < 19):
            raise CmdArgSyntaxError(marker)
        self._restartAt = int(marker)
        return replies._restarting, self._restartAt

    def _beginAt(self) -> int:
        offset, self._restartAt = self._restartAt, 0
        return offset

    def ftp_RETR(self, path: str) -> Deferred[Any]:
        """Send a file."""
        return self._transfer("RETR", self._retrieve, path, self._beginAt())

    async def _retrieve(self, dtp: Any, path: str, offset: int) -> str:
        file = await self._opened(path, self.shell.openForReading, self._segments(path))
        if not dtp.isConnected:
            raise NoDataConnectionError()
        consumer: Any = dtp if self.binary else ASCIIConsumerWrapper(dtp)
        if offset and hasattr(file, "seek"):
            file.seek(offset)
        elif offset:
            consumer = _Skipping(consumer, offset)
        self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
        await self._moved(path, file.send(consumer))
        return replies.TXFR_COMPLETE_OK

    def ftp_STOR(self, path: str) -> Deferred[Any]:
        """Receive a file."""
        offset = self._beginAt()
        if not offset:
            return self._transfer("STOR", self._store, path, self.shell.openForWriting)
        method = getattr(self.shell, "openForWritingAt", None)
        if method is None:
            raise CmdNotImplementedForArgError(f"REST {offset}")
        return self._transfer("STOR", self._store, path, method, offset)

    def ftp_APPE(self, path: str) -> Deferred[Any]:
        """Receive what is added to a file."""
        method = getattr(self.shell, "openForAppending", None)
        if method is None:
            # An anonymous shell refuses, and others may not know how.
            method = self.shell.openForWriting
            if not hasattr(self.shell, "receive"):
                raise CmdNotImplementedForArgError(path)
        return self._transfer("APPE", self._store, path, method)

    async def _store(self, dtp: Any, path: str, method: Callable[..., Any], *args: Any) -> str:
        file = await self._opened(path, method, self._segments(path), *args)
        receiving: Deferred[Any] = Deferred()
        maybeDeferred(file.receive).chainDeferred(receiving)
        await self._moved(path, receiving.addCallback(self._beginStoring, dtp, file))
        return replies.TXFR_COMPLETE_OK

    def _beginStoring(self, consumer: Any, dtp: Any, file: Any) -> Deferred[Any]:
        self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
        done: Deferred[Any] = dtp.registerConsumer(
            consumer if self.binary else TextReader(consumer)
        )

        def close(result: Any) -> Deferred[Any]:
            return maybeDeferred(file.close).addCallback(lambda _: result)

        return done.addBoth(close)

    def ftp_ABOR(self) -> str:
        """End the transfer that is under way. By the time this is carried out, there is none."""
        return replies._aborted

    def _abortTransfer(self) -> None:
        """End a transfer at once, or the wait for its connection."""
        if hasattr(self.dtpInstance, "abort"):
            self.dtpInstance.abort()
        elif self._dataWaiter is not None:
            self.cleanupDTP()

    # Folders.

    def ftp_LIST(self, path: str = "") -> Deferred[Any]:
        """Send what is in a folder, as ``ls -l`` writes it."""
        return self._transfer("LIST", self._list, withoutFlags(path))

    async def _list(self, dtp: Any, path: str) -> str:
        found = await self._found(path, listKeys)
        self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
        for name, values in found:
            dtp.sendListResponse(name, values)
        return replies.TXFR_COMPLETE_OK

    def ftp_NLST(self, path: str) -> Deferred[Any]:
        """Send the names in a folder. What does not exist has no names in it."""
        return self._transfer("NLST", self._listNames, withoutFlags(path))

    async def _listNames(self, dtp: Any, path: str) -> str:
        try:
            found = await self._found(path, ())
        except FileNotFoundError:
            return replies.TXFR_COMPLETE_OK
        self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
        for name, _ in found:
            dtp.sendName(name)
        return replies.TXFR_COMPLETE_OK

    def ftp_MLSD(self, path: str = "") -> Deferred[Any]:
        """Send the facts of what is in a folder (RFC 3659 section 7)."""
        return self._transfer("MLSD", self._listFacts, path)

    async def _listFacts(self, dtp: Any, path: str) -> str:
        segments = self._segments(path)
        (isFolder,) = await maybeDeferred(self.shell.stat, segments, ("directory",))
        if not isFolder:
            raise CmdArgSyntaxError(path)
        found = await maybeDeferred(self.shell.list, segments, factKeys)
        self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
        for name, values in found:
            dtp.sendLine(factLine(name, values, self._wantedFacts))
        return replies.TXFR_COMPLETE_OK

    async def _found(self, path: str, keys: Sequence[str]) -> list[tuple[Any, list[Any]]]:
        """List a folder, or those of its members whose name is like a pattern."""
        segments = self._segments(path)
        if not _isGlobbingExpression(segments):
            return await self._listed(segments, keys)
        *folder, pattern = segments
        if len(pattern) > _maxPattern:
            raise CmdArgSyntaxError("a pattern that is too long")
        found = await self._listed(folder, keys)
        return [each for each in found if fnmatch.fnmatchcase(_asText(each[0]), pattern)]

    async def _listed(self, segments: list[str], keys: Sequence[str]) -> list[Any]:
        listed: list[Any] = await maybeDeferred(self.shell.list, segments, keys)
        return listed


def _asText(name: Any) -> str:
    return name if isinstance(name, str) else bytes(name).decode("utf-8", "surrogateescape")
