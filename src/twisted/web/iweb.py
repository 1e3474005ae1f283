"""The interfaces of `twisted.web`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import Attribute, Interface

from twisted.internet.interfaces import IPushProducer

if TYPE_CHECKING:
    from twisted.cred.credentials import IUsernameDigestHash as IUsernameDigestHash
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IConsumer, IProtocol, IStreamClientEndpoint
    from twisted.python.urlpath import URLPath
    from twisted.web.client import URI
    from twisted.web.http_headers import Headers

__all__ = [
    "UNKNOWN_LENGTH",
    "IAccessLogFormatter",
    "IAgent",
    "IAgentEndpointFactory",
    "IBodyProducer",
    "IClientRequest",
    "ICredentialFactory",
    "INonQueuedRequestFactory",
    "IPolicyForHTTPS",
    "IRenderable",
    "IRequest",
    "IResponse",
    "ITemplateLoader",
    "IUsernameDigestHash",
]

UNKNOWN_LENGTH = "twisted.web.iweb.UNKNOWN_LENGTH"
"""The length of a body of which nobody has said how long it is."""


def __getattr__(name: str) -> Any:
    # Most servers know no digests, and need nothing of cred.
    if name == "IUsernameDigestHash":
        from twisted.cred.credentials import IUsernameDigestHash

        return IUsernameDigestHash
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class IRequest(Interface):
    """A request, as a resource gets it, and the response to it."""

    method = Attribute("What is to be done, such as ``b'GET'``.")
    uri = Attribute("The target, as it was sent: path and query.")
    path = Attribute("The target up to the query.")
    args = Attribute("The fields of query and form: for each name, a list of values, all bytes.")
    prepath = Attribute("The parts of the path that led to this resource.")
    postpath = Attribute("The parts of the path that are left.")
    requestHeaders = Attribute("The `Headers` that came.")
    responseHeaders = Attribute("The `Headers` that are to be sent.")
    content = Attribute("The body of the request, as a file.")

    def getHeader(key: str | bytes) -> Any:
        """Returns: the last value of a header that came, or None; of the type of ``key``."""

    def getCookie(key: bytes) -> bytes | None:
        """Returns: the value of a cookie that came, or None."""

    def getAllHeaders() -> dict[bytes, bytes]:
        """Returns: the last value of each header that came."""

    def getRequestHostname() -> bytes:
        """Returns: the host that the client asked for, without its port."""

    def getHost() -> IAddress:
        """Returns: the address of our side."""

    def getClientAddress() -> IAddress:
        """Returns: the address of the other side; of the nearest proxy, where there is one."""

    def getClientIP() -> str | None:
        """Deprecated: see `getClientAddress`."""

    def getUser() -> bytes:
        """Returns: the name given by HTTP Basic, or nothing."""

    def getPassword() -> bytes:
        """Returns: the password given by HTTP Basic, or nothing."""

    def isSecure() -> bool:
        """Whether the request came by TLS."""

    def getSession(sessionInterface: Any = None) -> Any:
        """
        Args: sessionInterface: what the session is to be adapted to.
        Returns: the client's session, which is begun if there is none.
        """

    def URLPath() -> URLPath:
        """Returns: the URL of this request."""

    def prePathURL() -> bytes:
        """Returns: the URL of what was found so far."""

    def rememberRootURL() -> None:
        """Take the URL that was found so far as that of an application."""

    def getRootURL() -> bytes | None:
        """Returns: what `rememberRootURL` took."""

    def finish() -> None:
        """The response is complete."""

    def write(data: bytes) -> None:
        """Write a part of the body of the response."""

    def addCookie(
        k: bytes,
        v: bytes,
        expires: bytes | None = None,
        domain: bytes | None = None,
        path: bytes | None = None,
        max_age: bytes | None = None,
        comment: bytes | None = None,
        secure: bool | None = None,
    ) -> None:
        """Set a cookie. Args: k, v: its name and value; the others as RFC 6265 has them."""

    def setResponseCode(code: int, message: bytes | None = None) -> None:
        """Args: code: of the response. message: what stands behind it."""

    def setHeader(k: bytes, v: bytes) -> None:
        """Give a header of the response one value."""

    def redirect(url: bytes) -> None:
        """Send the client elsewhere."""

    def setLastModified(when: float) -> Any:
        """
        Args: when: what is asked for has changed, in seconds since 1970.
        Returns: ``http.CACHED`` if nothing is to be written, or None.
        """

    def setETag(etag: bytes) -> Any:
        """
        Args: etag: a mark of the state of what is asked for.
        Returns: ``http.CACHED`` if nothing is to be written, or None.
        """

    def setHost(host: bytes, port: int, ssl: int = 0) -> None:
        """Act as if the request came to another address."""


class INonQueuedRequestFactory(Interface):
    """Makes requests of nothing but a channel. Provide it on the factory itself."""

    def __call__(channel: Any) -> IRequest:
        """Args: channel: the `HTTPChannel`. Returns: a request."""


class IAccessLogFormatter(Interface):
    """Makes the lines of an access log."""

    def __call__(timestamp: str, request: IRequest) -> str:
        """
        Args:
            timestamp: the time, as logs have it.
            request: complete.
        Returns: a line, without its end.
        """


class ICredentialFactory(Interface):
    """One way for a client to say who it is (RFC 9110, section 11)."""

    scheme = Attribute("Its name, such as ``b'basic'``.")

    def getChallenge(request: IRequest) -> dict[str, bytes | str]:
        """Returns: the parameters of a ``WWW-Authenticate`` for it."""

    def decode(response: bytes, request: IRequest) -> Any:
        """
        Args: response: what stands in ``Authorization`` after the scheme.
        Returns: credentials.
        Raises: twisted.cred.error.LoginFailed.
        """


class IBodyProducer(IPushProducer):
    """Writes the body of a request."""

    length = Attribute("Its bytes, or `UNKNOWN_LENGTH`.")

    def startProducing(consumer: IConsumer) -> Deferred[None]:
        """
        Begin to write.

        Returns: fires when all is written, fails when it cannot be; never fires after
            `stopProducing`.
        """

    def stopProducing() -> None:
        """Write no more, and let go of everything."""


class IRenderable(Interface):
    """What can stand in a page and says itself what it looks like."""

    def lookupRenderMethod(name: str) -> Any:
        """Returns: what renders a tag that names ``name``. It is given a request and that tag."""

    def render(request: IRequest | None) -> Any:
        """Returns: what stands in its place, for the flattener."""


class ITemplateLoader(Interface):
    """Where templates come from."""

    def load() -> list[Any]:
        """Returns: the roots of a template."""


class IResponse(Interface):
    """The response that a client got."""

    version = Attribute("Protocol and version: ``(b'HTTP', 1, 1)``.")
    code = Attribute("Such as 200.")
    phrase = Attribute("What stands behind the code.")
    headers = Attribute("The `Headers` that came.")
    length = Attribute("Bytes of the body, or `UNKNOWN_LENGTH`.")
    request = Attribute("The `IClientRequest` that this answers.")
    previousResponse = Attribute("The one that led to this by a redirect, or None.")

    def deliverBody(protocol: IProtocol) -> None:
        """
        Args: protocol: given the body; its ``connectionLost`` has `ResponseDone` if it is whole,
            and `PotentialDataLoss` if nobody can tell.
        """

    def setPreviousResponse(response: IResponse) -> None:
        """Args: response: the one that led to this."""


class _IRequestEncoder(Interface):
    """Encodes the body of a response."""

    def encode(data: bytes) -> bytes:
        """Args: data: a part of it. Returns: what is to be sent now."""

    def finish() -> bytes:
        """Returns: what is to be sent at the end."""


class _IRequestEncoderFactory(Interface):
    """Makes encoders, where the client takes what they make."""

    def encoderForRequest(request: IRequest) -> _IRequestEncoder | None:
        """Returns: an encoder, or None where none fits."""


class IClientRequest(Interface):
    """What a client asked for."""

    method = Attribute("Such as ``b'GET'``.")
    absoluteURI = Attribute("All of the URL, or None where it is not known.")
    headers = Attribute("The `Headers` that were sent.")


class IAgent(Interface):
    """Sends requests."""

    def request(
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """
        Args:
            method: such as ``b'GET'``.
            uri: all of the URL.
            headers: to be sent with those that are needed.
            bodyProducer: for the body, where there is one.
        Returns: fires with the response when its headers are there.
        """


class IPolicyForHTTPS(Interface):
    """Says whom to trust."""

    def creatorForNetloc(hostname: bytes, port: int) -> Any:
        """Returns: an IOpenSSLClientConnectionCreator for connections to there."""


class IAgentEndpointFactory(Interface):
    """Says how to connect."""

    def endpointForURI(uri: URI) -> IStreamClientEndpoint:
        """Returns: where to connect for ``uri``."""
