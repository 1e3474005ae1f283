"""A site on a reactor of its own: all or nothing at the start, and an end in three steps."""

from __future__ import annotations

import errno
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import drive
from twisted.application._config.addresses import (
    Described,
    Listen,
    TCPListen,
    TLSListen,
    UNIXListen,
)
from twisted.application._config.site import Lookups, ServicePlan, SitePlan
from twisted.application._site.listening import CannotStart, Listening, ListeningService, whyNot
from twisted.application._site.site import Site
from twisted.application.service import IService, Service
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)


@dataclass(frozen=True)
class EchoSettings(Listening):
    def makeFactory(self) -> Any:
        return Factory.forProtocol(Echo)


@dataclass(frozen=True)
class Given:
    """Settings that give a service made before, or raise."""

    made: Callable[[], Any]

    def makeService(self, reactor: object) -> Any:
        return self.made()


class Slow(Service):
    """Starts and stops when it is told to."""

    def __init__(self) -> None:
        self.starting: Deferred[None] = Deferred()
        self.stopping: Deferred[None] = Deferred()

    def startService(self) -> object:
        super().startService()
        return self.starting

    def stopService(self) -> object:
        super().stopService()
        return self.stopping


def plan(*services: tuple[str, Any], grace: float = 0.0) -> SitePlan:
    return SitePlan("test", grace, tuple(ServicePlan(name, "x", made) for name, made in services))


def echo(*listens: Listen) -> EchoSettings:
    return EchoSettings(listen=listens or (TCPListen("127.0.0.1", 0, 50),))


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    try:
        yield events
    finally:
        globalLogPublisher.removeObserver(events.append)


def connect(reactor: Any, site: Site) -> Deferred[Protocol]:
    port = site.bound[0][1].address.port
    return connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Protocol())


@pytest.mark.parametrize("kind", ["tcp", "tcp6", "tls", "unix", "described"])
def test_aServiceListensOnEveryKindOfAddress(reactor: Any, tmp_path: Path, kind: str) -> None:
    path = str(tmp_path / "s")
    listen = {
        "tcp": TCPListen("127.0.0.1", 0, 50),
        "tcp6": TCPListen("::1", 0, 50),
        "tls": TLSListen("127.0.0.1", 0, 50, "self-signed", None),
        "unix": UNIXListen(path, 0o640, 50),
        "described": Described("tcp:0:interface=127.0.0.1"),
    }[kind]

    async def use() -> None:
        site = Site(plan(("echo", echo(listen))), reactor)
        await site.start()
        ((name, bound),) = site.bound
        assert (name, bound.listen) == ("echo", listen)
        if kind == "unix":
            assert stat.S_IMODE(Path(path).stat().st_mode) == 0o640
        else:
            assert bound.address.port > 0
        await site.stop()
        assert site.bound == []
        assert not Path(path).exists()

    drive(reactor, use)


