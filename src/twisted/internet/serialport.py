"""
Serial ports as transports; this needs pyserial (``pip install 'torsion[serial]'``).

::

    SerialPort(Thermometer(), "/dev/ttyUSB0", reactor, baudrate=115200)
    reactor.run()
"""

from __future__ import annotations

import serial as serial  # type: ignore[import-untyped,unused-ignore]  # has no types of its own
from serial import EIGHTBITS as EIGHTBITS
from serial import FIVEBITS as FIVEBITS
from serial import PARITY_EVEN as PARITY_EVEN
from serial import PARITY_NONE as PARITY_NONE
from serial import PARITY_ODD as PARITY_ODD
from serial import SEVENBITS as SEVENBITS
from serial import SIXBITS as SIXBITS
from serial import STOPBITS_ONE as STOPBITS_ONE
from serial import STOPBITS_TWO as STOPBITS_TWO

from twisted._faces import handOn

from ._posixserialport import BaseSerialPort as BaseSerialPort
from ._posixserialport import SerialPort as SerialPort

__all__ = [
    "EIGHTBITS",
    "FIVEBITS",
    "PARITY_EVEN",
    "PARITY_NONE",
    "PARITY_ODD",
    "SEVENBITS",
    "SIXBITS",
    "STOPBITS_ONE",
    "STOPBITS_TWO",
    "BaseSerialPort",
    "SerialPort",
    "serial",
]

handOn(__name__, BaseSerialPort, SerialPort)
