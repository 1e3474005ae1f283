"""
Endpoints from their descriptions.

A kind in our own tables is made at once; only a word that is not in them makes the plugins be
looked for, which takes time. The parsers at the end show our tables to programs that list the
plugins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.interfaces import (
    IStreamClientEndpoint,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpoint,
    IStreamServerEndpointStringParser,
)
from twisted.plugin import IPlugin

from .arguments import Kind
from .grammar import _parse
from .kinds import clientKinds, listenArguments, serverKinds
from .mistakes import DescriptionError, UnknownKind

if TYPE_CHECKING:
    from twisted.python.systemd import ListenFDs

__all__ = [
    "_StandardIOParser",
    "_SystemdParser",
    "_TCP6ServerParser",
    "_TLSClientEndpointParser",
    "_TLSServerEndpointParser",
    "_parseServer",
    "clientFromString",
    "serverFromString",
]


def serverFromString(reactor: Any, description: str | bytes) -> IStreamServerEndpoint:
    r"""
    Make a server endpoint from its description.

    ==========  ==========================================================================
    tcp         ``tcp:80``, ``tcp:80:interface=127.0.0.1:backlog=10``
    tcp6        ``tcp6:80``, ``tcp6:80:interface=\:\:1``, ``tcp6:80:reuse_port=1``
    ssl         ``ssl:443:privateKey=key.pem:certKey=cert.pem:extraCertChain=chain.pem``
    tls         ``tls:/etc/certificates:443``
    unix        ``unix:/run/finger.sock:mode=660:lockfile=0``
    stdio       ``stdio:``
    systemd     ``systemd:domain=INET:index=0``, ``systemd:domain=UNIX:name=web``
    ==========  ==========================================================================

    Plugins add more. A backslash takes the meaning from the colon, equals sign or backslash
    that follows it.

    Args:
        reactor: an object that provides what the endpoint needs, such as `IReactorTCP`.
        description: text, or bytes in UTF-8.
    Raises: DescriptionError (a ValueError), which says what is wrong and what would be right.
    """
    kind, args, named = _split(description)
    try:
        if kind in serverKinds:
            known = serverKinds[kind]
            return known.make(reactor, known.read(args, named))  # type: ignore[no-any-return]
        plugin = _pluginFor(IStreamServerEndpointStringParser, kind, serverKinds)
        return plugin.parseStreamServer(reactor, *args, **named)  # type: ignore[no-any-return]
    except DescriptionError as error:
        raise _whole(error, description) from error.__cause__


def clientFromString(reactor: Any, description: str | bytes) -> IStreamClientEndpoint:
    r"""
    Make a client endpoint from its description.

    ==========  ==========================================================================
    tcp         ``tcp:example.com:80``, ``tcp:example.com:80:timeout=5``
    tls         ``tls:example.com:443``, ``tls:example.com:443:trustRoots=/etc/authorities``,
                ``tls:example.com:443:endpoint=unix\:/run/tunnel.sock``
    ssl         ``ssl:example.com:443:caCertsDir=/etc/authorities:hostname=example.com``
    unix        ``unix:/run/finger.sock``
    ==========  ==========================================================================

    ``tls`` is the one to use: it checks the server's certificate, and tries all its
    addresses. ``ssl`` checks nothing unless it is told to.

    Args:
        reactor: an object that provides what the endpoint needs, such as `IReactorTCP`.
        description: text, or bytes in UTF-8. See `serverFromString` for the grammar.
    Raises: DescriptionError (a ValueError), which says what is wrong and what would be right.
    """
    kind, args, named = _split(description)
    try:
        if kind in clientKinds:
            known = clientKinds[kind]
            return known.make(reactor, known.read(args, named))  # type: ignore[no-any-return]
        plugin = _pluginFor(IStreamClientEndpointStringParserWithReactor, kind, clientKinds)
        return plugin.parseStreamClient(reactor, *args, **named)  # type: ignore[no-any-return]
    except DescriptionError as error:
        raise _whole(error, description) from error.__cause__


def _parseServer(
    description: str, factory: Any
) -> tuple[Any, tuple[Any, ...] | list[str], dict[str, Any]]:
    """
    Read a server's description as a call.

    Returns: for ``tcp``, ``unix`` and ``ssl``, what follows ``listen`` in the name of a method
        of the reactor, and that method's arguments. For any other kind its parser, with the
        text of its arguments.
    """
    kind, args, named = _split(description)
    if kind not in ("tcp", "unix", "ssl"):
        parsers: dict[str, Any] = {parser.prefix: parser for parser in _ourServerParsers}
        parser = parsers.get(kind)
        if parser is None:
            parser = _pluginFor(IStreamServerEndpointStringParser, kind, serverKinds)
        return parser, args, named
    method, (first, *rest), keywords = listenArguments(kind, serverKinds[kind].read(args, named))
    return method, (first, factory, *rest), keywords


def _split(description: str | bytes) -> tuple[str, list[str], dict[str, str]]:
    if isinstance(description, bytes):
        description = description.decode("utf-8")
    if not isinstance(description, str):
        raise TypeError(f"an endpoint's description is text such as 'tcp:80', not {description!r}")
    try:
        args, named = _parse(description)
    except DescriptionError as error:
        raise _whole(error, description) from None
    if not args:
        raise UnknownKind("", [*serverKinds, *clientKinds])  # nothing but name=value parts
    # The kind may be written in capitals.
    return args[0].lower(), args[1:], named


def _whole(error: DescriptionError, description: str | bytes) -> DescriptionError:
    if error.description is None:
        error.description = (
            description.decode("utf-8") if isinstance(description, bytes) else description
        )
    return error


def _pluginFor(interface: Any, kind: str, ours: Mapping[str, Kind]) -> Any:
    from twisted.plugin import getPlugins

    prefixes = set(ours)
    for plugin in getPlugins(interface):
        if plugin.prefix.lower() == kind:
            return plugin
        prefixes.add(plugin.prefix)
    raise UnknownKind(kind, prefixes)


# Our kinds, for programs that go through the plugins.


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _ServerParser:
    """One of our kinds as a plugin."""

    prefix = ""

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> IStreamServerEndpoint:
        kind = serverKinds[self.prefix]
        return kind.make(reactor, kind.read(args, kwargs))  # type: ignore[no-any-return]


class _TCP6ServerParser(_ServerParser):
    prefix = "tcp6"


class _StandardIOParser(_ServerParser):
    prefix = "stdio"


class _TLSServerEndpointParser(_ServerParser):
    prefix = "tls"


class _SystemdParser(_ServerParser):
    prefix = "systemd"

    # What systemd handed over; None to find out when the first description is read.
    _sddaemon: ListenFDs | None = None

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> IStreamServerEndpoint:
        if self._sddaemon is None:
            return super().parseStreamServer(reactor, *args, **kwargs)
        from .adopted import systemdEndpoint

        values = serverKinds[self.prefix].read(args, kwargs)
        return systemdEndpoint(reactor, self._sddaemon, **values)


@implementer(IPlugin, IStreamClientEndpointStringParserWithReactor)
class _TLSClientEndpointParser:
    prefix = "tls"

    def parseStreamClient(self, reactor: Any, *args: Any, **kwargs: Any) -> IStreamClientEndpoint:
        kind = clientKinds[self.prefix]
        return kind.make(reactor, kind.read(args, kwargs))  # type: ignore[no-any-return]


_ourServerParsers: Iterable[_ServerParser] = (
    _TCP6ServerParser(),
    _StandardIOParser(),
    _TLSServerEndpointParser(),
    _SystemdParser(),
)
