"""
TLS over any transport: wrap a factory, and its protocols speak through TLS.

::

    factory = TLSMemoryBIOFactory(certificate.options(), False, Factory.forProtocol(Echo))
    TCP4ServerEndpoint(reactor, 4443).listen(factory)

Everything is made in `twisted.internet._tls`.
"""

from __future__ import annotations

from typing import Union

from twisted.internet import interfaces

# Published tests import these names.
from twisted.internet._tls.buffering import SmallWrites as _AggregateSmallWrites
from twisted.internet._tls.layer import BufferingTLSTransport as BufferingTLSTransport
from twisted.internet._tls.layer import TLSMemoryBIOFactory as TLSMemoryBIOFactory
from twisted.internet._tls.layer import installedReactor as _get_default_clock  # programs patch it
from twisted.internet._tls.machine import TLSMemoryBIOProtocol as TLSMemoryBIOProtocol
from twisted.internet._tls.producers import ProducerMembrane as _ProducerMembrane
from twisted.internet._tls.producers import PullToPush as _PullToPush

SomeConnectionCreator = Union[  # noqa: UP007  # an interface is no class, and has no |
    interfaces.IOpenSSLContextFactory,
    interfaces.IOpenSSLClientConnectionCreator,
    interfaces.IOpenSSLServerConnectionCreator,
]

__all__ = [
    "BufferingTLSTransport",
    "SomeConnectionCreator",
    "TLSMemoryBIOFactory",
    "TLSMemoryBIOProtocol",
    "_AggregateSmallWrites",
    "_ProducerMembrane",
    "_PullToPush",
    "_get_default_clock",
]
