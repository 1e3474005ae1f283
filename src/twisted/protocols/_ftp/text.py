"""
Text, as TYPE A sends it: lines end in CR and LF on the wire (RFC 959 section 3.1.1.1), and in LF
in files of this system.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IConsumer


class ASCIIConsumerWrapper:
    """
    Passes on with the wire's line ends what comes with the system's.

    Attributes:
        cons: where it goes.
    """

    def __init__(self, cons: Any) -> None:
        self.cons = cons
        self.registerProducer = cons.registerProducer
        self.unregisterProducer = cons.unregisterProducer

    def write(self, bytes: bytes) -> None:
        """Pass on."""
        self.cons.write(bytes.replace(b"\n", b"\r\n"))


@implementer(IConsumer)
class TextReader:
    """
    Passes on with the system's line ends what comes with the wire's, however it was cut.

    A CR that stands alone is one.
    """

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._held = b""

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self._consumer.registerProducer(producer, streaming)

    def write(self, data: bytes) -> None:
        data = self._held + data
        self._held = b"\r" if data.endswith(b"\r") else b""
        if self._held:
            data = data[:-1]
        if data:
            self._consumer.write(data.replace(b"\r\n", b"\n"))

    def unregisterProducer(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._consumer.write(held)
        self._consumer.unregisterProducer()