def test_whereOneAddressCannotBeHadNoneIsKept(reactor: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        free = TCPListen("127.0.0.1", 0, 50)
        busy = TCPListen("127.0.0.1", number, 50)
        site = Site(
            plan(("one", echo(free, busy)), ("two", echo(free)), ("three", echo(busy))), reactor
        )

        async def use() -> None:
            with pytest.raises(CannotStart) as caught:
                await site.start()
            words = f"cannot listen on TCP 127.0.0.1:{number}: Address already in use."
            assert len(caught.value.reasons) == 2
            for name, reason in zip(("one", "three"), caught.value.reasons, strict=True):
                assert reason.startswith(f"{name}: {words} Another program listens there")

        drive(reactor, use)
        assert site.bound == []
        assert not any(service.running for service in site.services)


def test_aServiceThatCannotBeMadeKeepsAllFromStarting(reactor: Any) -> None:
    def broken() -> Any:
        raise ValueError("no such thing")

    other = Slow()
    site = Site(plan(("a", Given(broken)), ("b", Given(lambda: other))), reactor)
    other.stopping.callback(None)

    async def use() -> None:
        with pytest.raises(CannotStart, match="a: ValueError: no such thing"):
            await site.start()

    drive(reactor, use)
    assert not other.running


@pytest.mark.parametrize("how", ["raises", "fails"])
def test_aServiceThatFailsToStartStopsTheOthers(reactor: Any, how: str) -> None:
    class Failing(Service):
        def startService(self) -> object:
            if how == "raises":
                raise OSError("disk full")
            return fail(OSError("disk full"))

    site = Site(plan(("good", echo()), ("bad", Given(Failing))), reactor)

    async def use() -> None:
        with pytest.raises(CannotStart, match="bad: OSError: disk full"):
            await site.start()

    drive(reactor, use)
    assert site.bound == []
    assert [service.running for service in site.services] == [0, 0]


def test_startingWaitsForWhatAServiceWaitsFor(reactor: Any) -> None:
    slow = Slow()
    site = Site(plan(("slow", Given(lambda: slow))), reactor)

    async def use() -> None:
        started = Deferred.fromCoroutine(site.start())
        await deferLater(reactor, 0, lambda: None)
        assert not started.called
        slow.starting.callback(None)
        await started

    drive(reactor, use)
    assert slow.running


def test_nothingIsStartedAnyMoreOnceTheSiteStops(reactor: Any) -> None:
    slow, after = Slow(), Service()
    slow.stopping.callback(None)
    planned = plan(("slow", Given(lambda: slow)), ("after", Given(lambda: after)))
    services = (planned.services[0], planned.services[1]._replace(after=("slow",)))
    site = Site(planned._replace(services=services), reactor)

    async def use() -> None:
        started = Deferred.fromCoroutine(site.start())
        await deferLater(reactor, 0, lambda: None)
        await site.stop()
        slow.starting.callback(None)
        with pytest.raises(CannotStart, match="is stopping"):
            await started

    drive(reactor, use)
    assert not after.running


def test_aReloadWaitsForTheEndOfTheStart(reactor: Any) -> None:
    slow, new = Slow(), Service()
    slow.stopping.callback(None)
    site = Site(plan(("slow", Given(lambda: slow))), reactor)

    async def use() -> None:
        started = Deferred.fromCoroutine(site.start())
        await deferLater(reactor, 0, lambda: None)
        reloaded = Deferred.fromCoroutine(site.reload(plan(("new", Given(lambda: new)))))
        await deferLater(reactor, 0, lambda: None)
        assert (started.called, reloaded.called, new.running) == (False, False, 0)
        slow.starting.callback(None)
        await started
        await reloaded

    drive(reactor, use)
    assert (slow.running, new.running) == (0, 1)


def test_connectionsAreCountedLoggedAndLetGo(reactor: Any) -> None:
    site = Site(plan(("echo", echo()), grace=30), reactor)

    async def use() -> None:
        await site.start()
        service: Any = site.services.getServiceNamed("echo")
        client = await connect(reactor, site)
        await deferLater(reactor, 0.02, lambda: None)
        assert (len(service.connections), service.connections.total) == (1, 1)
        stopped = Deferred.fromCoroutine(site.stop())
        await deferLater(reactor, 0.02, lambda: None)
        # No new connections, but the open one goes on.
        assert site.bound == []
        assert not stopped.called
        assert client.transport is not None
        client.transport.loseConnection()
        await stopped
        assert (len(service.connections), service.connections.total) == (0, 1)

    with logged() as events:
        drive(reactor, use)
    told = [event["log_format"] for event in events if event["log_namespace"] == "echo"]
    assert told == ["{peer} connected to {where}", "{peer} left after {seconds:.1f} s{why}"]


@pytest.mark.parametrize("hurried", [False, True])
def test_whatDoesNotFinishIsEndedWhenTheGraceIsOverOrSomebodyHurries(
    reactor: Any, hurried: bool
) -> None:
    site = Site(plan(("echo", echo()), grace=30 if hurried else 0.1), reactor)

    async def use() -> None:
        await site.start()
        await connect(reactor, site)
        await deferLater(reactor, 0.02, lambda: None)
        stopped = Deferred.fromCoroutine(site.stop())
        await deferLater(reactor, 0.02, lambda: None)
        assert not stopped.called
        if hurried:
            site.hurry()
            site.hurry()
        await stopped
        service: Any = site.services.getServiceNamed("echo")
        assert len(service.connections) == 0

    drive(reactor, use)


def test_aServiceThatNeverStopsDoesNotKeepTheSite(reactor: Any) -> None:
    slow = Slow()
    slow.starting.callback(None)
    site = Site(plan(("slow", Given(lambda: slow)), grace=30), reactor)

    async def use() -> None:
        await site.start()
        stopped = Deferred.fromCoroutine(site.stop())
        site.hurry()
        await stopped

    drive(reactor, use)
    assert not slow.running


def test_aProtocolThatRaisesWhenItsConnectionIsLostIsCountedOutAllTheSame(reactor: Any) -> None:
    class Broken(Protocol):
        def connectionLost(self, reason: Any = None) -> None:
            raise ZeroDivisionError

    service = ListeningService(
        [TCPListen("127.0.0.1", 0, 50)], Factory.forProtocol(Broken), reactor
    )

    async def use() -> None:
        await service.startService()
        port = service.bound[0].address.port
        client = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Protocol())
        await deferLater(reactor, 0.02, lambda: None)
        assert client.transport is not None
        client.transport.loseConnection()
        await service.connections.whenNone()
        await service.stopService()

    drive(reactor, use)
    assert service.connections.total == 1


