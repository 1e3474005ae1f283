"""
Application data in, TLS records out, and the other way round.

`Records` has one pyOpenSSL ``Connection`` over memory BIOs, and turns the bytes of one read of
the transport below into the plaintext of all records that they complete. It knows neither
transports nor protocols: bytes in, bytes out, and `Records.ended` once the stream is over.

There are two kinds with the same four methods:

- `Records` uses the public methods of any object that acts as a ``Connection``.
- `QuickRecords` calls the C functions that pyOpenSSL's methods call. Measured on CPython 3.11
  (both ends of a 64-byte record): 5.7 us by the public methods, 2.1 us by these, 1.9 us by the
  standard library's ``ssl``. What costs so much are the allocations of every call, and the
  exception that ends every read. Anything but plain success is left to pyOpenSSL's own
  reading of OpenSSL's errors.

`recordsFor` chooses. A pyOpenSSL whose insides look different gets the first kind.
"""

from __future__ import annotations

from typing import Any

from .openssl import SSL

bufferBytes = 0x12000
"""What one call of OpenSSL may fill: 64 KiB of application data with room for what seals it."""

recordBytes = 0x4000
"""The most plaintext in one record (RFC 8446 section 5.1): never read into less room."""

chunkBytes = 0x10000
"""What is sealed in one go: the ciphertext of this much always fits in one buffer."""


class Records:
    """
    The records of one connection, through public methods only.

    Attributes:
        ended: why no more can be read: ``SSL.ZeroReturnError`` after the peer's close_notify
            (RFC 8446 section 6.1), another ``SSL.Error`` after a fault, None so far.
    """

    __slots__ = ("_connection", "ended")

    quick = False

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.ended: SSL.Error | None = None

    def receive(self, data: bytes) -> bytes:
        """
        Take what came from the transport.

        Returns: the plaintext of every record that is complete now, perhaps none. Look at
            `ended` afterwards: data and close can come in one read.
        """
        if data:
            self._connection.bio_write(data)
        plain: list[bytes] = []
        try:
            while True:
                plain.append(self._connection.recv(bufferBytes))
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            self._end(error)
        return b"".join(plain)

    def _end(self, error: SSL.Error) -> None:
        # Without its frames, which lead back to us: a circle until the next collection.
        self.ended = error.with_traceback(None)

    def send(self, data: memoryview) -> int:
        """
        Seal the beginning of some data, for `outgoing` to fetch.

        Returns: how many bytes were taken, at least one.
        Raises: ``SSL.WantReadError`` where nothing can be sent before more is received, and then
            the same data must be offered again; any other ``SSL.Error`` is the end.
        """
        taken: int = self._connection.send(data)
        return taken

    def outgoing(self) -> bytes:
        """Fetch what is to go to the transport: at most `bufferBytes` at once; empty means all."""
        try:
            data: bytes = self._connection.bio_read(bufferBytes)
        except SSL.Error:
            return b""
        return data


class QuickRecords(Records):
    """The same by the C functions, and `seal`, which joins `send` and `outgoing`."""

    __slots__ = ("_into", "_out", "_ssl")

    quick = True

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._ssl = connection._ssl
        self._into = connection._into_ssl
        self._out = connection._from_ssl
        # With partial writes, which pyOpenSSL asks for, a call seals one record of 16 KiB only.
        # They serve sockets that refuse; a memory BIO always takes everything.
        _clearMode(self._ssl, _partialWrite)

    def receive(self, data: bytes) -> bytes:
        if type(data) is not bytes:
            data = bytes(data)
        if data:
            _bioWrite(self._into, data, len(data))
        try:
            buffer = _spare.pop()
        except IndexError:
            buffer = _allocate("char[]", bufferBytes)
        got = _sslRead(self._ssl, buffer, bufferBytes)
        # A whole record and nothing behind it, which is most of what ever comes: to ask the BIO
        # is cheaper than to have OpenSSL say that it wants more.
        if got > 0 and not _bioHolds(self._into, _nowhere):
            plain: bytes = _unpack(buffer, got)
            _spare.append(buffer)
            return plain
        return self._receiveRest(buffer, got)

    def _receiveRest(self, buffer: Any, got: int) -> bytes:
        """Several records, part of one, or the end: read until OpenSSL has no more."""
        full: list[bytes] = []
        filled = 0
        while got > 0:
            filled += got
            if bufferBytes - filled < recordBytes:
                full.append(_unpack(buffer, filled))
                filled = 0
            got = _sslRead(self._ssl, buffer + filled, bufferBytes - filled)
        # At once: OpenSSL's word on a failure holds until its next call in this thread.
        self._noteEnd(got)
        if filled:
            full.append(_unpack(buffer, filled))
        _spare.append(buffer)
        return full[0] if len(full) == 1 else b"".join(full)

    def _noteEnd(self, got: int) -> None:
        if _sslError(self._ssl, got) == _wantRead:
            return
        try:
            self._connection._raise_ssl_error(self._ssl, got)
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            self._end(error)

    def send(self, data: memoryview) -> int:
        with _fromBuffer(data) as start:
            return self._taken(_sslWrite(self._ssl, start, len(data)))

    def seal(self, data: bytes) -> bytes:
        """
        Seal at most `chunkBytes` of data whole.

        Returns: what is to go to the transport.
        Raises: as `send` does.
        """
        self._taken(_sslWrite(self._ssl, data, len(data)))
        return self.outgoing()

    def _taken(self, count: int) -> int:
        if count <= 0:
            self._connection._raise_ssl_error(self._ssl, count)
            raise SSL.Error([("SSL routines", "", "a write failed without a word")])
        return count

    def outgoing(self) -> bytes:
        try:
            buffer = _spare.pop()
        except IndexError:
            buffer = _allocate("char[]", bufferBytes)
        got = _bioRead(self._out, buffer, bufferBytes)
        data: bytes = _unpack(buffer, got) if got > 0 else b""
        _spare.append(buffer)
        return data


def recordsFor(connection: Any) -> Records:
    """The quicker kind where the connection is pyOpenSSL's own, over memory BIOs."""
    if (
        _quickly
        and type(connection) is SSL.Connection
        and getattr(connection, "_into_ssl", None) is not None
        and hasattr(connection, "_ssl")
        and hasattr(connection, "_from_ssl")
    ):
        return QuickRecords(connection)
    return Records(connection)


# Buffers for OpenSSL to fill, given back after each use: as many as there are reads at the same
# time, which is one for each thread that runs a reactor. OpenSSL's calls let go of the GIL, so
# one buffer for all would not do; a list's pop and append are atomic.
_spare: list[Any] = []

try:
    from OpenSSL._util import ffi, lib

    _allocate = ffi.new_allocator(should_clear_after_alloc=False)
    _unpack = ffi.unpack
    _fromBuffer = ffi.from_buffer
    _nowhere = ffi.new("char **")
    _bioHolds = lib.BIO_get_mem_data
    _bioRead = lib.BIO_read
    _bioWrite = lib.BIO_write
    _clearMode = lib.SSL_clear_mode
    _partialWrite = lib.SSL_MODE_ENABLE_PARTIAL_WRITE
    _sslError = lib.SSL_get_error
    _sslRead = lib.SSL_read
    _sslWrite = lib.SSL_write
    _wantRead = lib.SSL_ERROR_WANT_READ
    _quickly = hasattr(SSL.Connection, "_raise_ssl_error")
except (ImportError, AttributeError):  # pragma: no cover  # another pyOpenSSL than we know
    _quickly = False
