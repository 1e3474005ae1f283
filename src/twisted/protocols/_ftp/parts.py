"""What the parts of a server's session share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .commands import toSegments
from .errors import FileNotFoundError, InvalidPath

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


class Part:
    """
    A part of `twisted.protocols.ftp.FTP`: some of its commands.

    A command is a method ``ftp_VERB``. It returns a key of a reply, or a tuple of a key and what
    its text has room for, or None if it has replied itself, or a Deferred of one of these; or it
    raises an `FTPCmdError`.
    """

    if TYPE_CHECKING:
        binary: bool
        dataFromPeerOnly: bool
        dtpFactory: Any
        dtpInstance: Any
        dtpTimeout: float
        factory: Any
        lowestActivePort: int
        passiveAddress: str | None
        portal: Any
        shell: Any
        state: int
        transport: Any
        workingDirectory: list[str]
        _epsvAll: bool

        def reply(self, key: str, *args: object) -> None: ...
        def cleanupDTP(self) -> None: ...
        def dataConnection(self, verb: str) -> Deferred[Any]: ...
        def clearLineBuffer(self) -> bytes: ...

    def _segments(self, path: str) -> list[str]:
        """Find what a path names, from the folder that the user is in."""
        try:
            return toSegments(self.workingDirectory, path)
        except InvalidPath:
            raise FileNotFoundError(path) from None
