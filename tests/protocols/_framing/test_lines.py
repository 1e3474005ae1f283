"""Lines: whatever way they are cut, however long, in whichever mode."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols._framing.splits import everyCut, feed, pieces
from twisted.internet.interfaces import ILoggingContext, IProtocol
from twisted.internet.testing import StringTransport
from twisted.protocols.basic import LineOnlyReceiver, LineReceiver


class Lines(LineReceiver):
    """Writes down what it is called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def lineReceived(self, line: bytes) -> Any:
        self.seen.append(line)

    def rawDataReceived(self, data: bytes) -> Any:
        self.seen.append(("raw", data))


class OnlyLines(LineOnlyReceiver):
    """Writes down what it is called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def lineReceived(self, line: bytes) -> Any:
        self.seen.append(line)


class Tolerant(Lines):
    """Stays connected when a line is too long."""

    def lineLengthExceeded(self, line: bytes) -> Any:
        self.seen.append(("long", line))


class OnlyTolerant(OnlyLines):
    """Stays connected when a line is too long."""

    def lineLengthExceeded(self, line: bytes) -> Any:
        self.seen.append(("long", len(line)))


both = pytest.mark.parametrize("kind", [Lines, OnlyLines])


def connected(kind: type[Any], **attributes: Any) -> Any:
    protocol = kind()
    for name, value in attributes.items():
        setattr(protocol, name, value)
    protocol.makeConnection(StringTransport())
    return protocol


# Bytes that are mostly delimiters and parts of them.
crlfish = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"bc"]), max_size=40).map(b"".join)


# Cutting


@both
@pytest.mark.parametrize("delimiter", [b"\r\n", b"\n", b"\r\n\r\n", b"aab"])
def test_everyCutGivesTheSameLines(kind: type[Any], delimiter: bytes) -> None:
    stream = delimiter.join([b"one", b"", b"two\r", b"\nthree", b"aa", b"end"])
    wanted = stream.split(delimiter)[:-1]
    for parts in everyCut(stream):
        assert feed(connected(kind, delimiter=delimiter), parts).seen == wanted


@given(pieces(crlfish))
def test_anyCutGivesTheLinesThatSplittingWouldGive(case: tuple[bytes, list[bytes]]) -> None:
    stream, parts = case
    for kind in (Lines, OnlyLines):
        assert feed(connected(kind), parts).seen == stream.split(b"\r\n")[:-1]


@given(pieces(crlfish), st.integers(0, 5))
def test_whetherALineIsTooLongDoesNotDependOnTheCut(
    case: tuple[bytes, list[bytes]], limit: int
) -> None:
    stream, parts = case
    lines = stream.split(b"\r\n")
    tooLong = [i for i, line in enumerate(lines[:-1]) if len(line) > limit]
    for kind in (Lines, OnlyLines):
        protocol = connected(kind, MAX_LENGTH=limit)
        for part in parts:
            if not protocol.transport.disconnecting:
                protocol.dataReceived(part)
        if tooLong:
            assert protocol.transport.disconnecting
            assert protocol.seen == lines[: tooLong[0]]
        else:
            assert protocol.seen == lines[:-1]


@given(st.integers(1, 4), pieces(st.text("x\n", max_size=60).map(str.encode)))
def test_bytesAreCountedTheSameInBothModesHoweverTheyAreCut(
    length: int, case: tuple[bytes, list[bytes]]
) -> None:
    """Each line is followed by so many raw bytes, of whichever kind."""

    class Alternating(Lines):
        delimiter = b"\n"
        missing = 0

        def lineReceived(self, line: bytes) -> None:
            self.seen.append(line)
            self.missing = length
            self.setRawMode()

        def rawDataReceived(self, data: bytes) -> None:
            taken, rest = data[: self.missing], data[self.missing :]
            self.missing -= len(taken)
            self.seen.extend(bytes([byte]) + b"!" for byte in taken)
            if not self.missing:
                self.setLineMode(rest)

    stream, parts = case
    assert feed(connected(Alternating), parts).seen == feed(connected(Alternating), [stream]).seen


# Limits


@both
def test_aLineOfJustTheAllowedLengthIsReceived(kind: type[Any]) -> None:
    for parts in everyCut(b"12345678\r\n"):
        protocol = feed(connected(kind, MAX_LENGTH=8), parts)
        assert (protocol.seen, protocol.transport.disconnecting) == ([b"12345678"], False)


@both
def test_aLineOfOneByteMoreClosesTheConnection(kind: type[Any]) -> None:
    for parts in everyCut(b"123456789\r\n"):
        protocol = feed(connected(kind, MAX_LENGTH=8), parts)
        assert (protocol.seen, protocol.transport.disconnecting) == ([], True)


@both
def test_aLineThatNeverEndsClosesTheConnectionAndIsNotKept(kind: type[Any]) -> None:
    protocol = connected(kind)
    for _ in range(100):
        protocol.dataReceived(b"x" * 1000)
    assert protocol.transport.disconnecting
    assert len(protocol._buffer) <= protocol.MAX_LENGTH + len(protocol.delimiter)


@both
def test_aLongLineThatComesByteByByteTakesTimeInProportion(kind: type[Any]) -> None:
    """Joining anew for each byte would need 80 GB of copying here."""
    size = 400_000
    protocol = connected(kind, MAX_LENGTH=size)
    begin = time.process_time()
    for _ in range(size):
        protocol.dataReceived(b"x")
    protocol.dataReceived(b"\r\n")
    assert protocol.seen == [b"x" * size]
    assert time.process_time() - begin < 5


def test_aLineTooLongIsHandedOverWithAllThatFollows() -> None:
    protocol = feed(connected(Tolerant, MAX_LENGTH=4), [b"a\r\n12345\r\nb\r\nc"])
    assert protocol.seen == [b"a", ("long", b"12345\r\nb\r\nc")]
    feed(protocol, [b"d\r\n"])
    assert protocol.seen[2:] == [b"d"]


def test_theRestOfALongLineCanBeReceivedAfterAll() -> None:
    class Shortening(Tolerant):
        def lineLengthExceeded(self, line: bytes) -> Any:
            self.setLineMode(line[-2:])

    protocol = feed(connected(Shortening, MAX_LENGTH=4), [b"0123456789", b"x\r\n"])
    assert protocol.seen == [b"89x"]


@pytest.mark.parametrize("cut", range(1, 30))
def test_theEndOfALineTooLongIsNotTakenForALine(cut: int) -> None:
    stream = b"ok\r\n" + b"0123456789" * 2 + b"\r\nfine\r\n"
    protocol = feed(connected(OnlyTolerant, MAX_LENGTH=4), [stream[:cut], stream[cut:]])
    told = [item for item in protocol.seen if isinstance(item, tuple)]
    assert len(told) == 1
    assert [item for item in protocol.seen if item not in told] == [b"ok", b"fine"]


def test_aLimitRaisedWhileReceivingHoldsForTheNextLine() -> None:
    class Raising(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.MAX_LENGTH = 100

    protocol = feed(connected(Raising, MAX_LENGTH=4), [b"a\r\n" + b"x" * 50 + b"\r\n"])
    assert protocol.seen == [b"a", b"x" * 50]


# Changing while receiving


def test_aDelimiterChangedWhileReceivingHoldsAtOnce() -> None:
    class Changing(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.delimiter = b";"

    assert feed(connected(Changing), [b"a\r\nb;c\r\n;d"]).seen == [b"a", b"b", b"c\r\n"]


def test_rawModeHoldsFromTheVeryNextByte() -> None:
    class Once(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.setRawMode()

    for parts in everyCut(b"go\r\n\x00\r\nraw"):
        seen = feed(connected(Once), parts).seen
        assert seen[0] == b"go"
        assert b"".join(data for _, data in seen[1:]) == b"\x00\r\nraw"


def test_manyChangesOfModeInOneReadTakeTimeInProportion() -> None:
    class Flipping(Lines):
        delimiter = b"\n"

        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.setRawMode()

        def rawDataReceived(self, data: bytes) -> Any:
            self.setLineMode(data[1:])

    begin = time.process_time()
    protocol = feed(connected(Flipping), [b"x\nx" * 20_000])
    assert protocol.seen == [b"x"] * 20_000
    assert time.process_time() - begin < 5


def test_pausingHoldsTheFollowingLinesBack() -> None:
    class Pausing(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.pauseProducing()

    protocol = feed(connected(Pausing), [b"a\r\nb\r\nc"])
    assert (protocol.seen, protocol.transport.producerState) == ([b"a"], "paused")
    feed(protocol, [b"\r\n"])
    assert protocol.seen == [b"a"]
    protocol.resumeProducing()
    assert protocol.seen == [b"a", b"b"]
    protocol.resumeProducing()
    assert protocol.seen == [b"a", b"b", b"c"]
    protocol.resumeProducing()
    assert (protocol.seen, protocol.transport.producerState) == ([b"a", b"b", b"c"], "producing")


def test_pausingWithEachOfManyLinesTakesTimeInProportion() -> None:
    class Pausing(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.pauseProducing()

    begin = time.process_time()
    protocol = feed(connected(Pausing), [b"\r\n" * 20_000])
    while protocol.paused:
        protocol.resumeProducing()
    assert len(protocol.seen) == 20_000
    assert time.process_time() - begin < 5


def test_pausingAndResumingWithinOneCallDoesNotNest() -> None:
    class Hesitating(Lines):
        depth = most = 0

        def lineReceived(self, line: bytes) -> Any:
            self.depth += 1
            self.most = max(self.most, self.depth)
            self.pauseProducing()
            self.resumeProducing()
            self.seen.append(line)
            self.depth -= 1

    protocol = feed(connected(Hesitating), [b"x\r\n" * 5000])
    assert (len(protocol.seen), protocol.most) == (5000, 1)


def test_stoppingEndsDelivery() -> None:
    class Stopping(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.stopProducing()

    protocol = feed(connected(Stopping), [b"a\r\nb\r\n", b"c\r\n"])
    assert (protocol.seen, protocol.transport.producerState) == ([b"a"], "stopped")


def test_noLineIsDeliveredAfterTheConnectionWasClosedInTheSameRead() -> None:
    class Closing(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.transport.loseConnection()

    assert feed(connected(Closing), [b"a\r\nb\r\nc\r\n"]).seen == [b"a"]


def test_aTrueResultOfLineReceivedEndsTheRead() -> None:
    class Answering(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            return "why"

    protocol = connected(Answering)
    assert protocol.dataReceived(b"a\r\nb\r\n") == "why"
    assert protocol.seen == [b"a"]
    assert protocol.clearLineBuffer() == b"b\r\n"


def test_clearingTheBufferWhileReceivingTakesAllThatFollows() -> None:
    class Clearing(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append((line, self.clearLineBuffer()))

    protocol = feed(connected(Clearing), [b"a\r\nb\r\nc", b"d\r\n"])
    assert protocol.seen == [(b"a", b"b\r\nc"), (b"d", b"")]


def test_bytesGivenBackWhileInLineModeFollowAfterTheRest() -> None:
    class GivingBack(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            if line == b"b":
                self.setLineMode(b"extra\r\n")

    protocol = feed(connected(GivingBack), [b"a\r\nb\r\nc\r\nd", b"e\r\n"])
    assert protocol.seen == [b"a", b"b", b"c", b"dextra", b"e"]


def test_anErrorInLineReceivedLosesNoneOfTheFollowingLines() -> None:
    class Failing(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            if line == b"b":
                raise ValueError(line)

    protocol = connected(Failing)
    with pytest.raises(ValueError):
        protocol.dataReceived(b"a\r\nb\r\nc\r\nd")
    feed(protocol, [b"e\r\n"])
    assert protocol.seen == [b"a", b"b", b"c", b"de"]


def test_lineReceivedMayBeReplacedOnTheInstanceAtAnyTime() -> None:
    class Switching(Lines):
        def lineReceived(self, line: bytes) -> Any:
            self.seen.append(line)
            self.lineReceived = self.second  # type: ignore[method-assign]

        def second(self, line: bytes) -> Any:
            self.seen.append((2, line))

    assert feed(connected(Switching), [b"a\r\nb\r\n"]).seen == [b"a", (2, b"b")]


# The rest


@both
def test_aLineIsSentWithItsDelimiter(kind: type[Any]) -> None:
    protocol = connected(kind, delimiter=b"|")
    protocol.sendLine(b"hello")
    assert protocol.transport.value() == b"hello|"


@pytest.mark.parametrize("kind", [LineReceiver, LineOnlyReceiver])
def test_whoOverridesNothingIsToldWhatIsMissing(kind: type[Any]) -> None:
    with pytest.raises(NotImplementedError, match="lineReceived"):
        connected(kind).dataReceived(b"x\r\n")


def test_whoDoesNotExpectRawBytesIsToldWhatIsMissing() -> None:
    protocol = connected(LineReceiver)
    protocol.setRawMode()
    with pytest.raises(NotImplementedError, match="rawDataReceived"):
        protocol.dataReceived(b"x")


@both
def test_itProvidesWhatAProtocolDoes(kind: type[Any]) -> None:
    assert IProtocol.providedBy(kind())
    assert ILoggingContext.providedBy(kind())


def test_linesAreReceivedBeforeThereIsATransport() -> None:
    protocol = Lines()
    protocol.dataReceived(b"a\r\nb\r\nc")
    assert protocol.seen == [b"a", b"b"]
    assert protocol.clearLineBuffer() == b"c"
