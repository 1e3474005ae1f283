"""Bounds on the time in which nothing happens on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import error
from twisted.internet._wrapping import ProtocolWrapper, WrappingFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure


def _cancelled(call: IDelayedCall | None) -> None:
    """Cancel a call, if there is one that can be."""
    if call is not None:
        try:
            call.cancel()
        except (error.AlreadyCalled, error.AlreadyCancelled):
            pass


class TimeoutProtocol(ProtocolWrapper):
    """
    One connection of a `TimeoutFactory`: closed when nothing is read or written for a while.

    Attributes:
        timeoutPeriod: seconds that this is, or None for ever.
        timeoutCall: the call that will close it, if any.
    """

    timeoutCall: IDelayedCall | None = None
    timeoutPeriod: float | None = None
    factory: TimeoutFactory

    def __init__(
        self, factory: TimeoutFactory, wrappedProtocol: Any, timeoutPeriod: float | None
    ) -> None:
        ProtocolWrapper.__init__(self, factory, wrappedProtocol)
        self.setTimeout(timeoutPeriod)

    def setTimeout(self, timeoutPeriod: float | None = None) -> None:
        """
        Begin to wait anew.

        Args:
            timeoutPeriod: seconds; None keeps the present number.
        """
        self.cancelTimeout()
        if timeoutPeriod is not None:
            self.timeoutPeriod = timeoutPeriod
        if self.timeoutPeriod is not None:
            self.timeoutCall = self.factory.callLater(self.timeoutPeriod, self.timeoutFunc)

    def cancelTimeout(self) -> None:
        """Wait no more."""
        call, self.timeoutCall = self.timeoutCall, None
        _cancelled(call)

    def resetTimeout(self) -> None:
        """Something happened: the time begins anew."""
        if self.timeoutCall is not None and self.timeoutPeriod is not None:
            self.timeoutCall.reset(self.timeoutPeriod)

    def timeoutFunc(self) -> None:
        """Nothing happened for too long. Closes the connection; override to do otherwise."""
        self.timeoutCall = None
        self.loseConnection()

    def write(self, data: bytes) -> None:
        """Pass on; the time begins anew."""
        self.resetTimeout()
        ProtocolWrapper.write(self, data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Pass on; the time begins anew."""
        self.resetTimeout()
        ProtocolWrapper.writeSequence(self, seq)

    def dataReceived(self, data: bytes) -> None:
        """Pass on; the time begins anew."""
        self.resetTimeout()
        ProtocolWrapper.dataReceived(self, data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it is told
        """Wait no more, and pass on."""
        self.cancelTimeout()
        ProtocolWrapper.connectionLost(self, reason)


class TimeoutFactory(WrappingFactory[Any]):
    """
    Closes those connections of another factory on which nothing happens.

    Attributes:
        timeoutPeriod: seconds without a byte in either direction.
    """

    protocol = TimeoutProtocol

    def __init__(self, wrappedFactory: Any, timeoutPeriod: float | None = 30 * 60) -> None:
        self.timeoutPeriod = timeoutPeriod
        WrappingFactory.__init__(self, wrappedFactory)

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Have the wrapped factory build, and wrap that."""
        inner = self.wrappedFactory.buildProtocol(addr)
        if inner is None:
            return None
        return self.protocol(self, inner, timeoutPeriod=self.timeoutPeriod)

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        """Have a function called; override this for another clock than the global reactor."""
        from twisted.internet import reactor

        clock: Any = reactor
        return clock.callLater(period, func)


class TimeoutMixin:
    """
    Mixed into a protocol that wants to know when nothing has happened for a while.

    The protocol calls `setTimeout` to begin, `resetTimeout` whenever something happens that
    counts, and ``setTimeout(None)`` at the end, in ``connectionLost``.

    Attributes:
        timeOut: seconds to wait, or None for no end.
    """

    timeOut: float | None = None
    __timeoutCall: IDelayedCall | None = None

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        """Have a function called; override this for another clock than the global reactor."""
        from twisted.internet import reactor

        clock: Any = reactor
        return clock.callLater(period, func)

    def resetTimeout(self) -> None:
        """Something happened: the time begins anew."""
        call = self.__timeoutCall
        if call is not None and self.timeOut is not None:
            call.reset(self.timeOut)

    def setTimeout(self, period: float | None) -> float | None:
        """
        Change the time to wait, and begin anew.

        Args:
            period: seconds, or None to wait no more.
        Returns: the time that it was until now.
        """
        before, self.timeOut = self.timeOut, period
        call, self.__timeoutCall = self.__timeoutCall, None
        if call is not None and period is not None and call.active():
            call.reset(period)
            self.__timeoutCall = call
            return before
        _cancelled(call)
        if period is not None:
            self.__timeoutCall = self.callLater(period, self.__timedOut)
        return before

    def __timedOut(self) -> None:
        self.__timeoutCall = None
        self.timeoutConnection()

    def timeoutConnection(self) -> None:
        """Nothing happened for too long. Closes the connection; override to do otherwise."""
        self.transport.loseConnection()  # type: ignore[attr-defined]  # of the protocol
