"""Sending files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from twisted.internet.interfaces import IProducer
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import FileSender


def outcome(deferred: Any) -> list[Any]:
    got: list[Any] = []
    deferred.addBoth(got.append)
    return got


def sendAll(content: bytes, **options: Any) -> tuple[bytes, list[Any]]:
    transport = StringTransport()
    sender = FileSender()
    sender.CHUNK_SIZE = 4
    done = outcome(sender.beginFileTransfer(BytesIO(content), transport, **options))
    assert (transport.producer, transport.streaming) == (sender, False)
    while transport.producer is not None:
        sender.resumeProducing()
    return transport.value(), done


@pytest.mark.parametrize("content", [b"x", b"four", b"fives", b"0123456789" * 10])
def test_aFileIsSentInChunksAndTheLastByteIsTold(content: bytes) -> None:
    assert sendAll(content) == (content, [content[-1:]])


def test_anEmptyFileIsSentToo() -> None:
    assert sendAll(b"") == (b"", [""])


def test_eachChunkIsTransformed() -> None:
    assert sendAll(b"abcdef", transform=lambda chunk: chunk[::-1] + b"|") == (b"dcba|fe|", [b"|"])


def test_aConsumerThatGoesAwayMakesItFail() -> None:
    sender = FileSender()
    done = outcome(sender.beginFileTransfer(BytesIO(b"abc"), StringTransport()))
    sender.pauseProducing()
    sender.stopProducing()
    sender.stopProducing()
    assert len(done) == 1
    assert "not sent to its end" in str(done[0].value)


def test_itIsAProducer() -> None:
    assert verifyObject(IProducer, FileSender())
