"""
A web site in several processes.

One process has a site and publishes it, with `ResourcePublisher` as the root of a server of
`twisted.spread.pb`. Another one faces the browsers, and has a `ResourceSubscription` in the place
of the site: requests go over as copies, and what is written comes back.

`UserDirectory` does so for each user of the system.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from html import escape
from io import BytesIO
from typing import Any
from urllib.parse import quote

from twisted.internet import address
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.persisted import styles
from twisted.python.failure import Failure
from twisted.spread import pb
from twisted.spread.banana import SIZE_LIMIT
from twisted.web import http, pages, resource, server, static
from twisted.web.http_headers import Headers
from twisted.web.util import _PRE

__all__ = ["Issue", "Request", "ResourcePublisher", "ResourceSubscription", "UserDirectory"]

_log = Logger()

_addressKinds: dict[Any, Callable[..., Any]] = {
    "INET": lambda *parts: address.IPv4Address("TCP", *parts[:2]),
    "INET6": lambda *parts: address.IPv6Address("TCP", *parts[:2]),
    "UNIX": lambda *parts: address.UNIXAddress(*parts[:1]),
}


def _address(parts: Any) -> Any:
    """Returns: the address that `Request.getStateToCopyFor` wrote so; None if it is strange."""
    if isinstance(parts, tuple) and parts and parts[0] in _addressKinds:
        return _addressKinds[parts[0]](*parts[1:])
    return None


class _Producer(pb.Referenceable):
    """
    A producer of ours that the process with the connection paces.

    Args:
        producer: it.
    """

    def __init__(self, producer: Any) -> None:
        self.producer = producer

    def remote_resumeProducing(self) -> None:
        self.producer.resumeProducing()

    def remote_pauseProducing(self) -> None:
        self.producer.pauseProducing()

    def remote_stopProducing(self) -> None:
        self.producer.stopProducing()


class Request(pb.RemoteCopy, server.Request):
    """
    The copy of a request that another process got. What is written goes there.

    Attributes:
        remote: a reference to the request itself.
    """

    remote: Any

    def setCopyableState(self, state: Any) -> None:
        """Take what ``server.Request.getStateToCopyFor`` gave."""
        known = dict(state)
        for side in ("host", "client"):
            known[side] = _address(known.get(side))
        known["requestHeaders"] = Headers(dict(known.get("requestHeaders") or ()))
        known["responseHeaders"] = Headers()
        known["notifications"] = []
        # The very dictionary that refers to us, if anything does, is the one to be kept.
        state.clear()
        state.update(known)
        pb.RemoteCopy.setCopyableState(self, state)
        self.content = BytesIO(known.get("content_data", b""))

    def _tell(self, method: str, *args: Any, **kw: Any) -> Any:
        """Have the request itself do something; what goes wrong there is logged here."""
        done = self.remote.callRemote(method, *args, **kw)
        return done.addErrback(self.fail)

    def write(self, bytes: bytes) -> None:
        """
        Write a part of the body.

        Args:
            bytes: it, of any length.
        """
        for start in range(0, len(bytes), SIZE_LIMIT):
            self._tell("write", bytes[start : start + SIZE_LIMIT])

    def finish(self) -> Any:
        """That was all. Returns: a Deferred that fires when the other process has it."""
        waiting, self.notifications = self.notifications, []
        for told in waiting:
            told.callback(None)
        return self._tell("finish")

    def addCookie(self, k: Any, v: Any, *args: Any, **kw: Any) -> Any:
        """Set a cookie. Args: as `http.Request.addCookie` takes them, with their names."""
        return self._tell("addCookie", k, v, *args, **kw)

    def setHeader(self, name: Any, value: Any) -> Any:
        """Set a header. Args: name, value: text or bytes."""
        return self._tell("setHeader", name, value)

    def setLastModified(self, when: float) -> Any:
        """Say when this changed. Args: when: in seconds since 1970."""
        return self._tell("setLastModified", when)

    def setETag(self, etag: bytes) -> Any:
        """Say which state this has. Args: etag: a name for it."""
        return self._tell("setETag", etag)

    def setResponseCode(self, code: int, message: bytes | None = None) -> Any:
        """Set the code. Args: code: it; message: its words."""
        return self._tell("setResponseCode", *((code,) if message is None else (code, message)))

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """
        Let a producer write, as fast as the client takes it.

        Args:
            producer: it.
            streaming: whether it writes until it is paused.
        """
        self._tell("registerProducer", _Producer(producer), streaming)

    def unregisterProducer(self) -> None:
        """The producer is done."""
        self._tell("unregisterProducer")

    def fail(self, failure: Failure) -> None:
        """
        The other process did not do something.

        Args:
            failure: why.
        """
        _log.failure("A request in another process failed", failure=failure)


pb.setUnjellyableForClass(server.Request, Request)


class Issue:
    """
    A request that was handed to another process.

    Args:
        request: it.
    """

    def __init__(self, request: Any) -> None:
        self.request = request

    def finished(self, result: Any) -> None:
        """
        The other process has rendered it.

        Args:
            result: NOT_DONE_YET, if it has written or will write; else all that there is to write.
        """
        if result != server.NOT_DONE_YET:
            if not isinstance(result, bytes):
                raise AssertionError(f"a body is bytes, not {result!r:.100}")
            self.request.write(result)
            self.request.finish()

    def failed(self, failure: Failure) -> None:
        """
        The other process did not render it: say so to the client.

        Args:
            failure: why.
        """
        _log.info("Failure instance of a distributed request: {reason}", reason=str(failure))
        request = self.request
        if getattr(request, "finished", 0) is True or getattr(request, "_disconnected", False):
            return
        page = resource._UnsafeErrorPage.__new__(resource._UnsafeErrorPage)
        page._say(
            http.INTERNAL_SERVER_ERROR,
            "Server Connection Lost",
            f"Connection to distributed server lost:{_PRE(str(failure))}",
        )
        request.write(page.render(request))
        request.finish()


class ResourcePublisher(pb.Root, styles.Versioned):
    """
    What other processes reach a site by.

    Args:
        site: it.
    """

    persistenceVersion = 2

    def __init__(self, site: Any) -> None:
        self.site = site

    def upgradeToVersion2(self) -> None:
        """What was kept by the first version knew of users, which nobody asks for any more."""
        self.__dict__.pop("application", None)

    def getPerspectiveNamed(self, name: Any) -> ResourcePublisher:
        """Returns: this: everybody sees the same. Args: name: who asks."""
        return self

    def remote_request(self, request: Any) -> Any:
        """
        Another process has a request for us.

        Args:
            request: a `Request`.
        Returns: NOT_DONE_YET: what is written goes by itself; or a Deferred of that.
        """
        found = self.site.getResourceFor(request)
        _log.info("{request}", request=request)
        try:
            result = found.render(request)
        except server.UnsupportedMethod as refused:
            request.setHeader(b"Allow", b", ".join(refused.allowedMethods))
            result = pages.errorPage(http.NOT_ALLOWED, "Method Not Allowed", "").render(request)
        if isinstance(result, Deferred):
            return result.addCallback(self._rendered, request)
        if isinstance(result, Awaitable):
            return ensureDeferred(result).addCallback(self._rendered, request)  # type: ignore[arg-type]  # coroutines
        return self._rendered(result, request)

    def _rendered(self, result: Any, request: Any) -> int:
        if result != server.NOT_DONE_YET:
            request.write(result)
            request.finish()
        return server.NOT_DONE_YET


class ResourceSubscription(resource.Resource):
    """
    A part of a site that another process publishes. It is connected to when it is first asked for.

    Args:
        host: where that process is; "unix" for a UNIX socket.
        port: its port, or the path of the socket.

    Attributes:
        publisher: a reference to its `ResourcePublisher`; None without a connection.
        pending: requests that wait for a connection.
        waiting: whether one is being made.
    """

    isLeaf = 1
    waiting = 0
    connectTimeout = 10
    """Seconds that making a connection may take."""

    def __init__(self, host: Any, port: Any) -> None:
        resource.Resource.__init__(self)
        self.host = host
        self.port = port
        self.pending: list[Any] = []
        self.publisher: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """Returns: what is kept: no connection, and no request."""
        state = self.__dict__.copy()
        state.update(publisher=None, pending=[], waiting=0)
        return state

    def connected(self, publisher: Any) -> None:
        """
        There is a connection: hand on all that waits.

        Args:
            publisher: a reference to the publisher.
        """
        _log.info("connected to publisher")
        publisher.broker.notifyOnDisconnect(self.booted)
        self.publisher = publisher
        self.waiting = 0
        for request in self._takePending():
            self.render(request)

    def _takePending(self) -> list[Any]:
        pending, self.pending = self.pending, []
        return pending

    def notConnected(self, msg: Any) -> None:
        """
        There is no connection: all that waits is told so.

        Args:
            msg: why.
        """
        _log.warn("could not connect to distributed web service: {msg}", msg=msg)
        self.waiting = 0
        self.publisher = None
        page = pages.errorPage(
            http.SERVICE_UNAVAILABLE, "Service Unavailable", "This part of the site is not there."
        )
        for request in self._takePending():
            request.write(page.render(request))
            request.finish()

    def booted(self) -> None:
        """The connection is lost; the next request makes another one."""
        self.notConnected("connection dropped")

    def render(self, request: Any) -> int:
        """Hand a request on, as soon as there is a connection. See `IResource`."""
        if self.publisher is None:
            self.pending.append(request)
            if not self.waiting:
                self.waiting = 1
                self._connect()
            return server.NOT_DONE_YET
        issue = Issue(request)
        try:
            asked = self.publisher.callRemote("request", request)
        except pb.DeadReferenceError:
            issue.failed(Failure())
        else:
            asked.addCallbacks(issue.finished, issue.failed)
        return server.NOT_DONE_YET

    def _connect(self) -> None:
        from twisted.internet import reactor

        connectors: Any = reactor
        factory = pb.PBClientFactory()
        if self.host == "unix":
            connectors.connectUNIX(self.port, factory, self.connectTimeout)
        else:
            connectors.connectTCP(self.host, self.port, factory, self.connectTimeout)
        # What is lost at once may be lost before it is connected to.
        factory.getRootObject().addCallback(self.connected).addErrback(self.notConnected)


class UserDirectory(resource.Resource):
    """
    The pages of all users of the system: ``~bob/public_html`` as ``bob/``, and what a process of
    his publishes at the socket ``~bob/.twistd-web-pb`` as ``bob.twistd/``.

    Args:
        userDatabase: with ``getpwall`` and ``getpwnam``; None for the system's (`pwd`).

    Attributes:
        userDirName: the folder in each home.
        userSocketName: the socket in each home.
        template: of the page that lists all users; ``{users}`` in it is the list.
    """

    userDirName = "public_html"
    userSocketName = ".twistd-web-pb"

    template = (
        '<html lang="en">\n<head><title>Users</title></head>\n'
        "<body>\n<h1>Users</h1>\n{users}\n</body>\n</html>\n"
    )

    def __init__(self, userDatabase: Any = None) -> None:
        resource.Resource.__init__(self)
        if userDatabase is None:
            import pwd

            userDatabase = pwd
        self._pwd = userDatabase

    def _users(self) -> list[tuple[str, str]]:
        """Returns: a link and a text for each thing that a user shows."""
        found = []
        for name, _, _, _, gecos, home, _ in self._pwd.getpwall():
            text = gecos.split(",")[0] or name
            if os.path.exists(os.path.join(home, self.userDirName)):
                found.append((f"{name}/", f"{text} (file)"))
            if os.path.exists(os.path.join(home, self.userSocketName)):
                found.append((f"{name}.twistd/", f"{text} (twistd)"))
        return found

    def render_GET(self, request: Any) -> bytes:
        """Returns: the page that lists all users."""
        entries = "".join(
            f'<li><a href="{escape(quote(link))}">{escape(text)}</a></li>'
            for link, text in self._users()
        )
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return self.template.replace("{users}", f"<ul>{entries}</ul>").encode("utf-8")

    def getChild(self, name: bytes, request: Any) -> Any:
        """Returns: what a user shows, or a page that says that there is nothing."""
        if name == b"":
            return self
        suffix = b".twistd"
        username = name[: -len(suffix)] if name.endswith(suffix) else name
        try:
            home = self._pwd.getpwnam(username.decode("utf-8"))[5]
        except (KeyError, ValueError):
            return pages.notFound(message="No such user.")
        if username is not name:
            published = ResourceSubscription("unix", os.path.join(home, self.userSocketName))
            self.putChild(name, published)
            return published
        path = os.path.join(home, self.userDirName)
        return static.File(path) if os.path.exists(path) else pages.notFound()
