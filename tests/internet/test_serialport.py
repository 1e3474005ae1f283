"""Serial ports, over the two ends of a pseudo-terminal, which knows most of what a line knows."""

from __future__ import annotations

import os
import socket
import termios
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support.streams import eventually, loggedFailures
from twisted.internet import error, interfaces
from twisted.internet.protocol import Protocol

serialport = pytest.importorskip("twisted.internet.serialport", reason="pyserial is not there")


class Line:
    """A pseudo-terminal: the device that a program opens, and the far end of the line."""

    def __init__(self) -> None:
        self.far, near = os.openpty()
        os.set_blocking(self.far, False)
        self.device = os.ttyname(near)
        self._near: int | None = near

    def letGo(self) -> None:
        """Leave the device to the program: when that closes it, nobody has it open."""
        if self._near is not None:
            os.close(self._near)
            self._near = None

    def read(self) -> bytes:
        try:
            return os.read(self.far, 65536)
        except BlockingIOError:
            return b""

    def cut(self) -> None:
        """Take the far end away, as when a plug is pulled."""
        self.letGo()
        if self.far != -1:
            os.close(self.far)
            self.far = -1


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.cut()


class Talker(Protocol):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard = b""
        self.made = 0
        self.ends: list[Any] = []

    def connectionMade(self) -> None:
        self.made += 1

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Any = None) -> None:
        self.ends.append(reason)


@pytest.fixture
def talker() -> Talker:
    return Talker()


class Recording:
    """Stands for pyserial's port, with lines that can be set."""

    def __init__(self, device: Any, **settings: Any) -> None:
        self.device, self.settings = device, settings
        self.did: list[str] = []
        self.baudrate = settings["baudrate"]
        self.in_waiting = 7
        self.dsr = self.cts = True
        self.ri = self.cd = False
        self.dtr = self.rts = False
        self._end, self._other = socket.socketpair()
        self.fd: int | None = self._end.fileno()

    def reset_input_buffer(self) -> None:
        self.did.append("input")

    def reset_output_buffer(self) -> None:
        self.did.append("output")

    def send_break(self) -> None:
        self.did.append("break")

    def close(self) -> None:
        self.did.append("close")
        self.fd = None
        self._end.close()
        self._other.close()


class RecordedPort(serialport.SerialPort):  # type: ignore[misc,name-defined]  # importorskip gives Any
    _serialFactory = Recording


def test_aProtocolIsConnectedAtOnce(reactor: Any, line: Line, talker: Talker) -> None:
    port = serialport.SerialPort(talker, line.device, reactor)
    assert (talker.made, talker.transport, port.connected) == (1, port, 1)
    for interface in (interfaces.ITransport, interfaces.IConsumer, interfaces.IPushProducer):
        assert interface.providedBy(port)
    verifyObject(interfaces.IReadWriteDescriptor, port)


def test_bytesGoBothWays(eachReactor: Any, line: Line, talker: Talker) -> None:
    port = serialport.SerialPort(talker, line.device, eachReactor)
    everyByte = bytes(range(256))
    port.write(everyByte)
    got = bytearray()
    eventually(eachReactor, lambda: got.extend(line.read()) or len(got) >= 256)
    assert bytes(got) == everyByte
    os.write(line.far, everyByte)
    eventually(eachReactor, lambda: len(talker.heard) >= 256)
    assert talker.heard == everyByte


def test_muchIsWrittenThoughTheLineIsSlow(reactor: Any, line: Line, talker: Talker) -> None:
    port = serialport.SerialPort(talker, line.device, reactor)
    sent = os.urandom(100_000)
    port.write(sent)
    got = bytearray()
    eventually(reactor, lambda: got.extend(line.read()) or len(got) >= len(sent))
    assert bytes(got) == sent


def test_whatCameBeforeIsForgotten(eachReactor: Any, line: Line, talker: Talker) -> None:
    os.write(line.far, b"old\n")
    serialport.SerialPort(talker, line.device, eachReactor)
    os.write(line.far, b"new")
    eventually(eachReactor, lambda: talker.heard)
    assert talker.heard == b"new"


