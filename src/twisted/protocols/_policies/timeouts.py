"""Bounds on the time in which nothing happens on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import error
from twisted.internet._wrapping import ProtocolWrapper, WrappingFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet._engine.vigils import Vigil
    from twisted.internet.interfaces import IAddress, IDelayedCall
    from twisted.python.failure import Failure


def _cancelled(call: IDelayedCall | None) -> None:
    """Cancel a call, if there is one that can be."""
    if call is not None:
        try:
            call.cancel()
        except (error.AlreadyCalled, error.AlreadyCancelled):
            pass


def _vigilFor(protocol: TimeoutMixin, period: float, tell: Callable[[Any], object]) -> Vigil | None:
    """
    What watches a protocol together with others.

    Returns: None where it has another clock than a reactor of ours, or is equal to others.
    """
    kind = type(protocol)
    if kind.__eq__ is not object.__eq__ or kind.__hash__ is not object.__hash__:
        return None
    clock = getattr(protocol.callLater, "__self__", None)
    if clock is protocol and kind.callLater is TimeoutMixin.callLater:
        from twisted.internet import reactor as clock
    watching = getattr(clock, "_vigil", None)
    return None if watching is None else watching(period, tell)


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
    # One of these is there while somebody waits.
    __timeoutCall: IDelayedCall | None = None
    __vigil: Vigil | None = None

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        """Have a function called; override this for another clock than the global reactor."""
        from twisted.internet import reactor

        clock: Any = reactor
        return clock.callLater(period, func)

    def resetTimeout(self) -> None:
        """Something happened: the time begins anew."""
        vigil, period = self.__vigil, self.timeOut
        if period is None:
            return
        if vigil is not None:
            if vigil.seconds == period:
                vigil.watch(self)
            else:
                self.setTimeout(period)
        elif self.__timeoutCall is not None:
            self.__timeoutCall.reset(period)

    def setTimeout(self, period: float | None) -> float | None:
        """
        Change the time to wait, and begin anew.

        Args:
            period: seconds, or None to wait no more.
        Returns: the time that it was until now.
        """
        before, self.timeOut = self.timeOut, period
        vigil, call = self.__vigil, self.__timeoutCall
        if vigil is not None:
            if vigil.seconds == period:
                vigil.watch(self)
                return before
            self.__vigil = None
            vigil.forget(self)
        elif call is not None:
            if period is not None and call.active():
                call.reset(period)
                return before
            self.__timeoutCall = None
            _cancelled(call)
        if period is not None:
            self.__begin(period)
        return before

    def __begin(self, period: float) -> None:
        vigil = _vigilFor(self, period, TimeoutMixin.__timedOut)
        if vigil is None:
            self.__timeoutCall = self.callLater(period, self.__timedOut)
        else:
            self.__vigil = vigil
            vigil.watch(self)

    def __timedOut(self) -> None:
        self.__timeoutCall = self.__vigil = None
        self.timeoutConnection()

    def timeoutConnection(self) -> None:
        """Nothing happened for too long. Closes the connection; override to do otherwise."""
        self.transport.loseConnection()  # type: ignore[attr-defined]  # of the protocol
