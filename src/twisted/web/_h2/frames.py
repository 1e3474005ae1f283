"""
What frames look like (RFC 9113, section 6): numbers, and bytes that are sent.

Reading them is the business of `core`, which looks at nothing before its size is known to be right.
"""

from __future__ import annotations

from struct import Struct

__all__ = [
    "ackPing",
    "dataHead",
    "goAwayFrame",
    "headerFrames",
    "pingFrame",
    "resetFrame",
    "settingsFrame",
    "windowFrame",
]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = range(5)
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(5, 10)

END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
WITH_PRIORITY = 0x20

SETTING_HEADER_TABLE_SIZE = 1
SETTING_ENABLE_PUSH = 2
SETTING_MAX_CONCURRENT_STREAMS = 3
SETTING_INITIAL_WINDOW_SIZE = 4
SETTING_MAX_FRAME_SIZE = 5
SETTING_MAX_HEADER_LIST_SIZE = 6

frameHeadBytes = 9
defaultWindow = 65535
largestWindow = 2**31 - 1
largestStream = 2**31 - 1
smallestMaxFrame = 16384

readHead = Struct(">HBBBL").unpack_from
"""Of the nine bytes before a frame: length // 256, length % 256, type, flags, stream."""

_head = Struct(">HBBBL").pack
_headAndNumber = Struct(">HBBBLL").pack
_setting = Struct(">HL").pack

ackSettings = _head(0, 0, SETTINGS, ACK, 0)


def dataHead(length: int, streamID: int, end: bool) -> bytes:
    """Returns: what stands before ``length`` bytes of a body."""
    return _head(length >> 8, length & 255, DATA, END_STREAM if end else 0, streamID)


def headerFrames(block: bytes, streamID: int, end: bool, most: int) -> bytes:
    """
    Args:
        block: encoded fields.
        end: whether the stream ends with them.
        most: bytes that a frame may have.
    Returns: HEADERS, and CONTINUATION where one frame does not hold them.
    """
    ending = END_STREAM if end else 0
    length = len(block)
    if length <= most:
        head = _head(length >> 8, length & 255, HEADERS, END_HEADERS | ending, streamID)
        return head + block
    parts = [_head(most >> 8, most & 255, HEADERS, ending, streamID), block[:most]]
    for at in range(most, length, most):
        piece = block[at : at + most]
        flags = END_HEADERS if at + most >= length else 0
        parts.append(_head(len(piece) >> 8, len(piece) & 255, CONTINUATION, flags, streamID))
        parts.append(piece)
    return b"".join(parts)


def resetFrame(streamID: int, code: int) -> bytes:
    """Returns: RST_STREAM."""
    return _headAndNumber(0, 4, RST_STREAM, 0, streamID, code)


def windowFrame(streamID: int, more: int) -> bytes:
    """Returns: WINDOW_UPDATE; ``more`` are bytes."""
    return _headAndNumber(0, 4, WINDOW_UPDATE, 0, streamID, more)


def ackPing(payload: bytes) -> bytes:
    """Returns: the answer to a PING."""
    return _head(0, 8, PING, ACK, 0) + payload


def pingFrame(payload: bytes) -> bytes:
    """Returns: PING; ``payload`` has 8 bytes."""
    return _head(0, 8, PING, 0, 0) + payload


def settingsFrame(settings: dict[int, int]) -> bytes:
    """Returns: SETTINGS."""
    body = b"".join([_setting(*each) for each in settings.items()])
    return _head(0, len(body), SETTINGS, 0, 0) + body


def goAwayFrame(last: int, code: int) -> bytes:
    """Returns: GOAWAY; ``last`` is the highest stream that was looked at."""
    return _head(0, 8, GOAWAY, 0, 0) + last.to_bytes(4, "big") + code.to_bytes(4, "big")
