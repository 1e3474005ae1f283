"""SIP's messages and their parser. All text: bytes that are no UTF-8 pass through unharmed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twisted.protocols.basic import LineReceiver

from .addresses import URL, cleanRequestURL, parseURL
from .words import dashCapitalize, longHeaders, specialCases, statusCodes

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "SIP/2.0"

_forbidden = re.compile(r"[\r\n\0]")
_length = re.compile(r"[0-9]{1,10}")
_token = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")


def encode(text: str) -> bytes:
    """Write text as bytes."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """Read text from bytes, such that `encode` gives the same bytes."""
    return data.decode("utf-8", "surrogateescape")


class Message:
    """
    A request or response.

    Attributes:
        headers: lists of values, by names in small letters.
        body: the text after the headers.
        length: bytes that the body is said to have; None where that is not said.
        finished: 1 once it is whole.
    """

    length: int | None = None

    def __init__(self) -> None:
        self.headers: dict[str, list[str]] = {}
        self.body = ""
        self.finished = 0

    def addHeader(self, name: str, value: str) -> None:
        """
        Add a header.

        Raises: ValueError where it would be more than one line, or contradicts itself.
        """
        name = name.lower()
        name = longHeaders.get(name, name)
        if not _token.fullmatch(name) or _forbidden.search(value):
            raise ValueError(f"{name!r}: {value!r} is no header of one line")
        if name == "content-length":
            if not _length.fullmatch(value) or self.length not in (None, int(value)):
                raise ValueError(f"{value!r} is no length of a body, or not the only one")
            self.length = int(value)
        self.headers.setdefault(name, []).append(value)

    def bodyDataReceived(self, data: str) -> None:
        """Add to the body."""
        self.body += data

    def creationFinished(self) -> None:
        """
        It is whole.

        Raises: ValueError where the body has not the length that was said.
        """
        if self.length is not None and self.length != len(encode(self.body)):
            raise ValueError("wrong body length")
        self.finished = 1

    def toString(self) -> str:
        """Write it."""
        lines = [self._getHeaderLine()]
        for name, values in self.headers.items():
            written = specialCases.get(name) or dashCapitalize(name)
            lines += [f"{written}: {value}" for value in values]
        return "\r\n".join([*lines, "", self.body])

    def _getHeaderLine(self) -> str:
        raise NotImplementedError(f"{self!r} is neither Request nor Response")


class Request(Message):
    """
    A request.

    Attributes:
        method: such as ``INVITE``.
        uri: whom it is for.
    """

    def __init__(self, method: str, uri: str | URL, version: str = VERSION) -> None:
        Message.__init__(self)
        if not _token.fullmatch(method):
            raise ValueError(f"{method!r} is no method")
        self.method = method
        self.uri = parseURL(uri) if isinstance(uri, str) else uri
        cleanRequestURL(self.uri)

    def __repr__(self) -> str:
        return f"<SIP Request {id(self):x}:{self.method} {self.uri.toString()}>"

    def _getHeaderLine(self) -> str:
        return f"{self.method} {self.uri.toString()} {VERSION}"


class Response(Message):
    """
    A response.

    Attributes:
        code: its status.
        phrase: words for it.
    """

    def __init__(self, code: int, phrase: str | None = None, version: str = VERSION) -> None:
        Message.__init__(self)
        self.code = code
        self.phrase = statusCodes.get(code, "") if phrase is None else phrase

    def __repr__(self) -> str:
        return f"<SIP Response {id(self):x}:{self.code}>"

    def _getHeaderLine(self) -> str:
        return f"{VERSION} {self.code} {self.phrase}"


class MessagesParser(LineReceiver):
    """
    Reads messages from bytes or text.

    After the end of a datagram call `dataDone`: a message that does not tell its length ends
    there, and whatever is not whole is dropped.

    Args:
        messageReceivedCallback: called with each message.

    Attributes:
        acceptResponses, acceptRequests: whether these are wanted.
        maxHeaders: how many headers a message may have.
        maxBodyBytes: bytes that a body may have.
        state: ``firstline``, ``headers``, ``body``, or ``invalid`` up to the datagram's end.
    """

    version: str = VERSION
    acceptResponses: int = 1
    acceptRequests: int = 1
    state: str = "firstline"
    debug: int = 0
    maxHeaders: int = 200
    maxBodyBytes: int = 65535

    def __init__(self, messageReceivedCallback: Callable[[Any], Any]) -> None:
        self.messageReceived = messageReceivedCallback
        self.reset()

    def reset(self, remainingData: str | bytes = "") -> None:
        """Begin a new message, perhaps with bytes that are here already."""
        self.state = "firstline"
        self.length: int | None = None
        self.message: Any = None
        self.header: str | None = None
        self._bodyReceived = 0
        self._headersReceived = 0
        data = remainingData if isinstance(remainingData, bytes) else encode(remainingData)
        self.setLineMode(data)

    def invalidMessage(self) -> None:
        """What comes is no message. Nothing more is read until `dataDone`."""
        self.state = "invalid"
        self.setRawMode()

    def dataReceived(self, data: str | bytes) -> Any:
        """Read what came."""
        return LineReceiver.dataReceived(self, data if isinstance(data, bytes) else encode(data))

    def dataDone(self) -> None:
        """The datagram ends here."""
        self.clearLineBuffer()
        if self.state == "body" and self.length is None:
            self.messageDone()
        else:
            self.reset()

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line is longer than ``MAX_LENGTH``."""
        self.invalidMessage()

    def lineReceived(self, line: bytes | str) -> None:
        """A line of the head."""
        text = line if isinstance(line, str) else decode(line)
        try:
            if self.state == "firstline":
                # Ends of lines may come before a message (RFC 3261 section 7.5).
                text = text.lstrip("\r\n")
                if text:
                    self.handleFirstLine(text)
            else:
                self._headerLine(text)
        except ValueError:
            self.invalidMessage()

    def handleFirstLine(self, line: str) -> None:
        """
        Read what kind of message this is.

        Raises: ValueError where it is none.
        """
        first, second, third = line.split(" ", 2)
        if first == self.version and self.acceptResponses:
            if not re.fullmatch("[1-6][0-9][0-9]", second):
                raise ValueError(f"{second!r} is no status")
            self.message = Response(int(second), third)
        elif third == self.version and self.acceptRequests:
            self.message = Request(first, second)
        else:
            raise ValueError(f"{line!r} begins no message")
        self.state = "headers"

    def _headerLine(self, line: str) -> None:
        if line[:1] in (" ", "\t") and self.header is not None:
            self.header += line.lstrip()
            if len(self.header) > self.MAX_LENGTH:
                raise ValueError("a header of several lines is too long")
            return
        if self.header is not None:
            name, colon, value = self.header.partition(":")
            self._headersReceived += 1
            if not colon or self._headersReceived > self.maxHeaders:
                raise ValueError(f"{name!r} is no header, or one too many")
            self.message.addHeader(name.rstrip(), value.strip())
        self.header = line
        if not line:
            self.header = None
            self._headDone()

    def _headDone(self) -> None:
        self.length = self.message.length
        if self.length is not None and self.length > self.maxBodyBytes:
            raise ValueError(f"a body of {self.length} bytes is too long")
        self.state = "body"
        if self.length == 0:
            self.messageDone()
        else:
            self._pieces: list[bytes] = []
            self.setRawMode()

    def rawDataReceived(self, data: bytes) -> None:
        """A piece of the body."""
        if self.state != "body":
            return
        left = (self.maxBodyBytes if self.length is None else self.length) - self._bodyReceived
        piece, rest = data[:left], data[left:]
        self._pieces.append(piece)
        self._bodyReceived += len(piece)
        if self.length is None:
            if rest:
                self.invalidMessage()
        elif self._bodyReceived == self.length:
            self.messageDone(rest)

    def messageDone(self, remainingData: str | bytes = "") -> None:
        """The message is whole."""
        message = self.message
        if self._bodyReceived:
            message.bodyDataReceived(decode(b"".join(self._pieces)))
        message.creationFinished()
        self.messageReceived(message)
        self.reset(remainingData)
