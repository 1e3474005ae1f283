"""
Files by FTP, with TLS where there is a certificate.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from zope.interface import implementer

from twisted.application._config.certificates import (
    WrongCertificate,
    checkCertificate,
    contextFor,
    fingerprint,
)
from twisted.application._config.kinds import FilePath
from twisted.application._config.listens import _CertificatePath
from twisted.application._config.logins import Cred
from twisted.application._config.options import WrongOption, option
from twisted.application._site.listening import Listening
from twisted.cred.portal import IRealm, Portal

__all__ = ["FTPSettings"]

_range = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?\Z")


@dataclass(frozen=True)
class FTPSettings(Listening):
    """Serve files by FTP."""

    folder: str = option(  # declares a field
        help="The folder that is served. Nothing outside of it can be reached.",
        kind=FilePath(),
        example='"/srv/ftp"',
    )
    cred: Any = option(  # noqa: RUF009  # declares a field
        help="Who may log in; without it, everybody may read, without a name.",
        default=None,
        kind=Cred(),
        example='"staff"',
    )
    homes: bool = option(
        help="Whether each user sees only the folder of their name within the folder.",
        default=False,
    )
    write: bool = option(
        help="Whether users that have a name may change files, and not only read them.",
        default=False,
    )
    certificate: str | None = option(
        help='For TLS: a PEM file with the certificate, or "self-signed".',
        default=None,
        kind=_CertificatePath(),
        example='"ftp.pem"',
    )
    key: str | None = option(
        help="A PEM file with the certificate's key, where the certificate's file has it not.",
        default=None,
        kind=FilePath(mustBeReadable=True),
        example='"ftp.key"',
    )
    requireTls: bool = option(
        help="Whether nobody may log in, and nothing is sent, without TLS.", default=False
    )
    dataPorts: str = option(
        help="The ports for data connections, for a firewall to let through; 0 is any.",
        default="0",
        example='"50000-50100"',
    )
    dataAddress: str | None = option(
        help="The IPv4 address that clients know this machine by, where it has another one.",
        default=None,
        example='"203.0.113.7"',
    )
    welcome: str | None = option(help="What is said first.", default=None, example='"Welcome."')
    idle: float = option(
        help="Seconds after which a client that is silent is sent away.",
        default=600.0,
        minimum=1,
        maximum=86400,
    )

    def __post_init__(self) -> None:
        if not os.path.isdir(self.folder):
            raise WrongOption("folder", f"there is no folder {self.folder!r}.")
        self._ports()
        if self.requireTls and self.certificate is None:
            raise WrongOption("requireTls", "TLS needs a certificate: write certificate, too.")
        if self.certificate is not None:
            try:
                checkCertificate(self.certificate, self.key)
            except WrongCertificate as error:
                key = "key" if error.inKey and self.key is not None else "certificate"
                raise WrongOption(key, str(error)) from None

    def _ports(self) -> range:
        found = _range.match(self.dataPorts)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not first <= last <= 65535:
            raise WrongOption(
                "dataPorts", f'{self.dataPorts!r} is no range of ports: wanted "50000-50100".'
            )
        return range(first, last + 1)

    def makeFactory(self) -> Any:
        from twisted.cred.checkers import AllowAnonymousAccess
        from twisted.protocols.ftp import FTP, FTPFactory

        realm = _Realm(self.folder, self.homes, self.write)
        if self.cred is None:
            portal = Portal(realm, [AllowAnonymousAccess()])
        else:
            portal = self.cred.portal(realm)
        factory = FTPFactory(portal)
        factory.allowAnonymous = self.cred is None or self.cred.anonymous
        factory.timeOut = self.idle
        factory.passivePortRange = self._ports()
        if self.welcome is not None:
            factory.welcomeMessage = self.welcome
        if self.certificate is not None:
            version = fingerprint(self.certificate, self.key)
            factory.tlsContextFactory = contextFor(self.certificate, self.key, version)
            factory.requireTLS = self.requireTls
        if self.dataAddress is not None:
            address = self.dataAddress

            class Session(FTP):
                passiveAddress = address

            factory.protocol = Session
        return factory


@implementer(IRealm)
class _Realm:
    """Gives each user a shell on the folder, or on their own within it."""

    def __init__(self, folder: str, homes: bool, write: bool) -> None:
        self._folder = folder
        self._homes = homes
        self._write = write

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        from twisted.cred.checkers import ANONYMOUS
        from twisted.cred.error import UnauthorizedLogin
        from twisted.protocols.ftp import FTPAnonymousShell, FTPShell, IFTPShell
        from twisted.python.filepath import FilePath as Path
        from twisted.python.filepath import InsecurePath

        if IFTPShell not in interfaces:
            raise NotImplementedError("this realm has shells for FTP only")
        named = avatarId is not ANONYMOUS
        folder = Path(self._folder)
        if named and self._homes:
            name = avatarId.decode() if isinstance(avatarId, bytes) else avatarId
            try:
                folder = folder.child(name)
            except InsecurePath:
                raise UnauthorizedLogin(f"{name!r} is no name of a folder") from None
        shell = FTPShell if named and self._write else FTPAnonymousShell
        return IFTPShell, shell(folder), lambda: None
