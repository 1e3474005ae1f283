"""
``twist doctor``: what this machine and this installation can do, and what hinders them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from .commandtable import commands
from .parser import Parser
from .tables import showTable

__all__ = ["Finding", "findings", "run"]

_GOOD, _WARN, _BAD = "ok", "look", "bad"

enoughDescriptors: Final = 4096
"""Fewer open files than this is little for a server: each connection takes one."""


class Finding(NamedTuple):
    """
    One thing that was looked at.

    Args:
        what: what it is.
        verdict: "ok", "look" where something could be better, "bad" where something is broken.
        said: what was found, and what to do.
    """

    what: str
    verdict: str
    said: str


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status: 1 if something is broken.
    """
    parser = Parser(prog="twist doctor", description=commands["doctor"].help)
    parser.parse(words, argparse.Namespace())
    found = list(findings())
    showTable(("what", "", "found"), found, sys.stdout)
    count = sum(each.verdict == _BAD for each in found)
    if count:
        print(f"\n{count} of these {'is' if count == 1 else 'are'} broken.")
    return 1 if count else 0


def findings() -> Iterator[Finding]:
    """
    Look at everything; a look that itself fails is a finding, too.
    """
    for what, look in _LOOKS.items():
        try:
            verdict, said = look()
        except Exception as error:
            verdict, said = _BAD, f"cannot be looked at: {type(error).__name__}: {error}"
        yield Finding(what, verdict, said)


def _python() -> tuple[str, str]:
    version = ".".join(map(str, sys.version_info[:3]))
    said = f"{sys.implementation.name} {version} at {sys.executable}"
    return (_GOOD, said) if sys.version_info >= (3, 10) else (_BAD, f"{said}; 3.10 is needed")


def _torsion() -> tuple[str, str]:
    import twisted

    where = os.path.dirname(twisted.__file__ or "")
    return _GOOD, f"{twisted.torsion_version}, Twisted API {twisted.__version__}, at {where}"


def _clash() -> tuple[str, str]:
    """Whether files of the genuine Twisted lie among ours, or its distribution is installed."""
    from importlib import metadata

    import twisted

    package = os.path.dirname(os.path.abspath(twisted.__file__ or ""))
    for distribution in metadata.distributions():
        if (distribution.metadata["Name"] or "").lower() != "twisted":
            continue
        if "+torsion" in distribution.version or not distribution.files:
            continue
        remedy = "pip uninstall twisted torsion; pip install torsion"
        ours = [
            str(file)
            for file in distribution.files
            if str(file).startswith("twisted" + "/")
            and os.path.abspath(str(distribution.locate_file(file))).startswith(package + os.sep)
        ]
        if ours:
            return _BAD, (
                f"the files of Twisted {distribution.version} lie among these ({len(ours)} of "
                f"them): {remedy}"
            )
        return _WARN, f"Twisted {distribution.version} is installed elsewhere on Python's path"
    if not hasattr(twisted, "torsion_version"):
        return _BAD, "twisted/__init__.py is not Torsion's: install it again"
    return _GOOD, "no files of another Twisted"


def _loop() -> tuple[str, str]:
    from importlib import metadata

    try:
        import uvloop  # noqa: F401  # to see that it can be
    except ImportError:
        return _WARN, "asyncio's own; uvloop is two to four times as fast: pip install uvloop"
    return _GOOD, f"uvloop {metadata.version('uvloop')}"


def _tls() -> tuple[str, str]:
    try:
        import OpenSSL
        from OpenSSL import SSL

        import twisted.internet.ssl  # noqa: F401  # to see that it can be
    except ImportError as error:
        return _WARN, f"none ({error.name} is missing): pip install 'torsion[tls]'"
    words = SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode().split()
    return _GOOD, f"{' '.join(words[:2])} by pyOpenSSL {OpenSSL.__version__}"


def _passwords() -> tuple[str, str]:
    from twisted.cred.passwords import passwordSchemes

    schemes = passwordSchemes()
    said = f"hashed by {', '.join(schemes)}"
    if schemes[0] == "argon2id":
        return _GOOD, said
    return _WARN, f"{said}; argon2id is better: pip install cryptography"


def _descriptors() -> tuple[str, str]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < enoughDescriptors:
        most = "more" if hard == resource.RLIM_INFINITY else str(hard)
        return _WARN, f"{soft} may be open at once; up to {most} by: ulimit -n NUMBER"
    shown = "any number" if soft == resource.RLIM_INFINITY else str(soft)
    return _GOOD, f"{shown} may be open at once"


def _backlog() -> tuple[str, str]:
    with open("/proc/sys/net/core/somaxconn", encoding="ascii") as file:
        most = int(file.read())
    if most < 128:
        return _WARN, f"{most} may wait to be taken: sysctl net.core.somaxconn=4096"
    return _GOOD, f"{most} may wait to be taken"


def _addresses() -> tuple[str, str]:
    from twisted.application._config.listens import hasIPv6

    return _GOOD, "IPv4 and IPv6" if hasIPv6() else "IPv4; no IPv6"


def _ports() -> tuple[str, str]:
    lowest = 1024
    try:
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as file:
            lowest = int(file.read())
    except OSError:
        pass
    if os.geteuid() == 0:
        return _GOOD, "all, for this is root; a service had better run as another user"
    return _GOOD, f"from {lowest} on; lower ones need rights (systemd can give sockets)"


def _plugins() -> tuple[str, str]:
    from twisted.application._config.catalogue import allTypes

    broken = []
    types = allTypes()
    for name, each in types.items():
        try:
            _ = each.settings
        except Exception as error:
            broken.append(f"{name} ({type(error).__name__}: {error})")
    if broken:
        return _BAD, f"{len(types)} service types, of which these do not load: {', '.join(broken)}"
    return _GOOD, f"{len(types)} service types"


_LOOKS: dict[str, Callable[[], tuple[str, str]]] = {
    "Python": _python,
    "Torsion": _torsion,
    "other Twisted": _clash,
    "event loop": _loop,
    "TLS": _tls,
    "passwords": _passwords,
    "services": _plugins,
    "addresses": _addresses,
    "ports": _ports,
    "open files": _descriptors,
}

if sys.platform == "linux":
    _LOOKS["waiting connections"] = _backlog
