"""
What is to run, as values: a whole site and each of its services.

Equal plans run in the same way, so that a reload can tell what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from .options import WrongOption, option
from .tables import PathOrFalse, TableOf

__all__ = ["Lookups", "Restart", "ServicePlan", "ServiceSettings", "SitePlan", "SiteSettings"]


@dataclass(frozen=True)
class Lookups:
    """
    The limits of looking up the names of hosts: what the table ``lookups`` may say.
    """

    atOnce: int = option(
        help="How many names are looked up at the same time.",
        default=32,
        minimum=1,
        maximum=10000,
    )
    threads: int = option(
        help="How many threads may do so, with those whose name server does not answer.",
        default=128,
        minimum=1,
        maximum=10000,
    )
    patience: float = option(
        help="Seconds after which a name counts as unknown.",
        default=60.0,
        minimum=0.1,
        maximum=3600,
    )

    def __post_init__(self) -> None:
        if self.threads < self.atOnce:
            raise WrongOption(
                "threads", f"is less than at-once, which is {self.atOnce}: each takes a thread."
            )

    def apply(self, reactor: Any) -> None:
        """
        Set a reactor's limits; names that are looked up by other means are no business of ours.
        """
        resolver: Any = getattr(reactor, "nameResolver", None)
        if hasattr(resolver, "maxLookups"):
            resolver.maxLookups = self.atOnce
            resolver.maxThreads = self.threads
            resolver.patienceSeconds = self.patience


@dataclass(frozen=True)
class SiteSettings:
    """
    What the table ``[site]`` may say.
    """

    name: str = option(help="What to call the whole; the file's name if left out.", default="")
    grace: float = option(
        help="Seconds that open connections are given to finish when the site is stopped.",
        default=5.0,
        minimum=0,
        maximum=3600,
    )
    workers: int = option(
        help="How many processes share the work.", default=1, minimum=1, maximum=1024
    )
    control: str | bool | None = option(
        help="The socket that commands such as twist status speak to, or false for none; "
        "beside the file if left out.",
        default=None,
        kind=PathOrFalse(),
        example='"site.control"',
    )
    lookups: Lookups = option(  # noqa: RUF009  # declares a field, as everywhere here
        help="The limits of looking up the names of hosts: how many at once, or a table.",
        default=Lookups(),
        kind=TableOf(Lookups, "at-once"),
        example="{ at-once = 32, patience = 10 }",
    )
    callbackContext: bool = option(
        help="Whether callbacks of Deferreds run with the context variables of where they were "
        "added, rather than with those of where the Deferred fires.",
        default=False,
    )


@dataclass(frozen=True)
class Restart:
    """
    What is done about a service that ends or fails: what the table ``restart`` may say.
    """

    policy: Literal["on-failure", "never", "always"] = option(
        help="When the service is started again.", default="on-failure"
    )
    delay: float = option(
        help="Seconds before the first start anew; each one after it waits twice as long.",
        default=1.0,
        minimum=0,
        maximum=86400,
    )
    maximumDelay: float = option(
        help="The most seconds between two starts. A service that ran for so long is well again.",
        default=60.0,
        minimum=0,
        maximum=86400,
    )
    limit: int = option(
        help="How many starts in a row may fail before the service is given up; 0 for no limit.",
        default=5,
        minimum=0,
        maximum=1000000,
    )

    def __post_init__(self) -> None:
        if self.maximumDelay < self.delay:
            raise WrongOption("maximumDelay", f"is less than the delay, which is {self.delay:g}.")


@dataclass(frozen=True)
class ServiceSettings:
    """
    What the table of every service may say, whatever its type.
    """

    after: tuple[str, ...] = option(
        help="The services that are to run before this one starts, by their names.",
        default=(),
        example='["database"]',
    )
    restart: Restart = option(  # noqa: RUF009  # declares a field, as everywhere here
        help="What is done when the service fails: a policy, or a table.",
        default=Restart(),
        kind=TableOf(Restart, "policy"),
        example='{ policy = "on-failure", delay = 1 }',
    )


class ServicePlan(NamedTuple):
    """
    One service that is to run.

    Args:
        name: its name in the site.
        type: its type's name.
        settings: an object of the type's settings class.
        after: the names of the services that run before it starts.
        restart: what is done when it fails.
    """

    name: str
    type: str
    settings: Any
    after: tuple[str, ...] = ()
    restart: Restart = Restart()


class SitePlan(NamedTuple):
    """
    What is to run, once everything about it has been found right.

    Args:
        name: what the whole is called.
        grace: seconds that open connections have to finish.
        services: the services, in the order of the file.
        workers: how many processes share the work.
        control: the path of the control socket; False for none, None for the usual place.
        files: the absolute paths of all files that were read, the main one first.
        lookups: the limits of looking up the names of hosts.
        callbackContext: whether callbacks run in the context of where they were added.
    """

    name: str
    grace: float
    services: tuple[ServicePlan, ...]
    workers: int = 1
    control: str | bool | None = None
    files: tuple[str, ...] = ()
    lookups: Lookups = Lookups()
    callbackContext: bool = False

    @property
    def addresses(self) -> int:
        """How many addresses there are to listen on."""
        return sum(len(getattr(plan.settings, "listen", ())) for plan in self.services)
