"""Calling by XML-RPC."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlsplit
from xmlrpc import client as xmlrpclib

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ClientFactory
from twisted.python.failure import Failure
from twisted.web._http.oldclient import HTTPClient

from .marshal import MAX_DEPTH, loads

__all__ = ["Proxy", "QueryFactory", "QueryProtocol", "payloadTemplate"]

payloadTemplate = """<?xml version="1.0"?>
<methodCall>
<methodName>%s</methodName>
%s
</methodCall>
"""
"""A call: of the name of a method, and its arguments as they are serialized."""


class QueryProtocol(HTTPClient):
    """
    Makes one call, and hands what came back to its factory when the connection is closed.

    Attributes:
        maxResponseBytes: of a response.
    """

    factory: Any
    maxResponseBytes = 64 * 1024 * 1024

    _response: bytes | None = None
    _received = 0

    def connectionMade(self) -> None:
        """Send the call."""
        factory = self.factory
        self.sendCommand(b"POST", factory.path)
        self.sendHeader(b"User-Agent", b"Twisted/XMLRPClib")
        self.sendHeader(b"Host", factory.host)
        self.sendHeader(b"Content-type", b"text/xml; charset=utf-8")
        self.sendHeader(b"Content-length", b"%d" % len(factory.payload))
        if factory.user:
            secret = b64encode(b"%b:%b" % (factory.user, factory.password or b""))
            self.sendHeader(b"Authorization", b"Basic " + secret)
        self.endHeaders()
        self.transport.write(factory.payload)

    def handleStatus(self, version: bytes, status: bytes, message: bytes) -> None:
        """Go on only with what is fine."""
        if status != b"200":
            self.factory.badStatus(status, message)
            self.transport.loseConnection()

    def handleResponsePart(self, data: bytes) -> None:
        """Take a part of the response, as long as it is not too large."""
        self._received += len(data)
        if self._received > self.maxResponseBytes:
            self.factory.badStatus(b"200", b"more than %d bytes" % self.maxResponseBytes)
            self.transport.abortConnection()
            return
        super().handleResponsePart(data)

    def handleResponse(self, contents: bytes) -> None:
        """Keep the response, and close the connection: whoever called is told after that."""
        self._response = contents
        self.transport.loseConnection()

    def connectionLost(self, reason: Any = None) -> None:
        """Hand the response on."""
        super().connectionLost(reason)
        response, self._response = self._response, None
        if response is not None:
            self.factory.parseResponse(response)


class QueryFactory(ClientFactory):
    """
    One call.

    Attributes:
        deferred: fires with the result; None when it was fired.
        payload: what is sent.
        path, host, user, password, useDateTime: as they were given.
        maxDepth: arrays and structures in each other, in the result.
    """

    path: bytes
    host: bytes
    user: bytes | None
    password: bytes | None
    useDateTime: bool
    deferred: Deferred[Any] | None = None
    protocol = QueryProtocol
    maxDepth = MAX_DEPTH

    def __init__(
        self,
        path: bytes,
        host: bytes,
        method: str,
        user: bytes | None = None,
        password: bytes | None = None,
        allowNone: bool = False,
        args: Any = (),
        canceller: Callable[[Deferred[Any]], object] | None = None,
        useDateTime: bool = False,
    ) -> None:
        """
        Args:
            path, host: where to, for the head of the request.
            method: the procedure.
            user, password: for HTTP Basic, or None.
            allowNone: whether None may be among the arguments.
            args: the arguments.
            canceller: called if `deferred` is cancelled.
            useDateTime: whether times in the result are to be `datetime.datetime`.
        """
        self.path, self.host = path, host
        self.user, self.password = user, password
        serialized = xmlrpclib.dumps(tuple(args), allow_none=allowNone)
        self.payload = (payloadTemplate % (escape(method, quote=False), serialized)).encode(
            "utf-8", "xmlcharrefreplace"
        )
        self.deferred = Deferred(canceller)
        self.useDateTime = useDateTime

    def parseResponse(self, contents: Any) -> None:
        """Args: contents: the response. It is told as the result, or as what it lacks."""
        if self.deferred is None:
            return
        result: Any
        try:
            result = loads(contents, self.useDateTime, self.maxDepth)[0][0]
        except Exception:
            result = Failure()
        self._fire(result)

    def badStatus(self, status: bytes, message: bytes) -> None:
        """Tell that the response is not one. Args: what it is instead."""
        self._fire(Failure(ValueError(status, message)))

    def clientConnectionFailed(self, _: Any, reason: Failure) -> None:
        """Tell that there is no connection."""
        self._fire(reason)

    def clientConnectionLost(self, _: Any, reason: Failure) -> None:
        """Tell that the connection is gone, if that comes before a response."""
        self._fire(reason)

    def _fire(self, result: Any) -> None:
        # It is forgotten first: a callback may well lose the connection.
        waiting, self.deferred = self.deferred, None
        if waiting is not None:
            waiting.callback(result)


class Proxy:
    """
    Stands for a server: `callRemote` calls its procedures.

    Attributes:
        host, port, path, secure, user, password: where it is, from the URL.
        allowNone, useDateTime, connectTimeout: as they were given.
        queryFactory: makes each call; a `QueryFactory`, which may be replaced.
    """

    queryFactory: Callable[..., QueryFactory] = QueryFactory
    user: bytes | None
    password: bytes | None
    allowNone: bool
    useDateTime: bool
    connectTimeout: float

    def __init__(
        self,
        url: bytes,
        user: bytes | None = None,
        password: bytes | None = None,
        allowNone: bool = False,
        useDateTime: bool = False,
        connectTimeout: float = 30.0,
        reactor: Any = None,
    ) -> None:
        """
        Args:
            url: ``http://`` or ``https://``, maybe with user and password.
            user, password: instead of those in the URL.
            allowNone: whether None may be among the arguments, which not every server knows.
            useDateTime: whether times in results are to be `datetime.datetime`.
            connectTimeout: seconds to wait for a connection.
            reactor: the reactor, or None for that of the program.
        """
        if reactor is None:
            from twisted.internet import reactor
        self._reactor = reactor
        parts = urlsplit(url)
        self.secure = parts.scheme == b"https"
        self.host = parts.hostname or b""
        self.port = parts.port
        self.path = parts.path or b"/"
        if parts.query:
            self.path += b"?" + parts.query
        self.user = parts.username if user is None else user
        self.password = parts.password if password is None else password
        self.allowNone = allowNone
        self.useDateTime = useDateTime
        self.connectTimeout = connectTimeout

    def callRemote(self, method: str, *args: Any) -> Deferred[Any]:
        """
        Call a procedure.

        Args:
            method: its name.
            args: numbers, text, times, bytes (`Binary`), lists and dictionaries of these.
        Returns: fires with the result. Fails with `Fault` if the procedure fails, with ValueError
            and a status if the server gives no answer, and with the reason if the connection
            cannot be made or is lost. Cancelling it closes the connection.
        """

        def cancel(_: object) -> None:
            factory.deferred = None
            connector.disconnect()

        factory = self.queryFactory(
            self.path,
            self._hostHeader(),
            method,
            self.user,
            self.password,
            self.allowNone,
            args,
            cancel,
            self.useDateTime,
        )
        deferred = factory.deferred
        assert deferred is not None
        host = self.host.decode("ascii")
        timeout = self.connectTimeout
        if self.secure:
            from twisted.internet.ssl import optionsForClientTLS

            connector = self._reactor.connectSSL(
                host, self.port or 443, factory, optionsForClientTLS(host), timeout=timeout
            )
        else:
            connector = self._reactor.connectTCP(host, self.port or 80, factory, timeout=timeout)
        return deferred

    def _hostHeader(self) -> bytes:
        """RFC 9110, section 7.2: with the port, unless it is the usual one."""
        host = b"[%b]" % self.host if b":" in self.host else self.host
        if self.port is None or self.port == (443 if self.secure else 80):
            return host
        return b"%b:%d" % (host, self.port)
