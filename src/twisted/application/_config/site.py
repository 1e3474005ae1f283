"""
A whole configuration, read and judged: the services of one site.

::

    include = ["sites/*.toml"]   # may be left out: other files with more of such tables

    [site]                       # may be left out
    grace = 5                    # seconds

    [cred.staff]                 # who may log in, for services that ask for it
    file = "passwords"

    [services.greeter]           # one table for each service, under a name of your choice
    type = "echo"                # what it does: one of `twist services`
    listen = 7007                # and the options of that type
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .addresses import Listen
from .catalogue import IServiceType, allTypes
from .files import FileReport, gather
from .logins import CredTable, readLogins
from .mistakes import Mistakes, Path, suggestion
from .options import describe, readOptions
from .order import wrongOrder
from .plans import Lookups, Restart, ServicePlan, ServiceSettings, SitePlan, SiteSettings
from .source import Source

__all__ = [
    "Lookups",
    "Restart",
    "ServicePlan",
    "ServiceSettings",
    "SitePlan",
    "SiteSettings",
    "readSite",
    "settingsOf",
    "wrongName",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class _Found(NamedTuple):
    """A service that could be read, and the file that has it."""

    plan: ServicePlan
    report: FileReport


def readSite(source: Source, types: Mapping[str, IServiceType] | None = None) -> SitePlan:
    """
    Judge a file, with all that it includes.

    Args:
        source: the file.
        types: the service types to choose from; those that are installed if None.
    Raises: Mistakes with everything that is wrong.
    """
    reports = gather(source)
    main = reports[0]
    known = allTypes() if types is None else types
    site = _site(main.data.pop("site", {}), main)
    logins = _logins(reports)
    for report in reports:
        report.types, report.logins = known, logins
    services = _services(reports, known)
    for report in reports:
        for key in report.data:
            _strayKey(key, report.data[key], known, report)
    if main.found or site is None:
        raise Mistakes(main.found)
    name = site.name or os.path.splitext(os.path.basename(source.name))[0]
    files = tuple(os.path.abspath(report.source.name) for report in reports)
    return SitePlan(
        name,
        site.grace,
        tuple(services),
        site.workers,
        site.control,
        files,
        site.lookups,
        site.callbackContext,
    )


def _site(table: object, report: FileReport) -> SiteSettings | None:
    if not isinstance(table, dict):
        report.wrong(("site",), "'site' is a table; write [site] in a line of its own.")
        return None
    return readOptions(SiteSettings, table, ("site",), report, of="the table [site]")


def _logins(reports: list[FileReport]) -> dict[str, CredTable | None]:
    logins: dict[str, CredTable | None] = {}
    owners: dict[str, FileReport] = {}
    for report in reports:
        for name, table in readLogins(report.data.pop("cred", {}), report).items():
            if _isFirst("cred", name, report, owners):
                logins[name] = table
    return logins


def _isFirst(kind: str, name: str, report: FileReport, owners: dict[str, FileReport]) -> bool:
    """Whether no other file has a table of that name; it is said if one has."""
    first = owners.setdefault(name, report)
    if first is report:
        return True
    where = first.source.mistake((kind, name), "").where
    report.wrong(
        (kind, name), f"[{kind}.{name}] stands in another file too: {where}.", atValue=False
    )
    return False


def _services(reports: list[FileReport], types: Mapping[str, IServiceType]) -> list[ServicePlan]:
    found: dict[str, _Found] = {}
    owners: dict[str, FileReport] = {}
    after: dict[str, tuple[str, ...]] = {}
    for report in reports:
        tables = report.data.pop("services", {})
        if not isinstance(tables, dict):
            report.wrong(("services",), _NO_SERVICE)
            return []
        for name, table in tables.items():
            if not _isFirst("services", name, report, owners):
                continue
            plan = _service(name, table, types, report, after)
            if plan is not None:
                found[name] = _Found(plan, report)
    if not owners:
        main = reports[0]
        main.wrong(("services",) if "services" in main.source.data else (), _NO_SERVICE)
    _sharedAddresses(found.values())
    for (name, *rest), said in wrongOrder(after, owners):
        owners[str(name)].wrong(("services", name, *rest), said)
    return [each.plan for each in found.values()]


_NO_SERVICE = (
    "there is no service in this file. A service is a table [services.NAME] "
    'with a type, for instance: type = "echo"'
)


def _service(
    name: str,
    table: object,
    types: Mapping[str, IServiceType],
    report: FileReport,
    after: dict[str, tuple[str, ...]],
) -> ServicePlan | None:
    """
    Read one service.

    Args:
        after: gets the names that this one waits for, also where other things in it are wrong.
    """
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
    wrong = wrongName(name)
    if wrong is not None:
        report.wrong(path, wrong, atValue=False)
    options = dict(table)
    kind = options.pop("type", None)
    serviceType = _type(kind, "type" in table, path, types, report)
    shared = {each.key for each in describe(ServiceSettings)}
    common = readOptions(
        ServiceSettings,
        {key: options.pop(key) for key in table if key in shared},
        path,
        report,
        of="a service",
    )
    if common is not None:
        after[name] = common.after
    if serviceType is None:
        return None
    settings = settingsOf(serviceType, report, (*path, "type"))
    if settings is None:
        return None
    made = readOptions(
        settings,
        options,
        path,
        report,
        of=f"a service of type {serviceType.name!r}",
        elsewhere={each.key: "site" for each in describe(SiteSettings) if each.key != "name"},
        also=shared,
    )
    if made is None or common is None:
        return None
    return ServicePlan(name, serviceType.name, made, common.after, common.restart)


def wrongName(name: str) -> str | None:
    """
    Returns: what is wrong with a service's name; None if nothing is.
    """
    if _NAME.fullmatch(name) is not None:
        return None
    return (
        f"{name!r} is no name for a service: wanted letters, digits, '-', '_' and '.', "
        "64 at most, the first a letter or a digit."
    )


def _type(
    kind: object,
    given: bool,
    path: Path,
    types: Mapping[str, IServiceType],
    report: FileReport,
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


def _sharedAddresses(found: Iterable[_Found]) -> None:
    """Two services cannot have one address; port 0 is another one each time."""
    owners: dict[tuple[str, str], str] = {}
    for plan, report in found:
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


_KEYS = ("site", "services", "cred", "include")


def _strayKey(
    key: str, value: object, types: Mapping[str, IServiceType], report: FileReport
) -> None:
    if isinstance(value, dict) and ("type" in value or key in types):
        said = f"a service stands below [services]: write [services.{key}]"
    else:
        said = f"{key!r} is not known here. {suggestion(key, _KEYS)}"
        if key == "site":
            said = "[site] stands in the main file only, which includes this one."
        elif key in {each.key for each in describe(SiteSettings)}:
            said = f"{key!r} belongs into the table [site]."
    report.wrong((key,), said, atValue=False)
