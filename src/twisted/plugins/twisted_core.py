"""
The kinds of endpoint that are plugins by the API.

``serverFromString`` and ``clientFromString`` know them without looking here; programs that list
what there is find them.
"""

from __future__ import annotations

from twisted.internet.endpoints import (
    _StandardIOParser,
    _SystemdParser,
    _TCP6ServerParser,
    _TLSClientEndpointParser,
    _TLSServerEndpointParser,
)

__all__ = [
    "stdioEndpointParser",
    "systemdEndpointParser",
    "tcp6ServerEndpointParser",
    "tlsClientEndpointParser",
    "tlsServerEndpointParser",
]

stdioEndpointParser = _StandardIOParser()
systemdEndpointParser = _SystemdParser()
tcp6ServerEndpointParser = _TCP6ServerParser()
tlsClientEndpointParser = _TLSClientEndpointParser()
tlsServerEndpointParser = _TLSServerEndpointParser()
