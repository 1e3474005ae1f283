"""Requests by an Agent, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

from typing import Any

from harness import Done, Watch, runTwisted
from httpanswers import Answers, body, host

warmSeconds = 0.3


def pooled(reactor: Any, seconds: float, atWork: int, done: Done) -> None:
    """``atWork`` requests are on their way at all times, by connections that are kept."""
    from twisted.web.client import Agent, HTTPConnectionPool, readBody
    from twisted.web.http_headers import Headers

    server = Answers()
    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = atWork
    agent = Agent(reactor, pool=pool)
    uri = b"http://%s:%d/some/where?and=more" % (host.encode(), server.port)
    headers = Headers({b"User-Agent": [b"benchmark"], b"Accept": [b"*/*"]})
    counted = 0
    going = True

    def ask(_: object = None) -> None:
        if going:
            answer = agent.request(b"GET", uri, headers).addCallback(readBody)
            answer.addCallbacks(took, failed)

    def took(data: bytes) -> None:
        nonlocal counted
        assert len(data) == len(body)
        counted += 1
        ask()

    def failed(reason: Any) -> None:
        if going:
            reason.raiseException()

    def begin() -> None:
        reactor.callLater(seconds, end, Watch(), counted)

    def end(watch: Watch, before: int) -> None:
        nonlocal going
        rates = watch.rates(counted - before)
        going = False
        server.end()
        done(rates)

    for _ in range(atWork):
        ask()
    reactor.callLater(warmSeconds, begin)


if __name__ == "__main__":
    runTwisted(inReactor={"pooled": pooled})
