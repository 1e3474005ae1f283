"""Complaints: what they say, what they keep, and what they guess at."""

from __future__ import annotations

import pytest

from twisted.internet._endpoints.mistakes import UnknownKind, WrongArguments, WrongValue, nearest
from twisted.internet.endpoints import DescriptionError, clientFromString, serverFromString


@pytest.mark.parametrize(
    ("word", "known", "guess"),
    [
        ("tpc", ["tcp", "tls"], "tcp"),
        ("tcpp", ["tcp", "tls"], "tcp"),
        ("TLS", ["tcp", "tls"], "tls"),
        ("ftl", ["tcp", "tls", "ssl"], None),
        ("inteface", ["port", "interface"], "interface"),
        ("interfcae", ["port", "interface"], "interface"),
        ("intf", ["port", "interface"], None),
        ("", ["tcp"], None),
        ("x", [], None),
    ],
)
def test_theNearestWordIsFound(word: str, known: list[str], guess: str | None) -> None:
    assert nearest(word, known) == guess


def test_anUnknownKindSaysWhatIsKnown() -> None:
    with pytest.raises(UnknownKind) as raised:
        serverFromString(None, "tpc:80")
    error = raised.value
    assert str(error) == "Unknown endpoint type: 'tpc'; did you mean 'tcp'?"
    assert (error.part, error.suggestion, error.description) == ("tpc", "tcp", "tpc:80")
    assert {"tcp", "tcp6", "ssl", "tls", "unix", "stdio", "systemd"} <= set(error.known)
    assert "tcp6" in error.expected


def test_anUnknownKindLikeNoOtherIsNotGuessedAt() -> None:
    with pytest.raises(ValueError, match=r"^Unknown endpoint type: 'ftl'$"):
        clientFromString(None, "ftl:andromeda")


def test_aPortNumberAloneIsExplained() -> None:
    with pytest.raises(UnknownKind, match="'tcp:8080'"):
        serverFromString(None, "8080")


SERVER_MISTAKES = [
    ("tcp", WrongArguments, "port", None),
    ("tcp:", WrongValue, "", None),
    ("tcp:http", WrongValue, "http", None),
    ("tcp:65536", WrongValue, "65536", None),
    ("tcp:-1", WrongValue, "-1", None),
    ("tcp:80:backlog=many", WrongValue, "many", None),
    ("tcp:80:backlgo=5", WrongArguments, "backlgo", "backlog"),
    ("tcp:80:127.0.0.1:5:6", WrongArguments, "6", None),
    ("tcp:80:port=81", WrongArguments, "port", None),
    ("tcp:80:interface=::1", WrongArguments, "interface", None),
    ("unix:a:mode=9", WrongValue, "9", None),
    ("unix:a:mode=777777", WrongValue, "777777", None),
    ("unix:a:lockfile=maybe", WrongValue, "maybe", None),
    ("stdio:x", WrongArguments, "x", None),
    ("systemd:domain=INET", WrongArguments, "index", None),
    ("systemd:domain=INET:index=0:name=a", WrongArguments, "name", None),
    ("tls:/nowhere/at/all", WrongValue, "/nowhere/at/all", None),
    ("ssl:443:privateKey=/nowhere/key.pem", WrongValue, "/nowhere/key.pem", None),
]
CLIENT_MISTAKES = [
    ("tcp", WrongArguments, "host", None),
    ("tcp:h", WrongArguments, "port", None),
    ("tcp:h:http", WrongValue, "http", None),
    ("tcp:h:80:9", WrongArguments, "9", None),
    ("tcp:h:80:timeuot=9", WrongArguments, "timeuot", "timeout"),
    ("tcp:h:80:timeout=soon", WrongValue, "soon", None),
    ("tcp:h:80:timeout=-1", WrongValue, "-1", None),
    ("tcp:h:80:timeout=nan", WrongValue, "nan", None),
    ("tcp:h:80:timeout=inf", WrongValue, "inf", None),
    ("unix", WrongArguments, "path", None),
    ("tls:h:443:trustRoot=/x", WrongArguments, "trustRoot", "trustRoots"),
    ("tls:h:443:trustRoots=/nowhere", WrongValue, "/nowhere", None),
    ("ssl:h:443:caCertsDir=/nowhere", WrongValue, "/nowhere", None),
    ("ssl:h:443:certKey=/nowhere", WrongValue, "/nowhere", None),
    ("tls:h:443:endpoint=tpc\\:h\\:1", UnknownKind, "tpc", "tcp"),
]


def _check(
    read: object, description: str, kind: type[DescriptionError], part: str, guess: str | None
) -> None:
    with pytest.raises(DescriptionError) as raised:
        read(object(), description)  # type: ignore[operator]
    error = raised.value
    assert type(error) is kind
    assert isinstance(error, ValueError)
    assert (error.part, error.suggestion) == (part, guess)
    assert error.expected
    assert error.description is not None
    if guess is not None:
        assert f"did you mean {guess!r}?" in str(error)


@pytest.mark.filterwarnings("ignore:Passing HostnameEndpoint:DeprecationWarning")
@pytest.mark.parametrize(("description", "kind", "part", "guess"), CLIENT_MISTAKES)
def test_aMistakeInAClientIsNamed(
    description: str, kind: type[DescriptionError], part: str, guess: str | None
) -> None:
    _check(clientFromString, description, kind, part, guess)


@pytest.mark.parametrize(("description", "kind", "part", "guess"), SERVER_MISTAKES)
def test_aMistakeInAServerIsNamed(
    description: str, kind: type[DescriptionError], part: str, guess: str | None
) -> None:
    _check(serverFromString, description, kind, part, guess)


def test_wrongArgumentsAreTypeErrorsToo() -> None:
    # Programs written before these classes catch TypeError for a misspelt argument.
    with pytest.raises(TypeError, match=r"it has no 'x' \(the form is tcp:port\["):
        serverFromString(None, "tcp:80:x=y")


def test_aSurplusArgumentRemindsOfTheEscape() -> None:
    with pytest.raises(DescriptionError, match=r"a colon inside a value is written \\:"):
        serverFromString(None, "tcp6:80:5:::1")


def test_theValueErrorNamesItsArgument() -> None:
    with pytest.raises(WrongValue) as raised:
        serverFromString(None, "tcp:http")
    assert raised.value.argument == "port"
    assert str(raised.value) == "tcp: port is a port number from 0 to 65535, not 'http'"


@pytest.mark.parametrize("description", [80, None, ["tcp", "80"]])
def test_whatIsNoTextIsATypeError(description: object) -> None:
    with pytest.raises(TypeError, match="an endpoint's description is text"):
        serverFromString(None, description)  # type: ignore[arg-type]
