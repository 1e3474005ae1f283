"""What makes brokers: of servers and of clients."""

from __future__ import annotations

from typing import Any

from twisted._faces import handOn
from twisted.cred.credentials import IAnonymous
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.python.failure import Failure
from twisted.spread.flavors import IPBRoot
from twisted.spread.jelly import globalSecurity

from .broker import Broker
from .login import respond

__all__ = ["PBClientFactory", "PBServerFactory"]


class PBServerFactory(ServerFactory):
    """
    A server.

    Args:
        root: what whoever connects can call: a `Root`, or a portal, so that they can log in.
        unsafeTracebacks: whether callers are told in which files and lines of ours errors happen.
        security: what may be made of what is received.
    """

    unsafeTracebacks = False
    protocol = Broker

    def __init__(
        self, root: Any, unsafeTracebacks: Any = False, security: Any = globalSecurity
    ) -> None:
        self.root = IPBRoot(root)
        self.unsafeTracebacks = unsafeTracebacks
        self.security = security

    def buildProtocol(self, addr: Any) -> Broker:
        """Returns: a broker whose "root" is ours. Args: addr: who connects."""
        broker = self.protocol(isClient=False, security=self.security)
        broker.factory = self
        makeRoot: Any = self.root.rootObject
        broker.setNameForLocal("root", makeRoot(broker))
        return broker

    def clientConnectionMade(self, protocol: Broker) -> None:
        """
        A connection is ready. To be overridden.

        Args:
            protocol: the broker.
        """


class PBClientFactory(ClientFactory):
    """
    A client.

        factory = PBClientFactory()
        reactor.connectTCP("localhost", portno, factory)
        root = await factory.getRootObject()

    Args:
        unsafeTracebacks: whether the server is told in which files and lines of ours errors happen.
        security: what may be made of what is received.
    """

    unsafeTracebacks = False
    protocol = Broker

    def __init__(self, unsafeTracebacks: Any = False, security: Any = globalSecurity) -> None:
        self.unsafeTracebacks = unsafeTracebacks
        self.security = security
        self._reset()

    def _reset(self) -> None:
        self.rootObjectRequests: list[Deferred[Any]] = []
        self._broker: Any = None
        self._root: Any = None

    def buildProtocol(self, addr: Any) -> Broker:
        """Returns: a broker. Args: addr: who was connected to."""
        broker = self.protocol(isClient=True, security=self.security)
        broker.factory = self
        return broker

    def _failAll(self, reason: Failure) -> None:
        requests = self.rootObjectRequests
        self._reset()
        for request in requests:
            request.errback(reason)

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        """No connection was made: everybody who waits for the root gets that as an error."""
        self._failAll(reason)

    def clientConnectionLost(self, connector: Any, reason: Failure, reconnecting: Any = 0) -> None:
        """
        The connection is lost.

        Args:
            connector: what had made it.
            reason: why.
            reconnecting: whether another one is to be made: whoever waits for the root goes on
                waiting then.
        """
        if reconnecting:
            self._broker = None
            self._root = None
        else:
            self._failAll(reason)

    def clientConnectionMade(self, broker: Broker) -> None:
        """The connection is ready: everybody who waits for the root gets it."""
        self._broker = broker
        self._root = broker.remoteForName("root")
        requests, self.rootObjectRequests = self.rootObjectRequests, []
        for request in requests:
            request.callback(self._root)

    def getRootObject(self) -> Deferred[Any]:
        """Returns: a Deferred of a reference to the server's root; it waits for the connection."""
        if self._broker is not None and not self._broker.disconnected:
            return succeed(self._root)
        request: Deferred[Any] = Deferred()
        self.rootObjectRequests.append(request)
        return request

    def disconnect(self) -> None:
        """Close the connection, if there is one."""
        if self._broker is not None:
            self._broker.transport.loseConnection()

    def login(self, credentials: Any, client: Any = None) -> Deferred[Any]:
        """
        Log in.

        Args:
            credentials: with ``username`` and ``password``, both bytes, or `IAnonymous`.
            client: a `Referenceable` by which the server can call us; the realm gets it as "mind".
        Returns: a Deferred of a reference to the avatar. It fails as the server says: check for
            `UnauthorizedLogin`, for instance.
        """
        root = self.getRootObject()
        if IAnonymous.providedBy(credentials):
            return root.addCallback(self._cbLoginAnonymous, client)
        return root.addCallback(
            self._cbSendUsername, credentials.username, credentials.password, client
        )

    def _cbLoginAnonymous(self, root: Any, client: Any) -> Any:
        return root.callRemote("loginAnonymous", client)

    # Programs that log in again after a loss call this one themselves.
    def _cbSendUsername(self, root: Any, username: Any, password: Any, client: Any) -> Any:
        return root.callRemote("login", username).addCallback(self._cbResponse, password, client)

    def _cbResponse(self, challenges: Any, password: Any, client: Any) -> Any:
        asked, challenger = challenges
        return challenger.callRemote("respond", respond(asked, password), client)


handOn("twisted.spread.pb", PBClientFactory, PBServerFactory)
