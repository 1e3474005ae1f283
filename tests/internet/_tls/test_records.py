"""Records in, plaintext out: the quick way and the public way do the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from twisted.internet._tls import records
from twisted.internet._tls.records import QuickRecords, Records, recordsFor

from .pairs import OldContexts, identity

_kinds = [QuickRecords, Records]


def shaken() -> tuple[SSL.Connection, SSL.Connection]:
    """A client and a server after their handshake."""
    client = SSL.Connection(OldContexts(False).context, None)
    server = SSL.Connection(OldContexts(True).context, None)
    client.set_connect_state()
    server.set_accept_state()
    for _ in range(4):
        for one, other in ((client, server), (server, client)):
            try:
                one.do_handshake()
            except SSL.WantReadError:
                pass
            try:
                other.bio_write(one.bio_read(65536))
            except SSL.WantReadError:
                pass
    return client, server


def sealed(connection: SSL.Connection, data: bytes) -> bytes:
    kept = Records(connection)
    view = memoryview(data)
    out = b""
    while view:
        view = view[kept.send(view) :]
        out += kept.outgoing()
    return out


def test_theQuickKindIsChosenForPyOpenSslsOwnConnections() -> None:
    client, _ = shaken()
    assert type(recordsFor(client)) is QuickRecords
    assert type(recordsFor(object())) is Records


def test_thePublicKindIsChosenWhereOpenSslsFunctionsAreOutOfReach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "_quickly", False)
    client, _ = shaken()
    assert type(recordsFor(client)) is Records


@settings(max_examples=60, deadline=None)
@given(
    messages=st.lists(st.integers(1, 70_000), min_size=1, max_size=5),
    cuts=st.lists(st.integers(1, 90_000), min_size=1, max_size=8),
    kind=st.sampled_from(_kinds),
)
def test_everyCutGivesTheSamePlaintext(
    messages: list[int], cuts: list[int], kind: type[Records]
) -> None:
    client, server = _pair
    plain = b"".join(bytes([65 + index]) * size for index, size in enumerate(messages))
    ciphertext = b"".join(
        sealed(client, bytes([65 + index]) * size) for index, size in enumerate(messages)
    )
    reader = kind(server)
    got = b""
    turn = 0
    while ciphertext:
        size = cuts[turn % len(cuts)]
        got += reader.receive(ciphertext[:size])
        ciphertext = ciphertext[size:]
        turn += 1
    assert got == plain
    assert reader.ended is None


# Records go on where the example before left them: a handshake for each would be slow.
_pair: tuple[SSL.Connection, SSL.Connection]


@pytest.fixture(autouse=True)
def onePair() -> None:
    global _pair
    _pair = shaken()


@pytest.mark.parametrize("kind", _kinds)
def test_closeNotifyBehindDataIsTheEndAfterTheData(kind: type[Records]) -> None:
    client, server = shaken()
    ciphertext = sealed(client, b"last")
    client.shutdown()
    ciphertext += client.bio_read(65536)
    reader = kind(server)
    assert reader.receive(ciphertext) == b"last"
    assert isinstance(reader.ended, SSL.ZeroReturnError)


@pytest.mark.parametrize("kind", _kinds)
def test_aRecordThatWasTamperedWithIsAFaultAfterTheDataBeforeIt(kind: type[Records]) -> None:
    client, server = shaken()
    good, bad = sealed(client, b"good"), bytearray(sealed(client, b"evil"))
    bad[-1] ^= 1
    reader = kind(server)
    assert reader.receive(good + bytes(bad)) == b"good"
    assert isinstance(reader.ended, SSL.Error)
    assert not isinstance(reader.ended, SSL.ZeroReturnError)
    # There is an alert to send.
    assert reader.outgoing() != b""


@pytest.mark.parametrize("size", [1, 16384, 65536])
def test_whatIsSealedInOneGoIsAllThere(size: int) -> None:
    client, server = shaken()
    writer, reader = QuickRecords(client), QuickRecords(server)
    ciphertext = writer.seal(b"x" * size)
    assert writer.outgoing() == b""
    assert reader.receive(ciphertext) == b"x" * size


@pytest.mark.parametrize("kind", _kinds)
def test_sendingAfterOurCloseNotifyIsAnError(kind: type[Records]) -> None:
    client, _ = shaken()
    client.shutdown()
    with pytest.raises(SSL.Error, match="shutdown"):
        kind(client).send(memoryview(b"late"))


def test_buffersAreGivenBack() -> None:
    client, server = shaken()
    writer, reader = QuickRecords(client), QuickRecords(server)
    reader.receive(writer.seal(b"first"))
    before = len(records._spare)
    for _ in range(100):
        reader.receive(writer.seal(b"x" * 65536))
    assert len(records._spare) == before
    assert identity() is not None
