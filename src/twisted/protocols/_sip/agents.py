"""What sends and receives SIP's messages over UDP: the base, a proxy, and a registrar."""

from __future__ import annotations

import re
import socket
from typing import Any

from zope.interface import Interface, implementer

from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from .addresses import URL, Via, parseAddress, parseViaHeader
from .messages import Message, MessagesParser, Request, Response, encode
from .words import PORT, RegistrationError, SIPError

_log = Logger("twisted.protocols.sip")
_face = "twisted.protocols.sip"

# Methods that may have a handler of their own by name.
_methodName = re.compile("[A-Z]{1,20}")


class IContact(Interface):
    """What a user of a registrar is known by, once logged in."""

    __module__ = _face


class IAuthorizer(Interface):
    """Asks for credentials of one scheme, and reads them."""

    __module__ = _face

    def getChallenge(peer: Any) -> str | None:
        """Give what follows the scheme's name in the challenge for a peer, or None."""

    def decode(response: str) -> Any:
        """
        Read credentials from what followed the scheme's name.

        Raises: SIPError.
        """


class ILocator(Interface):
    """Finds where a user is."""

    __module__ = _face

    def getAddress(logicalURL: URL) -> Deferred[URL]:
        """Give a Deferred of the URL where a user can be reached; LookupError if there is none."""


class IRegistry(Interface):
    """Keeps where users are."""

    __module__ = _face

    def registerAddress(
        domainURL: URL, logicalURL: URL, physicalURL: URL
    ) -> Deferred[Registration]:
        """Remember where a user is; gives a Deferred of a `Registration`."""

    def unregisterAddress(domainURL: URL, logicalURL: URL, physicalURL: Any) -> Deferred[Any]:
        """Forget it."""

    def getRegistrationInfo(logicalURL: URL) -> Deferred[Registration]:
        """Tell what is remembered."""


class Registration:
    """
    Where a user is, and for how long that holds.

    Attributes:
        secondsToExpiry: seconds from now.
        contactURL: where.
    """

    def __init__(self, secondsToExpiry: int, contactURL: URL) -> None:
        self.secondsToExpiry = secondsToExpiry
        self.contactURL = contactURL


def _topVia(message: Message) -> Via | None:
    """Read the first Via; None where there is none that can be read."""
    try:
        return parseViaHeader(message.headers["via"][0])
    except (KeyError, ValueError):
        return None


class Base(DatagramProtocol):
    """
    Sends and receives messages.

    A message whose way back is not known, or that cannot be read, is dropped: nobody can be told.

    Attributes:
        PORT: where others listen, if they do not say otherwise.
    """

    PORT: int = PORT
    debug: bool = False
    transport: Any

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.parser = MessagesParser(self.addMessage)

    def addMessage(self, msg: Any) -> None:
        """A message of the present datagram."""
        self.messages.append(msg)

    def datagramReceived(self, data: Any, addr: Any) -> None:
        """Handle the messages of a datagram."""
        self.parser.dataReceived(data)
        self.parser.dataDone()
        messages, self.messages = self.messages, []
        for message in messages:
            via = _topVia(message)
            if via is None:
                _log.debug(
                    "{message!r} from {addr} has no Via and is dropped", message=message, addr=addr
                )
            elif isinstance(message, Request):
                self._fixupNAT(message, via, addr)
                self.handle_request(message, addr)
            else:
                self.handle_response(message, addr)

    def _fixupNAT(self, message: Request, via: Via, addr: tuple[str, int]) -> None:
        """Write down where the request really came from (RFC 3261 18.2.1, RFC 3581 section 4)."""
        host, port = addr[0], addr[1]
        if via.host != host or via.rportRequested:
            via.received = host
            if via.rportRequested:
                via.rport = port
            message.headers["via"][0] = via.toString()

    def deliverResponse(self, responseMessage: Message) -> None:
        """Send a response back to where its first Via says."""
        via = _topVia(responseMessage)
        if via is None:
            _log.debug("{response!r} has no way back", response=responseMessage)
            return
        host = via.host if via.received is None else via.received
        port = via.port if via.rportValue is None else via.rportValue
        self.sendMessage(URL(host=host, port=port), responseMessage)

    def responseFromRequest(self, code: int, request: Request) -> Response:
        """Make a response that goes the way back."""
        response = Response(code)
        for name in ("via", "to", "from", "call-id", "cseq"):
            for value in request.headers.get(name, ()):
                response.addHeader(name, value)
        return response

    def sendMessage(self, destURL: URL, message: Message) -> None:
        """
        Send a message.

        Raises: RuntimeError where the URL wants another transport than UDP.
        """
        if destURL.transport not in (None, "udp"):
            raise RuntimeError(f"{destURL!r} is not reached by UDP, the only transport here")
        port = self.PORT if destURL.port is None else destURL.port
        self.transport.write(encode(message.toString()), (destURL.host, port))

    def handle_request(self, message: Any, addr: Any) -> Any:
        """Override: a request came from an address."""
        raise NotImplementedError(f"{self.__class__.__name__} has no handle_request")

    def handle_response(self, message: Any, addr: Any) -> Any:
        """Override: a response came from an address."""
        raise NotImplementedError(f"{self.__class__.__name__} has no handle_response")


