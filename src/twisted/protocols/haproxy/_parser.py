"""The description ``haproxy:``, which goes before any other description of a server endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import IStreamServerEndpointStringParser
from twisted.plugin import IPlugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twisted.internet.endpoints import _WrapperServerEndpoint


def _quote(text: str) -> str:
    for special in "\\:=":
        text = text.replace(special, "\\" + special)
    return text


def unparseEndpoint(args: Iterable[str], kwargs: Mapping[str, str]) -> str:
    """Write the parts of a description as they are given; keywords in order of their names."""
    words = [_quote(arg) for arg in args]
    words += [f"{_quote(name)}={_quote(value)}" for name, value in sorted(kwargs.items())]
    return ":".join(words)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class HAProxyServerParser:
    """
    Reads ``haproxy:tcp:8080``.

    Attributes:
        prefix: the word before the first colon.
    """

    prefix = "haproxy"

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> _WrapperServerEndpoint:
        """Read what follows the prefix as a description, and wrap that endpoint."""
        from twisted.internet.endpoints import serverFromString

        from ._wrapper import proxyEndpoint

        return proxyEndpoint(serverFromString(reactor, unparseEndpoint(args, kwargs)))
