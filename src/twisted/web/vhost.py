"""Virtual hosts: what is served depends on the name that the client asked for."""

from __future__ import annotations

from typing import Any

from twisted.python import roots
from twisted.web import resource
from twisted.web._http.request import _requestHost

__all__ = ["NameVirtualHost", "VHostMonsterResource", "VirtualHostCollection"]

_collectionName = "Virtual Hosts"


class VirtualHostCollection(roots.Homogenous):
    """
    The hosts of a `NameVirtualHost`, as a collection.

    Args: nvh: it.
    """

    entityType = resource.Resource

    def __init__(self, nvh: NameVirtualHost) -> None:
        super().__init__()
        self.nvh = nvh

    def listStaticEntities(self) -> list[tuple[Any, Any]]:
        """Returns: names and resources."""
        return list(self.nvh.hosts.items())

    def getStaticEntity(self, name: Any) -> Any:
        """Returns: the resource of a host, or None."""
        return self.nvh.hosts.get(name)

    def reallyPutEntity(self, name: Any, entity: Any) -> None:
        """Add a host."""
        self.nvh.addHost(name, entity)

    def delEntity(self, name: Any) -> None:
        """Take a host away."""
        self.nvh.removeHost(name)


class NameVirtualHost(resource.Resource):
    """
    Hands requests on by the host that they name.

    Attributes:
        default: the resource for hosts that were not added, and for requests that name none; None
            to answer these with 404.
        hosts: resources by the names of hosts, in lower case and without a port.
    """

    default: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.hosts: dict[bytes, Any] = {}

    def addHost(self, name: bytes, resrc: Any) -> None:
        """Args: name: of a host, without a port. resrc: what is served there."""
        self.hosts[name.lower()] = resrc

    def removeHost(self, name: bytes) -> None:
        """Take a host away. Raises: KeyError."""
        del self.hosts[name.lower()]

    def listStaticEntities(self) -> list[tuple[Any, Any]]:
        """Returns: the children, and the collection of hosts."""
        return [*super().listStaticEntities(), (_collectionName, VirtualHostCollection(self))]

    def getStaticEntity(self, name: Any) -> Any:
        """Returns: a child, or the collection of hosts."""
        if name == _collectionName:
            return VirtualHostCollection(self)
        return super().getStaticEntity(name)

    def _resourceFor(self, request: Any) -> Any:
        named = _requestHost(request.requestHeaders)
        found = None if named is None else self.hosts.get(named.lower())
        if found is None:
            found = self.default
        # What the client sent is not shown: it would be nothing but a way into the page.
        return resource._noResource() if found is None else found

    def render(self, request: Any) -> Any:
        """Have the resource of the host answer."""
        return self._resourceFor(request).render(request)

    def getChild(self, path: bytes, request: Any) -> Any:
        """Returns: the child of the host's resource, or that itself if it is a leaf."""
        found = self._resourceFor(request)
        if found.isLeaf:
            request.postpath.insert(0, request.prepath.pop())
            return found
        return found.getChildWithDefault(path, request)


class _HostResource(resource.Resource):
    """Takes the host, and its port, from the next part of the path."""

    def getChild(self, path: bytes, request: Any) -> Any:
        host, colon, digits = path.rpartition(b":")
        port = 80
        if not colon:
            host = path
        elif digits.isdigit() and int(digits) < 65536:
            port = int(digits)
        else:
            return resource._noResource()
        request.setHost(host, port)
        target, question, query = request.uri.partition(b"?")
        # One piece for each part that was followed, and one before the first slash.
        pieces = target.split(b"/", len(request.prepath) + 1)
        below = pieces[-1] if len(pieces) > len(request.prepath) + 1 else b""
        request.uri = b"/" + below + question + query
        request.path = b"/" + b"/".join(request.postpath)
        del request.prepath[:3]
        return request.site.getResourceFor(request)


class VHostMonsterResource(resource.Resource):
    """
    For what stands behind a proxy that puts the client's view into the path.

    Where this is the child ``vhost`` of a site, ``/vhost/https/example.com:443/a/b`` is answered as
    ``https://example.com/a/b`` is. Whoever can send such requests can claim any name: let only the
    proxy do so.
    """

    def getChild(self, path: bytes, request: Any) -> Any:
        """Args: path: the scheme. Returns: what takes the host."""
        if path in (b"http", b"https"):
            secure = path == b"https"
            request.isSecure = lambda: secure
            return _HostResource()
        return resource._noResource()
