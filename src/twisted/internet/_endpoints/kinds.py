"""
The kinds of endpoint that descriptions can name without any plugin.

`serverKinds` and `clientKinds` are the tables: by the word before the first colon, what may
follow it, and how it becomes an endpoint. Endpoints are made by the classes that stand on
``twisted.internet.endpoints`` at that moment.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IReactorTime

from . import arguments as read
from .arguments import Argument, Kind
from .face import onFace
from .mistakes import WrongValue

__all__ = ["clientKinds", "listenArguments", "serverKinds"]

_backlog = Argument("backlog", read.count, "connections that may wait to be accepted", 50)
_timeout = Argument("timeout", read.seconds, "seconds for one attempt", 30)
_host = Argument("host", read.text, "the server's name or address")
_port = Argument("port", read.port, "the server's port number")
_bindAddress = Argument("bindAddress", read.localAddress, "local address to connect from", None)


# Servers. Three of them have an older reading too, as calls of the reactor's listen methods.


def listenArguments(
    prefix: str, values: dict[str, Any]
) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """
    Say how a ``tcp``, ``unix`` or ``ssl`` port is listened at.

    Returns: the end of the reactor method's name, what follows the factory's place in its
        arguments with the first before it, and its keyword arguments.
    """
    if prefix == "tcp":
        return "TCP", (_place(values),), _some(values, "interface", "backlog")
    if prefix == "unix":
        keywords = _some(values, "mode", "backlog")
        return "UNIX", (values["address"],), {**keywords, "wantPID": values["lockfile"]}
    from .certificates import serverContextFactory

    names = ("privateKey", "certKey", "sslmethod", "extraCertChain", "dhParameters")
    context = serverContextFactory(**_some(values, *names))
    return "SSL", (_place(values), context), _some(values, "interface", "backlog")


def _place(values: dict[str, Any]) -> Any:
    """
    Where to listen: the number, or what also says that others may listen at it too.

    The interface stays an argument of its own, and stands in the binding as well.
    """
    if not values["reuse_port"]:
        return values["port"]
    from twisted.internet.tcp import makeBinding

    return makeBinding(values["interface"], values["port"], reusePort=True)


def _some(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names}


def _tcpServer(reactor: Any, values: dict[str, Any]) -> Any:
    _, args, keywords = listenArguments("tcp", values)
    return onFace("TCP4ServerEndpoint")(reactor, *args, **keywords)


def _unixServer(reactor: Any, values: dict[str, Any]) -> Any:
    _, args, keywords = listenArguments("unix", values)
    return onFace("UNIXServerEndpoint")(reactor, *args, **keywords)


def _sslServer(reactor: Any, values: dict[str, Any]) -> Any:
    _, args, keywords = listenArguments("ssl", values)
    return onFace("SSL4ServerEndpoint")(reactor, *args, **keywords)


def _tcp6Server(reactor: Any, values: dict[str, Any]) -> Any:
    place = _place(values)
    return onFace("TCP6ServerEndpoint")(reactor, place, **_some(values, "interface", "backlog"))


def _tlsServer(reactor: Any, values: dict[str, Any]) -> Any:
    from twisted.python.filepath import FilePath

    path = values.pop("path")
    directory = FilePath(path)
    if not directory.isdir():
        raise WrongValue("tls", "path", path, "a directory of PEM files")
    lookup = onFace("autoReloadingDirectoryOfPEMs")(directory)
    return onFace("wrapServerTLS")(
        onFace("SNIConnectionCreator")(lookup),
        _tcp6Server(reactor, values),
        clock=_clockOf(reactor),
    )


def _clockOf(reactor: Any) -> Any:
    # Without a clock the TLS layer would go by the installed reactor, maybe another one.
    return reactor if IReactorTime.providedBy(reactor) else None


def _stdioServer(reactor: Any, values: dict[str, Any]) -> Any:
    return onFace("StandardIOEndpoint")(reactor)


def _systemdServer(reactor: Any, values: dict[str, Any]) -> Any:
    from .adopted import inheritedDescriptors, systemdEndpoint

    return systemdEndpoint(reactor, inheritedDescriptors(), **values)


_reusePort = Argument(
    "reuse_port", read.yesOrNo, "whether others may listen at the same port", False, onlyByName=True
)
_serverPort = Argument("port", read.port, "the port number; 0 lets the system choose")

serverKinds = {
    kind.prefix: kind
    for kind in (
        Kind(
            "tcp",
            "a TCP port on IPv4",
            (
                _serverPort,
                Argument("interface", read.text, "local address to listen at", ""),
                _backlog,
                _reusePort,
            ),
            _tcpServer,
        ),
        Kind(
            "tcp6",
            "a TCP port on IPv6",
            (
                _serverPort,
                _backlog,
                Argument("interface", read.text, "local address to listen at", "::"),
                _reusePort,
            ),
            _tcp6Server,
        ),
        Kind(
            "ssl",
            "a TCP port with TLS, by one certificate",
            (
                _serverPort,
                Argument("privateKey", read.text, "PEM file with the private key", "server.pem"),
                Argument("certKey", read.text, "PEM file with the certificate", None),
                Argument("sslmethod", read.text, "OpenSSL's name of a protocol method", None),
                Argument("interface", read.text, "local address to listen at", ""),
                _backlog,
                Argument("extraCertChain", read.text, "PEM file with further certificates", None),
                Argument("dhParameters", read.text, "PEM file with DH parameters", None),
                _reusePort,
            ),
            _sslServer,
        ),
        Kind(
            "tls",
            "a TCP port with TLS, by the certificate that the client's name asks for",
            (
                Argument("path", read.text, "directory of PEM files with keys and certificates"),
                Argument("port", read.port, "the port number", 443),
                _backlog,
                Argument("interface", read.text, "local address to listen at", "::"),
                _reusePort,
            ),
            _tlsServer,
        ),
        Kind(
            "unix",
            "a UNIX socket",
            (
                Argument("address", read.text, "path of the socket"),
                Argument("mode", read.permissions, "permission bits, in octal", 0o666),
                _backlog,
                Argument("lockfile", read.yesOrNo, "keep a lock file beside it", True),
            ),
            _unixServer,
        ),
        Kind("stdio", "standard input and output", (), _stdioServer),
        Kind(
            "systemd",
            "a socket that systemd has opened",
            (
                Argument("domain", read.text, "INET, INET6 or UNIX"),
                Argument("index", read.count, "which socket, counted from 0", None),
                Argument("name", read.text, "which socket, by name", None),
            ),
            _systemdServer,
        ),
    )
}


# Clients.


def _tcpClient(reactor: Any, values: dict[str, Any]) -> Any:
    return onFace("TCP4ClientEndpoint")(reactor, **values)


def _unixClient(reactor: Any, values: dict[str, Any]) -> Any:
    values["checkPID"] = values.pop("lockfile")
    return onFace("UNIXClientEndpoint")(reactor, **values)


def _sslClient(reactor: Any, values: dict[str, Any]) -> Any:
    from .certificates import clientOptions

    secrets = ("certKey", "privateKey", "caCertsDir", "hostname")
    options = clientOptions(**{name: values.pop(name) for name in secrets})
    return onFace("SSL4ClientEndpoint")(reactor, sslContextFactory=options, **values)


def _tlsClient(reactor: Any, values: dict[str, Any]) -> Any:
    from .certificates import clientTLSOptions

    secrets = ("certificate", "privateKey", "trustRoots")
    options = clientTLSOptions(values["host"], **{name: values.pop(name) for name in secrets})
    below = values.pop("endpoint")
    if below is not None:
        carrier = onFace("clientFromString")(reactor, below)
    else:
        carrier = onFace("HostnameEndpoint")(reactor, **values)
    return onFace("wrapClientTLS")(options, carrier, clock=_clockOf(reactor))


clientKinds = {
    kind.prefix: kind
    for kind in (
        Kind(
            "tcp",
            "a TCP server",
            (_host, _port, _timeout, _bindAddress),
            _tcpClient,
            onlyRequiredByPlace=True,
        ),
        Kind(
            "ssl",
            "a TCP server with TLS, whose certificate is checked only where that is asked for",
            (
                _host,
                _port,
                _timeout,
                _bindAddress,
                Argument("certKey", read.text, "PEM file with our certificate", None),
                Argument("privateKey", read.text, "PEM file with our private key", None),
                Argument("caCertsDir", read.text, "directory of trusted certificates", None),
                Argument("hostname", read.text, "name that the server has to prove", None),
            ),
            _sslClient,
            onlyRequiredByPlace=True,
        ),
        Kind(
            "tls",
            "a TCP server with TLS, found by any of its addresses, whose certificate is checked",
            (
                _host,
                _port,
                _timeout,
                _bindAddress,
                Argument("certificate", read.text, "PEM file with our certificate", None),
                Argument("privateKey", read.text, "PEM file with our private key", None),
                Argument("trustRoots", read.text, "directory of trusted certificates", None),
                Argument("endpoint", read.text, "description of what carries the TLS", None),
            ),
            _tlsClient,
            onlyRequiredByPlace=True,
        ),
        Kind(
            "unix",
            "the UNIX socket of a server",
            (
                Argument("path", read.text, "path of the socket"),
                _timeout,
                Argument("lockfile", read.yesOrNo, "see by its lock file if it lives", False),
            ),
            _unixClient,
            onlyRequiredByPlace=True,
        ),
    )
}
