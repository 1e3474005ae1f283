"""
Places to connect to and to listen at, as objects and as text.

A client endpoint has ``connect(factory)``, which gives a Deferred of the connected protocol; a
server endpoint has ``listen(factory)``, which gives a Deferred of the listening port. Where
they lead (TCP, TLS, a UNIX socket, a child process) is their own business, so that a program
which takes endpoints works over all of them. `serverFromString` and `clientFromString` make
them from text such as ``tcp:8080`` that a user writes into a configuration.

The rooms behind this face are in ``_endpoints/``. They find each other's classes here, so that
what a program puts in the place of one of these names is what is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted._faces import handOn

from ._endpoints.adopted import AdoptedStreamServerEndpoint as AdoptedStreamServerEndpoint
from ._endpoints.certificates import _loadCAsFromDir as _loadCAsFromDir
from ._endpoints.grammar import _parse as _parse
from ._endpoints.grammar import quoteStringArgument as quoteStringArgument
from ._endpoints.hostname import HostnameEndpoint as HostnameEndpoint
from ._endpoints.hostname import _SimpleHostnameResolver as _SimpleHostnameResolver
from ._endpoints.mistakes import DescriptionError as DescriptionError
from ._endpoints.parse import (
    _parseServer as _parseServer,
)
from ._endpoints.parse import (
    _StandardIOParser as _StandardIOParser,
)
from ._endpoints.parse import (
    _SystemdParser as _SystemdParser,
)
from ._endpoints.parse import (
    _TCP6ServerParser as _TCP6ServerParser,
)
from ._endpoints.parse import (
    _TLSClientEndpointParser as _TLSClientEndpointParser,
)
from ._endpoints.parse import (
    _TLSServerEndpointParser as _TLSServerEndpointParser,
)
from ._endpoints.parse import (
    clientFromString as clientFromString,
)
from ._endpoints.parse import (
    serverFromString as serverFromString,
)
from ._endpoints.process import ProcessEndpoint as ProcessEndpoint
from ._endpoints.process import StandardErrorBehavior as StandardErrorBehavior
from ._endpoints.process import _ProcessEndpointTransport as _ProcessEndpointTransport
from ._endpoints.process import _WrapIProtocol as _WrapIProtocol
from ._endpoints.standardio import StandardIOEndpoint as StandardIOEndpoint
from ._endpoints.tcp import TCP4ClientEndpoint as TCP4ClientEndpoint
from ._endpoints.tcp import TCP4ServerEndpoint as TCP4ServerEndpoint
from ._endpoints.tcp import TCP6ClientEndpoint as TCP6ClientEndpoint
from ._endpoints.tcp import TCP6ServerEndpoint as TCP6ServerEndpoint
from ._endpoints.tls import SSL4ClientEndpoint as SSL4ClientEndpoint
from ._endpoints.tls import SSL4ServerEndpoint as SSL4ServerEndpoint
from ._endpoints.tls import _TLSServerEndpoint as _TLSServerEndpoint
from ._endpoints.tls import wrapClientTLS as wrapClientTLS
from ._endpoints.tls import wrapServerTLS as wrapServerTLS
from ._endpoints.unix import UNIXClientEndpoint as UNIXClientEndpoint
from ._endpoints.unix import UNIXServerEndpoint as UNIXServerEndpoint
from ._endpoints.wrapping import _WrapperEndpoint as _WrapperEndpoint
from ._endpoints.wrapping import _WrapperServerEndpoint as _WrapperServerEndpoint
from ._endpoints.wrapping import _WrappingFactory as _WrappingFactory
from ._endpoints.wrapping import _WrappingProtocol as _WrappingProtocol
from ._endpoints.wrapping import connectProtocol as connectProtocol
from .stdio import PipeAddress as PipeAddress
from .stdio import StandardIO as StandardIO

if TYPE_CHECKING:
    from ._tls.layer import TLSMemoryBIOFactory as TLSMemoryBIOFactory
    from ._tls.sni import SNIConnectionCreator as SNIConnectionCreator
    from ._tls.sni import autoReloadingDirectoryOfPEMs as autoReloadingDirectoryOfPEMs

__all__ = [
    "AdoptedStreamServerEndpoint",
    "DescriptionError",
    "HostnameEndpoint",
    "PipeAddress",
    "ProcessEndpoint",
    "SSL4ClientEndpoint",
    "SSL4ServerEndpoint",
    "StandardErrorBehavior",
    "StandardIO",
    "StandardIOEndpoint",
    "TCP4ClientEndpoint",
    "TCP4ServerEndpoint",
    "TCP6ClientEndpoint",
    "TCP6ServerEndpoint",
    "UNIXClientEndpoint",
    "UNIXServerEndpoint",
    "clientFromString",
    "connectProtocol",
    "quoteStringArgument",
    "serverFromString",
    "wrapClientTLS",
    "wrapServerTLS",
]

handOn(
    __name__,
    AdoptedStreamServerEndpoint,
    DescriptionError,
    HostnameEndpoint,
    ProcessEndpoint,
    SSL4ClientEndpoint,
    SSL4ServerEndpoint,
    StandardErrorBehavior,
    StandardIOEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
    UNIXClientEndpoint,
    UNIXServerEndpoint,
    clientFromString,
    connectProtocol,
    quoteStringArgument,
    serverFromString,
    wrapClientTLS,
    wrapServerTLS,
)

# Names that bring OpenSSL with them; each is imported when it is first asked for.
_withOpenSSL = {
    "TLSMemoryBIOFactory": "_tls.layer",
    "SNIConnectionCreator": "_tls.sni",
    "autoReloadingDirectoryOfPEMs": "_tls.sni",
}


def __getattr__(name: str) -> object:
    if name not in _withOpenSSL:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    try:
        room = import_module(f"twisted.internet.{_withOpenSSL[name]}")
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "OpenSSL":
            raise
        return None  # as it has always been where pyOpenSSL is not installed
    globals()[name] = made = getattr(room, name)
    return made
