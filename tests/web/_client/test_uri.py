"""URIs, taken apart and put together."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web._client import uri as room
from twisted.web.client import URI, _urljoin

parts = ["scheme", "netloc", "host", "port", "path", "params", "query", "fragment"]
uris = st.from_regex(
    rb"https?://([a-zA-Z0-9.-]{1,8}|\[::1\]|u:p@h)(:[0-9]{0,5})?(/[a-z;=%/.~-]{0,10})*"
    rb"(\?[a-z&=?/;]{0,10})?(#[a-z]{0,4})?",
    fullmatch=True,
)


@given(uris)
def test_theShortWayTakesApartWhatTheLongWayDoes(given: bytes) -> None:
    quick = URI.fromBytes(given)
    plain = room._plain
    try:
        room._plain = lambda _: None  # type: ignore[assignment]  # the short way is closed
        slow = URI.fromBytes(given)
    finally:
        room._plain = plain
    assert vars(quick) == vars(slow)
    assert quick.originForm.startswith(b"/")
    again = URI.fromBytes(quick.toBytes())
    assert vars(again) == vars(quick)


@given(uris)
def test_theStandardLibraryReadsTheSameHost(given: bytes) -> None:
    if b"@" in given:
        return  # here, whoever asks in somebody's name has to say so in a header
    split = urlsplit(given)
    found = URI.fromBytes(given)
    assert found.host.lower() == split.hostname
    assert found.scheme == split.scheme
    assert found.query == split.query


@pytest.mark.parametrize(
    ("uri", "host", "port", "origin"),
    [
        (b"http://a", b"a", 80, b"/"),
        (b"https://a", b"a", 443, b"/"),
        (b"http://a:", b"a", 80, b"/"),
        (b"http://a:81/b;c?d#e", b"a", 81, b"/b;c?d"),
        (b"http://[::1]:81/b", b"::1", 81, b"/b"),
        (b"HTTP://A/B", b"A", 80, b"/B"),
        (b" http://a/b ", b"a", 80, b"/b"),
        (b"http://a?b", b"a", 80, b"/?b"),
    ],
)
def test_URIsAreTakenApart(uri: bytes, host: bytes, port: int, origin: bytes) -> None:
    found = URI.fromBytes(uri)
    assert (found.host, found.port, found.originForm) == (host, port, origin)


def test_aBracketWithoutItsOtherIsRefused() -> None:
    with pytest.raises(ValueError, match="IPv6"):
        URI.fromBytes(b"http://[::1/")


@pytest.mark.parametrize(
    ("base", "url", "joined"),
    [
        (b"http://a/b/c", b"d", b"http://a/b/d"),
        (b"http://a/b/c", b"/d", b"http://a/d"),
        (b"http://a/b/c", b"//e/d", b"http://e/d"),
        (b"http://a/b/c?x", b"?y", b"http://a/b/c?y"),
        (b"http://a/b#f", b"/d", b"http://a/d#f"),
        (b"http://a/b#f", b"/d#g", b"http://a/d#g"),
        (b"http://a/b/", b"../../../d", b"http://a/d"),
    ],
)
def test_whereARedirectLeads(base: bytes, url: bytes, joined: bytes) -> None:
    assert _urljoin(base, url) == joined
