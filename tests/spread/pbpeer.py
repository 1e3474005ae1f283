"""
One side of a conversation in Perspective Broker, to be run under any implementation of it.

``serve`` prints the port that it listens on, until its input ends; ``call PORT`` does what
`conversation` says, and prints what came of it, one JSON list a line.
"""

from __future__ import annotations

import datetime
import decimal
import gc
import json
import sys
from typing import Any

from zope.interface import implementer

from twisted.cred import checkers, credentials, portal
from twisted.internet import defer, protocol, reactor, stdio, task
from twisted.spread import flavors, pb, util

PREFIX = "pbpeer."

values = [
    None,
    True,
    0,
    -1,
    2**31,
    -(2**31) - 1,
    2**400,
    1.5,
    b"\x00\xff",
    "text \u00e9 \u20ac",
    [1, [2, []]],
    (1, (b"x",)),
    {"a": {1: b"b"}},
    {1, 2},
    frozenset([3]),
    datetime.date(2024, 2, 29),
    datetime.time(1, 2, 3, 4),
    datetime.datetime(1999, 12, 31, 23, 59, 59, 999999),
    datetime.timedelta(-1, 2, 3),
    decimal.Decimal("-12.340"),
]


class Point(pb.Copyable):
    def __init__(self, x, y):
        self.x, self.y = x, y

    def getTypeToCopy(self):
        return b"pbpeer.Point"


class RemotePoint(pb.RemoteCopy, Point):
    pass


class Made(pb.Copyable):
    def getTypeToCopy(self):
        return b"pbpeer.Made"

    def getStateToCopyFor(self, perspective):
        return {"for": type(perspective).__name__}


class Clock(pb.Cacheable):
    def __init__(self):
        self.observers = []
        self.stopped = 0
        self.now = 1

    def getTypeToCopy(self):
        return b"pbpeer.Clock"

    def getStateToCacheAndObserveFor(self, perspective, observer):
        self.observers.append(observer)
        return {"now": self.now}

    def stoppedObserving(self, perspective, observer):
        self.observers.remove(observer)
        self.stopped += 1

    def tick(self):
        self.now += 1
        return defer.gatherResults([o.callRemote("tick", self.now) for o in self.observers])


class RemoteClock(pb.RemoteCache):
    def observe_tick(self, now):
        self.now = now
        return now * 10


class Refusal(flavors.Jellyable, pb.Error, pb.RemoteCopy):
    def getStateFor(self, jellier):
        return {"why": "for once"}

    def jellyFor(self, jellier):
        shell = jellier.prepare(self)
        shell.extend([b"pbpeer.Refusal", jellier.jelly(self.getStateFor(jellier))])
        return jellier.preserve(self, shell)


class Plain(pb.Error):
    pass


class View(pb.Viewable):
    def view_whoAmI(self, perspective, greeting):
        return f"{greeting}, {perspective.name}"


class Counter(pb.Referenceable):
    def __init__(self):
        self.count = 0

    def remote_add(self, many=1):
        self.count += many
        return self.count


class Root(pb.Root):
    def __init__(self):
        self.clock = Clock()
        self.counter = Counter()

    def remote_echo(self, *args, **kw):
        return (args, kw) if kw or len(args) != 1 else args[0]

    def remote_counter(self):
        return self.counter

    def remote_isCounter(self, it):
        return it is self.counter

    def remote_callBack(self, it, *args):
        return it.callRemote("add", *args)

    def remote_point(self):
        return Point(1, "two")

    def remote_twice(self):
        shared = [1]
        return [shared, shared, {"again": shared}]

    def remote_made(self):
        return Made()

    def remote_clock(self):
        return self.clock

    def remote_isClock(self, it):
        return it is self.clock

    def remote_tick(self):
        return self.clock.tick()

    def remote_clockStopped(self):
        return self.clock.stopped

    def remote_later(self):
        return task.deferLater(reactor, 0.01, lambda: "later")

    def remote_refuse(self):
        raise Refusal()

    def remote_plain(self):
        raise Plain("in words")

    def remote_bug(self):
        return {}["bug"]

    def remote_laterBug(self):
        return task.deferLater(reactor, 0.01, self.remote_bug)

    def remote_pages(self, collector, size):
        util.StringPager(collector, b"0123456789" * 5, size)

    def remote_hangUp(self):
        for broker in list(brokers):
            broker.transport.loseConnection()
        return defer.Deferred()


class Avatar(pb.Avatar):
    def __init__(self, name):
        self.name = name

    def perspective_whoAmI(self, *args, **kw):
        return (self.name, args, kw)

    def perspective_view(self):
        return View()

    def perspective_made(self):
        return Made()

    def logout(self):
        loggedOut.append(self.name)


@implementer(portal.IRealm)
class Realm:
    def requestAvatar(self, avatarId, mind, *interfaces):
        avatar = Avatar(avatarId.decode() if avatarId else "anybody")
        if mind is not None:
            mind.callRemote("add", 5)
        return interfaces[0], avatar, avatar.logout


for name, kind in (("Point", RemotePoint), ("Clock", RemoteClock), ("Refusal", Refusal)):
    pb.setUnjellyableForClass(PREFIX + name, kind)
pb.setUnjellyableFactoryForClass(PREFIX + "Made", lambda state: ("made", state))

brokers = []
loggedOut = []