def test_theLineIsSetUpAsAsked(reactor: Any, line: Line, talker: Talker) -> None:
    port = serialport.SerialPort(
        talker,
        line.device,
        reactor,
        baudrate=115200,
        stopbits=serialport.STOPBITS_TWO,
        xonxoff=1,
    )
    _, _, control, local, _, speed, _ = termios.tcgetattr(port.fileno())
    assert speed == termios.B115200
    assert control & termios.CSTOPB
    assert not local & (termios.ECHO | termios.ICANON)
    port.setBaudRate(9600)
    assert termios.tcgetattr(port.fileno())[5] == termios.B9600


def test_aDeviceThatIsNotThereIsSaidByName(reactor: Any, talker: Talker) -> None:
    with pytest.raises(serialport.serial.SerialException, match="/dev/nowhere"):
        serialport.SerialPort(talker, "/dev/nowhere", reactor)
    assert talker.made == 0


def test_aSettingThatIsNoneIsRefused(reactor: Any, line: Line, talker: Talker) -> None:
    with pytest.raises(ValueError):
        serialport.SerialPort(talker, line.device, reactor, parity="Q")
    assert talker.made == 0


def test_losingTheConnectionSendsWhatIsWrittenAndCloses(
    eachReactor: Any, line: Line, talker: Talker
) -> None:
    port = serialport.SerialPort(talker, line.device, eachReactor)
    port.write(b"bye")
    port.loseConnection()
    eventually(eachReactor, lambda: talker.ends)
    assert [reason.type for reason in talker.ends] == [error.ConnectionDone]
    assert line.read() == b"bye"
    assert (port.fileno(), port.connected, port.disconnected) == (-1, 0, 1)
    assert port not in eachReactor.getReaders() + eachReactor.getWriters()


def test_aPlugThatIsPulledIsALostConnection(eachReactor: Any, line: Line, talker: Talker) -> None:
    port = serialport.SerialPort(talker, line.device, eachReactor)
    with loggedFailures() as logged:
        line.cut()
        eventually(eachReactor, lambda: talker.ends)
    assert len(talker.ends) == 1
    assert talker.ends[0].check(error.ConnectionLost, error.ConnectionDone)
    assert port.fileno() == -1
    assert not logged


def test_theEndIsToldOnce(reactor: Any, line: Line, talker: Talker) -> None:
    from twisted.python.failure import Failure

    port = serialport.SerialPort(talker, line.device, reactor)
    reason = Failure(error.ConnectionDone())
    port.connectionLost(reason)
    port.connectionLost(reason)
    assert talker.ends == [reason]


def test_aProtocolThatRaisesIsLoggedAndThePortClosed(eachReactor: Any, line: Line) -> None:
    class Broken(Talker):
        def dataReceived(self, data: bytes) -> None:
            raise ZeroDivisionError("cannot read that")

    broken = Broken()
    serialport.SerialPort(broken, line.device, eachReactor)
    os.write(line.far, b"?")
    with loggedFailures() as logged:
        eventually(eachReactor, lambda: broken.ends)
    assert [failure.type for failure in logged] == [ZeroDivisionError]


def test_settingsAndControlLinesAreThoseOfPyserial(reactor: Any, talker: Talker) -> None:
    port = RecordedPort(talker, "COM7", reactor, rtscts=1, parity=serialport.PARITY_EVEN)
    line: Recording = port._serial
    assert (line.device, line.settings) == (
        "COM7",
        {
            "baudrate": 9600,
            "bytesize": serialport.EIGHTBITS,
            "parity": "E",
            "stopbits": 1,
            "timeout": 0,
            "xonxoff": 0,
            "rtscts": 1,
        },
    )
    assert (port.inWaiting(), port.getDSR(), port.getCTS()) == (7, True, True)
    assert (port.getRI(), port.getCD()) == (False, False)
    port.setDTR()
    port.setRTS()
    assert (line.dtr, line.rts) == (True, True)
    port.setDTR(0)
    port.setRTS(0)
    assert (line.dtr, line.rts) == (False, False)
    port.sendBreak()
    assert line.did == ["output", "input", "break"]
