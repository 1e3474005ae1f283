"""
What no protocol may do, whatever bytes it is given: raise what is not its own error, keep bytes
for ever, or log a failure without a reason. One table of servers and clients, and one of bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import globalLogPublisher
from twisted.protocols import (
    amp,
    basic,
    finger,
    ftp,
    ident,
    memcache,
    portforward,
    postfix,
    sip,
    socks,
    wire,
)
from twisted.protocols.haproxy import proxyEndpoint
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory
from twisted.python.failure import Failure

assert proxyEndpoint is not None
done = Failure(ConnectionDone())
peer = IPv4Address("TCP", "127.0.0.1", 50000)
mostKept = 1_500_000
"""Bytes that a protocol may hold of a peer that sends without an end. AMP's boxes are largest."""


class Framed:
    """A framing whose strings are dropped."""

    def stringReceived(self, string: bytes) -> None:
        pass

    def lineReceived(self, line: bytes) -> None:
        pass


def framing(kind: type[Any]) -> Callable[[], Any]:
    return type(f"Any{kind.__name__}", (Framed, kind), {})


class Ask(amp.Command):
    arguments = [(b"a", amp.Integer()), (b"b", amp.ListOf(amp.Unicode()))]


class Answering(amp.AMP):
    @Ask.responder
    def answer(self, a: int, b: list[str]) -> dict[str, Any]:
        return {}


def memcached() -> Any:
    client: Any = memcache.MemCacheProtocol()
    client.callLater = Clock().callLater
    return client


def askMemcached(client: Any) -> None:
    for asked in (client.get(b"k"), client.increment(b"k"), client.delete(b"k"), client.stats()):
        asked.addErrback(lambda failure: None)


def served() -> Any:
    server = ftp.FTP()
    server.factory = ftp.FTPFactory()
    server.factory.timeOut = None
    return server


def retrieve(client: Any) -> None:
    client.connectFactory = lambda *_: None
    client.retrieveFile("x", Protocol()).addErrback(lambda failure: None)


def relayed() -> Any:
    factory = socks.SOCKSv4Factory(None)
    factory.reactor = MemoryReactorClock()
    return factory.buildProtocol(peer)


def forwarded() -> Any:
    factory = portforward.ProxyFactory("192.0.2.1", 80)
    server: Any = factory.buildProtocol(peer)
    server.reactor = MemoryReactorClock()
    return server


def mapping() -> Any:
    return postfix.PostfixTCPMapDeferringDictServerFactory({b"a": b"b"}).buildProtocol(peer)


def proxied() -> Any:
    return HAProxyWrappingFactory(Factory.forProtocol(Protocol)).buildProtocol(peer)


speakers: dict[str, Callable[[], Any]] = {
    "lines": framing(basic.LineReceiver),
    "onlyLines": framing(basic.LineOnlyReceiver),
    "netstrings": framing(basic.NetstringReceiver),
    "int8": framing(basic.Int8StringReceiver),
    "int16": framing(basic.Int16StringReceiver),
    "int32": framing(basic.Int32StringReceiver),
    "amp": Answering,
    "boxes": lambda: amp.BinaryBoxProtocol(amp.BoxDispatcher(amp.CommandLocator())),
    "finger": finger.Finger,
    "ftp": served,
    "ftpClient": ftp.FTPClient,
    "ident": ident.IdentServer,
    "memcache": memcached,
    "postfix": mapping,
    "socks": relayed,
    "forward": forwarded,
    "haproxy": proxied,
    "echo": wire.Echo,
    "discard": wire.Discard,
}

# What clients ask for once they are connected, so that there is something to answer.
asked: dict[str, Callable[[Any], None]] = {"memcache": askMemcached, "ftpClient": retrieve}

# What `dataReceived` itself may raise: the reactor logs it, and closes the connection for it.
ownErrors: dict[str, type[Exception]] = {
    "memcache": RuntimeError,
    "amp": amp.NoEmptyBoxes,
    "boxes": amp.NoEmptyBoxes,
}

