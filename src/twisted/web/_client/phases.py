"""
How long each phase of a request took, for those who want to know.

A request passes ``nameFound``, ``connected`` and ``secured`` if it needs a new connection, then
``sent``, ``firstByte``, ``head`` and ``body``. Nobody who does not ask pays for more than a look at
an attribute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from zope.interface import alsoProvides, implementer

from twisted.internet import endpoints
from twisted.internet.interfaces import (
    IHandshakeListener,
    IProtocolNegotiationFactory,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.logger import Logger

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IHostnameResolver, IProtocolFactory

    from .request import Request

__all__ = ["PhaseReached", "Trace", "TracedEndpoint"]


class PhaseReached(NamedTuple):
    """
    Something has happened to a request.

    Attributes:
        request: it.
        phase: its name.
        seconds: since the request was made.
    """

    request: Request
    phase: str
    seconds: float


class Trace:
    """
    Tells an observer what one request passes.

    Args:
        observer: called with `PhaseReached`.
        seconds: the clock.
        request: that is observed.
    """

    _log = Logger()

    def __init__(
        self,
        observer: Callable[[PhaseReached], object],
        seconds: Callable[[], float],
        request: Request,
    ) -> None:
        self._observer = observer
        self._seconds = seconds
        self._request = request
        self._begun = seconds()

    def __call__(self, phase: str) -> None:
        """Args: phase: that is reached now."""
        reached = PhaseReached(self._request, phase, self._seconds() - self._begun)
        try:
            self._observer(reached)
        except Exception:
            self._log.failure("The observer of requests raised for {reached}", reached=reached)


@implementer(IStreamClientEndpoint)
class TracedEndpoint:
    """
    Connects as another endpoint, and says when that got how far.

    Args:
        endpoint: connects.
        trace: is told.
    """

    def __init__(self, endpoint: IStreamClientEndpoint, trace: Trace) -> None:
        self._endpoint = _withResolver(endpoint, trace)
        self._repr = repr(endpoint)
        self._trace = trace

    def __repr__(self) -> str:
        return self._repr

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[Any]:
        """As that of the endpoint."""
        connecting: Deferred[Any] = self._endpoint.connect(
            _TracedFactory(protocolFactory, self._trace)
        )
        return connecting


class _TracedFactory(Factory):
    noisy = False

    def __init__(self, factory: IProtocolFactory, trace: Trace) -> None:
        self._factory = factory
        self._trace = trace
        if IProtocolNegotiationFactory.providedBy(factory):
            alsoProvides(self, IProtocolNegotiationFactory)
            self.acceptableProtocols = factory.acceptableProtocols

    def doStart(self) -> None:
        self._factory.doStart()

    def doStop(self) -> None:
        self._factory.doStop()

    def buildProtocol(self, addr: IAddress | None) -> Any:
        self._trace("connected")
        built: Any = self._factory.buildProtocol(addr)  # type: ignore[arg-type]  # tests give None
        if built is None:
            return None
        trace, told = self._trace, None
        if IHandshakeListener.providedBy(built):
            told = built.handshakeCompleted
        else:
            alsoProvides(built, IHandshakeListener)

        def handshakeCompleted() -> None:
            trace("secured")
            if told is not None:
                told()

        built.handshakeCompleted = handshakeCompleted
        return built


def _withResolver(endpoint: Any, trace: Trace) -> Any:
    """Returns: ``endpoint``, or one like it that says when it has found a name's addresses."""
    if isinstance(endpoint, endpoints._WrapperEndpoint):
        inner = _withResolver(endpoint._wrappedEndpoint, trace)
        return endpoints._WrapperEndpoint(inner, endpoint._wrapperFactory)
    if type(endpoint) is endpoints.HostnameEndpoint:
        return _TracedHostname(endpoint, trace)
    return endpoint


class _TracedHostname(endpoints.HostnameEndpoint):
    def __init__(self, like: endpoints.HostnameEndpoint, trace: Trace) -> None:
        self.__dict__.update(like.__dict__)
        self._trace = trace

    def _resolver(self) -> Any:
        return _TracedResolver(super()._resolver(), self._trace)


class _TracedResolver:
    def __init__(self, resolver: IHostnameResolver, trace: Trace) -> None:
        self._resolver = resolver
        self._trace = trace

    def resolveHostName(self, receiver: IResolutionReceiver, *args: Any, **kwargs: Any) -> Any:
        return self._resolver.resolveHostName(_Receiver(receiver, self._trace), *args, **kwargs)


@implementer(IResolutionReceiver)
class _Receiver:
    def __init__(self, receiver: IResolutionReceiver, trace: Trace) -> None:
        self.resolutionBegan = receiver.resolutionBegan
        self.addressResolved = receiver.addressResolved
        self._complete = receiver.resolutionComplete
        self._trace = trace

    def resolutionComplete(self) -> None:
        self._trace("nameFound")
        self._complete()
