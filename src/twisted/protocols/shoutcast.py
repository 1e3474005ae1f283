"""
Listening to a SHOUTcast server: sound with the titles of songs in between.

The server is asked by HTTP/1.0 to send titles (``Icy-MetaData: 1``). It answers ``ICY 200 OK`` and
says by ``icy-metaint`` after how many bytes of sound a title follows: one byte with its length in
units of 16 bytes, and then text such as ``StreamTitle='Somebody - Something';``.
"""

from __future__ import annotations

import re

from twisted import copyright
from twisted.web._http.oldclient import HTTPClient

__all__ = ["ShoutcastClient"]

# A value ends at the quote before a semicolon: titles have quotes of their own.
_field = re.compile(r"([A-Za-z0-9_-]+)='(.*?)';", re.DOTALL)
_unit = 16


class ShoutcastClient(HTTPClient):
    """
    Takes a stream apart. Override `gotMetaData` and `gotMP3Data`.

    Attributes:
        userAgent: what this calls itself.

    Args:
        path: what is asked for, as str or bytes.
    """

    userAgent = f"Twisted Shoutcast client {copyright.version}"

    def __init__(self, path: str | bytes = "/") -> None:
        self.path = path.encode("utf-8") if isinstance(path, str) else path
        self.got_metadata = False
        self.metaint: int | None = None
        self.metamode = "mp3"
        self.remaining = 0
        self.databuffer = b""

    def connectionMade(self) -> None:
        """Ask for the stream, with titles."""
        self.sendCommand(b"GET", self.path)
        self.sendHeader(b"User-Agent", self.userAgent)
        self.sendHeader(b"Icy-MetaData", b"1")
        self.endHeaders()

    def lineReceived(self, line: bytes) -> None:
        """Take a line of the head; the first one may say ``ICY`` instead of HTTP."""
        if self.firstLine and line.startswith(b"ICY"):
            line = line.replace(b"ICY", b"HTTP/1.0", 1)
        super().lineReceived(line)

    def handleHeader(self, key: bytes, value: bytes) -> None:
        """Learn after how many bytes of sound a title follows."""
        if key.lower() == b"icy-metaint":
            if not value.isdigit() or not 0 < int(value) < 2**24:
                raise ValueError(f"icy-metaint is {value!r:.40}: it is a number of bytes")
            self.metaint = self.remaining = int(value)
            self.got_metadata = True

    def handleEndHeaders(self) -> None:
        """From here on it is sound."""
        if self.got_metadata:
            self.handleResponsePart = self.handleResponsePart_with_metadata  # type: ignore[method-assign]  # titles come in between
        else:
            self.handleResponsePart = self.gotMP3Data  # type: ignore[method-assign]  # all is sound

    def handleResponsePart_with_metadata(self, data: bytes) -> None:
        """Take sound, and titles in between."""
        self.databuffer += data
        while (
            self.databuffer
            and {
                "mp3": self.handle_mp3,
                "length": self.handle_length,
                "meta": self.handle_meta,
            }[self.metamode]()
        ):
            pass

    # Each takes what it can out of the buffer, and says whether there may be more to take.

    def handle_mp3(self) -> bool:
        """Take sound."""
        part, self.databuffer = (
            self.databuffer[: self.remaining],
            self.databuffer[self.remaining :],
        )
        self.remaining -= len(part)
        self.gotMP3Data(part)
        if not self.remaining:
            self.metamode = "length"
        return True

    def handle_length(self) -> bool:
        """Take the length of a title; none has none."""
        self.remaining = self.databuffer[0] * _unit
        self.databuffer = self.databuffer[1:]
        self.metamode = "meta" if self.remaining else "mp3"
        if not self.remaining:
            self.remaining = self.metaint or 0
        return True

    def handle_meta(self) -> bool:
        """Take a title, when all of it is there."""
        if len(self.databuffer) < self.remaining:
            return False
        title, self.databuffer = (
            self.databuffer[: self.remaining],
            self.databuffer[self.remaining :],
        )
        self.metamode, self.remaining = "mp3", self.metaint or 0
        self.gotMetaData(self.parseMetadata(title))
        return True

    def parseMetadata(self, data: bytes) -> list[tuple[str, str]]:
        """
        Args: data: a title, filled up with NULs.
        Returns: names and values; text that is no UTF-8 is taken for ISO 8859-1.
        """
        data = data.rstrip(b"\0")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("iso-8859-1")
        return _field.findall(text)

    def gotMetaData(self, metadata: list[tuple[str, str]]) -> None:
        """Override: a title came. Args: metadata: names and values."""
        raise NotImplementedError(f"{type(self).__name__} has no gotMetaData")

    def gotMP3Data(self, data: bytes) -> None:
        """Override: sound came."""
        raise NotImplementedError(f"{type(self).__name__} has no gotMP3Data")
