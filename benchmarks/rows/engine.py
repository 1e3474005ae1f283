"""Streams, timers, threads, and the import of the reactor."""

from __future__ import annotations

from ..measuring import Exchange, Idle, Import, Inside, Storm
from .model import Bar, Row

rows = (
    Row(
        "ping-pong",
        "TCP echo, 64 B, 50 connections",
        "messages/s",
        Exchange(),
        (Bar(2.3), Bar(0.9, "uvloop")),
    ),
    Row("flight", "the same, 20 in flight", "messages/s", Exchange(flight=20), (Bar(2.0),)),
    Row(
        "64k",
        "TCP echo, 64 KiB, 10 connections",
        "messages/s",
        Exchange(connections=10, size=65536),
        (Bar(1.8),),
    ),
    Row("unix", "UNIX echo, 64 B", "messages/s", Exchange(transport="unix"), (Bar(3.0),)),
    Row("lines", "LineReceiver echo, 64 B", "lines/s", Exchange("lines"), (Bar(2.5),)),
    Row(
        "lines-flight",
        "the same, 20 in flight",
        "lines/s",
        Exchange("lines", flight=20),
        (Bar(2.5),),
    ),
    Row("accept", "connect, echo, close", "connections/s", Storm(), (Bar(1.4),)),
    Row("memory", "an idle connection", "bytes", Idle(), (Bar(2000, None, atMost=True),)),
    Row(
        "timers",
        "callLater and cancel, each of 100,000 in turn",
        "pairs/s",
        Inside("timersRenewed", sizeFrom="timers", raw=True),
        (Bar(3.0),),
    ),
    Row(
        "timers-at-once",
        "callLater, cancelled at once, beside 100,000",
        "pairs/s",
        Inside("timersAtOnce", sizeFrom="timers", raw=True),
    ),
    Row(
        "callFromThread",
        "callFromThread",
        "calls/s",
        Inside("callFromThread", raw=True),
        (Bar(8.0),),
    ),
    Row(
        "deferToThread",
        "deferToThread, 10 at work",
        "jobs/s",
        Inside("deferToThread", raw=True),
        (Bar(1.6),),
    ),
    Row("import", "import twisted.internet.reactor", "ms", Import(), (Bar(0.6, atMost=True),)),
)
