"""Timers and threads by the Twisted API, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

import threading
from typing import Any

from harness import Done, Watch, delays, everyTurn, nothing, runTwisted

pairsPerTurn = 500
callsPerBurst = 5000
jobsAtWork = 10


def setAndCancel(reactor: Any, seconds: float, outstanding: int, done: Done) -> None:
    """A timer is set and cancelled at once, while ``outstanding`` others wait."""
    for at in range(outstanding):
        reactor.callLater(delays[at % 4096] + at / outstanding, nothing)

    def pairs() -> int:
        later = reactor.callLater
        for delay in delays[:pairsPerTurn]:
            later(delay, nothing).cancel()
        return pairsPerTurn

    everyTurn(reactor, seconds, pairs, done)


def replaceOldest(reactor: Any, seconds: float, outstanding: int, done: Done) -> None:
    """``outstanding`` timers wait, as timeouts of connections do; they are renewed in turn."""
    waiting = [
        reactor.callLater(delays[at % 4096] + at / outstanding, nothing)
        for at in range(outstanding)
    ]
    place = 0

    def pairs() -> int:
        nonlocal place
        later = reactor.callLater
        for delay in delays[:pairsPerTurn]:
            waiting[place].cancel()
            waiting[place] = later(delay, nothing)
            place = (place + 1) % outstanding
        return pairsPerTurn

    everyTurn(reactor, seconds, pairs, done)


def fromThread(reactor: Any, seconds: float, _: int, done: Done) -> None:
    """Another thread has the reactor call something, in bursts that are waited for."""
    ran = threading.Event()

    def ask() -> None:
        counted = 0
        watch = Watch()
        while watch.seconds() < seconds:
            ran.clear()
            for _ in range(callsPerBurst - 1):
                reactor.callFromThread(nothing)
            reactor.callFromThread(ran.set)
            ran.wait()
            counted += callsPerBurst
        reactor.callFromThread(done, watch.rates(counted))

    threading.Thread(target=ask, daemon=True).start()


def toThread(reactor: Any, seconds: float, _: int, done: Done) -> None:
    """A few jobs are at work in threads at any time; each that is done is followed by another."""
    from twisted.internet.threads import deferToThread

    counted = 0
    stopped = False
    watch = Watch()

    def again(_: object = None) -> None:
        nonlocal counted, stopped
        counted += 1
        if watch.seconds() < seconds:
            deferToThread(nothing).addCallback(again)
        elif not stopped:
            stopped = True
            done(watch.rates(counted))

    for _job in range(jobsAtWork):
        again()


runTwisted(
    inReactor={
        "timersAtOnce": setAndCancel,
        "timersRenewed": replaceOldest,
        "callFromThread": fromThread,
        "deferToThread": toThread,
    }
)