class Proxy(Base):
    """
    Sends requests on to where their users are, and responses back.

    Attributes:
        locator: an `ILocator`.
        host, port: what this proxy is called in Via headers.
    """

    locator: Any = None

    def __init__(self, host: str | None = None, port: int = PORT) -> None:
        self.host = socket.getfqdn() if host is None else host
        self.port = port
        Base.__init__(self)

    def getVia(self) -> Via:
        """Make the Via header of this proxy."""
        return Via(host=self.host, port=self.port)

    def handle_request(self, message: Any, addr: Any) -> None:
        """Call the method for a request's method, ``handle_INVITE_request``, or the default."""
        handler = self.handle_request_default
        if _methodName.fullmatch(message.method):
            handler = getattr(self, f"handle_{message.method}_request", handler)
        done = maybeDeferred(handler, message, addr)
        done.addErrback(self._refuse, message)

    def _refuse(self, failure: Failure, message: Any) -> None:
        error = failure.value
        if isinstance(error, RegistrationError):
            _log.info("A registration is refused: {error}", error=error)
            return
        if not isinstance(error, SIPError):
            _log.failure("Handling {request!r} failed", failure, request=message)
            error = SIPError(500)
        if message.method != "ACK":
            self.deliverResponse(self.responseFromRequest(error.code, message))

    def handle_request_default(self, message: Any, sourcePeer: Any) -> Any:
        """Send a request on."""
        for value in message.headers["via"]:
            try:
                via = parseViaHeader(value)
            except ValueError:
                raise SIPError(400) from None
            if (via.host, via.port) == (self.host, self.port):
                _log.debug("{request!r} was here before and is dropped", request=message)
                return None
        try:
            _, uri, _ = parseAddress(message.headers["to"][0], clean=1)
        except (KeyError, ValueError):
            raise SIPError(400) from None
        message.headers["via"].insert(0, self.getVia().toString())
        found = maybeDeferred(self.locator.getAddress, uri)
        found.addCallback(self.sendMessage, message)
        found.addErrback(self._cantForward, message)
        return found

    def _cantForward(self, failure: Failure, message: Any) -> None:
        failure.trap(LookupError)
        # What we put there.
        del message.headers["via"][0]
        if message.method != "ACK":
            self.deliverResponse(self.responseFromRequest(404, message))

    def handle_response(self, message: Any, addr: Any) -> None:
        """Send a response back one hop further, if it is one of ours."""
        via = _topVia(message)
        if via is None or (via.host, via.port) != (self.host, self.port):
            _log.debug("{response!r} did not come by us and is dropped", response=message)
            return
        del message.headers["via"][0]
        if message.headers["via"]:
            self.deliverResponse(message)
        else:
            self.gotResponse(message, addr)

    def gotResponse(self, message: Any, addr: Any) -> None:
        """Override: a response came that is for this proxy itself."""


