"""
Python files as resources.

A file ``.rpy`` makes a resource and calls it ``resource``; one ``.epy`` is run for each request,
and writes its answer itself:

    root = static.File("/srv/www")
    root.processors = {".rpy": script.ResourceScript}

Whoever can write such a file can do whatever the server can.
"""

from __future__ import annotations

import os
from typing import Any

from twisted import copyright
from twisted.logger import Logger
from twisted.python.compat import execfile
from twisted.python.failure import Failure
from twisted.web import http, resource, server, static

__all__ = [
    "AlreadyCached",
    "CacheScanner",
    "PythonScript",
    "ResourceScript",
    "ResourceScriptDirectory",
    "ResourceScriptWrapper",
    "ResourceTemplate",
    "noRsrc",
    "rpyNoResource",
]

_log = Logger()

rpyNoResource = """<p>This file made no resource. It is to end with a name of its own for one:</p>
<pre>
resource = ...
</pre>
"""

noRsrc = resource._errorPage(500, "Whoops! Internal Error", rpyNoResource)


class AlreadyCached(Exception):
    """A script asked for its resource to be kept, and it is there: it is the argument."""


class CacheScanner:
    """
    What a script may say about keeping the resource that it makes.

    Attributes:
        doCache: whether that is to be kept.

    Args:
        path: of the script.
        registry: keeps resources by paths.
    """

    doCache = 0

    def __init__(self, path: Any, registry: Any) -> None:
        self.path = path
        self.registry = registry

    def cache(self) -> None:
        """
        Keep the resource that is about to be made; the next request gets the same.

        Raises: AlreadyCached, which ends the script, if there is one already.
        """
        known = self.registry.getCachedPath(self.path)
        if known is not None:
            raise AlreadyCached(known)
        self.recache()

    def recache(self) -> None:
        """Keep the resource that is about to be made, in the place of what was kept."""
        self.doCache = 1


def ResourceScript(path: Any, registry: Any) -> Any:
    """
    Run a file.

    Args:
        path: of it.
        registry: what it finds under this name.
    Returns: what it calls ``resource``.
    """
    scanner = CacheScanner(path, registry)
    names = _namesOf(path, registry)
    names.update(cache=scanner.cache, recache=scanner.recache)
    try:
        execfile(path, names)
    except AlreadyCached as known:
        return known.args[0]
    made = names["resource"]
    if scanner.doCache and made is not noRsrc:
        registry.cachePath(path, made)
    return made


def ResourceTemplate(path: Any, registry: Any) -> Any:
    """
    Run a file that is a template of Quixote, which must be installed.

    Returns: what it calls ``resource``. Args: as of `ResourceScript`.
    """
    from quixote import ptl_compile  # type: ignore[import-not-found]  # not ours to require

    names = _namesOf(path, registry)
    with open(path) as source:
        code = ptl_compile.compile(source, path)
    exec(code, names, names)
    return names["resource"]


def _namesOf(path: Any, registry: Any) -> dict[str, Any]:
    return {"__file__": os.fsdecode(path), "resource": noRsrc, "registry": registry}


class ResourceScriptWrapper(resource.Resource):
    """
    A file that is run anew for each request, in a place of its own.

    Args:
        path: of it.
        registry: what it finds under this name.
    """

    def __init__(self, path: Any, registry: Any = None) -> None:
        super().__init__()
        self.path = path
        self.registry = static.Registry() if registry is None else registry

    def _made(self) -> Any:
        return ResourceScript(self.path, self.registry)

    def render(self, request: Any) -> Any:
        """Have what the file makes answer."""
        return self._made().render(request)

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Returns: a child of what the file makes."""
        return self._made().getChildWithDefault(path, request)


class ResourceScriptDirectory(resource.Resource):
    """
    A directory, and those below it, with files that are run by `ResourceScript`.

    Args:
        pathname: of it.
        registry: what the files find under this name.
    """

    def __init__(self, pathname: Any, registry: Any = None) -> None:
        super().__init__()
        self.path = pathname
        self.registry = static.Registry() if registry is None else registry

    def getChild(self, path: bytes | str, request: Any) -> Any:
        """Returns: what the file of this name makes, or one for the directory of this name."""
        name = os.fsdecode(path)
        if static.isDangerous(name) or "\0" in name:
            return static.dangerousPathError
        found: Any = os.path.join(os.fsdecode(self.path), name)
        if isinstance(self.path, bytes):
            found = os.fsencode(found)
        if os.path.isdir(found):
            return ResourceScriptDirectory(found, self.registry)
        if os.path.exists(found):
            return ResourceScript(found, self.registry)
        return resource._noResource()

    def render(self, request: Any) -> bytes:
        """Returns: a page that says that there is nothing at the directory itself."""
        return resource._noResource().render(request)


class PythonScript(resource.Resource):
    """
    A file that is run for each request. It finds that as ``request``, and writes to it.

    Args:
        filename: of the file.
        registry: what it finds under this name.
    """

    isLeaf = True

    def __init__(self, filename: Any, registry: Any) -> None:
        super().__init__()
        self.filename = filename
        self.registry = registry

    def render(self, request: Any) -> Any:
        """Run the file. Returns: ``NOT_DONE_YET``, or a page if there is none."""
        request.setHeader(b"x-powered-by", copyright.longversion.encode("ascii"))
        names = {
            "request": request,
            "__file__": os.fsdecode(self.filename),
            "registry": self.registry,
        }
        try:
            execfile(self.filename, names)
        except FileNotFoundError as error:
            if error.filename != self.filename:
                self._fail(request)
            else:
                return resource._noResource("File not found.").render(request)
        except Exception:
            self._fail(request)
        request.finish()
        return server.NOT_DONE_YET

    def _fail(self, request: Any) -> None:
        failure = Failure()
        _log.error(
            "An error in {filename}: {traceback}",
            filename=self.filename,
            traceback=failure.getTraceback(),
        )
        if not getattr(request, "startedWriting", False):
            request.setResponseCode(http.INTERNAL_SERVER_ERROR)
        site = getattr(request, "site", None)
        if site is None or site.displayTracebacks:
            from twisted.web.util import formatFailure

            request.write(formatFailure(failure))
        else:
            request.write(b"<p>An error happened; the server's log says more.</p>")
