"""
The operating system's resolver, asked in threads of its own.

``getaddrinfo`` blocks, cannot be interrupted, and takes half a minute where a name server is
silent. So its threads are nobody else's: a name that is stuck delays neither ``deferToThread``
nor the loop's own pool, which is four threads for everything on uvloop. The laws:

- A name that is asked for while the same question is under way waits for that answer: one
  flight, many passengers.
- At most `SystemResolver.maxLookups` flights with passengers are under way; others wait their
  turn in the order in which they came.
- A flight whose passengers have all left, or that has taken `SystemResolver.patienceSeconds`, is
  adrift. It keeps its thread, since nothing can take that from it, but not its turn: names that
  do answer pass it by, until `SystemResolver.maxThreads` are taken.
- The threads are daemons, for a program's end does not wait for name servers, and each goes home
  when there was nothing to do for a while.
"""

from __future__ import annotations

import threading
from collections import deque
from queue import Empty, SimpleQueue
from socket import AF_UNSPEC, gaierror, getaddrinfo
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet._resolver import (
    GAIResolver,
    HostResolution,
    _asciiName,
    _deliver,
    _familyFor,
    _literalAddress,
    _socketTypeFor,
)
from twisted.internet.interfaces import IHostResolution
from twisted.logger import Logger

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable, Iterator, Sequence

    from twisted.internet._resolver import AddressInfo, AddressTypes
    from twisted.internet.interfaces import IReactorThreads, IResolutionReceiver

__all__ = ["SystemResolver"]

Question = tuple[str, int, int]  # the name, the address family and the type of socket

_log = Logger()


class SystemResolver(GAIResolver):
    """
    Looks names up by ``getaddrinfo``, in threads that do nothing else.

    An address literal is answered before `resolveHostName` returns, with no look-up at all.

    Attributes:
        maxLookups: names that are looked up at one time.
        maxThreads: threads for them, and for those that nobody waits for any more.
        patienceSeconds: after which a name counts as having no address.
        idleSeconds: after which a thread without work ends.
    """

    maxLookups = 32
    maxThreads = 128
    patienceSeconds = 60.0
    idleSeconds = 10.0

    def __init__(
        self,
        reactor: IReactorThreads,
        getaddrinfo: Callable[..., Sequence[AddressInfo]] = getaddrinfo,
    ) -> None:
        """
        Args:
            reactor: its ``_asyncioEventloop`` is looked at when a name comes, not before.
            getaddrinfo: works as `socket.getaddrinfo` does; called in threads.
        """
        super().__init__(reactor, getaddrinfo=getaddrinfo)
        self._threads = _Threads(self)
        self._flights: dict[Question, _Flight] = {}
        self._waiting: deque[_Flight] = deque()
        self._running = 0
        self._adrift = 0

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} running={self._running} waiting={len(self._waiting)} "
            f"adrift={self._adrift}>"
        )

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: AddressTypes = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        family = _familyFor(addressTypes)
        socketType = _socketTypeFor(transportSemantics)
        known = _literalAddress(hostName, portNumber, socketType)
        if known is not None:
            resolution = HostResolution(hostName)
            resolutionReceiver.resolutionBegan(resolution)
            _deliver((row for row in known if family in (AF_UNSPEC, row[0])), resolutionReceiver)
            return resolution
        try:
            name = _asciiName(hostName)
        except UnicodeError:
            name = ""  # which no name server knows
        passenger = _Passenger(resolutionReceiver, hostName, portNumber)
        resolutionReceiver.resolutionBegan(passenger)
        if not name:
            passenger.told([])
        elif not passenger.isOver:  # else the receiver gave it up at once
            self._board(passenger, (name, family, socketType))
        return passenger

    # In the loop's thread

    def _board(self, passenger: _Passenger, question: Question) -> None:
        flight = self._flights.get(question)
        if flight is None:
            flight = self._flights[question] = _Flight(self, question)
            self._waiting.append(flight)
        elif flight.isAdrift:
            # It is under way, whether or not that is one too many.
            self._adrift -= 1
            self._running += 1
            flight.isAdrift = False
            flight.limit()
        flight.passengers.append(passenger)
        passenger.flight = flight
        self._startWaiting()

    def _startWaiting(self) -> None:
        while (
            self._waiting
            and self._running < self.maxLookups
            and self._running + self._adrift < self.maxThreads
        ):
            flight = self._waiting.popleft()
            self._running += 1
            flight.begun = True
            flight.limit()
            self._threads.do(flight.look)

    def _emptied(self, flight: _Flight) -> None:
        """The last passenger has left."""
        flight.unlimit()
        if not flight.begun:
            self._waiting.remove(flight)
            del self._flights[flight.question]
        elif not flight.isAdrift:
            flight.isAdrift = True
            self._running -= 1
            self._adrift += 1
            self._startWaiting()

    def _landed(self, flight: _Flight, outcome: Sequence[AddressInfo] | BaseException) -> None:
        flight.unlimit()
        del self._flights[flight.question]
        if flight.isAdrift:
            self._adrift -= 1
        else:
            self._running -= 1
        self._startWaiting()
        if isinstance(outcome, BaseException):
            # A name that nobody knows, or that cannot be one, has no address. All else is strange.
            if not isinstance(outcome, (gaierror, UnicodeError)):
                from twisted.python.failure import Failure

                _log.failure("while looking {name} up", Failure(outcome), name=flight.question[0])
            outcome = []
        flight.tellAll(outcome)


