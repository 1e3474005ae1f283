"""Where a client goes, and what it takes along."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface import implementer

from twisted.internet.defer import Deferred
from twisted.web import error
from twisted.web.client import (
    BrowserLikeRedirectAgent,
    RedirectAgent,
    Response,
    ResponseFailed,
)
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent

from .talking import failureOf


@implementer(IAgent)
class Asked:
    """Keeps what is asked, and answers what it is told."""

    def __init__(self, *answers: tuple[int, bytes | None]) -> None:
        self.requests: list[tuple[bytes, bytes, Headers | None, Any]] = []
        self._answers = list(answers)

    def request(
        self, method: bytes, uri: bytes, headers: Headers | None = None, bodyProducer: Any = None
    ) -> Deferred[Any]:
        self.requests.append((method, uri, headers, bodyProducer))
        code, location = self._answers.pop(0) if self._answers else (200, None)
        fields = Headers({} if location is None else {b"Location": [location]})
        answer: Deferred[Any] = Deferred()
        answer.callback(Response((b"HTTP", 1, 1), code, b"Phrase", fields, None))
        return answer


secrets: dict[str | bytes, list[bytes]] = {
    b"Authorization": [b"Basic x"],
    b"Cookie": [b"a=b"],
    b"Cookie2": [b"a=b"],
    b"Proxy-Authorization": [b"Basic y"],
    b"WWW-Authenticate": [b"z"],
    b"X-Token": [b"t"],
}


def followed(uri: bytes, location: bytes, code: int = 302) -> tuple[bytes, dict[bytes, Any]]:
    """Returns: where the second request went, and the headers that it took along."""
    asked = Asked((code, location))
    agent = RedirectAgent(asked, sensitiveHeaderNames=[b"x-token"])
    given = Headers({**secrets, b"Accept": [b"*/*"], b"Host": [b"virtual.example"]})
    agent.request(b"GET", uri, given)
    assert dict(given.getAllRawHeaders()) == {
        **secrets,
        b"Accept": [b"*/*"],
        b"Host": [b"virtual.example"],
    }
    _, target, headers, _ = asked.requests[1]
    assert headers is not None
    return target, dict(headers.getAllRawHeaders())


elsewhere = {
    "another host": (b"https://a.example/", b"https://b.example/"),
    "a host below": (b"https://a.example/", b"https://sub.a.example/"),
    "a host above": (b"https://sub.a.example/", b"https://a.example/"),
    "another port": (b"https://a.example/", b"https://a.example:8443/"),
    "without TLS": (b"https://a.example/", b"http://a.example/"),
    "without TLS on the same port": (b"https://a.example/", b"http://a.example:443/"),
    "with TLS": (b"http://a.example/", b"https://a.example/"),
    "without a scheme": (b"http://a.example/", b"//b.example/"),
    "a name for the same address": (b"http://localhost/", b"http://127.0.0.1/"),
}


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("uri", "location"), elsewhere.values(), ids=elsewhere.keys())
def test_secretsDoNotGoToAnotherOrigin(uri: bytes, location: bytes, code: int) -> None:
    """CVE-2022-21712."""
    _, headers = followed(uri, location, code)
    assert headers == {b"Accept": [b"*/*"]}


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        (b"https://a.example/", b"https://a.example/b"),
        (b"https://a.example/", b"https://a.example:443/b"),
        (b"https://a.example/", b"https://A.EXAMPLE/b"),
        (b"http://a.example:80/", b"http://a.example/b"),
        (b"http://a.example/c", b"b"),
        (b"http://a.example/c", b"/b"),
    ],
)
def test_secretsGoOnWithinTheirOrigin(uri: bytes, location: bytes) -> None:
    _, headers = followed(uri, location)
    assert headers[b"Cookie"] == [b"a=b"]
    assert headers[b"X-Token"] == [b"t"]
    assert headers[b"Host"] == [b"virtual.example"]


def test_secretsThatWereLeftBehindDoNotComeBack() -> None:
    asked = Asked((302, b"https://b.example/"), (302, b"https://a.example/"))
    RedirectAgent(asked).request(b"GET", b"https://a.example/", Headers(secrets))
    headers = asked.requests[2][2]
    assert headers is not None
    assert not headers.hasHeader(b"Cookie")


def test_aRelativeRedirectIsReadFromWhereItCame() -> None:
    asked = Asked((302, b"http://b.example/c/d"), (302, b"e"))
    RedirectAgent(asked).request(b"GET", b"http://a.example/")
    assert asked.requests[2][1] == b"http://b.example/c/e"


methods = [
    (RedirectAgent, 303, b"POST", b"GET"),
    (RedirectAgent, 303, b"HEAD", b"HEAD"),
    (RedirectAgent, 301, b"HEAD", b"HEAD"),
    (RedirectAgent, 301, b"POST", None),
    (RedirectAgent, 302, b"PUT", None),
    (RedirectAgent, 307, b"POST", None),
    (RedirectAgent, 308, b"POST", None),
    (BrowserLikeRedirectAgent, 301, b"POST", b"GET"),
    (BrowserLikeRedirectAgent, 302, b"POST", b"GET"),
    (BrowserLikeRedirectAgent, 307, b"POST", None),
    (BrowserLikeRedirectAgent, 308, b"POST", None),
    (BrowserLikeRedirectAgent, 308, b"GET", b"GET"),
]


@pytest.mark.parametrize(("kind", "code", "method", "then"), methods)
def test_theMethodOfTheNextRequest(
    kind: type[RedirectAgent], code: int, method: bytes, then: bytes | None
) -> None:
    asked = Asked((code, b"/b"))
    result = kind(asked).request(method, b"http://a.example/", None, object())  # type: ignore[arg-type]  # not looked at
    if then is None:
        failure = failureOf(result)
        assert failure is not None
        assert failure.check(ResponseFailed)
        assert failure.value.reasons[0].check(error.PageRedirect)
        assert failure.value.response.code == code
    else:
        assert asked.requests[1] == (then, b"http://a.example/b", None, None)


def test_whatDescribesABodyIsNotSentWithoutIt() -> None:
    asked = Asked((303, b"/b"))
    headers = Headers({b"Content-Type": [b"a/b"], b"Content-Encoding": [b"gzip"], b"X": [b"y"]})
    RedirectAgent(asked).request(b"POST", b"http://a.example/", headers)
    then = asked.requests[1][2]
    assert then is not None
    assert dict(then.getAllRawHeaders()) == {b"X": [b"y"]}


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b\xe4r".encode(), b"http://a.example/b%C3%A4r"),
        (b"/a b", b"http://a.example/a%20b"),
        (b" /b ", b"http://a.example/b"),
        (b"http://b.example/\x7f", b"http://b.example/%7F"),
    ],
)
def test_whatNoURIHasInItIsWrittenAsOne(location: bytes, target: bytes) -> None:
    asked = Asked((302, location))
    RedirectAgent(asked).request(b"GET", b"http://a.example/")
    assert asked.requests[1][1] == target


def test_aRedirectToWhatIsNoURIIsAnError() -> None:
    result = RedirectAgent(Asked((302, b"http://[::1"))).request(b"GET", b"http://a.example/")
    failure = failureOf(result)
    assert failure.check(ResponseFailed)
    assert failure.value.reasons[0].check(ValueError)


def test_nobodyIsSentOnForEver() -> None:
    asked = Asked(*[(302, b"/b")] * 30)
    failure = failureOf(RedirectAgent(asked, 3).request(b"GET", b"http://a.example/a"))
    assert failure is not None
    assert failure.value.reasons[0].check(error.InfiniteRedirection)
    assert len(asked.requests) == 4
    assert failure.value.reasons[0].value.location == b"http://a.example/a"


def test_aRedirectToNowhereIsAnError() -> None:
    failure = failureOf(RedirectAgent(Asked((302, None))).request(b"GET", b"http://a.example/a"))
    assert failure is not None
    assert failure.value.reasons[0].check(error.RedirectWithNoLocation)


def test_theWayIsKept() -> None:
    asked = Asked((302, b"/b"), (302, b"/c"))
    got: list[Any] = []
    RedirectAgent(asked).request(b"GET", b"http://a.example/a").addCallback(got.append)
    codes = []
    response = got[0]
    while response is not None:
        codes.append(response.code)
        response = response.previousResponse
    assert codes == [200, 302, 302]
