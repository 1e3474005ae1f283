"""
The command ``twist web``: a web server without a line of code.

    twist web --path /srv/www
    twist web --wsgi package.module.application --listen tcp:8080
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from twisted.application import service, strports
from twisted.internet.endpoints import quoteStringArgument
from twisted.python import deprecate, reflect, usage
from twisted.python.versions import Version
from twisted.web import demo, resource, script, server, static, twcgi, wsgi

__all__ = ["Options", "makePersonalServerFactory", "makeService"]

_defaultPort = "tcp:8080"
_listenSince = Version("Twisted", 18, 4, 0)


def _named(kind: str, name: str) -> Any:
    """
    Args: kind: what it is, for people. name: of it, with dots, or a colon before the last part.
    Raises: usage.UsageError.
    """
    try:
        return reflect.namedAny(name.replace(":", "."))
    except (AttributeError, ValueError):
        raise usage.UsageError(f"No such {kind}: {name!r}") from None


class Options(usage.Options):
    """What is served, and where."""

    synopsis = "[web options]"

    optParameters = [
        ["logfile", "l", None, "The file of the access log, in the combined format."],
        ["certificate", "c", "server.pem", "Of --https: the certificate. Use --listen instead."],
        ["privkey", "k", "server.pem", "Of --https: the private key. Use --listen instead."],
    ]

    optFlags = [
        ["notracebacks", "n", "Does nothing: clients are shown no tracebacks, unless asked for."],
        [
            "display-tracebacks",
            "",
            "Show clients the traceback of an error. It may tell them what they should not know: "
            "for development only.",
        ],
        [
            "personal",
            "",
            "Serve the site to another server on this machine, which runs with --user, and not to "
            "the web: at ~/.twistd-web-pb, unless --listen says another place.",
        ],
    ]

    compData = usage.Completions(
        optActions={
            "logfile": usage.CompleteFiles("*.log"),
            "certificate": usage.CompleteFiles("*.pem"),
            "privkey": usage.CompleteFiles("*.pem"),
        }
    )

    longdesc = (
        "Serve files, a WSGI application, or a resource; without any, a page that says hello."
    )

    def __init__(self) -> None:
        super().__init__()
        self["indexes"] = []
        self["root"] = None
        self["extraHeaders"] = []
        self["ports"] = []
        self["port"] = self["https"] = None

    # Where

    def opt_listen(self, port: str) -> None:
        """
        Where to listen, as an endpoint description, such as tcp:8080 or
        ssl:8443:privateKey=key.pem:certKey=cert.pem. May be given several times.
        [default: tcp:8080]
        """
        self["ports"].append(port)

    def opt_port(self, port: str) -> None:
        """
        Use --listen.
        """
        _warnOfOld(self.opt_port)
        self["port"] = port

    opt_p = opt_port

    def opt_https(self, port: str) -> None:
        """
        A port for TLS. Use --listen.
        """
        _warnOfOld(self.opt_https)
        if reflect.requireModule("OpenSSL.SSL") is None:
            raise usage.UsageError("SSL support not installed")
        self["https"] = port

    # What

    def opt_path(self, path: str) -> None:
        """
        Serve a file, or a directory and all below it. In it, *.rpy and *.epy are Python files,
        and *.cgi programs, which answer requests.
        """
        root = static.File(os.path.abspath(path))
        root.processors = {  # type: ignore[misc]  # of this one
            ".cgi": twcgi.CGIScript,
            ".epy": script.PythonScript,
            ".rpy": script.ResourceScript,
        }
        self["root"] = root

    def opt_wsgi(self, name: str) -> None:
        """
        Serve a WSGI application: its name, such as package.module.application.
        """
        from twisted.internet import reactor as installed
        from twisted.python.threadpool import ThreadPool

        reactor: Any = installed
        application = _named("WSGI application", name)
        pool = ThreadPool()
        reactor.callWhenRunning(pool.start)
        reactor.addSystemEventTrigger("after", "shutdown", pool.stop)
        self["root"] = wsgi.WSGIResource(reactor, pool, application)

    def opt_class(self, className: str) -> None:
        """
        Serve a resource of a class: its name. It is called without arguments.
        """
        self["root"] = _named("class", className)()

    def opt_resource_script(self, name: str) -> None:
        """
        Serve the resource that a Python file (*.rpy) makes.
        """
        self["root"] = script.ResourceScriptWrapper(name)

    def opt_user(self) -> None:
        """
        Serve ~/public_html of each user, and what their own servers (--personal) offer.
        """
        from importlib import import_module

        self["root"] = import_module("twisted.web.distrib").UserDirectory()

    opt_u = opt_user

    # How

    def _files(self, option: str) -> static.File:
        root = self["root"]
        if not isinstance(root, static.File):
            raise usage.UsageError(f"--{option} is about files: it comes after --path.")
        return root

    def opt_index(self, indexName: str) -> None:
        """
        A file that is shown for a directory. May be given several times; the first that is there
        is shown. [default: index, index.html, index.htm, index.rpy]
        """
        self["indexes"].append(indexName)

    opt_i = opt_index

    def opt_mime_type(self, defaultType: str) -> None:
        """
        The media type of files whose names say nothing. After --path.
        """
        self._files("mime-type").defaultType = defaultType

    opt_m = opt_mime_type

    def opt_allow_ignore_ext(self) -> None:
        """
        Find foo.ext, whatever ext is, where foo is asked for. After --path.
        """
        self._files("allow-ignore-ext").ignoreExt("*")

    def opt_ignore_ext(self, ext: str) -> None:
        """
        The end of a name, such as .html, that may be left out in URLs. After --path; may be given
        several times.
        """
        self._files("ignore-ext").ignoreExt(ext)

    def opt_processor(self, proc: str) -> None:
        """
        What makes resources of files whose names have an end: .ext=package.module.function. After
        --path; may be given several times.
        """
        root = self._files("processor")
        extension, equals, name = proc.partition("=")
        if not equals:
            raise usage.UsageError(f"{proc!r} is not of the form .ext=package.module.function")
        root.processors[extension] = _named("processor", name)

    def opt_add_header(self, header: str) -> None:
        """
        A header of every response: "Name: value". May be given several times.
        """
        name, colon, value = header.partition(":")
        if not colon:
            raise usage.UsageError(f"{header!r} is not of the form Name: value")
        self["extraHeaders"].append((name.strip(), value.strip()))

    def postOptions(self) -> None:
        """Find out where to listen."""
        ports = self["ports"]
        if self["port"] is not None:
            ports.append(self["port"])
        if self["https"] is not None:
            key, certificate = map(quoteStringArgument, (self["privkey"], self["certificate"]))
            ports.append(f"ssl:port={self['https']}:privateKey={key}:certKey={certificate}")
        if not ports:
            ports.append(_personalPort() if self["personal"] else _defaultPort)


def _warnOfOld(option: Any) -> None:
    message = deprecate.getDeprecationWarningString(option, _listenSince)
    warnings.warn(message, category=DeprecationWarning, stacklevel=3)


def _personalPort() -> str:
    from importlib import import_module

    name = import_module("twisted.web.distrib").UserDirectory.userSocketName
    path = os.path.expanduser(os.path.join("~", name))
    return f"unix:{quoteStringArgument(path)}"


def makePersonalServerFactory(site: Any) -> Any:
    """
    Args: site: a site.
    Returns: a factory that serves it to another web server, which uses `twisted.web.distrib`.
    """
    from importlib import import_module

    publisher = import_module("twisted.web.distrib").ResourcePublisher(site)
    return import_module("twisted.spread.pb").PBServerFactory(publisher)


@implementer(resource.IResource)
class _AddHeadersResource:
    """
    Adds headers to all responses of a resource.

    Args: originalResource: it. headers: names and values.
    """

    isLeaf = False

    def __init__(self, originalResource: Any, headers: Iterable[tuple[str, str]]) -> None:
        self._originalResource = originalResource
        self._headers = headers

    def _add(self, request: Any) -> None:
        for name, value in self._headers:
            request.responseHeaders.addRawHeader(name, value)

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Returns: the child of the resource, or itself, if it is a leaf."""
        self._add(request)
        if self._originalResource.isLeaf and request.prepath:
            request.postpath.insert(0, request.prepath.pop())
            return self._originalResource
        return self._originalResource.getChildWithDefault(path, request)

    def putChild(self, path: bytes, child: Any) -> None:
        """Put a child into the resource."""
        self._originalResource.putChild(path, child)

    def render(self, request: Any) -> Any:
        """Answer as the resource does."""
        self._add(request)
        return self._originalResource.render(request)


def makeService(config: Options) -> service.MultiService:
    """
    Args: config: what the command line says.
    Returns: the server, not started.
    """
    if config["notracebacks"]:
        warnings.warn(
            deprecate._getDeprecationWarningString("--notracebacks", Version("Twisted", 19, 7, 0)),
            category=DeprecationWarning,
            stacklevel=2,
        )
    root = config["root"]
    if root is None:
        root = demo.Test()
    elif config["indexes"] and isinstance(root, static.File):
        root.indexNames = config["indexes"]
    if config["extraHeaders"]:
        root = _AddHeadersResource(root, config["extraHeaders"])
    site: Any = server.Site(root, logPath=config["logfile"])
    site.displayTracebacks = bool(config["display-tracebacks"])
    if config["personal"]:
        site = makePersonalServerFactory(site)
    whole = service.MultiService()
    for port in config["ports"]:
        listening: Any = strports.service(port, site)
        listening.setServiceParent(whole)
    return whole
