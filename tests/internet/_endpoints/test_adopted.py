"""Ports that were opened by somebody else."""

from __future__ import annotations

import socket
from typing import Any
from unittest import mock

import pytest

from twisted.internet import endpoints
from twisted.internet._endpoints import adopted
from twisted.internet.error import AlreadyListened
from twisted.internet.interfaces import IStreamServerEndpointStringParser
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock
from twisted.python.systemd import ListenFDs


def listenOn(endpoint: Any, factory: Any = None) -> Any:
    outcomes: list[Any] = []
    endpoint.listen(factory or Factory()).addBoth(outcomes.append)
    return outcomes[0]


def stubbed(reactor: Any, steps: list[Any]) -> endpoints.AdoptedStreamServerEndpoint:
    """An endpoint of descriptor 13 that touches no descriptor."""
    endpoint: Any = endpoints.AdoptedStreamServerEndpoint(reactor, 13, socket.AF_INET)
    endpoint._setNonBlocking = lambda fd: steps.append(("nonblocking", fd))
    endpoint._close = lambda fd: steps.append(("close", fd, len(reactor.adoptedPorts)))
    return endpoint  # type: ignore[no-any-return]


def test_theDescriptorIsHandedOverAndThenClosed() -> None:
    reactor, steps, factory = MemoryReactorClock(), list[Any](), Factory()
    listenOn(stubbed(reactor, steps), factory)
    assert reactor.adoptedPorts == [(13, socket.AF_INET, factory)]
    assert steps == [("nonblocking", 13), ("close", 13, 1)]


def test_theSecondTimeFails() -> None:
    reactor = MemoryReactorClock()
    endpoint = stubbed(reactor, [])
    listenOn(endpoint)
    assert listenOn(endpoint).check(AlreadyListened)
    assert len(reactor.adoptedPorts) == 1


def test_whatTheReactorRaisesIsTheFailure() -> None:
    class Refusing(MemoryReactorClock):
        def adoptStreamPort(self, *args: Any) -> Any:
            raise OSError("not a socket")

    steps: list[Any] = []
    assert listenOn(stubbed(Refusing(), steps)).check(OSError)
    assert steps == [("nonblocking", 13)]


SOCKETS = ListenFDs([5, 6, 7], ["web.socket", "foo", "bar"])


@pytest.mark.parametrize("family", ["INET", "INET6", "UNIX"])
@pytest.mark.parametrize(
    ("chosen", "fileno"), [("index=2", 7), ("name=foo", 6), ("name=web.socket", 5)]
)
def test_systemdsSocketsAreFoundByIndexAndByName(family: str, chosen: str, fileno: int) -> None:
    with mock.patch.object(adopted, "_inherited", SOCKETS):
        made: Any = endpoints.serverFromString("R", f"systemd:domain={family}:{chosen}")
    assert type(made) is endpoints.AdoptedStreamServerEndpoint
    wanted = ("R", fileno, getattr(socket, f"AF_{family}"))
    assert (made.reactor, made.fileno, made.addressFamily) == wanted


def test_theParserTakesItsSocketsFromAnAttribute() -> None:
    parser = endpoints._SystemdParser()
    parser._sddaemon = SOCKETS
    made: Any = parser.parseStreamServer("R", domain="INET", index="1")
    assert made.fileno == 6
    assert IStreamServerEndpointStringParser.providedBy(parser)


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("systemd:domain=INET:index=3", "index is a number below 3"),
        ("systemd:domain=INET:name=fooo", "did you mean 'foo'"),
        ("systemd:domain=INET5:index=0", "did you mean 'INET"),
        ("systemd:domain=INET:index=0:name=foo", "not both"),
    ],
)
def test_whatSystemdDidNotGiveIsNamed(description: str, words: str) -> None:
    with (
        mock.patch.object(adopted, "_inherited", SOCKETS),
        pytest.raises(endpoints.DescriptionError, match=words),
    ):
        endpoints.serverFromString("R", description)


def test_whatWasInheritedIsKept(monkeypatch: pytest.MonkeyPatch) -> None:
    # ListenFDs takes the variables out of the environment, so a second look finds nothing.
    import os

    monkeypatch.setattr(adopted, "_inherited", None)
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "2")
    first = adopted.inheritedDescriptors()
    assert first.inheritedDescriptors() == [3, 4]
    assert adopted.inheritedDescriptors() is first