class _Flight:
    """One question to the system: waiting for its turn, under way, or adrift."""

    def __init__(self, resolver: SystemResolver, question: Question) -> None:
        self.question = question
        self.passengers: list[_Passenger] = []
        self.begun = self.isAdrift = False
        self._resolver = resolver
        self._timer: TimerHandle | None = None
        # Not `reactor.callLater`: a look-up is nothing that a program has scheduled.
        self._loop: AbstractEventLoop = resolver._reactor._asyncioEventloop  # type: ignore[attr-defined]  # every reactor of ours has it

    def limit(self) -> None:
        """From now on patience is counted."""
        self.unlimit()
        self._timer = self._loop.call_later(self._resolver.patienceSeconds, self._tooLate)

    def unlimit(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _tooLate(self) -> None:
        self._timer = None
        _log.warn(
            "looking {name} up takes more than {seconds:g} seconds: it counts as unknown",
            name=self.question[0],
            seconds=self._resolver.patienceSeconds,
        )
        self.tellAll([])

    def leave(self, passenger: _Passenger) -> None:
        """Somebody does not want the answer any more."""
        if passenger in self.passengers:
            self.passengers.remove(passenger)
            if not self.passengers:
                self._resolver._emptied(self)

    def tellAll(self, rows: Sequence[AddressInfo]) -> None:
        passengers, self.passengers = self.passengers, []
        if self._resolver._flights.get(self.question) is self:
            self._resolver._emptied(self)
        for passenger in passengers:
            passenger.told(rows)

    # In a thread

    def look(self) -> None:
        """Ask the system, and take the answer back to the loop."""
        name, family, socketType = self.question
        outcome: Sequence[AddressInfo] | BaseException
        try:
            outcome = self._resolver._getaddrinfo(name, 0, family, socketType)
        except BaseException as error:
            outcome = error
        try:
            self._loop.call_soon_threadsafe(self._resolver._landed, self, outcome)
        except RuntimeError:
            pass  # the loop was closed meanwhile


@implementer(IHostResolution)
class _Passenger:
    """One who waits for an answer, and may give up."""

    flight: _Flight | None = None

    def __init__(self, receiver: IResolutionReceiver, name: str, port: int) -> None:
        self.name = name
        self._receiver: IResolutionReceiver | None = receiver
        self._port = port

    @property
    def isOver(self) -> bool:
        return self._receiver is None

    def cancel(self) -> None:
        """Give the look-up up: nothing more is found, and the receiver is told so at once."""
        if self.flight is not None:
            self.flight.leave(self)
        self.told([])

    def told(self, rows: Sequence[AddressInfo]) -> None:
        """Tell the receiver, once, of all that was found."""
        receiver, self._receiver = self._receiver, None
        self.flight = None
        if receiver is None:
            return
        try:
            _deliver(self._withPort(rows), receiver)
        except Exception:
            _log.failure("while telling {receiver} of {name}", receiver=receiver, name=self.name)

    def _withPort(self, rows: Sequence[AddressInfo]) -> Iterator[AddressInfo]:
        # The name was looked up for all ports.
        for family, socketType, protocol, canonicalName, address in rows:
            there = (address[0], self._port, *address[2:])
            yield family, socketType, protocol, canonicalName, there


class _Threads:
    """As many daemon threads as there are jobs; idle ones wait for a while, then end."""

    def __init__(self, resolver: SystemResolver) -> None:
        self._resolver = resolver
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0

    def do(self, job: Callable[[], None]) -> None:
        with self._lock:
            promised = self._idle > 0
            if promised:
                self._idle -= 1
        self._jobs.put(job)
        if promised:
            return
        try:
            threading.Thread(target=self._work, name="look-up", daemon=True).start()
        except RuntimeError:
            # The job is done by a thread that becomes free, or else given up in time.
            _log.failure("no thread can be started for looking names up")

    def _work(self) -> None:
        while True:
            try:
                job: Any = self._jobs.get(timeout=self._resolver.idleSeconds)
            except Empty:
                with self._lock:
                    # Where nobody is idle, the job that we are to do is being put.
                    if self._idle:
                        self._idle -= 1
                        return
                continue
            job()
            job = None
            with self._lock:
                self._idle += 1
