"""A site that runs and is changed: what differs and nothing else."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import drive
from twisted.application._config.addresses import Listen, TCPListen, UNIXListen
from twisted.application._config.site import ServicePlan, SitePlan
from twisted.application._site.kept import State
from twisted.application._site.listening import CannotStart, Listening
from twisted.application._site.site import NoSuchService, Site
from twisted.application._site.sockets import Address, Handed, Sockets
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater


class Saying(Protocol):
    factory: Any

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.factory.word)

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)


class Client(Protocol):
    def __init__(self) -> None:
        self.seen = b""
        self.lost = False
        self._wanted: list[tuple[bytes, Deferred[None]]] = []

    def dataReceived(self, data: bytes) -> None:
        self.seen += data
        for wanted, waiting in self._wanted:
            if wanted in self.seen and not waiting.called:
                waiting.callback(None)

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True

    def until(self, wanted: bytes) -> Deferred[None]:
        waiting: Deferred[None] = Deferred()
        self._wanted.append((wanted, waiting))
        self.dataReceived(b"")
        return waiting


@dataclass(frozen=True)
class Words(Listening):
    word: bytes = b"one"

    def makeFactory(self) -> Any:
        factory: Any = Factory.forProtocol(Saying)
        factory.word = self.word
        return factory


@dataclass(frozen=True)
class Told:
    """Settings of a service that listens to nothing, and tells what becomes of it."""

    name: str
    events: list[str] = field(compare=False)
    version: int = 1
    fails: bool = False

    def makeService(self, reactor: object) -> Service:
        return Telling(self)


class Telling(Service):
    def __init__(self, settings: Told) -> None:
        self._settings = settings

    def startService(self) -> None:
        if self._settings.fails:
            raise OSError("disk full")
        super().startService()
        self._settings.events.append(f"+{self._settings.name}{self._settings.version}")

    def stopService(self) -> None:
        super().stopService()
        self._settings.events.append(f"-{self._settings.name}{self._settings.version}")


anyPort = TCPListen("127.0.0.1", 0, 50)


def words(word: bytes = b"one", *listens: Listen) -> Words:
    return Words(listen=listens or (anyPort,), word=word)


def plan(*services: ServicePlan, grace: float = 0.05) -> SitePlan:
    return SitePlan("test", grace, services)


def service(name: str, settings: Any, *after: str) -> ServicePlan:
    return ServicePlan(name, "x", settings, after)


async def connect(reactor: Any, site: Site, index: int = 0) -> Client:
    port = site.bound[index][1].address.port
    client = Client()
    await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), client)
    await client.until(b"o")
    return client


def test_servicesStartAfterThoseThatTheyNameAndStopBeforeThem(reactor: Any) -> None:
    events: list[str] = []
    names = {"web": ("cache", "base"), "cache": ("base",), "base": ()}
    site = Site(
        plan(*[service(name, Told(name, events), *after) for name, after in names.items()]),
        reactor,
    )

    async def use() -> None:
        await site.start()
        await site.stop()

    drive(reactor, use)
    assert events == ["+base1", "+cache1", "+web1", "-web1", "-cache1", "-base1"]


def test_whatComesAfterAServiceThatCannotStartIsNotTried(reactor: Any) -> None:
    events: list[str] = []
    site = Site(
        plan(
            service("base", Told("base", events)),
            service("bad", Told("bad", events, fails=True), "base"),
            service("web", Told("web", events), "bad"),
        ),
        reactor,
    )

    async def use() -> None:
        with pytest.raises(CannotStart, match="bad: OSError: disk full"):
            await site.start()

    drive(reactor, use)
    # What a service has got hold of before it failed it can let go when it is stopped.
    assert events == ["+base1", "-bad1", "-base1"]


def test_aChangedServiceKeepsItsSocketAndItsConnections(reactor: Any) -> None:
    site = Site(plan(service("words", words(b"one"))), reactor)

    async def use() -> None:
        await site.start()
        before = site.bound[0][1].address
        old = await connect(reactor, site)
        changes = await site.reload(plan(service("words", words(b"two"))))
        assert changes.changed == ("words",)
        assert site.bound[0][1].address == before
        new = await connect(reactor, site)
        assert (old.seen, new.seen) == (b"one", b"two")
        assert old.transport is not None
        old.transport.write(b"again")
        await old.until(b"again")
        kept: Any = site.keptNamed("words").service
        assert (len(kept.connections), kept.connections.total) == (2, 2)
        await site.stop()
        await deferLater(reactor, 0.02)
        assert old.lost

    drive(reactor, use)
    assert [str(each.name) for each in site.services] == ["words"]


def test_theFactoryThatIsReplacedIsTold(reactor: Any) -> None:
    site = Site(plan(service("words", words(b"one"))), reactor)

    async def use() -> list[int]:
        await site.start()
        first: Any = site.keptNamed("words").service
        await site.reload(plan(service("words", words(b"two"))))
        second: Any = site.keptNamed("words").service
        numbers = [first.factory.numPorts, second.factory.numPorts]
        await site.stop()
        return [*numbers, second.factory.numPorts]

    assert drive(reactor, use) == [0, 1, 0]


def test_whatDoesNotDifferIsNotTouched(reactor: Any) -> None:
    events: list[str] = []
    kept, changed = Told("kept", events), Told("changed", events)
    site = Site(plan(service("kept", kept), service("changed", changed)), reactor)

    async def use() -> None:
        await site.start()
        same = site.keptNamed("kept").service
        del events[:]
        await site.reload(
            plan(service("kept", kept, "changed"), service("changed", replace(changed, version=2)))
        )
        assert site.keptNamed("kept").service is same
        assert site.keptNamed("kept").plan.after == ("changed",)
        assert events == ["-changed1", "+changed2"]
        await site.stop()

    drive(reactor, use)
    assert events[2:] == ["-kept1", "-changed2"]


@pytest.mark.parametrize("what", ["made", "started", "busy"])
def test_whereSomethingNewCannotStartNothingHasChanged(reactor: Any, what: str) -> None:
    events: list[str] = []
    first = Told("first", events)

    class Broken:
        def makeService(self, reactor: object) -> Any:
            raise ValueError("no such thing")

    site = Site(plan(service("words", words(b"one")), service("first", first)), reactor)

    async def use() -> None:
        await site.start()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            busy = TCPListen("127.0.0.1", taken.getsockname()[1], 50)
            new: Any = {
                "made": Broken(),
                "started": Told("new", events, fails=True),
                "busy": words(b"x", busy),
            }[what]
            wanted = plan(
                service("words", words(b"two")),
                service("first", replace(first, version=2)),
                service("new", new),
            )
            before = site.bound[0][1].address
            with pytest.raises(CannotStart, match="new: "):
                await site.reload(wanted)
        assert site.bound[0][1].address == before
        assert (await connect(reactor, site)).seen == b"one"
        assert [each.name for each in site.kept] == ["words", "first"]
        assert [each.state for each in site.kept] == [State.RUNNING] * 2
        await site.stop()

    drive(reactor, use)
    tail = {"started": ["-first1", "+first2", "-first2", "-new1", "+first1"]}.get(what, [])
    assert events == ["+first1", *tail, "-first1"]


def test_aServiceThatIsGoneClosesItsPortAndGivesItsConnectionsGrace(reactor: Any) -> None:
    site = Site(plan(service("a", words(b"one")), service("b", words(b"one"))), reactor)

    async def use() -> None:
        await site.start()
        port = site.bound[0][1].address.port
        staying, going = await connect(reactor, site, 1), await connect(reactor, site, 0)
        await site.reload(plan(service("b", words(b"one"))))
        assert [name for name, _ in site.bound] == ["b"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        assert not going.lost
        await deferLater(reactor, 0.2)
        assert (going.lost, staying.lost) == (True, False)
        await site.stop()

    drive(reactor, use)


def test_addressesMoveFromOneServiceToAnother(reactor: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ear:
        number = ear.getsockname()[1]
    moving = TCPListen("127.0.0.1", number, 50)
    staying = UNIXListen(str(tmp_path / "s"), 0o660, 50)
    site = Site(plan(service("a", words(b"one", moving, staying))), reactor)

    async def use() -> None:
        await site.start()
        await site.reload(
            plan(service("a", words(b"one", staying)), service("b", words(b"two", moving)))
        )
        assert {(name, each.listen) for name, each in site.bound} == {
            ("a", staying),
            ("b", moving),
        }
        client = Client()
        await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", number), client)
        await client.until(b"two")
        await site.stop()

    drive(reactor, use)
    assert list(tmp_path.iterdir()) == []


def test_aServiceThatWasStoppedStaysStoppedWhenItChanges(reactor: Any) -> None:
    site = Site(plan(service("words", words(b"one"))), reactor)

    async def use() -> None:
        await site.start()
        await site.stopService("words")
        await site.reload(plan(service("words", words(b"two"))))
        assert site.keptNamed("words").state is State.STOPPED
        assert site.bound == []
        await site.startService("words")
        assert (await connect(reactor, site)).seen == b"two"
        await site.startService("words")
        await site.restartService("words")
        assert site.keptNamed("words").state is State.RUNNING
        await site.stop()

    drive(reactor, use)


def test_aNameThatNobodyHasIsRefusedWithTheNearest(reactor: Any) -> None:
    site = Site(plan(service("words", words())), reactor)

    async def use() -> None:
        await site.start()
        for operation in (site.startService, site.stopService, site.restartService):
            with pytest.raises(NoSuchService, match="Did you mean 'words'"):
                await operation("wrods")
        await site.stop()

    drive(reactor, use)


def test_aSiteThatStopsTakesNoChanges(reactor: Any) -> None:
    site = Site(plan(service("words", words())), reactor)

    async def use() -> None:
        await site.start()
        await site.stop()
        for change in (
            site.startService("words"),
            site.restartService("words"),
            site.reload(plan(service("other", words()))),
        ):
            with pytest.raises(CannotStart, match="the site is stopping"):
                await change

    drive(reactor, use)
    assert site.bound == []


def test_handedSocketsAreUsedForWhatTheyWereMadeForAndOthersClosed(reactor: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as ear, socket.socket() as stray:
        number = ear.getsockname()[1]
        handed = [
            Handed(Address("TCP", "127.0.0.1", 0), ear.detach(), socket.AF_INET),
            Handed(Address("TCP", "127.0.0.1", 1), stray.detach(), socket.AF_INET),
        ]
        site = Site(plan(service("words", words(b"one"))), reactor, handed)

        async def use() -> None:
            await site.start()
            assert site.bound[0][1].address.port == number
            with pytest.raises(OSError, match="Bad file descriptor"):
                socket.socket(fileno=handed[1].descriptor)
            assert (await connect(reactor, site)).seen == b"one"
            await site.stop()

        drive(reactor, use)


def test_socketsCanBeHeldWithoutAccepting(reactor: Any) -> None:
    sockets = Sockets(reactor, accepting=False)
    assert IReactorTCP.providedBy(sockets)

    async def use() -> None:
        port = sockets.listenTCP(0, Factory.forProtocol(Saying), 50, "127.0.0.1")
        found = sockets.held(port)
        assert found is not None
        assert (found.address, found.family) == (Address("TCP", "127.0.0.1", 0), socket.AF_INET)
        client = Client()
        number = port.getHost().port
        await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", number), client)
        await deferLater(reactor, 0.02)
        assert client.seen == b""
        await port.stopListening()
        sockets.forget(port)
        assert sockets.held(port) is None

    drive(reactor, use)
