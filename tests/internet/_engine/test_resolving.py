"""Where a reactor keeps its resolver, and the resolvers of threads."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.support import drive
from twisted.internet import defer
from twisted.internet.base import BlockingResolver, ThreadedResolver
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IReactorPluggableResolver,
    IResolverSimple,
)


@implementer(IResolverSimple)
class Book:
    """Knows one name."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> defer.Deferred[str]:
        if name == "known.example":
            return defer.succeed("192.0.2.7")
        return defer.fail(DNSLookupError(name))


@pytest.mark.parametrize(
    ("name", "address"), [("127.0.0.1", "127.0.0.1"), ("", "0.0.0.0"), ("::1", "::1")]
)
def test_addressesAreTheirOwnAnswer(reactor: Any, name: str, address: str) -> None:
    answers: list[str] = []
    reactor.resolve(name).addCallback(answers.append)
    assert answers == [address]


def test_aNameIsLookedUp(eachReactor: Any) -> None:
    assert drive(eachReactor, eachReactor.resolve, "localhost") == "127.0.0.1"


def test_aReactorHasAPlaceForBothKindsOfResolver(reactor: Any) -> None:
    assert verifyObject(IReactorPluggableNameResolver, reactor)
    assert verifyObject(IReactorPluggableResolver, reactor)
    assert IHostnameResolver.providedBy(reactor.nameResolver)


def test_anInstalledResolverIsAskedByEither(reactor: Any) -> None:
    former = reactor.installResolver(Book())
    assert IResolverSimple.providedBy(former)
    assert drive(reactor, reactor.resolve, "known.example") == "192.0.2.7"
    with pytest.raises(DNSLookupError):
        drive(reactor, reactor.resolve, "unknown.example")
    assert isinstance(reactor.installResolver(former), Book)


def test_installNameResolverGivesTheOneBefore(reactor: Any) -> None:
    before = reactor.nameResolver
    other = reactor.nameResolver.__class__(reactor)
    assert reactor.installNameResolver(other) is before
    assert reactor.nameResolver is other


def test_aResolverAssignedOnTheInstanceIsUsed(reactor: Any) -> None:
    reactor.resolver = Book()
    assert drive(reactor, reactor.resolve, "known.example") == "192.0.2.7"


def test_theBlockingResolverAsksAtOnce(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyname", {"a": "192.0.2.1"}.__getitem__)
    answers: list[str] = []
    BlockingResolver().getHostByName("a").addCallback(answers.append)
    assert answers == ["192.0.2.1"]


def refuse(name: str) -> str:
    raise socket.gaierror(socket.EAI_NONAME, "no such name")


def test_theBlockingResolversFailureIsDNSLookupError(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyname", refuse)
    failures: list[Any] = []
    BlockingResolver().getHostByName("a").addErrback(failures.append)
    assert failures[0].check(DNSLookupError)


def test_theThreadedResolverAsksInAThread(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyname", {"a": "192.0.2.1"}.__getitem__)
    assert drive(reactor, ThreadedResolver(reactor).getHostByName, "a") == "192.0.2.1"
    assert reactor.getDelayedCalls() == []


def test_theThreadedResolversFailureIsDNSLookupError(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostbyname", refuse)
    with pytest.raises(DNSLookupError, match="'a'"):
        drive(reactor, ThreadedResolver(reactor).getHostByName, "a")


def test_theThreadedResolverGivesUpAfterTheSumOfItsTries(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    release = threading.Event()

    def wait(name: str) -> str:
        release.wait(10)
        return "192.0.2.1"

    monkeypatch.setattr(socket, "gethostbyname", wait)
    try:
        with pytest.raises(DNSLookupError, match="timeout"):
            drive(reactor, ThreadedResolver(reactor).getHostByName, "a", (0, 0.01))
    finally:
        release.set()
