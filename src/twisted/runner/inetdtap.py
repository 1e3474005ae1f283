"""
The service of ``twistd inetd``: what an ``inetd.conf`` asks for.
"""

from __future__ import annotations

import os
import socket
from typing import Any

from twisted.application import internet, service
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger
from twisted.python import usage
from twisted.runner import inetd, inetdconf

__all__ = ["Options", "makeService", "protocolDict"]

protocolDict = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}

_log = Logger()


class Options(usage.Options):
    """Where the configuration is."""

    optParameters = [
        ["rpc", "r", "/etc/rpc", "Not used any more."],
        ["file", "f", "/etc/inetd.conf", "The file to read, in the manner of inetd.conf."],
    ]

    optFlags = [["nointernal", "i", "Leave out the services that are built in."]]

    compData = usage.Completions(optActions={"file": usage.CompleteFiles("*.conf")})


def makeService(config: Options) -> service.MultiService:
    """
    Make a service for each line of the file that can be served. The others are logged.

    Raises: OSError if the file cannot be read; `inetdconf.InvalidConfError` for a line that makes
        no sense.
    """
    conf = inetdconf.InetdConf()
    with open(config["file"], encoding="utf-8", errors="surrogateescape") as file:
        conf.parseFile(file)
    whole = service.MultiService()
    for each in conf.services:
        try:
            factory = _factoryFor(each, bool(config["nointernal"]))
        except _Left as why:
            _log.warn("{service!r} is left out: {why}", service=each, why=why)
            continue
        internet.TCPServer(each.port, factory).setServiceParent(whole)
    return whole


class _Left(Exception):
    """A service is left out, for a reason."""


def _factoryFor(each: inetdconf.InetdService, withoutInternal: bool) -> ServerFactory:
    if (each.protocol, each.socketType) != ("tcp", "stream"):
        raise _Left("only streams over tcp are served")
    if each.program == "internal":
        if withoutInternal:
            raise _Left("services that are built in are not wanted")
        kind: Any = inetd.internalProtocols.get(each.name or "")
        if kind is None:
            raise _Left("no service of this name is built in")
        return ServerFactory.forProtocol(kind)
    # BSD's inetd takes a number of starts in a minute behind a dot.
    if (each.wait or "").partition(".")[0] != "nowait":
        raise _Left("a program that accepts connections itself (wait) is not served")
    factory = inetd.InetdFactory(each)
    uid, gid = _idsOf(each)
    if (uid, gid) != (os.geteuid(), os.getegid()):
        # What only the superuser can do is not asked for where it is so already.
        factory.uid, factory.gid = uid, gid
    return factory


def _idsOf(each: inetdconf.InetdService) -> tuple[int, int]:
    import grp
    import pwd

    try:
        user = pwd.getpwnam(each.user or "")
        group = user.pw_gid if each.group is None else grp.getgrnam(each.group).gr_gid
    except KeyError as error:
        raise _Left(error.args[0]) from error
    return user.pw_uid, group
