"""
What a file system is to a server, and what a consumer is to a client.

Paths are segments from the root, without ``.`` and ``..``. All methods of a shell give Deferreds;
they fail with the `FTPCmdError` that is to be answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Interface

from twisted.internet.interfaces import IConsumer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twisted.internet.defer import Deferred


class IFinishableConsumer(IConsumer):
    """A consumer that wants to know when that was all."""

    def finish() -> None:
        """That was all."""


class IFTPShell(Interface):
    """The files that one user sees."""

    def makeDirectory(path: Sequence[str]) -> Deferred[Any]:
        """Make a folder."""

    def removeDirectory(path: Sequence[str]) -> Deferred[Any]:
        """Remove a folder, which is empty."""

    def removeFile(path: Sequence[str]) -> Deferred[Any]:
        """Remove a file."""

    def rename(fromPath: Sequence[str], toPath: Sequence[str]) -> Deferred[Any]:
        """Give a file or folder another name."""

    def access(path: Sequence[str]) -> Deferred[Any]:
        """Look whether a folder can be gone into."""

    def stat(path: Sequence[str], keys: Sequence[str] = ()) -> Deferred[list[Any]]:
        """
        Look at a file or folder.

        Args:
            keys: what is wanted, of: ``size`` (bytes), ``directory`` (whether it is one),
                ``permissions`` (a `twisted.python.filepath.Permissions`), ``hardlinks`` (a
                count), ``modified`` (seconds since 1970), ``owner`` and ``group`` (names).
        Returns: a Deferred of the values, in the order of the keys.
        """

    def list(
        path: Sequence[str], keys: Sequence[str] = ()
    ) -> Deferred[list[tuple[str, list[Any]]]]:
        """
        Look at what is in a folder. A file is listed as the only one.

        Args:
            keys: as for `stat`.
        Returns: a Deferred of names, each with its values.
        """

    def openForReading(path: Sequence[str]) -> Deferred[Any]:
        """
        Open a file to be sent.

        Returns: a Deferred of an `IReadFile`.
        """

    def openForWriting(path: Sequence[str]) -> Deferred[Any]:
        """
        Open a file to be received; what was in it is lost.

        Returns: a Deferred of an `IWriteFile`.
        """


class IReadFile(Interface):
    """A file that can be sent, once."""

    def send(consumer: Any) -> Deferred[Any]:
        """
        Send all of it.

        Args:
            consumer: an ``IConsumer``; it does not begin by itself.
        Returns: a Deferred that fires when all of it was given to the consumer.
        """


class IWriteFile(Interface):
    """A file that can be received, once."""

    def receive() -> Deferred[Any]:
        """
        Begin.

        Returns: a Deferred of an ``IConsumer`` that takes the bytes.
        """

    def close() -> Deferred[Any]:
        """
        End: all has come.

        Returns: a Deferred that fires when the bytes are where they are to be.
        """
