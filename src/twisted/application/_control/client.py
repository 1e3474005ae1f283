"""
Asking a running site, from a program that has no reactor: what the commands of ``twist`` use.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from twisted.protocols._amp.boxes import AmpBox, BoxReader

from .paths import shortest
from .wire import joined

__all__ = ["Asking", "NotUp", "WasNotDone"]


class NotUp(Exception):
    """
    Nobody answers at the control socket.
    """


class WasNotDone(Exception):
    """
    The site has refused.

    Args:
        lines: why.
        inFile: whether its configuration file is to blame.
    """

    def __init__(self, lines: list[str], inFile: bool) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.inFile = inFile


class Asking:
    """
    A connection to a control socket.

    Args:
        path: the socket.
        timeout: seconds that an answer may take; None for as long as it takes.
    Raises: NotUp.
    """

    maxKeys = 4096
    maxBytes = 64 * 1024 * 1024
    """Bounds of one answer."""

    def __init__(self, path: str, timeout: float | None = 120.0) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise NotUp("this system has no UNIX sockets")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._reader = BoxReader(self.maxKeys, self.maxBytes)
        self._asked = 0
        self._entries: list[Any] = []
        try:
            self._socket.connect(shortest(path))
        except OSError as error:
            self._socket.close()
            raise NotUp(error.strerror or str(error)) from None

    def __enter__(self) -> Asking:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def ask(self, operation: str, **arguments: str | int) -> Any:
        """
        Have an operation done.

        Args:
            operation: one of `operationNames`, or "follow".
            arguments: what it takes.
        Returns: what it gives.
        Raises: WasNotDone if the site refuses; NotUp if it goes away meanwhile.
        """
        self._asked += 1
        tag = b"%x" % self._asked
        box = AmpBox({b"_ask": tag, b"_command": operation.encode("ascii")})
        for name, value in arguments.items():
            box[name.encode("ascii")] = str(value).encode("utf-8")
        try:
            self._socket.sendall(box.serialize())
        except OSError as error:
            raise NotUp(error.strerror or str(error)) from None
        while True:
            answer = self._box()
            if answer.get(b"_answer") == tag:
                return json.loads(joined(b"answer", answer)) if b"answer" in answer else None
            if answer.get(b"_error") == tag:
                raise _refusal(answer)
            self._note(answer)

    def entries(self) -> Iterator[Any]:
        """
        Go over messages as they come, after "follow" was asked. Ends when the site does.
        """
        self._socket.settimeout(None)
        while True:
            while self._entries:
                yield self._entries.pop(0)
            try:
                self._note(self._box())
            except NotUp:
                return

    def _note(self, box: AmpBox) -> None:
        if box.get(b"_command") == b"logged":
            self._entries.append(json.loads(joined(b"entry", box)))

    def _box(self) -> AmpBox:
        while (box := self._reader.next()) is None:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                raise NotUp("the site does not answer") from None
            except OSError as error:
                raise NotUp(error.strerror or str(error)) from None
            if not data:
                raise NotUp("the site has ended the connection")
            self._reader.feed(data)
        return box


def _refusal(box: AmpBox) -> WasNotDone:
    said = box.get(b"_error_description", b"").decode("utf-8", "replace")
    if box.get(b"_error_code") == b"REFUSED":
        told = json.loads(said)
        return WasNotDone(told["lines"], told["inFile"])
    return WasNotDone([said or "the site refused without a word"], False)
