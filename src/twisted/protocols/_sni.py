"""
Certificates chosen by the name that a client asks for: where programs and tests look for it.

Everything is made in `twisted.internet._tls.sni`.
"""

from __future__ import annotations

from twisted.internet._tls.sni import PEMObjects as PEMObjects
from twisted.internet._tls.sni import SNIConnectionCreator as SNIConnectionCreator
from twisted.internet._tls.sni import (
    autoReloadingDirectoryOfPEMs as autoReloadingDirectoryOfPEMs,
)
from twisted.internet._tls.sni import lookupWithWildcard as lookupWithWildcard

__all__ = [
    "PEMObjects",
    "SNIConnectionCreator",
    "autoReloadingDirectoryOfPEMs",
    "lookupWithWildcard",
]
