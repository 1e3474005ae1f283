"""Sites in several processes: requests that go over a connection, and answers that come back."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.dom.minidom import parseString

import pytest
from zope.interface.verify import verifyObject

import twisted.internet
from tests.spread.conversing import Wire
from tests.support import drive
from tests.web.serving import Answer, ask, asking, fetch, get, parse
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import LogLevel, globalLogPublisher
from twisted.python.failure import Failure
from twisted.spread import banana, jelly, pb
from twisted.spread.flavors import Copyable
from twisted.web import distrib, resource, server, static
from twisted.web.iweb import IRequest
from twisted.web.test.requesthelper import DummyChannel, DummyRequest


class Page(resource.Resource):
    """Answers with whatever a test says."""

    isLeaf = True

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def render(self, request: Any) -> Any:
        return self.answer(request)


class Front:
    """
    A site with a subscription, connected to a publisher in memory.

    Attributes:
        subscription: it; wire: the connection; publisher: the other end.
    """

    def __init__(self, root: Any) -> None:
        self.publisher = distrib.ResourcePublisher(server.Site(root, reactor=Clock()))
        self.wire = Wire(self.publisher)
        self.subscription = distrib.ResourceSubscription("there", 1)
        self.subscription.connected(self.wire.root)
        front = resource.Resource()
        front.putChild(b"part", self.subscription)
        self.site = server.Site(front, reactor=Clock())
        self.transport = StringTransport()

    def begin(self, request: bytes) -> Any:
        channel = self.site.buildProtocol(IPv4Address("TCP", "10.0.0.1", 5))
        channel.makeConnection(self.transport)
        channel.dataReceived(request)
        self.wire.pump()
        return channel

    def answer(self) -> Answer:
        self.wire.pump()
        return parse(self.transport.value())

    def ask(self, request: bytes) -> Answer:
        self.begin(request)
        return self.answer()


@pytest.fixture
def logged() -> Any:
    """What was logged as an error, and then forgotten."""
    events: list[Any] = []

    def observe(event: Any) -> None:
        if event["log_level"] >= LogLevel.critical:
            events.append(event["log_failure"].type)

    globalLogPublisher.addObserver(observe)
    yield events
    globalLogPublisher.removeObserver(observe)


def test_requestsAreCopyable() -> None:
    assert issubclass(server.Request, Copyable)
    assert jelly.unjellyableRegistry[b"twisted.web.server.Request"] is distrib.Request
    assert verifyObject(IRequest, distrib.Request(DummyChannel()))


def test_theOtherProcessSeesTheRequest() -> None:
    seen: dict[str, Any] = {}

    def answer(request: Any) -> bytes:
        for name in ("method", "uri", "path", "args", "prepath", "postpath", "clientproto"):
            seen[name] = getattr(request, name)
        seen["body"] = request.content.read()
        seen["cookie"] = request.getCookie(b"q")
        seen["header"] = request.getHeader(b"x-kind")
        seen["client"], seen["host"] = request.getClientAddress(), request.getHost()
        return b"seen"

    root = resource.Resource()
    root.putChild(b"page", Page(answer))
    fields = (b"Cookie: q=1", b"X-Kind: y", b"Content-Type: application/x-www-form-urlencoded")
    given = get(b"/part/page/rest?a=1", *fields, method=b"POST", body=b"b=2")
    got = Front(root).ask(given)
    assert got.code == 200
    assert b"seen" in got.body
    assert seen.pop("client").host == "192.168.1.1"
    assert seen.pop("host") == IPv4Address("TCP", "10.0.0.1", 12345)
    assert seen == {
        "method": b"POST",
        "uri": b"/part/page/rest?a=1",
        "path": b"/part/page/rest",
        "args": {b"a": [b"1"], b"b": [b"2"]},
        "prepath": [b"part", b"page"],
        "postpath": [b"rest"],
        "clientproto": b"HTTP/1.1",
        "body": b"b=2",
        "cookie": b"1",
        "header": b"y",
    }


def test_whatIsSetThereIsSentHere() -> None:
    def answer(request: Any) -> Any:
        request.setResponseCode(201, b"Made")
        request.setHeader(b"X-Who", b"other")
        request.addCookie(b"k", b"v", path=b"/")
        request.setLastModified(0)
        request.setETag(b'"state"')
        request.write(b"some ")
        request.write(b"text")
        request.finish()
        return server.NOT_DONE_YET

    got = Front(Page(answer)).ask(get(b"/part/x"))
    assert got.whole.startswith(b"HTTP/1.1 201 Made\r\n")
    assert got.headers[b"x-who"] == b"other"
    assert got.headers[b"set-cookie"] == b"k=v; Path=/"
    assert got.headers[b"last-modified"] == b"Thu, 01 Jan 1970 00:00:00 GMT"
    assert got.headers[b"etag"] == b'"state"'
    assert b"some " in got.body
    assert b"text" in got.body


@pytest.mark.parametrize("size", [0, 1, banana.SIZE_LIMIT, banana.SIZE_LIMIT + 1])
def test_aBodyMayBeOfAnySize(size: int) -> None:
    got = Front(Page(lambda request: b"x" * size)).ask(get(b"/part/x"))
    assert got.body.count(b"x") == size


def test_coroutinesAndDeferredsAreWaitedFor() -> None:
    waiting: Deferred[bytes] = Deferred()

    async def answer(request: Any) -> bytes:
        return b"late: " + await waiting

    front = Front(Page(answer))
    front.begin(get(b"/part/x"))
    assert front.answer().whole == b""
    waiting.callback(b"here")
    assert b"late: here" in front.answer().body
    direct: Deferred[bytes] = Deferred()
    front = Front(Page(lambda request: direct))
    front.begin(get(b"/part/x"))
    direct.callback(b"direct")
    assert b"direct" in front.answer().body


def test_whoWaitsForTheEndIsTold() -> None:
    told: list[Any] = []

    def answer(request: Any) -> bytes:
        request.notifyFinish().addCallback(told.append)
        return b"x"

    Front(Page(answer)).ask(get(b"/part/x"))
    assert told == [None]


def test_whatIsNotThereIsNotFound() -> None:
    assert Front(resource.Resource()).ask(get(b"/part/nothing")).code == 404


def test_aMethodThatIsNotAllowedIsRefused() -> None:
    got = Front(static.Data(b"x", "text/plain")).ask(get(b"/part", method=b"POST"))
    assert got.code == 405
    assert set(got.headers[b"allow"].split(b", ")) == {b"GET", b"HEAD"}


def test_HEADHasNoBody() -> None:
    got = Front(static.Data(b"x" * 10, "text/plain")).ask(get(b"/part", method=b"HEAD"))
    assert (got.code, got.body) == (200, b"")


def test_anErrorThereIsSaidHereWithoutItsMarkup(logged: Any) -> None:
    def answer(request: Any) -> bytes:
        raise ValueError("<script>")

    got = Front(Page(answer)).ask(get(b"/part/x"))
    assert got.code == 500
    assert b"<title>500 - Server Connection Lost</title>" in got.body
    assert b"&lt;script&gt;" in got.body
    assert b"<script>" not in got.body
    assert logged == [ValueError]


def test_aProducerThereIsPacedHere() -> None:
    made: list[Any] = []

    class Producer:
        def __init__(self, request: Any) -> None:
            self.told: list[str] = []
            self.request = request
            made.append(self)
            request.registerProducer(self, True)

        def pauseProducing(self) -> None:
            self.told.append("pause")

        def resumeProducing(self) -> None:
            self.told.append("resume")

        def stopProducing(self) -> None:
            self.told.append("stop")

    def answer(request: Any) -> int:
        Producer(request)
        return server.NOT_DONE_YET

    front = Front(Page(answer))
    channel = front.begin(get(b"/part/x"))
    front.wire.pump()
    (producer,) = made
    channel.pauseProducing()
    front.wire.pump()
    channel.resumeProducing()
    front.wire.pump()
    producer.request.unregisterProducer()
    producer.request.write(b"end")
    producer.request.finish()
    assert b"end" in front.answer().body
    assert producer.told[:2] == ["pause", "resume"]


def test_aClientThatLeavesHarmsNobody(logged: Any) -> None:
    waiting: Deferred[bytes] = Deferred()
    front = Front(Page(lambda request: waiting))
    channel = front.begin(get(b"/part/x"))
    channel.connectionLost(Failure(ConnectionDone()))
    waiting.callback(b"nobody reads this")
    front.wire.pump()
    assert front.wire.root.broker.disconnected == 0


def test_aLostPublisherIsAnErrorForAllThatWait() -> None:
    front = Front(Page(lambda request: Deferred()))
    front.begin(get(b"/part/x"))
    front.wire.lose()
    assert front.answer().code == 500
    assert front.subscription.publisher is None


def test_whoIsStillThereButDeadIsAnError() -> None:
    """The connection may be lost in the very turn in which a request comes."""
    front = Front(Page(lambda request: b"x"))
    publisher = front.subscription.publisher
    front.wire.lose()
    front.subscription.publisher = publisher
    front.transport.clear()
    assert front.ask(get(b"/part/x")).code == 500


def test_withoutAConnectionThePartIsUnavailable() -> None:
    subscription = distrib.ResourceSubscription("there", 1)
    subscription.waiting = 1
    request: Any = DummyRequest([b""])
    assert subscription.render(request) == server.NOT_DONE_YET
    subscription.notConnected("nobody there")
    assert request.responseCode == 503
    assert (subscription.pending, subscription.waiting) == ([], 0)


def test_aSubscriptionIsKeptWithoutItsConnection() -> None:
    subscription = distrib.ResourceSubscription("there", 1)
    subscription.publisher = object()
    subscription.pending.append(object())
    state = subscription.__getstate__()
    assert (state["publisher"], state["pending"], state["host"]) == (None, [], "there")


def test_aBodyIsBytes() -> None:
    issue = distrib.Issue(DummyRequest([b""]))
    with pytest.raises(AssertionError):
        issue.finished("text")
    issue.finished(b"bytes")
    assert issue.request.written == [b"bytes"]


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_twoSitesOverASocket(
    reactor: Any, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twisted.internet, "reactor", reactor, raising=False)
    root = resource.Resource()
    root.putChild(b"there", static.Data(b"published", "text/plain"))
    factory = pb.PBServerFactory(distrib.ResourcePublisher(server.Site(root)))
    path = str(tmp_path / "socket")
    if kind == "tcp":
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        subscription = distrib.ResourceSubscription("127.0.0.1", port.getHost().port)
    else:
        port = reactor.listenUNIX(path, factory)
        subscription = distrib.ResourceSubscription("unix", path)
    front = resource.Resource()
    front.putChild(b"here", subscription)
    try:
        status, _, body = asking(
            reactor, front, lambda number: fetch(number, "/here/there"), timeout=20
        )
    finally:
        if subscription.publisher is not None:
            subscription.publisher.broker.transport.loseConnection()

        async def stop() -> None:
            await port.stopListening()

        drive(reactor, stop)
    assert (status, body) == (200, b"published")


# Addresses


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        (("INET", "10.0.0.1", 5), IPv4Address("TCP", "10.0.0.1", 5)),
        (("INET6", "::1", 5), IPv6Address("TCP", "::1", 5)),
        (("UNIX", "/a"), UNIXAddress("/a")),
        (("MOON", 1), None),
        ((), None),
        (5, None),
    ],
)
def test_addressesCross(parts: Any, wanted: Any) -> None:
    request = distrib.Request.__new__(distrib.Request)
    request.setCopyableState({"host": parts, "client": parts, "content_data": b"x"})
    assert (request.host, request.client) == (wanted, wanted)


# Users


class Database:
    def __init__(self, *users: Any) -> None:
        self.users = users

    def getpwall(self) -> Any:
        return list(self.users)

    def getpwnam(self, name: str) -> Any:
        for user in self.users:
            if user[0] == name:
                return user
        raise KeyError(name)


@pytest.fixture
def users(tmp_path: Path) -> Any:
    made = []
    for name, gecos in (("alice", "Alice <b>,,,"), ("bob", ""), ("carol", "Carol")):
        (tmp_path / name).mkdir()
        made.append((name, "x", 1, 2, gecos, str(tmp_path / name), "/bin/sh"))
    (tmp_path / "alice" / "public_html").mkdir()
    (tmp_path / "alice" / "public_html" / "index.html").write_text("of alice")
    (tmp_path / "bob" / ".twistd-web-pb").write_text("")
    return distrib.UserDirectory(Database(*made))


def test_whoShowsSomethingIsListed(users: Any) -> None:
    got = ask(users, get(b"/"))
    items = parseString(got.body).getElementsByTagName("li")
    links = [item.firstChild for item in items]
    assert [(link.getAttribute("href"), link.firstChild.data) for link in links] == [
        ("alice/", "Alice <b> (file)"),
        ("bob.twistd/", "bob (twistd)"),
    ]


@pytest.mark.parametrize(
    "name", [b"/nobody", b"/carol", b"/nobody.twistd", b"/%ff", b"/../alice%00", b"/.twistd"]
)
def test_whoShowsNothingIsNotFound(users: Any, name: bytes) -> None:
    assert ask(users, get(name)).code == 404


def test_aUsersFolderIsShown(users: Any) -> None:
    assert ask(users, get(b"/alice/")).body == b"of alice"


def test_aUsersSocketIsSubscribedToOnce(users: Any) -> None:
    first = users.getChildWithDefault(b"bob.twistd", DummyRequest([b""]))
    assert isinstance(first, distrib.ResourceSubscription)
    assert first.host == "unix"
    assert first.port.endswith("/bob/.twistd-web-pb")
    assert users.getChildWithDefault(b"bob.twistd", DummyRequest([b""])) is first


def test_theSystemsUsersAreTheDefault() -> None:
    pwd = pytest.importorskip("pwd")
    assert distrib.UserDirectory()._pwd is pwd
