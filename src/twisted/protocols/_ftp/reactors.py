"""The global reactor, for what listens and connects unless it is given another one."""

from __future__ import annotations

from typing import Any


class _GlobalReactor:
    """Has the reactor's methods, and imports it only when one is called."""

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """See ``IReactorTCP.listenTCP``."""
        return _reactor().listenTCP(port, factory, backlog, interface)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30.0, bindAddress: Any = None
    ) -> Any:
        """See ``IReactorTCP.connectTCP``."""
        return _reactor().connectTCP(host, port, factory, timeout, bindAddress)

    def callLater(self, delay: float, function: Any, *args: Any) -> Any:
        """See ``IReactorTime.callLater``."""
        return _reactor().callLater(delay, function, *args)


def _reactor() -> Any:
    from twisted.internet import reactor

    return reactor


globalReactor = _GlobalReactor()
