"""Cookies of a client."""

from __future__ import annotations

from http.cookiejar import CookieJar
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.web.client import BrowserLikeRedirectAgent, CookieAgent, Response
from twisted.web.http_headers import Headers


class Site:
    """Sets a cookie wherever one asks, and keeps what was asked."""

    def __init__(self, *cookies: bytes, location: bytes | None = None) -> None:
        self._cookies = cookies
        self._location = location
        self.seen: list[tuple[bytes, Any]] = []

    def request(
        self, method: bytes, uri: bytes, headers: Headers | None = None, bodyProducer: Any = None
    ) -> Deferred[Any]:
        assert headers is not None
        self.seen.append((uri, headers.getRawHeaders(b"cookie")))
        fields = Headers({b"Set-Cookie": list(self._cookies)})
        code = 200
        if self._location is not None:
            fields.setRawHeaders(b"Location", [self._location])
            code, self._location = 302, None
        return succeed(Response((b"HTTP", 1, 1), code, b"", fields, None))


def asked(site: Site, *uris: bytes) -> list[Any]:
    """Returns: the cookies that were sent to each of ``uris``."""
    agent: Any = CookieAgent(site, CookieJar())  # type: ignore[arg-type]  # as much of one as it needs
    for uri in uris:
        agent.request(b"GET", uri)
    return [cookies for _, cookies in site.seen]


def test_aCookieGoesBackToWhereItCameFrom() -> None:
    site = Site(b"a=1; Path=/", b"b=2; Path=/deep")
    came = asked(
        site,
        b"http://a.example/",
        b"http://a.example/x",
        b"http://a.example/deep/y",
        b"http://b.example/",
    )
    assert came == [None, [b"a=1"], [b"b=2; a=1"], None]


def test_aCookieForTLSIsNotSentWithoutIt() -> None:
    came = asked(
        Site(b"a=1; Secure"), b"https://a.example/", b"http://a.example/", b"https://a.example/"
    )
    assert came == [None, None, [b"a=1"]]


def test_aCookieForSomebodyElseIsNotTaken() -> None:
    came = asked(Site(b"a=1; Domain=b.example"), b"http://a.example/", b"http://b.example/")
    assert came == [None, None]


def test_cookiesDoNotFollowToAnotherOrigin() -> None:
    """CVE-2022-21712."""
    site = Site(b"a=1", location=b"http://b.example/")
    agent = BrowserLikeRedirectAgent(CookieAgent(site, CookieJar()))  # type: ignore[arg-type]  # see above
    agent.request(b"GET", b"http://a.example/", Headers({b"Cookie": [b"mine=1"]}))
    assert site.seen == [(b"http://a.example/", [b"mine=1"]), (b"http://b.example/", None)]


def test_aCookieOfTheCallerIsLeftAlone() -> None:
    site = Site(b"a=1")
    agent = CookieAgent(site, CookieJar())  # type: ignore[arg-type]  # see above
    headers = Headers({b"Cookie": [b"mine=1"]})
    agent.request(b"GET", b"http://a.example/")
    agent.request(b"GET", b"http://a.example/", headers)
    assert site.seen[1][1] == [b"mine=1"]
    assert [cookie.name for cookie in agent.cookieJar] == ["a"]