hostile: dict[str, bytes] = {
    "nothing": b"",
    "NULs": bytes(100),
    "ones": b"\xff" * 100,
    "line ends": b"\r\n\r\r\n\n\r" * 20,
    "bare CR": b"USER a\rPASS b\r\r\n",
    "bare LF": b"USER a\nPASS b\n\n",
    "2^31 as a length": struct.pack("!I", 2**31) + b"x" * 100,
    "2^32-1 as a length": struct.pack("!I", 2**32 - 1) + b"x" * 100,
    "2^31 in digits": b"2147483648:xxxx,",
    "a length of many digits": b"9" * 1000 + b":x,",
    "a negative length": b"-1:x,\r\nVALUE k 0 -1\r\n",
    "a length with a sign": b"+5:hello,VALUE k 0 +5\r\n",
    "a length that is none": b"five:hello,VALUE k 0 five\r\n",
    "2^31 in an answer": b"VALUE key 0 2147483648\r\n" + b"x" * 100,
    "unknown commands": b"GIBBERISH x\r\n\x00\x08_command\x00\x01x\x00\x04_ask\x00\x011\x00\x00",
    "an unknown AMP error": b"\x00\x06_error\x00\x011\x00\x0b_error_code\x00\x01x\x00\x00",
    "an AMP answer to nothing": b"\x00\x07_answer\x00\x019\x00\x00",
    "arguments that are none": b"\x00\x08_command\x00\x03Ask\x00\x04_ask\x00\x011"
    b"\x00\x01a\x00\x03\xff\xfe\xfd\x00\x01b\x00\x01\x00\x00\x00",
    "an AMP list cut short": b"\x00\x08_command\x00\x03Ask\x00\x04_ask\x00\x012"
    b"\x00\x01a\x00\x011\x00\x01b\x00\x03\xff\xff\x00\x00\x00",
    "a PROXY header": b"PROXY TCP4 1.2.3.4 5.6.7.8 -1 99999\r\n",
    "a PROXY header in binary": b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff" + b"x" * 100,
    "answers to FTP": b"220 a\r\n331 b\r\n230 c\r\n200 d\r\n227 (1,2,3,4,5,999)\r\n" * 3,
}


def speak(name: str, parts: list[bytes]) -> tuple[Any, StringTransport, list[Any]]:
    """Give bytes to a protocol. Returns: it, its transport, and the failures that were logged."""
    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    try:
        protocol = speakers[name]()
        transport: Any = StringTransport(peerAddress=peer, hostAddress=peer)
        transport.abortConnection = transport.loseConnection
        protocol.makeConnection(transport)
        asked.get(name, lambda protocol: None)(protocol)
        for part in parts:
            if transport.disconnecting:
                break
            try:
                protocol.dataReceived(part)
            except ownErrors.get(name, ()) as error:
                assert str(error)
                break
        protocol.connectionLost(done)
    finally:
        globalLogPublisher.removeObserver(events.append)
    return protocol, transport, [each for each in events if "log_failure" in each]


@pytest.mark.parametrize("name", speakers)
@pytest.mark.parametrize("data", hostile.values(), ids=hostile)
def test_hostileBytesRaiseNothing_wholeAndByteByByte(name: str, data: bytes) -> None:
    for parts in ([data] if data else [], [data[at : at + 1] for at in range(len(data))]):
        _, transport, failures = speak(name, parts)
        # What is logged as a failure is what the connection was closed for.
        assert not failures or transport.disconnecting or name in ("amp", "boxes")
        for event in failures:
            assert str(event["log_failure"].value)


@pytest.mark.parametrize("name", speakers)
@settings(max_examples=examples(25), deadline=None)
@given(data=st.binary(max_size=600), cut=st.integers(1, 600))
def test_randomBytesRaiseNothing(name: str, data: bytes, cut: int) -> None:
    _, transport, failures = speak(name, [data[at : at + cut] for at in range(0, len(data), cut)])
    assert not failures or transport.disconnecting or name in ("amp", "boxes")


@pytest.mark.parametrize("name", sorted(set(speakers) - {"echo", "discard", "forward"}))
@pytest.mark.parametrize("piece", [b"x" * 4000, b"\0" * 4000, b"1" * 4000, b"VALUE key 0 9\r\n"])
def test_whoeverSendsWithoutAnEndIsNotKept(name: str, piece: bytes) -> None:
    protocol, transport, _ = speak(name, [piece] * 1000)
    kept = sum(_size(value) for value in vars(protocol).values())
    assert kept < mostKept
    assert _size(transport.value()) < 4_000_000


def _size(value: Any) -> int:
    if isinstance(value, bytes | bytearray | str):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return 0


@settings(max_examples=examples(100), deadline=None)
@given(data=st.binary(max_size=2000))
def test_aSIPDatagramIsAMessageOrDropped(data: bytes) -> None:
    class Proxy(sip.Base):
        messages: list[Any]

        def handle_request(self, message: Any, addr: Any) -> None:
            pass

        def handle_response(self, message: Any, addr: Any) -> None:
            pass

    Proxy().datagramReceived(data, ("192.0.2.1", 5060))
