"""
Standing between a producer and a consumer.

A proxy is the consumer of the one and the producer of the other. It may hold data back, as
`twisted.protocols.htb` does to shape traffic.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from twisted.internet import interfaces


def _joined(pieces: list[Any]) -> Any:
    """Join bytes, or whatever else the pieces are."""
    return pieces[0][:0].join(pieces)


@implementer(interfaces.IProducer, interfaces.IConsumer)
class BasicProducerConsumerProxy:
    """
    Passes on what is written, unless it is paused or was not asked.

    Attributes:
        consumer: where it goes, or None.
        producer: where it comes from, or None.
        producerIsStreaming: whether that is a push producer.
        iAmStreaming: whether the consumer is to see a push producer; set it in a subclass.
        paused: whether the consumer wants nothing for now.
        stopped: whether the consumer wants nothing any more.
        outstandingPull: whether the consumer has asked and not been answered.
    """

    consumer: Any = None
    producer: Any = None
    producerIsStreaming: bool | None = None
    iAmStreaming: bool = True
    outstandingPull: bool = False
    paused: bool = False
    stopped: bool = False

    def __init__(self, consumer: Any) -> None:
        self._buffer: list[Any] = []
        if consumer is not None:
            self.consumer = consumer
            consumer.registerProducer(self, self.iAmStreaming)

    # As a producer

    def pauseProducing(self) -> None:
        """Hold back, and have the producer pause."""
        self.paused = True
        if self.producer is not None:
            self.producer.pauseProducing()

    def resumeProducing(self) -> None:
        """Pass on what was held back, or remember to; and have the producer go on."""
        self.paused = False
        if self._buffer:
            held, self._buffer = self._buffer, []
            self.consumer.write(_joined(held))
        elif not self.iAmStreaming:
            self.outstandingPull = True
        if self.producer is not None:
            self.producer.resumeProducing()

    def stopProducing(self) -> None:
        """Pass nothing on any more, and have the producer stop."""
        self.stopped = True
        self.consumer = None
        if self.producer is not None:
            self.producer.stopProducing()

    # As a consumer

    def _heldBack(self) -> bool:
        return self.paused or not (self.iAmStreaming or self.outstandingPull)

    def write(self, data: Any) -> None:
        """Pass data on, or hold it back."""
        if self._heldBack():
            self._buffer.append(data)
        elif self.consumer is not None:
            self.consumer.write(data)
            self.outstandingPull = False

    def finish(self) -> None:
        """Pass on that this was all, to a consumer that knows of that."""
        if self.consumer is not None:
            self.consumer.finish()
        self.unregisterProducer()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Know the producer."""
        self.producer = producer
        self.producerIsStreaming = streaming

    def unregisterProducer(self) -> None:
        """Know it no more, and be known to the consumer no more."""
        self.producer = None
        self.producerIsStreaming = None
        if self.consumer is not None:
            self.consumer.unregisterProducer()

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} around {self.consumer!r}>"


class ProducerConsumerProxy(BasicProducerConsumerProxy):
    """
    A proxy with a buffer: the two sides are paused and resumed each by itself.

    Attributes:
        bufferSize: how much is held back before the producer is told to pause.
        producerPaused: whether it was.
        unregistered: whether the producer has finished, and something is still held back.
    """

    bufferSize: int = 2**16
    producerPaused: bool = False
    unregistered: bool = False

    def pauseProducing(self) -> None:
        """Hold back. The producer goes on until the buffer is full."""
        self.paused = True

    def resumeProducing(self) -> None:
        """Pass on what can be passed on, and find out who has to do what next."""
        self.paused = False
        answered = self._passOn() if self._buffer else 0
        if self.unregistered:
            self._tellOfTheEnd()
        if not self.iAmStreaming:
            self.outstandingPull = not answered
        if self.producer is None:
            return
        if self.producerPaused:
            if sum(map(len, self._buffer)) < self.bufferSize:
                self.producerPaused = False
                self.producer.resumeProducing()
        elif self.outstandingPull:
            self.producer.resumeProducing()

    def _passOn(self) -> int:
        data = _joined(self._buffer)
        count = self._writeSomeData(data)
        self._buffer = [data[count:]] if count < len(data) else []
        return count

    def write(self, data: Any) -> None:
        """Pass data on, or hold it back; tell the producer if that is too much."""
        self._buffer.append(data)
        if not self._heldBack() and self.consumer is not None and self._passOn():
            self.outstandingPull = False
        if (
            self.producer is not None
            and self.producerIsStreaming
            and not self.producerPaused
            and sum(map(len, self._buffer)) >= self.bufferSize
        ):
            self.producerPaused = True
            self.producer.pauseProducing()

    def _writeSomeData(self, data: Any) -> int:
        """
        Pass on as much as possible; a subclass may find less possible.

        Returns: how much that was.
        """
        if self.consumer is None:
            return 0
        self.consumer.write(data)
        return len(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Know the producer; a pull producer is asked at once."""
        self.unregistered = False
        BasicProducerConsumerProxy.registerProducer(self, producer, streaming)
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Know it no more. The consumer hears of that when all was passed on."""
        self.producer = None
        self.producerIsStreaming = None
        self.unregistered = True
        self._tellOfTheEnd()

    def _tellOfTheEnd(self) -> None:
        if self.consumer is not None and not self._buffer:
            self.unregistered = False
            self.consumer.unregisterProducer()


__all__ = ["BasicProducerConsumerProxy", "ProducerConsumerProxy"]
