"""Hosts by their names."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.internet.task import Clock
from twisted.web import resource, server
from twisted.web.vhost import NameVirtualHost, VHostMonsterResource, VirtualHostCollection

from .serving import ask, get


class Page(resource.Resource):
    """Says what it is, and how the request looks to it."""

    def __init__(self, name: bytes) -> None:
        super().__init__()
        self.name = name

    def getChild(self, path: bytes, request: Any) -> Any:
        return self

    def render_GET(self, request: Any) -> bytes:
        return b"%b %b %b %b" % (self.name, request.uri, request.path, request.prePathURL())


def hosts() -> NameVirtualHost:
    found = NameVirtualHost()
    found.addHost(b"a.example", Page(b"a"))
    found.addHost(b"B.Example", Page(b"b"))
    found.addHost(b"::1", Page(b"six"))
    return found


def askFor(host: bytes, root: Any = None, target: bytes = b"/x") -> Any:
    request = b"GET %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (target, host)
    return ask(hosts() if root is None else root, request)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"a.example", b"a"),
        (b"A.EXAMPLE:8080", b"a"),
        (b"b.example", b"b"),
        (b"[::1]:80", b"six"),
    ],
)
def test_theHostDecides(host: bytes, name: bytes) -> None:
    assert askFor(host).body.split()[0] == name


@pytest.mark.parametrize(
    "host", [b"c.example", b"", b"<script>alert(1)</script>", b"a.example\t<b>"]
)
def test_aHostThatIsUnknownIsNotShown(host: bytes) -> None:
    """CVE-2022-39348: the header went into the page as it came."""
    answer = askFor(host)
    assert answer.code == 404
    assert b"<script>" not in answer.body
    assert b"<b>" not in answer.body
    assert b"example" not in answer.body


def test_theDefaultAnswersForOthers() -> None:
    root = hosts()
    root.default = Page(b"other")
    assert askFor(b"c.example", root).body.startswith(b"other")
    assert ask(root, b"GET /x HTTP/1.0\r\n\r\n").body.startswith(b"other")
    root.removeHost(b"A.example")
    assert askFor(b"a.example", root).body.startswith(b"other")


def test_aLeafGetsTheWholePath() -> None:
    leaf = Page(b"leaf")
    leaf.isLeaf = True
    root = NameVirtualHost()
    root.addHost(b"a.example", leaf)
    assert askFor(b"a.example", root).body.startswith(b"leaf /x")


def test_theHostsAreACollection() -> None:
    root = hosts()
    collection = root.getStaticEntity("Virtual Hosts")
    assert isinstance(collection, VirtualHostCollection)
    assert ("Virtual Hosts", type(collection)) in [
        (name, type(each)) for name, each in root.listStaticEntities()
    ]
    page = Page(b"new")
    collection.reallyPutEntity(b"new.example", page)
    assert collection.getStaticEntity(b"new.example") is page
    assert len(collection.listStaticEntities()) == 4
    collection.delEntity(b"new.example")
    assert b"new.example" not in root.hosts


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        (b"/v/http/a.example:80/x/y?q", b"a /x/y?q /x/y http://a.example/x/y"),
        (b"/v/https/a.example:443/x", b"a /x /x https://a.example/x"),
        (b"/v/https/a.example:8443/x?a=/b", b"a /x?a=/b /x https://a.example:8443/x"),
        (b"/v/http/b.example/", b"b / / http://b.example/"),
    ],
)
def test_aProxyTellsTheClientsView(target: bytes, wanted: bytes) -> None:
    root = hosts()
    root.default = resource.Resource()
    root.default.putChild(b"v", VHostMonsterResource())
    site = server.Site(root, reactor=Clock())
    assert ask(None, get(target).replace(b"a.example\r\n", b"proxied\r\n"), site).body == wanted


@pytest.mark.parametrize("target", [b"/ftp/a.example/x", b"/http/a.example:x/y", b"/http/a:99999/"])
def test_aViewThatMakesNoSenseIsNotFound(target: bytes) -> None:
    assert ask(VHostMonsterResource(), get(target)).code == 404
