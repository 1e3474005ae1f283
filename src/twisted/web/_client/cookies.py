"""Cookies, kept by the jars of the standard library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from zope.interface import implementer

from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent

from .uri import URI

if TYPE_CHECKING:
    from http.cookiejar import CookieJar
    from urllib.request import Request as StdlibRequest

    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IBodyProducer, IResponse

__all__ = ["CookieAgent"]


class _FakeStdlibRequest:
    """
    What a cookie jar asks of a request of `urllib.request`.

    Attributes:
        uri: of the request.
        _twistedHeaders: the headers that the jar has set.
    """

    def __init__(self, uri: bytes) -> None:
        self.uri = URI.fromBytes(uri)
        self._url = uri.decode("ascii")
        self._twistedHeaders = Headers()
        self.host = self.uri.netloc.decode("ascii")
        self.type = self.uri.scheme.decode("ascii")
        self.origin_req_host = self.uri.host.decode("ascii")
        self.unverifiable = False

    def has_header(self, header: str) -> bool:
        """Whether there is such a header."""
        return self._twistedHeaders.hasHeader(header)

    def add_unredirected_header(self, name: str, value: str) -> None:
        """Set a header."""
        self._twistedHeaders.addRawHeader(name, value)

    def get_full_url(self) -> str:
        """Returns: the URI."""
        return self._url

    def get_header(self, name: str, default: str | None = None) -> str | None:
        """Returns: the value of a header, or ``default``."""
        values = self._twistedHeaders.getRawHeaders(name)
        return default if values is None else values[0]

    def get_host(self) -> str:
        """Returns: host and port as they stand in the URI."""
        return self.host

    def get_type(self) -> str:
        """Returns: the scheme."""
        return self.type

    def is_unverifiable(self) -> bool:
        """Every request is one that somebody wanted."""
        return False


class _FakeUrllibResponseInfo:
    """The headers of a response, as a cookie jar reads them."""

    def __init__(self, response: IResponse) -> None:
        self._headers = response.headers

    def get_all(self, name: str, default: Any) -> Any:
        """Returns: the values of a header, or ``default``."""
        values = self._headers.getRawHeaders(name)
        return default if values is None else list(values)


class _FakeStdlibResponse:
    """What a cookie jar asks of a response of `urllib.request`."""

    def __init__(self, response: IResponse) -> None:
        self._info = _FakeUrllibResponseInfo(response)

    def info(self) -> Any:
        """Returns: its headers."""
        return self._info


@implementer(IAgent)
class CookieAgent:
    """
    Sends the cookies of a jar, and puts those that come into it.

    Args:
        agent: sends the requests.
        cookieJar: knows which cookies go where.

    Attributes:
        cookieJar: it.
    """

    cookieJar: CookieJar

    def __init__(self, agent: IAgent, cookieJar: CookieJar) -> None:
        self._agent = agent
        self.cookieJar = cookieJar

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """As `Agent.request`. A ``Cookie`` among the headers is sent in place of the jar's."""
        headers = Headers() if headers is None else headers.copy()
        asked = _FakeStdlibRequest(uri)
        self.cookieJar.add_cookie_header(cast("StdlibRequest", asked))
        cookies = asked.get_header("Cookie")
        if cookies is not None and not headers.hasHeader(b"cookie"):
            headers.addRawHeader(b"cookie", cookies)
        answer = self._agent.request(method, uri, headers, bodyProducer)
        return answer.addCallback(self._extractCookies, asked)

    def _extractCookies(self, response: IResponse, request: _FakeStdlibRequest) -> IResponse:
        came: Any = _FakeStdlibResponse(response)
        self.cookieJar.extract_cookies(came, cast("StdlibRequest", request))
        return response
