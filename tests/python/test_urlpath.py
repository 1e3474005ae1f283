"""URLs to move about in."""

from __future__ import annotations

import pytest

from twisted.python.urlpath import URLPath

START = "http://example.com/foo/bar?yes=no&no=yes#footer"


@pytest.fixture(params=["text", "bytes"])
def url(request: pytest.FixtureRequest) -> URLPath:
    if request.param == "text":
        return URLPath.fromString(START)
    return URLPath.fromBytes(START.encode())


def test_partsAreBytes(url: URLPath) -> None:
    assert (url.scheme, url.netloc, url.path) == (b"http", b"example.com", b"/foo/bar")
    assert (url.query, url.fragment) == (b"yes=no&no=yes", b"footer")
    assert str(url) == START
    assert repr(url) == (
        "URLPath(scheme=b'http', netloc=b'example.com', path=b'/foo/bar', "
        "query=b'yes=no&no=yes', fragment=b'footer')"
    )


@pytest.mark.parametrize("kind", [str, str.encode])
def test_partsAreSet(url: URLPath, kind: type) -> None:
    for part, value in [
        ("scheme", "https"),
        ("netloc", "other:81"),
        ("path", "/x"),
        ("query", "a=b"),
        ("fragment", "top"),
    ]:
        setattr(url, part, kind(value))
        assert getattr(url, part) == value.encode()
    assert str(url) == "https://other:81/x?a=b#top"


@pytest.mark.parametrize(
    "start, method, argument, wanted",
    [
        (START, "child", b"x", "http://example.com/foo/bar/x"),
        (START, "child", "x y", "http://example.com/foo/bar/x%20y"),
        (START, "child", "x/y", "http://example.com/foo/bar/x%2Fy"),
        (START, "child", b"%00", "http://example.com/foo/bar/%00"),
        (START, "child", "", "http://example.com/foo/bar/"),
        ("http://a/b/", "child", "c", "http://a/b/c"),
        ("http://a", "child", "c", "http://a/c"),
        (START, "sibling", b"x", "http://example.com/foo/x"),
        ("http://a/b/", "sibling", "c", "http://a/b/c"),
        (START, "click", "/x/y", "http://example.com/x/y"),
        (START, "click", b"../x", "http://example.com/x"),
        (START, "click", "../../../x", "http://example.com/x"),
        (START, "click", "//other/x", "http://other/x"),
        (START, "click", "https://other", "https://other/"),
        (START, "click", "?q=1", "http://example.com/foo/bar?q=1"),
    ],
)
def test_oneMovesAbout(start: str, method: str, argument: object, wanted: str) -> None:
    assert str(getattr(URLPath.fromString(start), method)(argument)) == wanted


def test_oneGoesUp(url: URLPath) -> None:
    assert str(url.parent()) == "http://example.com/"
    assert str(url.parent().parent().parent()) == "http://example.com/"
    assert str(url.child("").parent()) == "http://example.com/foo/"
    assert str(url.here()) == "http://example.com/foo/"
    assert str(url.child("").here()) == "http://example.com/foo/bar/"


def test_theQueryComesAlongWhereAsked(url: URLPath) -> None:
    assert str(url.child("x", keepQuery=True)).endswith("/foo/bar/x?yes=no&no=yes")
    assert str(url.sibling("x", keepQuery=True)).endswith("/foo/x?yes=no&no=yes")
    assert str(url.parent(keepQuery=True)).endswith(".com/?yes=no&no=yes")
    assert str(url.here(keepQuery=True)).endswith("/foo/?yes=no&no=yes")


@pytest.mark.parametrize(
    "given, wanted",
    [
        ("http://example.com/\xff\x00", "http://example.com/%C3%BF%00"),
        (b"http://example.com/\xff\x00", "http://example.com/%FF%00"),
        ("http://b\xfccher.example/", "http://xn--bcher-kva.example/"),
        ("http://example.com/x y\r\nz", "http://example.com/x%20y%0D%0Az"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://example.com", "http://example.com/"),
        ("http://a/%2F?%26=%23", "http://a/%2F?%26=%23"),
    ],
)
def test_whatMayNotBeSentIsQuoted(given: str | bytes, wanted: str) -> None:
    url = URLPath.fromString(given) if isinstance(given, str) else URLPath.fromBytes(given)
    assert str(url) == wanted


def test_aPasswordIsNotShownButKept() -> None:
    url = URLPath.fromString("http://me:secret@a/x")
    assert b"secret" not in url.netloc
    assert "secret" not in repr(url) + str(url)
    url.path = b"/y"
    assert b"secret" in url._authority


def test_withoutArgumentsItIsThisHost() -> None:
    assert str(URLPath()) == "http://localhost/"
    assert str(URLPath(b"https", b"a:1", b"/p", b"q", b"f")) == "https://a:1/p?q#f"
    assert str(URLPath(netloc="a")) == "http://a/"


def test_theWrongKindOfStringIsRefused() -> None:
    with pytest.raises(ValueError):
        URLPath.fromString(b"http://a")  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        URLPath.fromBytes("http://a")  # type: ignore[arg-type]


def test_segmentsAreListed(url: URLPath) -> None:
    child = url.child(b"%00%2F")
    assert child.pathList() == [b"", b"foo", b"bar", b"%00%2F"]
    assert child.pathList(unquote=True) == [b"", b"foo", b"bar", b"\x00/"]
    child.pathList(copy=False).append(b"x")
    assert child.path == b"/foo/bar/%00%2F"


def test_thePlaceOfARequestIsGiven() -> None:
    class Request:
        def prePathURL(self) -> bytes:
            return b"http://a/pre/path"

    assert URLPath.fromRequest(Request()).path == b"/pre/path"
