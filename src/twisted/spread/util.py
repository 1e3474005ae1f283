"""
Helpers around Perspective Broker: objects here that are called as if they were elsewhere, and large
things sent in pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet import defer, interfaces
from twisted.protocols.basic import FileSender
from twisted.python.failure import Failure

from .flavors import Referenceable

__all__ = [
    "CallbackPageCollector",
    "FilePager",
    "LocalAsRemote",
    "LocalAsyncForwarder",
    "LocalMethod",
    "Pager",
    "StringPager",
    "getAllPages",
]


class LocalMethod:
    """
    A method of a `LocalAsRemote`.

    Args:
        local: the object.
        name: of the method, without what stands before it.
    """

    def __init__(self, local: LocalAsRemote, name: str) -> None:
        self.local = local
        self.name = name

    def __call__(self, *args: Any, **kw: Any) -> Any:
        """Call it."""
        return self.local.callRemote(self.name, *args, **kw)


class LocalAsRemote:
    """
    An object here that is called as if it were at the other end of a connection.

    Methods whose name begins with ``sync_`` return as they are; of those with ``async_`` there is a
    Deferred.

    Attributes:
        reportAllTracebacks: whether errors of ``async_`` methods are logged.
    """

    reportAllTracebacks = 1

    def callRemote(self, name: str, *args: Any, **kw: Any) -> Any:
        """
        Call a method.

        Args:
            name: its name, without what stands before it.
            args, kw: what it is called with.
        Returns: what it returns, or a Deferred of that.
        """
        immediate = getattr(self, "sync_" + name, None)
        if immediate is not None:
            return immediate(*args, **kw)
        try:
            return defer.succeed(getattr(self, "async_" + name)(*args, **kw))
        except Exception:
            reason = Failure()
            if self.reportAllTracebacks:
                reason.printTraceback()
            return defer.fail(reason)

    def remoteMethod(self, name: str) -> LocalMethod:
        """
        Args:
            name: of a method, without what stands before it.
        Returns: what calls it.
        """
        return LocalMethod(self, name)


class LocalAsyncForwarder:
    """
    What calls those methods of an object that an interface has, as if it were elsewhere.

    Args:
        forwarded: the object.
        interfaceClass: the interface.
        failWhenNotImplemented: whether calling another method is an error; else it does nothing.
    Raises: AssertionError if the object does not provide the interface.
    """

    def __init__(
        self, forwarded: Any, interfaceClass: Any, failWhenNotImplemented: Any = 0
    ) -> None:
        if not interfaceClass.providedBy(forwarded):
            raise AssertionError(f"{forwarded!r} does not provide {interfaceClass!r}")
        self.forwarded = forwarded
        self.interfaceClass = interfaceClass
        self.failWhenNotImplemented = failWhenNotImplemented

    def callRemote(self, method: str, *args: Any, **kw: Any) -> defer.Deferred[Any]:
        """
        Call a method.

        Args:
            method: its name.
            args, kw: what it is called with.
        Returns: a Deferred of what it returns; of None, if the interface does not have it.
        """
        if self.interfaceClass.queryDescriptionFor(method):
            return defer.maybeDeferred(getattr(self.forwarded, method), *args, **kw)
        if self.failWhenNotImplemented:
            return defer.fail(NotImplementedError(f"{method} is not in {self.interfaceClass!r}"))
        return defer.succeed(None)


class Pager:
    """
    Something large, sent in pages, as fast as the other side reads them.

    Args:
        collector: a reference to a `CallbackPageCollector`.
        callback: called after the last page, with the arguments after it.
    """

    def __init__(
        self, collector: Any, callback: Callable[..., object] | None = None, *args: Any, **kw: Any
    ) -> None:
        self._stillPaging = 1
        self.callback = callback
        self.callbackArgs = args
        self.callbackKeyword = kw
        self.collector = collector
        collector.broker.registerPageProducer(self)

    def stillPaging(self) -> int:
        """
        Called after each page.

        Returns: whether there are more. If there are not, the other side is told, and the callback
            is called.
        """
        if not self._stillPaging:
            self.collector.callRemote("endedPaging", pbanswer=False)
            if self.callback is not None:
                self.callback(*self.callbackArgs, **self.callbackKeyword)
        return self._stillPaging

    def sendNextPage(self) -> None:
        """Send a page."""
        self.collector.callRemote("gotPage", self.nextPage(), pbanswer=False)

    def nextPage(self) -> Any:
        """Returns: a page. To be overridden; call `stopPaging` for the last one."""
        raise NotImplementedError()

    def stopPaging(self) -> None:
        """There are no more pages."""
        self._stillPaging = 0


class StringPager(Pager):
    """
    A string in pages.

    Args:
        collector: a reference to a `CallbackPageCollector`.
        st: the string, as bytes.
        chunkSize: bytes of a page.
        callback: called after the last page, with the arguments after it.
    """

    def __init__(
        self,
        collector: Any,
        st: bytes,
        chunkSize: int = 8192,
        callback: Callable[..., object] | None = None,
        *args: Any,
        **kw: Any,
    ) -> None:
        self.string = st
        self.pointer = 0
        self.chunkSize = chunkSize
        super().__init__(collector, callback, *args, **kw)

    def nextPage(self) -> bytes:
        """Returns: the next part of the string."""
        start = self.pointer
        self.pointer += self.chunkSize
        if self.pointer >= len(self.string):
            self.stopPaging()
        return self.string[start : self.pointer]


@implementer(interfaces.IConsumer)
class FilePager(Pager):
    """
    A file in pages. Close it in the callback, or when the connection is lost.

    Args:
        collector: a reference to a `CallbackPageCollector`.
        fd: the file, open for reading bytes.
        callback: called after the last page, with the arguments after it.

    Attributes:
        chunks: what was read and is not sent yet.
    """

    producer: Any = None

    def __init__(
        self,
        collector: Any,
        fd: Any,
        callback: Callable[..., object] | None = None,
        *args: Any,
        **kw: Any,
    ) -> None:
        self.chunks: list[bytes] = []
        super().__init__(collector, callback, *args, **kw)
        self.startProducing(fd)

    def startProducing(self, fd: Any) -> None:
        """
        Begin to read.

        Args:
            fd: the file.
        """
        self.deferred = FileSender().beginFileTransfer(fd, self)
        self.deferred.addBoth(lambda _: self.stopPaging())

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """What reads the file: have it read the first page. See `IConsumer`."""
        self.producer = producer
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """The file is at its end. See `IConsumer`."""
        self.producer = None

    def write(self, chunk: bytes) -> None:
        """A page was read. See `IConsumer`."""
        self.chunks.append(chunk)

    def sendNextPage(self) -> None:
        """Send a page, and have the next one read."""
        if not self.chunks:
            return
        page = self.chunks.pop(0)
        if self.producer is not None:
            self.producer.resumeProducing()
        self.collector.callRemote("gotPage", page, pbanswer=False)


class CallbackPageCollector(Referenceable):
    """
    What takes pages.

    Args:
        callback: called with the list of all of them.
    """

    def __init__(self, callback: Callable[[list[Any]], object]) -> None:
        self.pages: list[Any] = []
        self.callback = callback

    def remote_gotPage(self, page: Any) -> None:
        """A page came."""
        self.pages.append(page)

    def remote_endedPaging(self) -> None:
        """That was the last one."""
        self.callback(self.pages)


def getAllPages(
    referenceable: Any, methodName: str, *args: Any, **kw: Any
) -> defer.Deferred[list[Any]]:
    """
    Call a method that answers in pages, and wait for all of them.

    Args:
        referenceable: a reference.
        methodName: its method, which makes a `Pager` with its first argument.
        args, kw: what else it is called with.
    Returns: a Deferred of the list of pages. It fails if the call does.
    """
    pages: defer.Deferred[list[Any]] = defer.Deferred()

    def failed(reason: Failure) -> None:
        if not pages.called:
            pages.errback(reason)

    collector = CallbackPageCollector(pages.callback)
    called = referenceable.callRemote(methodName, collector, *args, **kw)
    called.addErrback(failed)
    return pages
