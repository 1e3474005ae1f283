"""Who is measured, and with which command each does what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .workshop import Workshop

__all__ = ["Contestant", "contestants", "importCommand", "insideCommand", "serverCommand"]

programs = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Contestant:
    """
    One of those that are measured.

    Attributes:
        key: its name in options and in JSON.
        title: its name in tables.
        kind: the programs that it runs: ``twisted`` (the Twisted API), ``raw`` (asyncio), ``c``,
            ``peer`` (a server of somebody else's, for the rows that know it).
        reactor: the module of a reactor to install first, where not the default.
        mostFiles: how many sockets it can watch, where that is bounded.
    """

    key: str
    title: str
    kind: str
    reactor: str | None = None
    mostFiles: int | None = None


contestants = (
    Contestant("torsion", "Torsion", "twisted"),
    Contestant("twisted", "Twisted", "twisted"),
    Contestant("uvloop", "uvloop", "raw"),
    Contestant("select", "Torsion, select", "twisted", "selectreactor", mostFiles=1000),
    Contestant("c", "C epoll", "c"),
    Contestant("asyncio", "asyncio", "peer"),
    Contestant("uvicorn", "uvicorn", "peer"),
    Contestant("aiohttp", "aiohttp", "peer"),
    Contestant("granian", "granian", "peer"),
)


def _python(contestant: Contestant, workshop: Workshop) -> str:
    return workshop.genuinePython if contestant.key == "twisted" else workshop.python


def serverCommand(
    contestant: Contestant, workshop: Workshop, protocol: str, transport: str
) -> list[str] | None:
    """
    The command of an echo server.

    Args:
        protocol: ``bytes`` or ``lines``; the server in C takes both for bytes.
        transport: ``tcp``, ``unix:PATH`` or ``tls:FILE``.
    Returns: None where the contestant has no such thing.
    """
    raw = str(programs / "rawserver.py")
    if contestant.kind == "peer":
        overTLS = contestant.key == "asyncio" and transport.startswith("tls:")
        return [workshop.python, raw, protocol, transport, "asyncio"] if overTLS else None
    if contestant.kind == "c":
        kind, _, path = transport.partition(":")
        if kind == "tls":
            return None
        return [workshop.echo, kind, *([path] if path else [])]
    if contestant.kind == "raw":
        return [workshop.python, raw, protocol, transport]
    words = [_python(contestant, workshop), str(programs / "server.py"), protocol, transport]
    return words + ([contestant.reactor] if contestant.reactor else [])


def insideCommand(
    contestant: Contestant,
    workshop: Workshop,
    program: str,
    words: list[str],
    raw: bool,
) -> list[str] | None:
    """
    The command that measures something inside one process.

    Args:
        program: in ``programs``, without its suffix; that of asyncio has ``raw`` before it.
        words: for it.
        raw: whether asyncio has such a thing, too.
    Returns: None where the contestant has no such thing.
    """
    if contestant.kind == "twisted":
        if contestant.reactor and not raw:
            return None  # the reactor does not matter
        words = words + ([contestant.reactor] if contestant.reactor else [])
        return [_python(contestant, workshop), str(programs / f"{program}.py"), *words]
    if contestant.kind == "raw" and raw:
        return [workshop.python, str(programs / f"raw{program}.py"), *words]
    return None


def importCommand(contestant: Contestant, workshop: Workshop) -> list[str] | None:
    """The command that times the import of what a program starts with."""
    if contestant.kind in ("c", "peer") or contestant.reactor:
        return None
    modules = ["asyncio", "uvloop"] if contestant.kind == "raw" else ["twisted.internet.reactor"]
    return [_python(contestant, workshop), str(programs / "importing.py"), *modules]
