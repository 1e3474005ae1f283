"""
Going where a response leads.

What proves who somebody is does not go to another origin (CVE-2022-21712): another scheme, host or
port. Whoever can make a server answer with a redirect could have it sent to himself otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.python.failure import Failure
from twisted.web import error
from twisted.web._responses import (
    FOUND,
    MOVED_PERMANENTLY,
    PERMANENT_REDIRECT,
    SEE_OTHER,
    TEMPORARY_REDIRECT,
)
from twisted.web.http_headers import Headers, _canonical
from twisted.web.iweb import IAgent

from .errors import ResponseFailed
from .uri import URI, _urljoin

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.web.iweb import IBodyProducer, IResponse

__all__ = ["BrowserLikeRedirectAgent", "RedirectAgent"]

_sensitive = frozenset(
    (b"Authorization", b"Cookie", b"Cookie2", b"Proxy-Authorization", b"WWW-Authenticate")
)
# They describe a body that a GET in its place does not have (RFC 9110, section 15.4).
_ofBodies = (
    b"Content-Encoding",
    b"Content-Language",
    b"Content-Length",
    b"Content-Location",
    b"Content-Type",
    b"Transfer-Encoding",
)


@implementer(IAgent)
class RedirectAgent:
    """
    Follows redirects, as strictly as RFC 9110 reads.

    A request by any other method than GET and HEAD is only followed where it becomes a GET, by 303;
    otherwise it fails with `ResponseFailed`, whose reason is `error.PageRedirect`.

    Args:
        agent: sends the requests.
        redirectLimit: how often one request may be sent on.
        sensitiveHeaderNames: headers that do not go to another origin, besides ``Authorization``,
            ``Cookie``, ``Cookie2``, ``Proxy-Authorization`` and ``WWW-Authenticate``.
    """

    _redirectResponses: Iterable[int] = (
        MOVED_PERMANENTLY,
        FOUND,
        TEMPORARY_REDIRECT,
        PERMANENT_REDIRECT,
    )
    _seeOtherResponses: Iterable[int] = (SEE_OTHER,)

    def __init__(
        self,
        agent: IAgent,
        redirectLimit: int = 20,
        sensitiveHeaderNames: Iterable[bytes] = (),
    ) -> None:
        self._agent = agent
        self._redirectLimit = redirectLimit
        self._sensitiveHeaderNames = _sensitive | {
            _canonical(name) for name in sensitiveHeaderNames
        }

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """As `Agent.request`; fires with the response at the end of the way."""
        answer: Deferred[Any] = self._agent.request(method, uri, headers, bodyProducer)
        return answer.addCallback(self._handleResponse, method, uri, headers, 0)

    def _resolveLocation(self, requestURI: bytes, location: bytes) -> bytes:
        """
        Args:
            requestURI: what was asked for.
            location: where to go, as the response has it.
        Returns: an absolute URI.
        """
        return _urljoin(requestURI, location)

    def _handleRedirect(
        self,
        response: IResponse,
        method: bytes,
        uri: bytes,
        headers: Headers | None,
        redirectCount: int,
        first: bytes | None = None,
    ) -> Deferred[IResponse]:
        """
        Send the request on.

        Args: first: what was asked for to begin with, where that is not ``uri``.
        Raises: ResponseFailed if that was done too often, or if nobody says where to, or something
            that is no URI.
        """
        if redirectCount >= self._redirectLimit:
            tooOften = error.InfiniteRedirection(
                response.code, b"This redirect is one too many", location=first or uri
            )
            raise ResponseFailed([Failure(tooOften)], response)
        locations = response.headers.getRawHeaders(b"location", ())
        if not locations:
            nowhere = error.RedirectWithNoLocation(
                response.code, b"This response sends us elsewhere", uri
            )
            raise ResponseFailed([Failure(nowhere)], response)
        try:
            target = self._resolveLocation(uri, _visible(locations[0]))
            headers = self._headersFor(uri, target, headers)
        except ValueError:
            raise ResponseFailed([Failure()], response) from None

        def arrived(next: IResponse) -> IResponse:
            next.setPreviousResponse(response)
            return next

        answer = self._agent.request(method, target, headers).addCallback(arrived)
        end: Deferred[IResponse] = answer.addCallback(
            self._handleResponse, method, target, headers, redirectCount + 1, first or uri
        )
        return end

    def _headersFor(self, uri: bytes, target: bytes, headers: Headers | None) -> Headers | None:
        if headers is None or _origin(uri) == _origin(target):
            return headers
        kept = headers.copy()
        for name in self._sensitiveHeaderNames:
            kept.removeHeader(name)
        kept.removeHeader(b"Host")  # it was that of the other origin
        return kept

    def _handleResponse(
        self,
        response: IResponse,
        method: bytes,
        uri: bytes,
        headers: Headers | None,
        redirectCount: int,
        first: bytes | None = None,
    ) -> Any:
        if response.code in self._redirectResponses:
            if method not in (b"GET", b"HEAD"):
                refused = error.PageRedirect(response.code, location=uri)
                raise ResponseFailed([Failure(refused)], response)
            return self._handleRedirect(response, method, uri, headers, redirectCount, first)
        if response.code in self._seeOtherResponses:
            if method != b"HEAD":
                method = b"GET"
            if headers is not None:
                headers = headers.copy()
                for name in _ofBodies:
                    headers.removeHeader(name)
            return self._handleRedirect(response, method, uri, headers, redirectCount, first)
        return response


def _visible(location: bytes) -> bytes:
    """Write what no URI may have in it as one has it, as browsers do: servers send bare UTF-8."""
    return _invisible(lambda found: b"%%%02X" % ord(found[0]), location.strip(b" \t"))


_invisible = re.compile(rb"[^\x21-\x7e]").sub


def _origin(uri: bytes) -> tuple[bytes, bytes, int]:
    parsed = URI.fromBytes(uri)
    return parsed.scheme, parsed.host.lower(), parsed.port


class BrowserLikeRedirectAgent(RedirectAgent):
    """
    Follows redirects as browsers do: after 301 and 302, a POST too becomes a GET, which RFC 9110,
    sections 15.4.2 and 15.4.3, allows.
    """

    _redirectResponses = (TEMPORARY_REDIRECT, PERMANENT_REDIRECT)
    _seeOtherResponses = (MOVED_PERMANENTLY, FOUND, SEE_OTHER)