class Factory(pb.PBServerFactory):
    def clientConnectionMade(self, broker):
        brokers.append(broker)


def serve():
    door = portal.Portal(Realm())
    door.registerChecker(checkers.InMemoryUsernamePasswordDatabaseDontUse(bob=b"secret"))
    door.registerChecker(checkers.AllowAnonymousAccess())
    root = Root()
    root.remote_loggedOut = lambda: loggedOut
    open_ = reactor.listenTCP(0, Factory(root), interface="127.0.0.1")
    guarded = reactor.listenTCP(0, Factory(door), interface="127.0.0.1")
    print(open_.getHost().port, guarded.getHost().port, flush=True)

    class UntilTheEnd(protocol.Protocol):
        def connectionLost(self, reason=None):
            reactor.callWhenRunning(reactor.stop)

    stdio.StandardIO(UntilTheEnd())
    reactor.run()


def shown(value: Any) -> Any:
    if isinstance(value, pb.RemoteReference):
        return "reference"
    if isinstance(value, RemotePoint):
        return ["point", value.x, value.y]
    return repr(value)


@defer.inlineCallbacks
def failing(call, told):
    try:
        result = yield call
    except Exception as error:
        told("raised", type(error).__name__, str(error).split("\n")[0])
    else:
        told("no error", shown(result))


def describe(reason):
    kind = reason.type
    kind = kind.decode() if isinstance(kind, bytes) else kind.__name__
    value = reason.value if isinstance(reason.value, str) else getattr(reason.value, "why", "")
    return [kind.rpartition(".")[2], str(value)]


@defer.inlineCallbacks
def conversation(told, port, guarded):
    factory = pb.PBClientFactory()
    reactor.connectTCP("127.0.0.1", port, factory)
    root = yield factory.getRootObject()
    for value in values:
        back = yield root.callRemote("echo", value)
        told("echo", repr(value), back == value and type(back) is type(value))
    told("keywords", repr((yield root.callRemote("echo", 1, b"2", three="3", four=[4]))))
    told("later", (yield root.callRemote("later")))
    told("no answer", root.callRemote("echo", 1, pbanswer=False))

    counter = yield root.callRemote("counter")
    again = yield root.callRemote("counter")
    told("reference", shown(counter), counter == again, hash(counter) == hash(again))
    told("counted", (yield counter.callRemote("add", many=3)), (yield again.callRemote("add")))
    told("gone home", (yield root.callRemote("isCounter", counter)))
    mine = Counter()
    told("called back", (yield root.callRemote("callBack", mine, 7)), mine.count)

    told("copy", shown((yield root.callRemote("point"))))
    told("there and back", shown((yield root.callRemote("echo", Point(3, None)))))
    first, second, third = yield root.callRemote("twice")
    told("shared", first is second, third["again"] is first)
    told("factory", repr((yield root.callRemote("made"))))

    clock = yield root.callRemote("clock")
    other = yield root.callRemote("clock")
    told("cached", clock.now, hash(clock) == hash(other), (yield root.callRemote("isClock", clock)))
    told("ticked", (yield root.callRemote("tick")), clock.now, other.now)
    del clock, other
    gc.collect()
    told("stopped", (yield root.callRemote("clockStopped")))

    for method in ("refuse", "plain", "bug", "laterBug", "noSuchMethod"):
        reason = yield root.callRemote(method).addErrback(describe)
        told("error", method, reason)
    told("insecure", type((yield root.callRemote("echo", object()))).__name__)

    told("pages", [page.decode() for page in (yield util.getAllPages(root, "pages", 20))])

    loginFactory = pb.PBClientFactory()
    reactor.connectTCP("127.0.0.1", guarded, loginFactory)
    bob = credentials.UsernamePassword(b"bob", b"secret")
    avatar = yield loginFactory.login(bob, mine)
    told("logged in", repr((yield avatar.callRemote("whoAmI", 1, two=2))), mine.count)
    view = yield avatar.callRemote("view")
    told("view", (yield view.callRemote("whoAmI", "hello")))
    told("for", repr((yield avatar.callRemote("made"))))
    anybody = yield loginFactory.login(credentials.Anonymous(), None)
    told("anybody", repr((yield anybody.callRemote("whoAmI"))))
    wrong = credentials.UsernamePassword(b"bob", b"wrong")
    told("refused", (yield loginFactory.login(wrong).addErrback(describe))[0])
    del anybody
    gc.collect()
    yield avatar.callRemote("whoAmI")
    told("logged out", (yield root.callRemote("loggedOut")))
    gone = defer.Deferred()
    avatar.notifyOnDisconnect(gone.callback)
    loginFactory.disconnect()
    told("gone", (yield gone) is avatar)
    yield task.deferLater(reactor, 0.05, lambda: None)
    told("all out", (yield root.callRemote("loggedOut")))

    told("hung up", (yield root.callRemote("hangUp").addErrback(describe))[0])
    try:
        root.callRemote("echo", 1)
    except pb.DeadReferenceError:
        told("dead")


def call(port, guarded):
    def told(*what):
        print(json.dumps(what), flush=True)

    def failed(reason):
        reason.printTraceback(sys.stderr)

    done = conversation(told, port, guarded).addErrback(failed)
    done.addBoth(lambda _: reactor.stop())
    reactor.callLater(20, reactor.stop)
    reactor.run()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        call(int(sys.argv[2]), int(sys.argv[3]))