def test_aFactoryMayRefuseAConnection(reactor: Any) -> None:
    class Refusing(Factory):
        def buildProtocol(self, addr: object) -> None:
            return None

    service = ListeningService([TCPListen("127.0.0.1", 0, 50)], Refusing(), reactor)

    async def use() -> None:
        await service.startService()
        port = service.bound[0].address.port
        await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Protocol())
        await deferLater(reactor, 0.02, lambda: None)
        await service.stopService()

    drive(reactor, use)
    assert service.connections.total == 0


def test_aListeningServiceIsAServiceAndCanBeStartedAgain(reactor: Any) -> None:
    service = ListeningService([TCPListen("127.0.0.1", 0, 50)], Factory.forProtocol(Echo), reactor)
    assert IService.providedBy(service)

    async def use() -> None:
        for _ in range(2):
            service.privilegedStartService()
            assert len(service.bound) == 1
            await service.startService()
            assert len(service.bound) == 1
            await service.stopService()
            assert service.bound == []
        await service.stopService()

    drive(reactor, use)
    assert "TCP 127.0.0.1:0" in repr(service)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            CannotListenError("127.0.0.1", 7, OSError(errno.EACCES, "Permission denied")),
            "Permission denied. Ports below 1024 need the administrator's rights: "
            "choose a higher one.",
        ),
        (
            CannotListenError("192.0.2.1", 7, OSError(errno.EADDRNOTAVAIL, "Cannot assign it")),
            "Cannot assign it. This machine has no such address.",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device."),
        (ValueError("odd"), "odd."),
        (ValueError(), "ValueError."),
    ],
)
def test_whyAnAddressCannotBeHadIsSaidInTheSystemsWordsWithARemedy(
    error: Exception, told: str
) -> None:
    said = whyNot(TCPListen("127.0.0.1", 7, 50), Failure(error))
    assert said == f"cannot listen on TCP 127.0.0.1:7: {told}"


def test_aSettingsClassThatDoesNotSayWhatServesIsToldSo() -> None:
    with pytest.raises(NotImplementedError, match="Listening does not say"):
        Listening(listen=()).makeFactory()


def test_limitsOfLookupsAndTheContextOfCallbacksAreSetBeforeServicesAreMade(
    reactor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr("twisted.application._site.site.setCallbackContext", told.append)
    resolver = reactor.nameResolver

    def make() -> Service:
        told.append((resolver.maxLookups, resolver.maxThreads, resolver.patienceSeconds))
        return Service()

    def plan(lookups: Lookups) -> SitePlan:
        return SitePlan(
            "s", 0, (ServicePlan("a", "x", given),), lookups=lookups, callbackContext=True
        )

    given = Given(make)
    site = Site(plan(Lookups(atOnce=2, threads=3, patience=4)), reactor)
    drive(reactor, lambda: Deferred.fromCoroutine(site.start()))
    assert told == [True, (2, 3, 4)]
    drive(reactor, lambda: Deferred.fromCoroutine(site.reload(plan(Lookups()))))
    assert (resolver.maxLookups, resolver.maxThreads, resolver.patienceSeconds) == (32, 128, 60)
    drive(reactor, lambda: Deferred.fromCoroutine(site.stop()))
