"""What a file may say about where to listen."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.application._config import listens
from twisted.application._config.addresses import (
    Described,
    TCPListen,
    TLSListen,
    UNIXListen,
    hostAndPort,
)
from twisted.application._config.kinds import WRONG
from twisted.application._config.listens import Listens

from .test_options import Notes


@pytest.fixture(autouse=True)
def withIPv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listens, "hasIPv6", lambda: True)


def read(value: object, folder: str = "") -> tuple[Any, list[tuple[Any, str]]]:
    notes = Notes()
    notes.folder = folder
    return Listens().read(value, ("listen",), notes), notes.said


_BOTH = (TCPListen("127.0.0.1", 7, 50), TCPListen("::1", 7, 50))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (7, _BOTH),
        ([7], _BOTH),
        ({"tcp": 7}, _BOTH),
        (
            {"tcp": 7, "host": "localhost", "backlog": 9},
            (TCPListen("127.0.0.1", 7, 9), TCPListen("::1", 7, 9)),
        ),
        ({"tcp": 7, "host": "*"}, (TCPListen("::", 7, 50),)),
        ({"tcp": 7, "host": "0:0:0:0:0:0:0:1"}, (TCPListen("::1", 7, 50),)),
        (
            {"tcp": 7, "host": ["192.0.2.1", "::1"]},
            (TCPListen("192.0.2.1", 7, 50), TCPListen("::1", 7, 50)),
        ),
        ({"tcp": 7, "host": ["localhost", "127.0.0.1"]}, _BOTH),
        ("tcp:7:interface=127.0.0.1", (Described("tcp:7:interface=127.0.0.1"),)),
        (["unix:/tmp/x", 7], (Described("unix:/tmp/x"), *_BOTH)),
        ({"unix": "/tmp/x.sock", "mode": 0o600}, (UNIXListen("/tmp/x.sock", 0o600, 50),)),
        ([0, 0], (TCPListen("127.0.0.1", 0, 50), TCPListen("::1", 0, 50)) * 2),
    ],
)
def test_whatAFileSaysBecomesAddresses(value: object, wanted: tuple[Any, ...]) -> None:
    assert read(value) == (wanted, [])


def test_withoutIPv6LocalhostAndEveryoneAreIPv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listens, "hasIPv6", lambda: False)
    assert read(7)[0] == (TCPListen("127.0.0.1", 7, 50),)
    assert read({"tcp": 7, "host": "*"})[0] == (TCPListen("0.0.0.0", 7, 50),)


def test_aRelativeSocketStandsInTheFilesFolder(tmp_path: Any) -> None:
    ((socket,), said) = read({"unix": "echo.sock"}, str(tmp_path))
    assert (socket.path, said) == (f"{tmp_path}/echo.sock", [])


def test_aSelfSignedCertificateIsMadeWhenItIsAskedFor() -> None:
    (first, second), said = read({"tls": 7, "certificate": "self-signed"})
    assert first == TLSListen("127.0.0.1", 7, 50, "self-signed", None)
    assert (second.host, second.transport, said) == ("::1", "TLS", [])


@pytest.mark.parametrize(
    ("value", "path", "told"),
    [
        (70000, ("tcp",), "wanted a whole number from 0 to 65535, got 70000."),
        ({"tcp": -1}, ("tcp",), "wanted a whole number from 0 to 65535, got -1."),
        ({"tcp": "7"}, ("tcp",), 'wanted a whole number from 0 to 65535, got the text "7".'),
        (True, (), "wanted a port number, a table such as"),
        (7.5, (), "wanted a port number, a table such as"),
        ([], (), "the list is empty"),
        ("7", (), "a port number stands without quotes: 7"),
        ("127.0.0.1:7", (), 'Did you mean { tcp = 7, host = "127.0.0.1" }?'),
        ("[::1]:7", (), 'Did you mean { tcp = 7, host = "::1" }?'),
        ("tpc:7", (), "'tcp'"),
        ("tcp:x", (), "is no description to listen on"),
        ("tcp:99999", (), "is no description to listen on"),
        ({"tpc": 7}, (), "this one has none of them. Did you mean 'tcp'?"),
        ({}, (), "this one has none of them."),
        ({"tcp": 7, "tls": 8}, (), "this one has tcp and tls."),
        ({"tcp": 7, "hots": "x"}, ("hots",), "Did you mean 'host'?"),
        ({"tcp": 7, "host": "nowhere"}, ("host",), 'wanted "localhost" (this machine only)'),
        ({"tcp": 7, "host": ["::1", 3]}, ("host", 1), 'wanted "localhost" (this machine only)'),
        ({"tls": 7}, (), "'certificate' is missing"),
        (
            {"tls": 7, "certificate": "/nowhere.pem"},
            ("certificate",),
            "the certificate '/nowhere.pem' cannot be read: No such file",
        ),
        (
            {"tls": 7, "certificate": "self-signed", "key": "x"},
            ("key",),
            "a self-signed certificate comes with a key of its own",
        ),
        ({"unix": "/nowhere/x"}, ("unix",), "the folder '/nowhere' for the socket is not there"),
        ({"unix": "/tmp/" + "x" * 120}, ("unix",), "is 125 bytes long, and the system takes 107"),
        ({"unix": "/tmp/x", "mode": 0o1777}, ("mode",), "wanted permissions such as 0o660"),
    ],
)
def test_aWrongAddressIsAnsweredAtItsKey(value: object, path: tuple[Any, ...], told: str) -> None:
    made, said = read(value)
    assert made is WRONG
    ((where, text),) = said
    assert where == ("listen", *path)
    assert told in text


def test_eachWrongItemOfAListIsAnswered() -> None:
    made, said = read([{"tcp": 99999}, 7, "nonsense", {"unix": 3}])
    assert made is WRONG
    assert [where for where, _ in said] == [
        ("listen", 0, "tcp"),
        ("listen", 2),
        ("listen", 3, "unix"),
    ]


def test_anAddressThatStandsTwiceIsSaidSo() -> None:
    _, said = read([7, {"tcp": 7, "host": "127.0.0.1"}])
    assert said == [(("listen", 1), "TCP 127.0.0.1:7 stands here twice.")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-7", -7),
        ("tcp:7", "tcp:7"),
        ("{ tcp = 7 }", {"tcp": 7}),
        ("{ tcp = }", "{ tcp = }"),
    ],
)
def test_aFlagTakesNumbersTablesAndDescriptions(text: str, value: object) -> None:
    assert Listens().fromText(text) == value


def test_anIPv6AddressIsWrittenInBrackets() -> None:
    assert hostAndPort("::1", 7) == "[::1]:7"
    assert hostAndPort("127.0.0.1", 7) == "127.0.0.1:7"


@pytest.mark.parametrize(
    ("description", "transport"),
    [
        ("tcp:7", "TCP"),
        ("tcp6:7", "TCP"),
        ("ssl:7", "TLS"),
        ("unix:x", "UNIX"),
        ("stdio:", "STDIO"),
    ],
)
def test_aDescriptionKnowsItsTransport(description: str, transport: str) -> None:
    assert Described(description).transport == transport
