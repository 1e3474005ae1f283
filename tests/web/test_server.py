"""How a site answers, beyond what its channel does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.streams import loggedFailures
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.web import resource, server

from .serving import ask, get, parse


class Said(resource.Resource):
    """Answers HEAD as it is told."""

    isLeaf = True

    def __init__(self, body: bytes, length: bytes | None = None) -> None:
        super().__init__()
        self.body, self.length = body, length

    def render_HEAD(self, request: Any) -> bytes:
        if self.length is not None:
            request.setHeader(b"content-length", self.length)
        return self.body


@pytest.mark.parametrize(
    ("body", "said", "wanted"),
    [(b"", b"7", b"7"), (b"", None, None), (b"abc", None, b"3"), (b"abc", b"7", b"3")],
)
def test_theLengthThatHeadTellsIsThatOfGet(
    body: bytes, said: bytes | None, wanted: bytes | None
) -> None:
    answer = ask(Said(body, said), get(b"/", method=b"HEAD"))
    assert (answer.headers.get(b"content-length"), answer.body) == (wanted, b"")


def test_whatIsNotFoundSaysSoInAPage() -> None:
    answer = ask(resource.Resource(), get(b"/<b>nothing</b>"))
    assert answer.code == 404
    assert b"<b>" not in answer.body


class NoBody(resource.Resource):
    """Answers with what is no body, and shows itself as markup."""

    isLeaf = True

    def render_GET(self, request: Any) -> Any:
        return "<script>text</script>"

    def __repr__(self) -> str:
        return "<script>resource</script>"


@pytest.mark.parametrize(
    ("root", "request_", "code"),
    [
        (resource.Resource(), get(b"/<script>x</script>"), 404),
        (NoBody(), get(b"/<script>x</script>"), 500),
        (NoBody(), get(b"/<script>x</script>", method=b"POST"), 405),
        (NoBody(), get(b"/<script>x</script>", method=b"PUT"), 501),
        (Said(b""), get(b"/'\"<script>", method=b"POST"), 405),
        (Said(b""), get(b"/x", method=b"'X!"), 501),
    ],
)
def test_noPageShowsWhatAClientSaidUnescaped(root: Any, request_: bytes, code: int) -> None:
    """CVE-2022-39348 and its kin."""
    answer = ask(root, request_)
    assert answer.code == code
    assert b"<script>" not in answer.body
    assert b"'X" not in answer.body


def test_pagesOfBeforeWarnWhoMakesThem() -> None:
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: resource.NoResource("x"), "notFound"),
        (lambda: resource.ForbiddenResource("x"), "forbidden"),
        (lambda: resource.ErrorPage(400, "a", "b"), "errorPage"),
    ]
    for make, instead in cases:
        with pytest.warns(DeprecationWarning, match=rf"twisted\.web\.pages\.{instead}") as seen:
            page = make()
        assert len(seen) == 1
        assert isinstance(page, resource.ErrorPage)


def test_halfOfAResponseByHTTP2IsResetWhenItsHandlerFails() -> None:
    from h2.errors import ErrorCodes
    from hyperframe.frame import RstStreamFrame

    from tests.web._h2 import peer as peers

    class Half(resource.Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> bytes:
            request.write(b"half")
            raise ZeroDivisionError

    peer = peers.Peer(server.Request)
    peer.server.site = peer.server.factory = server.Site(Half(), reactor=Clock())
    with loggedFailures() as failures:
        peer.say(peer.headers(1, peers.get))
    last = peer.heard()[-1]
    assert isinstance(last, RstStreamFrame) and last.error_code == ErrorCodes.INTERNAL_ERROR
    assert [failure.type for failure in failures] == [ZeroDivisionError]


class Awaiting(resource.Resource):
    """Answers by a coroutine, which awaits each of ``waits``."""

    isLeaf = True

    def __init__(self, result: object, waits: list[Deferred[None]]) -> None:
        super().__init__()
        self.result, self.waits = result, waits

    async def render_GET(self, request: Any) -> Any:
        for each in self.waits:
            await each
        if isinstance(self.result, Exception):
            raise self.result
        if self.result == server.NOT_DONE_YET:
            request.write(b"written")
            request.finish()
        return self.result


@pytest.mark.parametrize("waits", [0, 1])
@pytest.mark.parametrize(
    ("result", "code", "body"),
    [
        (b"returned", 200, b"returned"),
        (b"", 200, b""),
        (server.NOT_DONE_YET, 200, b"7\r\nwritten\r\n0\r\n\r\n"),
        (ZeroDivisionError("wrong"), 500, None),
    ],
)
def test_aCoroutineAnswersWhetherItWaitsOrNot(
    result: object, code: int, body: bytes | None, waits: int
) -> None:
    waiting: list[Deferred[None]] = [Deferred() for _ in range(waits)]
    channel = server.Site(Awaiting(result, waiting), reactor=Clock()).buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    with loggedFailures() as failures:
        channel.dataReceived(get(b"/"))
        assert bool(transport.value()) == (not waits)
        for each in waiting:
            each.callback(None)
    answer = parse(transport.value())
    assert answer.code == code
    assert body is None or answer.body == body
    assert len(failures) == (code == 500)
