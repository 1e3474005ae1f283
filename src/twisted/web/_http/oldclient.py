"""The client of before `twisted.web.client.Agent`: a base to write one's own on."""

from __future__ import annotations

from typing import Any

from twisted.protocols.basic import LineReceiver
from twisted.web.http_headers import _sanitizeLinearWhitespace

__all__ = ["HTTPClient"]


class HTTPClient(LineReceiver):
    """
    Sends one request and takes the response.

    A subclass sends it in ``connectionMade``, by `sendCommand`, `sendHeader` and `endHeaders`, and
    overrides ``handle...`` for what comes back. It knows the headers of HTTP/1, but no chunks.

    Attributes:
        length: bytes of the body that are to come; None if nobody has said.
        firstLine: whether the first line is to come.
    """

    length: int | None = None
    firstLine = True
    _header: bytes | None = None

    def sendCommand(self, command: bytes, path: bytes) -> None:
        """Send the first line of a request."""
        self.transport.writeSequence([command, b" ", path, b" HTTP/1.0\r\n"])

    def sendHeader(self, name: bytes, value: Any) -> None:
        """Send a header; ``value`` is bytes, or what has a text of its own."""
        if not isinstance(value, bytes):
            value = str(value).encode("ascii")
        clean = _sanitizeLinearWhitespace
        self.transport.writeSequence([clean(name), b": ", clean(value), b"\r\n"])

    def endHeaders(self) -> None:
        """Send the end of the headers."""
        self.transport.write(b"\r\n")

    def connectionLost(self, reason: Any = None) -> None:
        """The response ends with its connection."""
        self.handleResponseEnd()

    # What a subclass is told

    def handleStatus(self, version: bytes, status: bytes, message: bytes) -> None:
        """Override: the first line came. Args: its three parts."""

    def handleHeader(self, key: bytes, val: bytes) -> None:
        """Override: a header came."""

    def handleEndHeaders(self) -> None:
        """Override: all headers have come."""

    def handleResponsePart(self, data: bytes) -> None:
        """Take a part of the body."""
        self._parts.append(data)

    def handleResponseEnd(self) -> None:
        """The response is over; `handleResponse` is given its body, where it is defined."""
        if self.firstLine:
            return
        self.firstLine = True
        handle = getattr(self, "handleResponse", None)
        if handle is not None:
            handle(b"".join(self._parts))

    _parts: list[bytes]

    # Receiving

    def connectionMade(self) -> None:
        """Override to send the request."""

    def lineReceived(self, line: bytes) -> None:
        """Take a line of the head."""
        if self.firstLine:
            self._receiveStatus(line)
        elif line[:1] in (b" ", b"\t") and self._header is not None:
            self._header += line
        else:
            if self._header is not None:
                header, self._header = self._header, None
                self.extractHeader(header)
            if line:
                self._header = line
            else:
                self.handleEndHeaders()
                self.setRawMode()

    def _receiveStatus(self, line: bytes) -> None:
        self.firstLine = False
        self._parts = []
        version, _, rest = line.partition(b" ")
        status, _, message = rest.partition(b" ")
        self.handleStatus(version, status, message)

    def extractHeader(self, header: bytes) -> None:
        """Take a whole header, as it came: its name, a colon, and its value."""
        name, _, value = header.partition(b":")
        value = value.lstrip(b" \t")
        self.handleHeader(name, value)
        if name.lower() == b"content-length" and value.isdigit():
            self.length = int(value)

    def rawDataReceived(self, data: bytes) -> None:
        """Take a part of the body."""
        if self.length is None:
            self.handleResponsePart(data)
            return
        part, rest = data[: self.length], data[self.length :]
        self.handleResponsePart(part)
        self.length -= len(part)
        if self.length == 0:
            self.handleResponseEnd()
            self.setLineMode(rest)
