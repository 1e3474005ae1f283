"""
Resources: what is found along the path of an URL, and answers requests.

A `Resource` finds its children by name (`Resource.putChild`, `Resource.getChild`) and answers the
method GET by ``render_GET(request)``, and so on: with the body as bytes, with
``server.NOT_DONE_YET`` if it will write and finish the request itself, or with a coroutine or
Deferred that has the body as its result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from zope.interface import Attribute, Interface, implementer

from twisted.python.components import proxyForInterface
from twisted.python.deprecate import deprecated
from twisted.python.reflect import prefixedMethodNames
from twisted.python.versions import Version
from twisted.web._responses import FORBIDDEN, NOT_FOUND
from twisted.web.error import UnsupportedMethod

if TYPE_CHECKING:
    from twisted.web.iweb import IRequest

__all__ = [
    "EncodingResourceWrapper",
    "ErrorPage",
    "ForbiddenResource",
    "IResource",
    "NoResource",
    "Resource",
    "getChildForRequest",
]


class IResource(Interface):
    """Something that can be found by an URL."""

    isLeaf = Attribute("Whether it answers for all that is below it, instead of its children.")

    def getChildWithDefault(name: bytes, request: IRequest) -> IResource:
        """
        Args:
            name: the next part of the path.
            request: who asks.
        Returns: the child of that name; one that says so if there is none.
        """

    def putChild(path: bytes, child: IResource) -> None:
        """Args: path: a part of a path. child: what is found there from now on."""

    def render(request: IRequest) -> Any:
        """
        Answer a request.

        Returns: the body as bytes, or ``server.NOT_DONE_YET``.
        """


def getChildForRequest(resource: Any, request: Any) -> Any:
    """
    Follow the path of a request.

    Args:
        resource: where to begin.
        request: its ``postpath`` is what is to be followed; what was, goes to ``prepath``.
    Returns: the resource that is to render it.
    """
    postpath, prepath = request.postpath, request.prepath
    while postpath and not resource.isLeaf:
        name = postpath.pop(0)
        prepath.append(name)
        resource = resource.getChildWithDefault(name, request)
    return resource


@implementer(IResource)
class Resource:
    """
    A resource whose children have names and whose methods are ``render_GET`` and the like.

    Attributes:
        isLeaf: whether it answers for all that is below it.
        children: those that were put here by name.
        allowedMethods: the methods that it knows; without it they are those that it has a
            ``render_...`` for.
    """

    entityType = IResource
    server: Any = None
    isLeaf: Any = 0
    children: dict[bytes, Any]
    allowedMethods: Sequence[bytes]

    def __init__(self) -> None:
        self.children = {}

    # Children

    def getChild(self, path: bytes, request: Any) -> Any:
        """
        Override: find a child that was not put here by name.

        Args:
            path: its name.
            request: who asks.
        Returns: a resource.
        """
        return _noResource()

    def getChildWithDefault(self, path: bytes, request: Any) -> Any:
        """Returns: the child that was put here as ``path``, or else what `getChild` finds."""
        child = self.children.get(path)
        return self.getChild(path, request) if child is None else child

    def putChild(self, path: bytes, child: Any) -> None:
        """
        Args:
            path: the name, one part of a path; empty for what ends with a slash.
            child: a resource, found there from now on.
        Raises: TypeError for a name that is not bytes.
        """
        if not isinstance(path, bytes):
            raise TypeError(
                f"the name of a child was given as {type(path).__name__} ({path!r:.60}): "
                "it is bytes"
            )
        self.children[path] = child
        child.server = self.server

    @deprecated(Version("Twisted", 20, 3, 0), replacement="getChildForRequest")
    def getChildForRequest(self, request: Any) -> Any:
        """Follow the path of a request from here on."""
        return getChildForRequest(self, request)

    # Children as entities of a collection, for what lists them

    def listStaticNames(self) -> list[bytes]:
        """Returns: the names of those that were put here."""
        return list(self.children)

    def listStaticEntities(self) -> list[tuple[bytes, Any]]:
        """Returns: names and children."""
        return list(self.children.items())

    def listNames(self) -> list[bytes]:
        """Returns: all names that are known."""
        return [*self.listStaticNames(), *self.listDynamicNames()]

    def listEntities(self) -> list[tuple[bytes, Any]]:
        """Returns: names and children, as far as they are known."""
        return [*self.listStaticEntities(), *self.listDynamicEntities()]

    def listDynamicNames(self) -> list[bytes]:
        """Override: returns the names of those that `getChild` would find."""
        return []

    def listDynamicEntities(self, request: Any = None) -> list[tuple[bytes, Any]]:
        """Override: returns names and children that `getChild` would find."""
        return []

    def getStaticEntity(self, name: bytes) -> Any:
        """Returns: the child that was put here, or None."""
        return self.children.get(name)

    def getDynamicEntity(self, name: bytes, request: Any) -> Any:
        """Returns: the child that `getChild` would find, or None, where it is not known."""
        return None if name in self.children else self.getChild(name, request)

    def delEntity(self, name: bytes) -> None:
        """Take a child away. Raises: KeyError."""
        del self.children[name]

    def reallyPutEntity(self, name: bytes, entity: Any) -> None:
        """Put a child here."""
        self.children[name] = entity

    # Rendering

    def render(self, request: Any) -> Any:
        """
        Answer a request by the method ``render_`` of its name.

        Returns: what that does.
        Raises: twisted.web.error.UnsupportedMethod.
        """
        render = getattr(self, _renderers.get(request.method) or _renderer(request.method), None)
        if render is None:
            allowed = getattr(self, "allowedMethods", None)
            raise UnsupportedMethod(_computeAllowedMethods(self) if allowed is None else allowed)
        return render(request)

    def render_HEAD(self, request: Any) -> Any:
        """Answer HEAD as GET: the body is not sent."""
        return self.render_GET(request)  # type: ignore[attr-defined]  # where there is one


_renderers: dict[bytes, str] = {
    method: "render_" + method.decode("ascii")
    for method in (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS")
}


def _renderer(method: bytes | str) -> str:
    # Doubles of requests give it as text.
    return "render_" + (method if isinstance(method, str) else method.decode("iso-8859-1"))


def _computeAllowedMethods(resource: object) -> list[bytes]:
    """The methods that a resource has a ``render_...`` for."""
    return [name.encode("ascii") for name in prefixedMethodNames(type(resource), "render_")]


# Pages of before `twisted.web.pages`, which quote nothing. Programs are warned when they make one;
# the house makes them by the functions below, of what needs no quoting.


_P = ParamSpec("_P")
_R = TypeVar("_R")


def _instead(name: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    return deprecated(
        Version("Twisted", 22, 10, 0),
        replacement=f"twisted.web.pages.{name}, which quotes what it is given",
    )


class _UnsafeErrorPage(Resource):
    """
    Says that something went wrong; ``detail`` is HTML, and not quoted.

    Args:
        status: the code.
        brief, detail: one line, and more.
    """

    template = (
        "\n<html>\n  <head><title>%(code)s - %(brief)s</title></head>\n  <body>\n"
        "    <h1>%(brief)s</h1>\n    <p>%(detail)s</p>\n  </body>\n</html>\n"
    )

    @_instead("errorPage")
    def __init__(self, status: int, brief: str, detail: str) -> None:
        self._say(status, brief, detail)

    def _say(self, status: int, brief: str, detail: str) -> None:
        Resource.__init__(self)
        self.code, self.brief, self.detail = status, brief, detail

    def render(self, request: Any) -> bytes:
        """Returns: the page."""
        request.setResponseCode(self.code)
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        page = self.template % {"code": self.code, "brief": self.brief, "detail": self.detail}
        return page.encode("utf-8")

    def getChild(self, chnam: bytes, request: Any) -> Any:
        """Returns: this."""
        return self


_nothingHere = "Sorry. No luck finding that resource."
_notAllowed = "Sorry, resource is forbidden."


class _UnsafeNoResource(_UnsafeErrorPage):
    """Says that there is nothing here."""

    @_instead("notFound")
    def __init__(self, message: str = _nothingHere) -> None:
        self._say(NOT_FOUND, "No Such Resource", message)


class _UnsafeForbiddenResource(_UnsafeErrorPage):
    """Says that it is not allowed."""

    @_instead("forbidden")
    def __init__(self, message: str = _notAllowed) -> None:
        self._say(FORBIDDEN, "Forbidden Resource", message)


ErrorPage = _UnsafeErrorPage
NoResource = _UnsafeNoResource
ForbiddenResource = _UnsafeForbiddenResource


def _errorPage(status: int, brief: str, detail: str) -> _UnsafeErrorPage:
    page: _UnsafeErrorPage = _UnsafeErrorPage.__new__(_UnsafeErrorPage)
    page._say(status, brief, detail)
    return page


def _noResource(message: str = _nothingHere) -> _UnsafeNoResource:
    page: _UnsafeNoResource = _UnsafeNoResource.__new__(_UnsafeNoResource)
    page._say(NOT_FOUND, "No Such Resource", message)
    return page


def _forbidden(message: str = _notAllowed) -> _UnsafeForbiddenResource:
    page: _UnsafeForbiddenResource = _UnsafeForbiddenResource.__new__(_UnsafeForbiddenResource)
    page._say(FORBIDDEN, "Forbidden Resource", message)
    return page


class _IEncodingResource(Interface):
    """A resource that knows how its body may be encoded."""

    def getEncoder(request: Any) -> Any:
        """Returns: an encoder for the body, or None."""


@implementer(_IEncodingResource)
class EncodingResourceWrapper(
    proxyForInterface(IResource)  # type: ignore[misc]  # made at run time
):
    """
    A resource whose bodies are encoded, such as by gzip, where the client takes that.

    Args:
        original: the resource.
        encoders: factories of encoders, of which the first that fits is used.
    """

    def __init__(self, original: Any, encoders: Any) -> None:
        super().__init__(original)
        self._encoders = encoders

    def getEncoder(self, request: Any) -> Any:
        """Returns: what encodes the body, or None."""
        for factory in self._encoders:
            encoder = factory.encoderForRequest(request)
            if encoder is not None:
                return encoder
        return None
