"""``python -m tests.soak``: run, say how it goes, and exit with 1 where something was left."""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

longestLife = 8.0
"""Times the ports' patience: a client that lives longer is stuck, for nobody waits so long."""

drainSeconds = 45.0
"""For the connections that are there when no new ones come any more."""

mostGrowth = 1.15, 12e6
"""Memory at the end may be so many times what it was, and so many bytes beside."""


class Soak:
    """
    Keeps a number of clients alive for some time, and sees what is left of them.

    Args:
        reactor: not yet running.
        given: for how long, how many at a time, of which chance, and with how much patience.
        folder: for the certificate.
    """

    def __init__(self, reactor: Any, given: argparse.Namespace, folder: Path) -> None:
        from twisted.internet import ssl

        from . import watch
        from .servers import Servers

        self.reactor, self.seconds, self.wanted = reactor, given.seconds, given.clients
        self.random = Random(given.seed)
        identity = watch.certificateIn(folder)
        self.clientOptions = ssl.optionsForClientTLS("localhost", trustRoot=identity)
        self.servers = Servers(reactor, identity.options(), given.patience)
        self.errors = watch.ErrorsSeen(reactor)
        self.living: set[Any] = set()
        self.lived: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.sights: list[Any] = []
        self.complaints: list[str] = []
        self.closing = False

    async def run(self) -> None:
        from .watch import Sight, growth, leftovers

        reactor = self.reactor
        # Once before, so that what is made only once is not taken for a leak.
        await self._crowd(min(1.0, self.seconds / 4))
        await self._drain()
        leftovers()
        before = Sight.take(reactor)
        print(f"before: {before}", flush=True)
        await self._crowd(self.seconds)
        await self._drain()
        left = leftovers()
        after = Sight.take(reactor)
        print(f"after: {after}", flush=True)
        self.errors.close()
        self._judge(before, after, left)
        then, now = growth(self.sights)
        print(f"memory under load: {then / 1e6:.1f} MB, in the end {now / 1e6:.1f} MB")
        factor, more = mostGrowth
        self._want(now <= then * factor + more, "memory grew")
        await self.servers.close()

    async def _crowd(self, seconds: float) -> None:
        """Have the wanted number of clients for some seconds, and look at them in between."""
        from .watch import Sight

        self.closing = False
        end = self.reactor.seconds() + seconds
        step, told = max(0.2, seconds / 60), 0.0
        for _ in range(self.wanted):
            self.reactor.callLater(self.random.random(), self._begin)
        while self.reactor.seconds() < end:
            await asyncio.sleep(min(step, max(0.01, end - self.reactor.seconds())))
            sight = Sight.take(self.reactor)
            self.sights.append(sight)
            self._lookForStuck()
            if time.monotonic() > told + 10:
                told = time.monotonic()
                lived = sum(self.lived.values())
                print(f"{lived} lived, {len(self.living)} live: {sight}", flush=True)
        self.closing = True

    def _begin(self) -> None:
        from .clients import tempers

        if self.closing:
            return
        client = self.random.choice(tempers)(self.reactor, self.random, self._ended)
        self.living.add(client)
        client.begin(self.servers, self.clientOptions)

    def _ended(self, client: Any) -> None:
        kind = type(client).__name__
        self.living.discard(client)
        self.lived[kind] += 1
        if client.wrong is not None:
            self.wrong[f"{kind} {client.wrong}"] += 1
        if not self.closing:
            self.reactor.callLater(self.random.random() / 2, self._begin)

    def _lookForStuck(self) -> None:
        now = self.reactor.seconds()
        for client in list(self.living):
            if now - client.begun > longestLife * self.servers.patience:
                self.living.discard(client)
                self.wrong[f"{type(client).__name__} is stuck: {client.transport!r}"] += 1

    async def _drain(self) -> None:
        end = time.monotonic() + drainSeconds
        while (self.living or self.servers.open() or self.reactor.getDelayedCalls()) and (
            time.monotonic() < end
        ):
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.2)
        for client in self.living:
            print(f"still there: {client!r} over {client.transport!r}")

    def _want(self, holds: bool, complaint: str) -> None:
        if not holds:
            self.complaints.append(complaint)

    def _judge(self, before: Any, after: Any, left: Counter[str]) -> None:
        self._want(after.descriptors <= before.descriptors, "descriptors were left open")
        self._want(after.delayedCalls == 0, f"delayed calls: {self.reactor.getDelayedCalls()}")
        self._want(not left, f"still alive: {dict(left)}")
        self._want(not self.wrong, f"clients complain: {dict(self.wrong)}")
        self._want(not self.errors.seen, f"logged: {dict(self.errors.seen)}")
        strange = Counter(self.servers.strange())
        self._want(not strange, f"connections ended strangely: {dict(strange)}")

    def report(self) -> None:
        print(f"{sum(self.lived.values())} clients: {dict(self.lived.most_common())}")
        print(", ".join(f"{name} {count:,}" for name, count in self.servers.totals().items()))
        for complaint in self.complaints:
            print(f"WRONG: {complaint}")
        print("something was wrong" if self.complaints else "nothing was left, nothing went wrong")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--patience", type=float, default=8.0, help="seconds")
    parser.add_argument("--reactor", help="the module of a reactor, such as selectreactor")
    given = parser.parse_args(words)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if given.reactor:
        import_module(f"twisted.internet.{given.reactor}").install()
    from twisted.internet import reactor as installed
    from twisted.internet.defer import Deferred

    reactor: Any = installed
    print(f"seed {given.seed}, {given.clients} clients for {given.seconds:g} seconds", flush=True)
    with tempfile.TemporaryDirectory(prefix="torsion-soak-") as folder:
        soak = Soak(reactor, given, Path(folder))

        def begin() -> None:
            running = Deferred.fromCoroutine(soak.run())
            running.addErrback(lambda failure: soak.complaints.append(failure.getTraceback()))
            running.addBoth(lambda _: reactor.stop())

        reactor.callWhenRunning(begin)
        reactor.run()
    soak.report()
    return 1 if soak.complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
