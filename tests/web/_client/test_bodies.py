"""Bodies from files and into memory."""

from __future__ import annotations

import io
from typing import Any

import pytest

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, Cooperator
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.client import (
    FileBodyProducer,
    PartialDownloadError,
    PotentialDataLoss,
    Response,
    ResponseDone,
    readBody,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from .talking import failureOf


class Reading:
    """A file that is read a piece in each turn of a clock."""

    def __init__(self, data: bytes = b"abcdefgh", skip: int = 0) -> None:
        self.clock = Clock()
        self.file = io.BytesIO(data)
        self.file.read(skip)
        cooperator = Cooperator(lambda: lambda: True, lambda work: self.clock.callLater(1, work))
        self.producer = FileBodyProducer(self.file, cooperator, 3)
        self.written: list[bytes] = []
        self.ended: list[Any] = []

    def start(self) -> Deferred[None]:
        done = self.producer.startProducing(self)  # type: ignore[arg-type]  # it only takes what is written
        return done.addBoth(self.ended.append)

    def write(self, data: bytes) -> None:
        self.written.append(data)


def test_aFileIsReadPieceByPieceAndClosed() -> None:
    reading = Reading(skip=1)
    assert reading.producer.length == 7
    reading.start()
    reading.clock.pump([1] * 5)
    assert reading.written == [b"bcd", b"efg", b"h"]
    assert reading.ended == [None]
    assert reading.file.closed
    reading.producer.stopProducing()


def test_aPausedFileIsNotRead() -> None:
    reading = Reading()
    reading.start()
    reading.clock.advance(1)
    reading.producer.pauseProducing()
    reading.clock.pump([1] * 5)
    assert reading.written == [b"abc"]
    reading.producer.resumeProducing()
    reading.clock.pump([1] * 5)
    assert reading.ended == [None]


def test_aStoppedFileIsClosedAndSaysNothing() -> None:
    reading = Reading()
    reading.start()
    reading.clock.advance(1)
    reading.producer.stopProducing()
    reading.clock.pump([1] * 5)
    assert (reading.written, reading.ended) == ([b"abc"], [])
    assert reading.file.closed


def test_aFileThatIsStoppedBeforeItsStartIsClosed() -> None:
    reading = Reading()
    reading.producer.stopProducing()
    assert reading.file.closed


def test_whatReadingRaisesIsTold() -> None:
    reading = Reading()
    reading.producer._inputFile = open  # type: ignore[assignment]  # it has no read
    reading.start()
    reading.clock.advance(1)
    assert reading.ended[0].check(AttributeError)


def test_aFileWithoutPlacesHasNoLength() -> None:
    class Pipe:
        def read(self, size: int) -> bytes:
            return b""

    assert FileBodyProducer(Pipe()).length is UNKNOWN_LENGTH  # type: ignore[arg-type]  # that is the point


def found() -> Response:
    transport = StringTransport(lenient=True)
    return Response((b"HTTP", 1, 1), 206, b"Part", Headers(), transport)


def test_aBodyIsGivenWhenItIsWhole() -> None:
    response = found()
    got: list[bytes] = []
    readBody(response).addCallback(got.append)
    response._bodyDataReceived(b"a")
    response._bodyDataReceived(b"b")
    assert got == []
    response._bodyDataFinished(Failure(ResponseDone()))
    assert got == [b"ab"]


def test_whatMayBeMissingIsSaid() -> None:
    response = found()
    reading = readBody(response)
    response._bodyDataReceived(b"a")
    response._bodyDataFinished(Failure(PotentialDataLoss()))
    failure = failureOf(reading)
    assert failure is not None
    error = failure.value
    assert isinstance(error, PartialDownloadError)
    assert (error.status, error.message, error.response) == (b"206", b"Part", b"a")


def test_cancellingClosesTheConnectionWithoutAWarning(
    recwarn: pytest.WarningsRecorder,
) -> None:
    response = found()
    reading = readBody(response)
    reading.cancel()
    failureOf(reading)
    assert response._transport.disconnected
    assert len(recwarn) == 0
