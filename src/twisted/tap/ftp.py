"""
The service of ``twistd ftp``: a folder for guests, and a home for each user.
"""

from __future__ import annotations

from typing import Any

from incremental import Version

from twisted.application import internet, strports
from twisted.application.service import IService
from twisted.cred import checkers, portal, strcred
from twisted.protocols import ftp
from twisted.python import usage
from twisted.python.deprecate import deprecated

__all__ = ["Options", "makeService"]


class Options(usage.Options, strcred.AuthOptionMixin):
    """Where files are, and who may log in."""

    synopsis = "[ftp options]"

    longdesc = ""

    optParameters = [
        ["port", "p", "2121", "The port to listen on, or the description of an endpoint."],
        ["root", "r", "/usr/local/ftp", "The folder that guests see."],
        ["userAnonymous", "", "anonymous", "What guests call themselves."],
    ]

    compData = usage.Completions(optActions={"root": usage.CompleteDirs(descr="folder")})

    def __init__(self, *a: Any, **kw: Any) -> None:
        usage.Options.__init__(self, *a, **kw)
        self.addChecker(checkers.AllowAnonymousAccess())

    @deprecated(Version("Twisted", 11, 1, 0))
    def opt_password_file(self, filename: str) -> None:
        """
        Check users by a file of lines NAME:PASSWORD. Say --auth file:FILENAME instead.
        """
        self.addChecker(checkers.FilePasswordDB(filename))


def makeService(config: Options) -> IService:
    """
    Make the server that the options ask for.

    Raises: UsageError if the port is neither a number nor a description.
    """
    realm = ftp.FTPRealm(config["root"])
    factory: Any = ftp.FTPFactory(
        portal.Portal(realm, config.get("credCheckers", ())), config["userAnonymous"]
    )
    # Programs look at it.
    factory.tld = config["root"]
    port = str(config["port"])
    if port.isdecimal():
        return internet.TCPServer(int(port), factory)
    try:
        return strports.service(port, factory)
    except ValueError as error:
        raise usage.UsageError(f"--port {port}: {error}") from error
