"""Errors: their families, texts and values."""

from __future__ import annotations

import errno
import pickle
import socket
from typing import Any

import pytest

from twisted.internet import error

anAddress: Any = object()

# How to make one of each class that wants arguments.
arguments: dict[str, tuple[Any, ...]] = {
    "CannotListenError": ("", 80, OSError(98, "in use")),
    "ConnectingCancelledError": (anAddress,),
    "InvalidAddressError": ("x", "not an address"),
    "ProcessDone": (0,),
}

everyClass = [
    getattr(error, name) for name in error.__all__ if isinstance(getattr(error, name), type)
]


@pytest.mark.parametrize("kind", everyClass, ids=lambda kind: kind.__name__)
def test_everyErrorIsMadeAndSaysSomething(kind: type[BaseException]) -> None:
    made = kind(*arguments.get(kind.__name__, ()))
    assert kind.__doc__
    assert isinstance(str(made), str)
    if hasattr(kind, "MESSAGE"):
        assert kind.MESSAGE and not kind.MESSAGE.endswith(".")


@pytest.mark.parametrize(
    "kind",
    [
        error.AlreadyCalled,
        error.AlreadyCancelled,
        error.BindError,
        error.ConnectionAborted,
        error.ConnectionDone,
        error.ConnectionFdescWentAway,
        error.ConnectionLost,
        error.DNSLookupError,
        error.FileDescriptorOverrun,
        error.MessageLengthError,
        error.NotConnectingError,
        error.NotListeningError,
    ],
)
def test_theTextIsTheMessageAndThenTheArguments(kind: Any) -> None:
    assert str(kind()) == f"{kind.MESSAGE}."
    assert str(kind("x", 13)) == f"{kind.MESSAGE}: x 13."


@pytest.mark.parametrize(
    ("args", "end"),
    [((), ""), ((5,), ": 5"), ((5, "io"), ": 5: io"), ((None, "io"), ": io"), ((0,), ": 0")],
)
@pytest.mark.parametrize("kind", [error.ConnectError, error.TimeoutError, error.SSLError])
def test_aConnectErrorShowsNumberAndText(kind: Any, args: tuple[Any, ...], end: str) -> None:
    assert str(kind(*args)) == f"{kind.MESSAGE}{end}."


def test_aConnectErrorKeepsNumberAndText() -> None:
    made = error.ConnectError(111, "refused")
    assert (made.osError, made.args) == (111, ("refused",))


@pytest.mark.parametrize(
    ("given", "kind", "number", "args"),
    [
        (OSError(errno.ECONNREFUSED, "no"), error.ConnectionRefusedError, errno.ECONNREFUSED, "no"),
        (OSError(errno.ENETUNREACH, "no"), error.NoRouteError, errno.ENETUNREACH, "no"),
        (OSError(errno.ETIMEDOUT, "no"), error.TCPTimedOutError, errno.ETIMEDOUT, "no"),
        (OSError(errno.EIO, "no"), error.ConnectError, errno.EIO, "no"),
        ((errno.ECONNREFUSED, "no"), error.ConnectionRefusedError, errno.ECONNREFUSED, "no"),
        (socket.gaierror(-2, "unknown"), error.UnknownHostError, -2, "unknown"),
    ],
)
def test_whatTheSystemSaidBecomesAnErrorOfOurs(
    given: Any, kind: type[Any], number: int, args: str
) -> None:
    made = error.getConnectError(given)
    assert type(made) is kind
    assert (made.osError, made.args) == (number, (args,))


@pytest.mark.parametrize("given", [OSError("odd"), ValueError(), "text", None, (1, 2, 3)])
def test_whatHoldsNoNumberAndTextBecomesTheText(given: object) -> None:
    made = error.getConnectError(given)
    assert type(made) is error.ConnectError
    assert (made.osError, made.args) == (None, (given,))


@pytest.mark.parametrize(
    ("interface", "port", "where"),
    [
        ("", 80, "any:80"),
        ("::1", 80, "::1:80"),
        ("", "/run/x", "any:/run/x"),
        ("", b"/x", "any:/x"),
    ],
)
def test_aPortThatCannotBeOpenedIsNamedWithWhatTheSystemSaid(
    interface: str, port: Any, where: str
) -> None:
    system = OSError(98, "in use")
    made = error.CannotListenError(interface, port, system)
    assert (made.interface, made.port, made.socketError) == (interface, port, system)
    assert f"{where}: [Errno 98] in use." in str(made)


@pytest.mark.parametrize(
    ("how", "values", "text"),
    [
        ({"exitCode": 42, "status": 42 << 8}, (42, None, 42 << 8), "exit code 42"),
        ({"signal": 9, "status": 9}, (None, 9, 9), "signal 9"),
        ({}, (None, None, None), "unknown"),
    ],
)
def test_theEndOfAProgramIsKeptAndTold(how: Any, values: Any, text: str) -> None:
    made = error.ProcessTerminated(**how)
    assert (made.exitCode, made.signal, made.status) == values
    assert text in str(made)


def test_aProgramThatSucceededHasExitCodeZero() -> None:
    made = error.ProcessDone(0)
    assert (made.exitCode, made.signal, made.status) == (0, None, 0)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (error.ConnectionDone, error.ConnectionClosed),
        (error.ConnectionAborted, error.ConnectionLost),
        (error.ProcessDone, error.ConnectionDone),
        (error.ProcessTerminated, error.ConnectionLost),
        (error.TimeoutError, error.UserError),
        (error.UserError, error.ConnectError),
        (error.CannotListenError, error.BindError),
        (error.AlreadyCalled, ValueError),
        (error.DNSLookupError, OSError),
        (error.NotConnectingError, RuntimeError),
        (error.ReactorAlreadyInstalledError, AssertionError),
        (error.InvalidAddressError, ValueError),
    ],
)
def test_families(narrow: type, wide: type) -> None:
    assert issubclass(narrow, wide)


def test_reasonsCanBePickled() -> None:
    made = pickle.loads(pickle.dumps(error.ConnectionLost("x")))
    assert (type(made), made.args) == (error.ConnectionLost, ("x",))
