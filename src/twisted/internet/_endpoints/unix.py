"""Endpoints at UNIX sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zope.interface import implementer

from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint

from .wrapping import connectWith

if TYPE_CHECKING:
    from twisted.internet.interfaces import (
        IListeningPort,
        IProtocol,
        IProtocolFactory,
        IReactorUNIX,
    )

__all__ = ["UNIXClientEndpoint", "UNIXServerEndpoint"]


@implementer(IStreamServerEndpoint)
class UNIXServerEndpoint:
    """A UNIX socket to listen at."""

    def __init__(
        self,
        reactor: IReactorUNIX,
        address: str,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool | int = 0,
    ) -> None:
        """
        Args:
            address: the path of the socket.
            backlog: how many connections may wait to be accepted.
            mode: the permission bits of the socket.
            wantPID: keep a lock file beside the socket, so that a socket which a dead server
                left behind is taken over, and one in use is not.
        """
        self._reactor = reactor
        self._address = address
        self._backlog = backlog
        self._mode = mode
        self._wantPID = wantPID

    def __repr__(self) -> str:
        return f"<UNIXServerEndpoint {self._address!r} mode {self._mode:o}>"

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen; fails with `CannotListenError` where the socket cannot be made."""
        return execute(
            self._reactor.listenUNIX,
            self._address,
            protocolFactory,
            backlog=self._backlog,
            mode=self._mode,
            wantPID=self._wantPID,  # type: ignore[arg-type]  # 0 and 1 have always done
        )


@implementer(IStreamClientEndpoint)
class UNIXClientEndpoint:
    """The UNIX socket of a server."""

    def __init__(
        self, reactor: IReactorUNIX, path: str, timeout: float = 30, checkPID: bool | int = 0
    ) -> None:
        """
        Args:
            path: the path of the socket.
            timeout: seconds for the attempt.
            checkPID: fail at once where the server's lock file shows that it is not alive.
        """
        self._reactor = reactor
        self._path = path
        self._timeout = timeout
        self._checkPID = checkPID

    def __repr__(self) -> str:
        return f"<UNIXClientEndpoint {self._path!r}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; see `IStreamClientEndpoint.connect`."""
        return connectWith(
            protocolFactory,
            lambda factory: self._reactor.connectUNIX(
                self._path,
                factory,
                timeout=self._timeout,
                checkPID=self._checkPID,  # type: ignore[arg-type]  # 0 and 1 have always done
            ),
        )
