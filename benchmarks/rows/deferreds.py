"""Deferreds, coroutines and what stands on them."""

from __future__ import annotations

from ..measuring import Inside
from .model import Bar, Row


def _inside(what: str, size: int = 0, raw: bool = False) -> Inside:
    return Inside(what, size, raw=raw, program="deferreds")


rows = (
    Row(
        "deferred",
        "Deferred, one callback",
        "Deferreds/s",
        _inside("deferred", 1),
        (Bar(2.5),),
    ),
    Row(
        "deferred-five",
        "Deferred, five callbacks",
        "Deferreds/s",
        _inside("deferred", 5),
        (Bar(2.0),),
    ),
    Row(
        "yield",
        "inlineCallbacks, fired Deferreds",
        "yields/s",
        _inside("yieldReady", 1000),
        (Bar(2.0),),
    ),
    Row(
        "yield-waiting",
        "inlineCallbacks, Deferreds to come",
        "yields/s",
        _inside("yieldWaiting", 1000),
        (Bar(2.0),),
    ),
    Row(
        "inline-call",
        "inlineCallbacks, a call with one yield",
        "calls/s",
        _inside("generatorCalls"),
        (Bar(2.0),),
    ),
    Row(
        "await",
        "await of a fired Deferred; of a Future",
        "awaits/s",
        _inside("awaitReady", 1000, raw=True),
        (Bar(1.0), Bar(1 / 1.3, "uvloop")),
    ),
    Row(
        "gather",
        "gatherResults of 100",
        "lists/s",
        _inside("gathered", 100),
        (Bar(2.0),),
    ),
    Row(
        "errback",
        "an errback that traps",
        "Deferreds/s",
        _inside("trapped"),
        (Bar(3.0),),
    ),
    Row(
        "soon",
        "callLater(0), 1,000 a turn",
        "calls/s",
        _inside("callsSoon", 1000),
        (Bar(4.0),),
    ),
    Row(
        "fired",
        "delayed calls that fire",
        "timers/s",
        _inside("timersFired", 10_000),
        (Bar(1.6),),
    ),
    Row(
        "cooperator",
        "Cooperator, five iterators",
        "steps/s",
        _inside("cooperation", 5),
        (Bar(1.5),),
    ),
    Row(
        "looping",
        "LoopingCall on a Clock",
        "ticks/s",
        _inside("ticks"),
        (Bar(1.6),),
    ),
    Row(
        "looping-reactor",
        "LoopingCall in each turn",
        "ticks/s",
        _inside("ticksOfTheReactor"),
        (Bar(1.6),),
    ),
)
