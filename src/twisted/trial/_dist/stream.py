"""
Long values over AMP: one string of a box holds 64 KiB at most, a stream of them holds anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.protocols.amp import Command, Integer, String

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twisted.protocols.amp import AMP

#: Bytes of one piece: what a box takes, with room to spare.
pieceBytes = 60_000

Text = TypeVar("Text", str, bytes)


class StreamOpen(Command):
    """
    Begin a stream; the answer is its number.
    """

    response = [(b"streamId", Integer())]


class StreamWrite(Command):
    """
    The next piece of a stream.
    """

    arguments = [(b"streamId", Integer()), (b"data", String())]


class StreamReceiver:
    """
    Keeps the pieces of streams until somebody asks for them.
    """

    def __init__(self) -> None:
        self._opened = 0
        self._pieces: dict[int, list[bytes]] = {}

    def __repr__(self) -> str:
        return f"<StreamReceiver open={len(self._pieces)} opened={self._opened}>"

    def open(self) -> int:
        """Begin a stream, and give its number."""
        self._opened += 1
        self._pieces[self._opened] = []
        return self._opened

    def write(self, streamId: int, chunk: bytes) -> None:
        """
        Keep a piece.

        Raises: KeyError if there is no stream of this number, or not any more.
        """
        self._pieces[streamId].append(chunk)

    def finish(self, streamId: int) -> list[bytes]:
        """
        Forget a stream, and give its pieces in the order in which they came.

        Raises: KeyError if there is no stream of this number, or not any more.
        """
        return self._pieces.pop(streamId)


def chunk(data: Text, chunkSize: int) -> Iterator[Text]:
    """
    Cut text or bytes into pieces.

    Args:
        data: what to cut.
        chunkSize: how long a piece is at most, at least 1.
    """
    return (data[begin : begin + chunkSize] for begin in range(0, len(data), chunkSize))


async def stream(amp: AMP | Any, chunks: Iterable[bytes]) -> int:
    """
    Send pieces one after the other.

    Args:
        amp: the connection; the other side answers `StreamOpen` and `StreamWrite`.
        chunks: the pieces, of `pieceBytes` at most.
    Returns: the number that the other side gave the stream.
    """
    number: int = (await amp.callRemote(StreamOpen))["streamId"]
    for piece in chunks:
        await amp.callRemote(StreamWrite, streamId=number, data=piece)
    return number
