"""
A whole configuration file, read and judged: the services of one site.

::

    [site]                       # may be left out
    grace = 5                    # seconds

    [services.greeter]           # one table for each service, under a name of your choice
    type = "echo"                # what it does: one of `twist services`
    listen = 7007                # and the options of that type
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from .addresses import Listen
from .catalogue import IServiceType, serviceTypes
from .mistakes import Mistake, Mistakes, Path, suggestion
from .options import WrongOption, describe, option, readOptions
from .order import wrongOrder
from .source import Source
from .tables import PathOrFalse, TableOf

__all__ = ["Restart", "ServicePlan", "ServiceSettings", "SitePlan", "SiteSettings", "readSite"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


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
    """

    name: str
    grace: float
    services: tuple[ServicePlan, ...]
    workers: int = 1
    control: str | bool | None = None
    files: tuple[str, ...] = ()

    @property
    def addresses(self) -> int:
        """How many addresses there are to listen on."""
        return sum(len(getattr(plan.settings, "listen", ())) for plan in self.services)


class _FileReport:
    """
    Takes note of what is wrong in one file.
    """

    def __init__(self, source: Source) -> None:
        self.folder = source.folder
        self.found: list[Mistake] = []
        self._source = source

    def wrong(self, path: Path, text: str, *, atValue: bool = True) -> None:
        self.found.append(self._source.mistake(path, text, atValue=atValue))


def readSite(source: Source, types: dict[str, IServiceType] | None = None) -> SitePlan:
    """
    Judge a file.

    Args:
        source: the file.
        types: the service types to choose from; those that are installed if None.
    Raises: Mistakes with everything that is wrong.
    """
    report = _FileReport(source)
    known = serviceTypes() if types is None else types
    data = dict(source.data)
    site = _site(data.pop("site", {}), report)
    plans = _services(data.pop("services", None), known, report)
    for key in data:
        _strayKey(key, data[key], known, report)
    if report.found or site is None:
        raise Mistakes(report.found)
    name = site.name or os.path.splitext(os.path.basename(source.name))[0]
    files = (os.path.abspath(source.name),)
    return SitePlan(name, site.grace, tuple(plans), site.workers, site.control, files)


def _site(table: object, report: _FileReport) -> SiteSettings | None:
    if not isinstance(table, dict):
        report.wrong(("site",), "'site' is a table; write [site] in a line of its own.")
        return None
    return readOptions(SiteSettings, table, ("site",), report, of="the table [site]")


def _services(
    tables: object, types: dict[str, IServiceType], report: _FileReport
) -> list[ServicePlan]:
    if not tables or not isinstance(tables, dict):
        report.wrong(
            ("services",) if tables is not None else (),
            "there is no service in this file. A service is a table [services.NAME] "
            'with a type, for instance: type = "echo"',
        )
        return []
    plans = []
    for name, table in tables.items():
        plan = _service(name, table, types, report)
        if plan is not None:
            plans.append(plan)
    _sharedAddresses(plans, report)
    for path, said in wrongOrder({plan.name: plan.after for plan in plans}, tables):
        report.wrong(("services", *path), said)
    return plans


def _service(
    name: str, table: object, types: dict[str, IServiceType], report: _FileReport
) -> ServicePlan | None:
    path: Path = ("services", name)
    if not isinstance(table, dict):
        brackets = " in single brackets" if isinstance(table, list) else ""
        report.wrong(
            path,
            f"{name!r} stands where a service is expected: "
            f"a service begins with a line [services.NAME]{brackets}.",
            atValue=False,
        )
        return None
    if _NAME.fullmatch(name) is None:
        report.wrong(
            path,
            f"{name!r} is no name for a service: wanted letters, digits, '-', '_' and '.', "
            "64 at most, the first a letter or a digit.",
            atValue=False,
        )
    options = dict(table)
    kind = options.pop("type", None)
    serviceType = _type(kind, "type" in table, path, types, report)
    if serviceType is None:
        return None
    settings = settingsOf(serviceType, report, (*path, "type"))
    if settings is None:
        return None
    shared = {each.key for each in describe(ServiceSettings)}
    common = readOptions(
        ServiceSettings,
        {key: options.pop(key) for key in table if key in shared},
        path,
        report,
        of="a service",
    )
    made = readOptions(
        settings,
        options,
        path,
        report,
        of=f"a service of type {serviceType.name!r}",
        elsewhere=dict.fromkeys(("grace", "workers", "control"), "site"),
        also=shared,
    )
    if made is None or common is None:
        return None
    return ServicePlan(name, serviceType.name, made, common.after, common.restart)


def _type(
    kind: object,
    given: bool,
    path: Path,
    types: dict[str, IServiceType],
    report: _FileReport,
) -> IServiceType | None:
    if not given:
        report.wrong(
            path, f"'type' is missing: it says what the service does. {suggestion('', types)}"
        )
    elif not isinstance(kind, str):
        report.wrong((*path, "type"), "wanted the name of a service type, in quotes.")
    elif kind not in types:
        report.wrong(
            (*path, "type"), f"there is no service type {kind!r}. {suggestion(kind, types)}"
        )
    else:
        return types[kind]
    return None


def settingsOf(serviceType: IServiceType, report: Any, path: Path) -> Any:
    """
    Import a type's settings class.

    Returns: the class, or None after saying why it cannot be imported.
    """
    try:
        return serviceType.settings
    except Exception as error:
        report.wrong(
            path,
            f"the service type {serviceType.name!r} is installed but cannot be loaded: "
            f"{type(error).__name__}: {error}",
        )
        return None


def _sharedAddresses(plans: list[ServicePlan], report: _FileReport) -> None:
    """Two services cannot have one address; port 0 is another one each time."""
    owners: dict[tuple[str, str], str] = {}
    for plan in plans:
        for listen in getattr(plan.settings, "listen", ()):
            if not isinstance(listen, Listen) or getattr(listen, "port", None) == 0:
                continue
            family = "UNIX" if listen.transport == "UNIX" else "TCP"
            owner = owners.setdefault((family, listen.words), plan.name)
            if owner != plan.name:
                report.wrong(
                    ("services", plan.name, "listen"),
                    f"{family} {listen.words} is taken by the service {owner!r} already.",
                )


def _strayKey(key: str, value: object, types: dict[str, IServiceType], report: _FileReport) -> None:
    if isinstance(value, dict) and ("type" in value or key in types):
        said = f"a service stands below [services]: write [services.{key}]"
    else:
        said = f"{key!r} is not known here. {suggestion(key, ('site', 'services'))}"
        if key in {each.key for each in describe(SiteSettings)}:
            said = f"{key!r} belongs into the table [site]."
    report.wrong((key,), said, atValue=False)
