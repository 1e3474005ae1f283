"""Serial ports on POSIX systems: pyserial sets the line up, and the reactor reads and writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import serial  # type: ignore[import-untyped,unused-ignore]  # has no types of its own

from twisted.internet import fdesc
from twisted.internet.abstract import FileDescriptor

if TYPE_CHECKING:
    from twisted.internet.interfaces import IProtocol
    from twisted.python.failure import Failure

__all__ = ["BaseSerialPort", "SerialPort"]


class BaseSerialPort:
    """The control lines and settings of a port, by the names that the API has for pyserial's."""

    _serialFactory: Callable[..., Any] = serial.Serial
    """Opens the device; a test puts its own here."""
    _serial: Any

    def setBaudRate(self, baudrate: int) -> None:
        """Change the speed. Args: baudrate: bits a second, such as 115200."""
        self._serial.baudrate = baudrate

    def inWaiting(self) -> int:
        """How many bytes have come and were not read."""
        return int(self._serial.in_waiting)

    def flushInput(self) -> None:
        """Forget what has come and was not read."""
        self._serial.reset_input_buffer()

    def flushOutput(self) -> None:
        """Forget what the system has yet to send."""
        self._serial.reset_output_buffer()

    def sendBreak(self) -> None:
        """Hold the line in its break state for a quarter of a second, and wait for that."""
        self._serial.send_break()

    def getDSR(self) -> bool:
        """Whether the other side is there (data set ready)."""
        return bool(self._serial.dsr)

    def getCD(self) -> bool:
        """Whether the modem hears another one (carrier detect)."""
        return bool(self._serial.cd)

    def getRI(self) -> bool:
        """Whether the telephone rings (ring indicator)."""
        return bool(self._serial.ri)

    def getCTS(self) -> bool:
        """Whether the other side allows us to send (clear to send)."""
        return bool(self._serial.cts)

    def setDTR(self, on: int | bool = 1) -> None:
        """Say that we are there, or not (data terminal ready)."""
        self._serial.dtr = bool(on)

    def setRTS(self, on: int | bool = 1) -> None:
        """Say that we want to send, or not (request to send)."""
        self._serial.rts = bool(on)


class SerialPort(BaseSerialPort, FileDescriptor):
    """
    A serial port as the transport of a protocol, connected as soon as it is made.

    Args:
        protocol: reads and writes the line.
        deviceNameOrPortNumber: the device, such as ``/dev/ttyUSB0``, or a URL of pyserial's.
        reactor: an ``IReactorFDSet``.
        baudrate: bits a second.
        bytesize: bits of a character: ``FIVEBITS`` to ``EIGHTBITS``.
        parity: ``PARITY_NONE``, ``PARITY_EVEN`` or ``PARITY_ODD``.
        stopbits: ``STOPBITS_ONE`` or ``STOPBITS_TWO``.
        timeout: for pyserial's own reading, which is not used here; leave it.
        xonxoff: whether the characters XON and XOFF let either side have the other wait.
        rtscts: whether the lines RTS and CTS do.
    Raises: serial.SerialException if there is no such device, or it is not ours to use; ValueError
        for a setting that is none.
    """

    connected = 1

    def __init__(
        self,
        protocol: IProtocol,
        deviceNameOrPortNumber: str | int,
        reactor: Any,
        baudrate: int = 9600,
        bytesize: int = serial.EIGHTBITS,
        parity: str = serial.PARITY_NONE,
        stopbits: float = serial.STOPBITS_ONE,
        timeout: float | None = 0,
        xonxoff: int | bool = 0,
        rtscts: int | bool = 0,
    ) -> None:
        super().__init__(reactor)
        characters = {"bytesize": bytesize, "parity": parity, "stopbits": stopbits}
        handshake = {"rtscts": rtscts, "xonxoff": xonxoff}
        self._serial = self._serialFactory(
            deviceNameOrPortNumber, timeout=timeout, baudrate=baudrate, **characters, **handshake
        )
        # What the device was sent before it was ours is for nobody.
        self.flushOutput()
        self.flushInput()
        self.protocol = protocol
        self.startReading()
        protocol.makeConnection(self)

    def fileno(self) -> int:
        """The descriptor of the device; -1 once it is closed."""
        fd = self._serial.fd
        return -1 if fd is None else int(fd)

    def doRead(self) -> Any:
        """Hand on what has come. Returns: None, or why it ended: the device went away."""
        return fdesc.readFromFD(self.fileno(), self.protocol.dataReceived)

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write what the device takes now. Returns: how many bytes, or why none ever will."""
        return fdesc.writeToFD(self.fileno(), data)

    def connectionLost(self, reason: Failure) -> None:
        """Close the device, and tell the protocol."""
        if self.disconnected:
            return
        FileDescriptor.connectionLost(self, reason)
        self._serial.close()
        self.protocol.connectionLost(reason)
