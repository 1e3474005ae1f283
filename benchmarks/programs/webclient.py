"""Requests by an Agent, the same on Torsion and on genuine Twisted."""

from __future__ import annotations

from typing import Any

from harness import Done, Watch, runTwisted
from httpanswers import Answers, body, host

warmSeconds = 0.3


def pooled(reactor: Any, seconds: float, atWork: int, done: Done) -> None:
    """``atWork`` requests are on their way at all times, by connections that are kept."""
    from twisted.web.client import Agent

    server = Answers()
    agent = Agent(reactor, pool=_pool(reactor, atWork))
    place = b"http://%s:%d" % (host.encode(), server.port)
    _measure(reactor, seconds, atWork, done, agent, place, server)


def encrypted(reactor: Any, seconds: float, atWork: int, done: Done, http2: bool = False) -> None:
    """The same over TLS; by one connection of HTTP/2 where there is such a thing."""
    from tlsanswers import EncryptedAnswers

    from twisted.internet.ssl import Certificate, trustRootFromCertificates
    from twisted.web.client import Agent, BrowserLikePolicyForHTTPS

    server = EncryptedAnswers()
    with open(server.certificate, "rb") as file:
        trusted = trustRootFromCertificates([Certificate.loadPEM(file.read())])
    pool = _pool(reactor, atWork)
    pool.http2 = http2
    agent = Agent(reactor, BrowserLikePolicyForHTTPS(trusted), pool=pool)
    place = b"https://localhost:%d" % server.port
    _measure(reactor, seconds, atWork, done, agent, place, server)


def multiplexed(reactor: Any, seconds: float, atWork: int, done: Done) -> None:
    """By HTTP/2, which genuine Twisted's agent does not speak: that stays with HTTP/1.1."""
    encrypted(reactor, seconds, atWork, done, True)


def _pool(reactor: Any, atWork: int) -> Any:
    from twisted.web.client import HTTPConnectionPool

    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = atWork
    return pool


def _measure(
    reactor: Any, seconds: float, atWork: int, done: Done, agent: Any, place: bytes, server: Any
) -> None:
    from twisted.web.client import readBody
    from twisted.web.http_headers import Headers

    uri = place + b"/some/where?and=more"
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
    runTwisted(inReactor={"pooled": pooled, "encrypted": encrypted, "multiplexed": multiplexed})
