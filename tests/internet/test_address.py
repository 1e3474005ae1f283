"""Addresses: values to compare, sort and use as keys."""

from __future__ import annotations

import copy
import os
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.address import (
    HostnameAddress,
    IPv4Address,
    IPv6Address,
    UNIXAddress,
    _ProcessAddress,
)
from twisted.internet.interfaces import IAddress

samples: list[Any] = [
    IPv4Address("TCP", "127.0.0.1", 80),
    IPv4Address("UDP", "127.0.0.1", 80),
    IPv6Address("TCP", "::1", 80),
    IPv6Address("TCP", "fe80::1", 80, 7, "eth0"),
    HostnameAddress(b"example.com", 80),
    UNIXAddress("/run/nothing.sock"),
    UNIXAddress(None),
    UNIXAddress(b"\0abstract"),
]
each = pytest.mark.parametrize("address", samples, ids=repr)


@each
def test_aCopyIsEqualAndHasTheSameHash(address: Any) -> None:
    copies = [copy.copy(address)]
    copies += [pickle.loads(pickle.dumps(address, protocol)) for protocol in range(2, 6)]
    for same in copies:
        assert same == address
        assert (same != address) is False
        assert hash(same) == hash(address)
        assert {address: 1}[same] == 1


@each
def test_allTheOthersAreDifferent(address: Any) -> None:
    assert [other for other in samples if other == address] == [address]
    assert address != "something else"


@each
def test_itIsAnAddress(address: Any) -> None:
    assert IAddress.providedBy(address)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (samples[0], "IPv4Address(type='TCP', host='127.0.0.1', port=80)"),
        (samples[2], "IPv6Address(type='TCP', host='::1', port=80, flowInfo=0, scopeID=0)"),
        (samples[4], "HostnameAddress(hostname=b'example.com', port=80)"),
        (samples[5], "UNIXAddress('/run/nothing.sock')"),
        (samples[6], "UNIXAddress(None)"),
    ],
)
def test_itIsShownInFull(address: Any, text: str) -> None:
    assert repr(address) == text


hosts = st.sampled_from(["a", "b", "c"])
ports = st.integers(0, 3)
types: Any = st.sampled_from(["TCP", "UDP"])


@given(st.lists(st.tuples(types, hosts, ports), max_size=6))
def test_theOrderIsThatOfTheirValues(values: list[Any]) -> None:
    made = sorted(IPv4Address(*value) for value in values)
    assert [(a.type, a.host, a.port) for a in made] == sorted(values)
    for one, two in pairwise(made):
        assert one <= two and two >= one and not two < one and not one > two


def test_differentKindsHaveNoOrder() -> None:
    with pytest.raises(TypeError):
        sorted([samples[0], samples[2]])


@pytest.mark.parametrize("kind", [IPv4Address, IPv6Address])
def test_onlyTcpAndUdpAreTypes(kind: Any) -> None:
    with pytest.raises(ValueError, match="'SCTP'"):
        kind("SCTP", "x", 1)


def test_patternsMatchByPlace() -> None:
    match samples[0]:
        case IPv4Address("TCP", host, port):
            assert (host, port) == ("127.0.0.1", 80)
        case _:
            pytest.fail("it did not match")


def test_namesOfUnixSocketsAreBytes(tmp_path: Path) -> None:
    assert UNIXAddress("caf\u00e9").name == os.fsencode("caf\u00e9")
    assert UNIXAddress(b"\xff").name == b"\xff"
    assert UNIXAddress(tmp_path).name == bytes(tmp_path)
    assert UNIXAddress(None).name is None


def test_twoNamesOfOneFileAreOneAddress(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    (tmp_path / "two").symlink_to("one")
    (tmp_path / "three").touch()
    one, two, three = (UNIXAddress(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert hash(one) == hash(two)
    assert one != three


def test_namesInTheAbstractNamespaceAreNotLookedUp() -> None:
    assert UNIXAddress(b"\0one") != UNIXAddress(b"\0two")
    assert UNIXAddress("\0one") == UNIXAddress(b"\0one")


def test_pickledWithADictionaryItIsReadToo() -> None:
    made = IPv4Address.__new__(IPv4Address)
    made.__setstate__({"type": "TCP", "host": "127.0.0.1", "port": 80})
    assert made == samples[0]


def test_aProcessHasAnAddressOfItsOwnKind() -> None:
    assert IAddress.providedBy(_ProcessAddress())