class RegisterProxy(Proxy):
    """
    A proxy that keeps where its users are.

    Attributes:
        portal: logs users in, if they have to.
        registry: an `IRegistry`.
        authorizers: `IAuthorizer` objects by the names of their schemes, in small letters.
    """

    portal: Any = None
    registry: Any = None
    authorizers: dict[str, Any] = {}

    def __init__(self, *args: Any, **kw: Any) -> None:
        Proxy.__init__(self, *args, **kw)
        self.liveChallenges: dict[Any, Any] = {}

    def handle_ACK_request(self, message: Any, host_port: Any) -> None:
        """What comes after our own responses needs no answer."""

    def handle_REGISTER_request(self, message: Any, host_port: Any) -> Any:
        """Register, after a login if there is a portal."""
        host, port = host_port
        if self.portal is None:
            return self.register(message, host, port)
        if "authorization" not in message.headers:
            return self.unauthorized(message, host, port)
        return self.login(message, host, port)

    def unauthorized(self, message: Any, host: str, port: int) -> None:
        """Ask for credentials."""
        response = self.responseFromRequest(401, message)
        for scheme, authorizer in self.authorizers.items():
            challenge = authorizer.getChallenge((host, port))
            words = [challenge] if challenge else []
            words.append(f'realm="{self.host}"')
            response.addHeader("www-authenticate", f"{scheme.capitalize()} {','.join(words)}")
        self.deliverResponse(response)

    def login(self, message: Any, host: str, port: int) -> Any:
        """Log in by the credentials that came."""
        scheme, _, words = message.headers["authorization"][0].partition(" ")
        authorizer = self.authorizers.get(scheme.lower())
        if authorizer is None:
            raise SIPError(501)
        credentials = authorizer.decode(words.strip())
        credentials.username += "@" + self.host
        done = self.portal.login(credentials, None, IContact)
        return done.addCallbacks(
            lambda _: self.register(message, host, port),
            lambda failure: self._notLoggedIn(failure, message, host, port),
        )

    def _notLoggedIn(self, failure: Failure, message: Any, host: str, port: int) -> None:
        _log.info("A login from {host} failed: {error}", host=host, error=failure.value)
        self.unauthorized(message, host, port)

    def register(self, message: Any, host: str, port: int) -> Any:
        """Remember, forget or tell where a user is."""
        try:
            _, toURL, _ = parseAddress(message.headers["to"][0], clean=1)
            contact = message.headers.get("contact", [None])[0]
            expires = int(message.headers.get("expires", ["-1"])[0])
            if contact is None:
                found = self.registry.getRegistrationInfo(toURL)
                return found.addCallbacks(
                    self._registered, self._unknown, (message,), {}, (message,)
                )
            if expires == 0:
                return self.unregister(message, toURL, contact)
            # Where it came from can be reached; what it says might be behind some gateway.
            _, contactURL, _ = parseAddress(contact, host=host, port=port)
        except (KeyError, ValueError):
            raise SIPError(400) from None
        done = self.registry.registerAddress(message.uri, toURL, contactURL)
        return done.addCallback(self._registered, message)

    def unregister(self, message: Any, toURL: URL, contact: str) -> Any:
        """Forget where a user is; ``*`` stands for all contacts."""
        contactURL: Any = contact if contact == "*" else parseAddress(contact)[1]
        done = self.registry.unregisterAddress(message.uri, toURL, contactURL)
        done.addCallback(self._registered, message, 0)
        return done.addErrback(self._unknown, message)

    def _registered(self, registration: Any, message: Any, seconds: int | None = None) -> None:
        response = self.responseFromRequest(200, message)
        if registration is not None:
            response.addHeader("contact", registration.contactURL.toString())
            left = registration.secondsToExpiry if seconds is None else seconds
            response.addHeader("expires", str(left))
        response.addHeader("content-length", "0")
        self.deliverResponse(response)

    def _unknown(self, failure: Failure, message: Any) -> None:
        failure.trap(LookupError)
        self._registered(None, message)


@implementer(IRegistry, ILocator)
class InMemoryRegistry:
    """
    Keeps where the users of one domain are, for an hour each.

    Attributes:
        users: by their names, the call that will forget them, and the URL.
        lifetimeSeconds: how long a registration holds.
        maxUsers: how many there may be.
        clock: keeps the time; None for the installed reactor.
    """

    lifetimeSeconds: int = 3600
    maxUsers: int = 100_000
    clock: Any = None

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.users: dict[str, tuple[Any, URL]] = {}

    def _now(self) -> Any:
        if self.clock is None:
            from twisted.internet import reactor

            return reactor
        return self.clock

    def _find(self, userURI: URL) -> tuple[Any, URL]:
        if userURI.host != self.domain:
            raise LookupError(f"{userURI.host!r} is not our domain, {self.domain!r}")
        return self.users[str(userURI.username)]

    def getAddress(self, userURI: URL) -> Deferred[URL]:
        """Tell where a user is."""
        try:
            return succeed(self._find(userURI)[1])
        except LookupError:
            return fail()

    def getRegistrationInfo(self, userURI: URL) -> Deferred[Registration]:
        """Tell where a user is, and for how long."""
        try:
            call, url = self._find(userURI)
        except LookupError:
            return fail()
        return succeed(Registration(int(call.getTime() - self._now().seconds()), url))

    def _checkDomain(self, *urls: URL) -> None:
        for url in urls:
            if url.host != self.domain:
                raise RegistrationError(404, f"{url.host!r} is not our domain, {self.domain!r}")

    def registerAddress(
        self, domainURL: URL, logicalURL: URL, physicalURL: URL
    ) -> Deferred[Registration]:
        """Remember where a user is, from now on anew."""
        name = str(logicalURL.username)
        try:
            self._checkDomain(domainURL, logicalURL)
            if name not in self.users and len(self.users) >= self.maxUsers:
                raise RegistrationError(503, f"there are {self.maxUsers} users already")
        except RegistrationError:
            return fail()
        if name in self.users:
            call = self.users[name][0]
            call.reset(self.lifetimeSeconds)
        else:
            call = self._now().callLater(self.lifetimeSeconds, self.users.pop, name, None)
        self.users[name] = call, physicalURL
        return self.getRegistrationInfo(logicalURL)

    def unregisterAddress(
        self, domainURL: URL, logicalURL: URL, physicalURL: Any
    ) -> Deferred[Registration]:
        """Forget where a user is."""
        try:
            self._checkDomain(domainURL, logicalURL)
            call, url = self._find(logicalURL)
        except (RegistrationError, LookupError):
            return fail()
        del self.users[str(logicalURL.username)]
        call.cancel()
        return succeed(Registration(0, url))
