"""
Listening by a description of where, such as ``tcp:8080:interface=127.0.0.1``.

`twisted.internet.endpoints.serverFromString` reads the description.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import endpoints

from .internet import StreamServerEndpointService

__all__ = ["listen", "service"]


def service(description: str, factory: Any, reactor: Any = None) -> StreamServerEndpointService:
    """
    Make a service that listens.

    Args:
        description: where.
        factory: the `IProtocolFactory` that serves the connections.
        reactor: the process's own if None.
    Returns: a service whose start raises if it is known at once that it cannot listen.
    """
    if reactor is None:
        from twisted.internet import reactor
    made = StreamServerEndpointService(endpoints.serverFromString(reactor, description), factory)
    made._raiseSynchronously = True
    return made


def listen(description: str, factory: Any) -> Any:
    """
    Listen at once, with the process's reactor.

    Returns: the `IListeningPort`.
    Raises: what the reactor raises; ValueError for a kind other than tcp, unix and ssl.
    """
    from twisted.internet import reactor

    name, args, kwargs = endpoints._parseServer(description, factory)
    if not isinstance(name, str):
        raise ValueError(
            f"only an endpoint can listen on {description!r}; take strports.service, or "
            "serverFromString(reactor, description).listen(factory)"
        )
    return getattr(reactor, f"listen{name}")(*args, **kwargs)
