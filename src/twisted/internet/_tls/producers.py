"""
Between a producer and a transport that has two reasons to be full.

The transport below is full when its peer reads slowly; the TLS layer itself when OpenSSL must
hear from the peer before it can send (during the handshake). Both say so to one
`ProducerMembrane`, which lets each change through once. A pull producer is driven by
`PullToPush`, so that the transport below only ever sees push producers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IConsumer, IPullProducer, IPushProducer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.internet.interfaces import IReactorTime


@implementer(IPushProducer)
class ProducerMembrane:
    """
    Hand on pauses and resumes, but never two of a kind in a row.

    The transport below calls `pauseProducing` and `resumeProducing`, the TLS layer `hold` and
    `letGo`, which does not resume for a transport that is full. (The other way round a transport
    may resume: if TLS is still blocked, the next write says so.)
    """

    _producerPaused = False
    _transportFull = False

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._producer!r}>"

    def pauseProducing(self) -> None:
        """The transport is full: pause the producer unless it is paused."""
        self._transportFull = True
        self.hold()

    def resumeProducing(self) -> None:
        """The transport has room: let the producer go on if it is paused."""
        self._transportFull = False
        self.letGo()

    def hold(self) -> None:
        """TLS cannot send: pause the producer unless it is paused."""
        if not self._producerPaused:
            self._producerPaused = True
            self._producer.pauseProducing()

    def letGo(self) -> None:
        """TLS can send: let the producer go on if it is paused, unless the transport is full."""
        if self._producerPaused and not self._transportFull:
            self._producerPaused = False
            self._producer.resumeProducing()

    def stopProducing(self) -> None:
        """Stop the producer."""
        self._producer.stopProducing()


@implementer(IPushProducer)
class PullToPush:
    """
    Ask a pull producer for more, again and again, as long as nobody says pause.

    Each request is one step of a cooperative task, so that a producer which always has more
    does not keep the reactor from other work.
    """

    _finished = False

    def __init__(
        self,
        pullProducer: IPullProducer,
        consumer: IConsumer,
        clock: IReactorTime | None = None,
    ) -> None:
        """
        Args:
            pullProducer: whom to ask.
            consumer: what it writes to, which is told when it is broken.
            clock: takes the turns between two requests; the installed reactor if None.
        """
        self._producer = pullProducer
        self._consumer = consumer
        self._clock = clock

    def startStreaming(self) -> None:
        """Begin to ask. Call this once, after the consumer knows its producer."""
        from twisted.internet import task

        clock = self._clock
        if clock is None:
            self._coopTask = task.cooperate(self._requests())
        else:
            turns = task.Cooperator(scheduler=lambda step: clock.callLater(0, step))
            self._coopTask = turns.cooperate(self._requests())

    def stopStreaming(self) -> None:
        """Ask no more. May be called more than once; the producer itself is not told."""
        if self._finished:
            return
        self._finished = True
        self._coopTask.stop()

    def pauseProducing(self) -> None:
        """Ask no more for now."""
        self._coopTask.pause()

    def resumeProducing(self) -> None:
        """Go on asking."""
        self._coopTask.resume()

    def stopProducing(self) -> None:
        """Ask no more and have the producer stop."""
        self.stopStreaming()
        self._producer.stopProducing()

    def _requests(self) -> Iterator[None]:
        while True:
            try:
                self._producer.resumeProducing()
            except Exception:
                self._giveUp()
            yield None

    def _giveUp(self) -> None:
        """The producer is broken: say so, and go on without it."""
        from twisted.logger import Logger

        log = Logger()
        log.failure(
            "while calling resumeProducing on {producer}, which is stopped now",
            producer=self._producer,
        )
        try:
            self._consumer.unregisterProducer()
        except Exception:
            log.failure("while calling unregisterProducer on {consumer}", consumer=self._consumer)
        self.stopStreaming()
