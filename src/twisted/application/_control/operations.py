"""
What can be asked of a running site: one plain class, which every surface hands on.

Each public coroutine here is an operation. It takes and gives what JSON can hold, and raises
`Refused` with a sentence for the person who asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.application._config.mistakes import Mistakes
from twisted.application._config.site import SitePlan
from twisted.application._site.changes import Changes
from twisted.application._site.journal import Entry, Journal
from twisted.application._site.kept import Kept
from twisted.application._site.listening import CannotStart, ListeningService
from twisted.application._site.site import NoSuchService

__all__ = [
    "Operations",
    "Refused",
    "changesTable",
    "operationNames",
    "refusing",
    "serviceRow",
]

operationNames = ("status", "start", "stop", "restart", "reload", "logs", "down")
"""The names of all operations."""


class Refused(Exception):
    """
    Something that was asked for was not done.

    Args:
        lines: why, one sentence each.
        inFile: whether the configuration file is to blame.
    """

    def __init__(self, lines: list[str], inFile: bool = False) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.inFile = inFile


class Operations:
    """
    What can be asked of one site in this process.

    Args:
        site: the `Site`.
        journal: its latest messages.
        reread: reads its file again; None where there is none. Raises Mistakes.
        end: ends the program.
        file: the file's absolute path.
    """

    mostEntries = 1000
    """How many messages are given at once."""
    telling: Any = None
    """Who is told of a reload: has methods ``reloading()`` and ``reloaded(services)``."""

    def __init__(
        self,
        site: Any,
        journal: Journal,
        reread: Callable[[], SitePlan] | None,
        end: Callable[[], object],
        file: str = "",
    ) -> None:
        self.site = site
        self._journal = journal
        self._reread = reread
        self._end = end
        self._file = file
        self._since: float = site.seconds()

    async def status(self) -> dict[str, Any]:
        """
        Tell how every service is doing.

        Returns: ``site``, ``file``, ``pid``, ``since`` (seconds since the epoch), ``services`` and
            ``workers``; each service as `serviceRow` gives it.
        """
        services = [serviceRow(each) for each in self.site.kept]
        return {**self._head(), "services": services, "workers": []}

    def _head(self) -> dict[str, Any]:
        return {
            "site": self.site.plan.name,
            "file": self._file,
            "pid": os.getpid(),
            "since": self._since,
        }

    async def start(self, name: str) -> dict[str, Any]:
        """
        Start a service.

        Returns: how it is doing then.
        """
        with refusing():
            return serviceRow(await self.site.startService(name))

    async def stop(self, name: str) -> dict[str, Any]:
        """
        Stop a service; its open connections have the site's grace to finish.

        Returns: how it is doing then.
        """
        with refusing():
            return serviceRow(await self.site.stopService(name))

    async def restart(self, name: str) -> dict[str, Any]:
        """
        Make a service anew; where it listens, no caller is refused meanwhile.

        Returns: how it is doing then.
        """
        with refusing():
            return serviceRow(await self.site.restartService(name))

    async def reload(self) -> dict[str, Any]:
        """
        Read the file again, and change what differs. If the file is wrong, nothing changes.

        Returns: names of services by ``added``, ``removed``, ``changed``, ``eased`` and ``kept``;
            ``lines`` says it for people.
        """
        with refusing(), self._telling():
            return changesTable(await self.site.reload(self.readPlan()))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Let whoever has started the program know that it is being changed, and when it was."""
        if self.telling is not None:
            self.telling.reloading()
        try:
            yield
        finally:
            if self.telling is not None:
                self.telling.reloaded(len(self.site.plan.services))

    def readPlan(self) -> SitePlan:
        """
        Read the file again.

        Raises: Refused where there is none; Mistakes.
        """
        if self._reread is None:
            raise Refused(["this site was made from flags: there is no file to read again"])
        return self._reread()

    async def logs(self, count: int = 100, name: str = "") -> list[Entry]:
        """
        Give the latest messages, the oldest first.

        Args:
            count: how many at most.
            name: only those of this service; all if empty.
        """
        if name:
            with refusing():
                self.site.keptNamed(name)
        return self._journal.latest(min(count, self.mostEntries), name)

    def follow(self, follower: Callable[[Entry], None]) -> Callable[[], None]:
        """
        Show somebody each message from now on.

        Returns: what ends that.
        """
        return self._journal.follow(follower)

    async def down(self) -> dict[str, Any]:
        """
        Stop the whole site, as its first signal would.
        """
        self._end()
        return {}


@contextmanager
def refusing() -> Iterator[None]:
    """
    Raise what a person can mend as `Refused`, in words for them.
    """
    try:
        yield
    except Mistakes as mistakes:
        raise Refused([str(each) for each in mistakes.found], inFile=True) from None
    except CannotStart as error:
        raise Refused(list(error.reasons)) from None
    except NoSuchService as error:
        raise Refused([str(error)]) from None


def serviceRow(kept: Kept) -> dict[str, Any]:
    """
    How one service is doing.

    Returns: ``name``, ``type``, ``state`` (a value of `State`), ``since``, ``restarts``,
        ``problem``, ``addresses`` (``by`` and ``at`` of each), and, for a service that listens,
        ``open``, ``total``, ``received``, ``sent``, ``errors``.
    """
    row: dict[str, Any] = {
        "name": kept.name,
        "type": kept.plan.type,
        "state": kept.state.value,
        "since": kept.since,
        "restarts": kept.restarts,
        "problem": kept.problem,
        "addresses": [],
    }
    service = kept.service
    if isinstance(service, ListeningService):
        row["addresses"] = [
            {"by": each.listen.transport, "at": each.words} for each in service.bound
        ]
        row.update(service.connections.counts())
    return row


def changesTable(changes: Changes) -> dict[str, Any]:
    """
    Returns: what differed, as JSON can hold it.
    """
    return {key: list(value) for key, value in changes._asdict().items()}
