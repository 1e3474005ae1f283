"""What answers for which path, and what of a file is refused."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.application._config.catalogue import allTypes
from twisted.application._config.reference import referencePage
from twisted.application._config.schema import siteSchema
from twisted.application.servicetypes import CannotStart, serviceTypes
from twisted.internet.defer import maybeDeferred
from twisted.web._site.redirect import locationFor
from twisted.web._site.tree import HostTree, RouteTree, plainSegments
from twisted.web._site.values import segmentsOf

from .serving import Served, basic, mistakesIn, settingsOf


@pytest.fixture(autouse=True)
def _noThreads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are judged at once: the threads of a reactor that does not run do not, either."""
    monkeypatch.setattr("twisted.internet.threads.deferToThread", maybeDeferred)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two folders of pages, of which one is for members."""
    for name, text in (
        ("htdocs/index.html", "<p>home"),
        ("htdocs/sub/page.txt", "a page"),
        ("htdocs/.env", "secret"),
        ("htdocs/.well-known/security.txt", "ask"),
        ("htdocs/bare/one.txt", "one"),
        ("htdocs/bare/.two.txt", "two"),
        (
            "htdocs/count.rpy",
            "from twisted.web.static import Data\nresource=Data(b'7','text/x'); resource.isLeaf=1",
        ),
        ("staff/index.html", "<p>staff"),
        ("404.html", "<p>lost"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


CRED = '[cred.staff]\nusers = { alice = "wonder" }\n'
ROUTES = '[services.www.routes]\n"/" = "htdocs"\n"/staff" = { path = "staff", cred = "staff" }\n'


def test_theTypeIsThere() -> None:
    assert serviceTypes()["web"].settings.__name__ == "WebSettings"
    types = allTypes()
    assert "service-web" in siteSchema(types)["definitions"]
    assert "| `routes` |" in referencePage({"web": types["web"]})


def test_theLongestPathThatFitsCounts(folder: Path) -> None:
    served = Served(
        'routes = { "/" = "htdocs", "/sub" = { redirect = "/a" }, '
        '"/sub/b/" = { redirect = "/b" } }',
        folder,
    )
    assert served.ask("/").body == b"<p>home"
    assert served.ask("/index.html").body == b"<p>home"
    assert served.ask("/sub/page.txt").headers["location"] == "/a/page.txt"
    assert served.ask("/sub/b").headers["location"] == "/b"
    assert served.ask("/sub/b/c").headers["location"] == "/b/c"
    assert served.ask("/subb").code == 404


def test_withoutARouteForItAPathIsNotThere(folder: Path) -> None:
    served = Served('routes = { "/a" = "htdocs" }', folder)
    assert served.ask("/").code == 404
    assert served.ask("/a/").body == b"<p>home"
    assert served.ask("/a").headers["location"] == "/a/"


@pytest.mark.parametrize(
    "target",
    [
        "/x/../staff/",
        "/x/%2e%2e/staff/",
        "//staff/",
        "/./staff/",
        "/%2Fstaff/",
        "/x%2F..%2Fstaff/",
        "/%5cstaff/",
        "/x\\..\\staff/",
        "/staff/../index.html",
        "/staff%00",
        "/%00",
    ],
)
def test_noSecondReadingOfAPathLeadsAroundADoor(folder: Path, target: str) -> None:
    """What a proxy's server or a file system might read as another route's path is not there."""
    served = Served(ROUTES, folder, CRED)
    assert served.ask(target, basic("alice", "wonder")).code in (400, 404)


@given(
    st.lists(st.sampled_from([b"a", b"b", b"", b".", b"..", b"a/b", b"\\b", b"a\0"]), max_size=5)
)
def test_everyReadingAgreesOnTheRoute(segments: list[bytes]) -> None:
    class Asking:
        path = b"/" + b"/".join(quote(each, safe="").encode() for each in segments)
        postpath = segments[1:]
        prepath = segments[:1]

    routes = {(): "root", (b"a",): "a", (b"a", b"b"): "ab"}
    request = Asking()
    found = RouteTree(routes).getChildWithDefault((segments or [b""])[0], request)
    if isinstance(found, str):
        plain = plainSegments(segments or [b""])
        wanted = next(routes[tuple(plain[:n])] for n in (2, 1, 0) if tuple(plain[:n]) in routes)
        assert found == wanted
        assert [*request.prepath, *request.postpath] == (segments or [b""])


def test_onlyMembersGetWhereAPasswordIsWanted(folder: Path) -> None:
    served = Served(ROUTES, folder, CRED)
    assert served.ask("/").code == 200
    answer = served.ask("/staff/")
    assert answer.code == 401
    assert answer.headers["www-authenticate"] == 'basic realm="Members"'
    assert served.ask("/staff/", basic("alice", "wander")).code == 401
    assert served.ask("/staff/index.html", basic("alice", "wonder")).body == b"<p>staff"


def test_digestWantsPasswordsInPlain(folder: Path) -> None:
    route = '"/" = { path = "staff", cred = "staff", scheme = "digest" }'
    served = Served(f"routes = {{ {route} }}", folder, CRED)
    assert served.ask("/").headers["www-authenticate"].startswith("digest ")
    hashed = '{ users = { alice = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA" } }'
    (wrong,) = mistakesIn(
        f'routes = {{ "/" = {{ path = "staff", cred = {hashed}, scheme = "digest" }} }}', folder
    )
    assert "digest wants passwords in plain" in wrong


def test_aFolderShowsNoMoreThanItShould(folder: Path) -> None:
    served = Served('routes = { "/" = "htdocs" }', folder)
    assert served.ask("/sub/page.txt").headers["content-type"] == "text/plain"
    assert served.ask("/.env").code == 404
    assert served.ask("/.well-known/security.txt").body == b"ask"
    assert served.ask("/bare/").code == 403
    assert served.ask("/count.rpy").body.startswith(b"from twisted")
    assert served.ask("/../site.toml").code == 404


def test_whatAFolderShowsCanBeSaid(folder: Path) -> None:
    options = (
        'path = "htdocs", listing = true, hidden = true, scripts = true, max-age = 60, '
        'not-found = "404.html", index = "one.txt"'
    )
    served = Served(f'routes = {{ "/" = {{ {options} }} }}', folder)
    assert b"page.txt" in served.ask("/sub/").body
    assert served.ask("/bare/").body == b"one"
    assert served.ask("/.env").body == b"secret"
    assert served.ask("/count.rpy").body == b"7"
    assert served.ask("/sub/page.txt").headers["cache-control"] == "max-age=60"
    lost = served.ask("/nowhere")
    assert (lost.code, lost.body) == (404, b"<p>lost")


def test_aListingHasNoHiddenNames(folder: Path) -> None:
    listing = Served('path = "htdocs"', folder).ask("/bare/").body
    assert b"one.txt" in listing and b".two.txt" not in listing


def test_aScriptMakesAResource(folder: Path) -> None:
    assert Served('resource-script = "htdocs/count.rpy"', folder).ask("/").body == b"7"
    served = Served('routes = { "/n" = { script = "htdocs/count.rpy" } }', folder)
    assert served.ask("/n").body == b"7"


@pytest.mark.parametrize(
    ("target", "rest", "query", "wanted"),
    [
        ("/new", [], b"", b"/new"),
        ("/new", [b""], b"", b"/new/"),
        ("/new/", [b"a", b"b"], b"x=1&y=%20", b"/new/a/b?x=1&y=%20"),
        ("/", [b"", b"evil.example"], b"", b"/evil.example"),
        ("/", [b"", b"", b"evil.example", b""], b"", b"/evil.example/"),
        ("/", [b"\\evil.example"], b"", b"/%5Cevil.example"),
        ("https://example.org", [b"a b", b"\r\nSet-Cookie: x"], b"", None),
        ("/s?q=1", [], b"q=2", b"/s?q=1"),
        ("https://example.org/a/", [b"..", b"b"], b"", b"https://example.org/a/../b"),
    ],
)
def test_aRedirectLeadsToItsOwnHost(
    target: str, rest: list[bytes], query: bytes, wanted: bytes | None
) -> None:
    location = locationFor(target, rest, query)
    assert wanted is None or location == wanted
    assert not location.startswith(b"//") and b"\r" not in location and b"\n" not in location


@given(st.lists(st.binary(max_size=8), max_size=4), st.binary(max_size=8))
def test_noPathMakesAnotherHostOrAnotherHeader(rest: list[bytes], query: bytes) -> None:
    location = locationFor("/", rest, query)
    assert location[:1] == b"/" and location[1:2] not in (b"/", b"\\")
    assert all(32 < byte < 127 for byte in location)


def test_redirectsKeepTheMethod(folder: Path) -> None:
    served = Served(
        'routes = { "/a" = { redirect = "/b" }, '
        '"/c" = { redirect = "https://example.org/", permanent = true, keep-path = false } }'
    )
    assert served.ask("/a/x?y", method="POST", body=b"1").headers["location"] == "/b/x?y"
    gone = served.ask("/c/x?y")
    assert (gone.code, gone.headers["location"]) == (308, "https://example.org/")


def test_everyHostHasRoutesOfItsOwn(folder: Path) -> None:
    served = Served(
        'routes = { "/" = "htdocs" }\n'
        '[services.www.hosts."blog.example.org"]\naliases = ["b.example"]\n'
        'routes = { "/" = { redirect = "/blog" } }\n'
        '[services.www.hosts."*.example.net"]\nroutes = { "/" = { redirect = "/net" } }\n',
        folder,
    )
    for host, wanted in (
        ("blog.example.org", "/blog/"),
        ("BLOG.example.org.:8080", "/blog/"),
        ("b.example", "/blog/"),
        ("a.b.example.net", "/net/"),
    ):
        assert served.ask("/", host=host).headers["location"] == wanted, host
    for host in ("example.org", "example.net", "xb.example", "[::1]:80"):
        assert served.ask("/", host=host).body == b"<p>home", host


def test_whereThereAreOnlyHostsOthersAreNotServed(folder: Path) -> None:
    hosts = 'hosts = { "a.example" = { routes = "htdocs" } }'
    served = Served(hosts, folder)
    assert served.ask("/", host="a.example").code == 200
    assert served.ask("/", host="<b>.example").code in (400, 421)
    assert b"<b>" not in served.ask("/", host="<b>.example").body


def test_aResourceOfAProgramIsFoundBesideTheFile(folder: Path) -> None:
    (folder / "servedwebsite.py").write_text(
        "from twisted.web.static import Data\n"
        "root = Data(b'made', 'text/plain'); root.isLeaf = True\n"
        "def make(): return root\n"
        "nothing = 7\n"
    )
    served = Served('routes = { "/" = { resource = "servedwebsite:root" } }', folder)
    assert served.ask("/").body == b"made"
    assert (
        Served('routes = { "/" = { resource = "servedwebsite:make" } }', folder).ask("/").body
        == b"made"
    )
    for name in ("nothing", "missing"):
        with pytest.raises(CannotStart) as caught:
            Served(f'routes = {{ "/" = {{ resource = "servedwebsite:{name}" }} }}', folder)
        assert f"servedwebsite:{name}" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ('path = "nowhere"', "there is no folder and no file"),
        ('path = "htdocs"\nwsgi = "os:path"', 'it answers for "/", and so does'),
        ('routes = { "/" = "htdocs" }\nasgi = "os:path"', 'so does the route "/"'),
        ('routes = { "a" = "htdocs" }', "is no path of a route"),
        ('routes = { "/a/../b" = "htdocs" }', "is no path of a route"),
        ('routes = { "/a?b" = "htdocs" }', "is no path of a route"),
        ('routes = { "/a" = "htdocs", "/a/" = "htdocs" }', "are the same path"),
        ('routes = { "/" = { paht = "htdocs" } }', "Did you mean 'path'?"),
        ('routes = { "/" = { path = "htdocs", proxy = "http://x/" } }', "path and proxy"),
        ('routes = { "/" = { path = "htdocs", lissting = true } }', "Did you mean 'listing'?"),
        ('routes = { "/" = 7 }', "wanted a table such as"),
        ('routes = { "/" = { redirect = "//evil.example" } }', "wanted an URL such as"),
        ('routes = { "/" = { redirect = "javascript:alert(1)" } }', "wanted an URL such as"),
        ('routes = { "/" = { redirect = "/\\r\\n" } }', "wanted an URL such as"),
        ('routes = { "/" = { proxy = "ftp://x/" } }', "wanted the URL of a server"),
        ('routes = { "/" = { proxy = "http://x:99999/" } }', "wanted the URL of a server"),
        ('routes = { "/" = { proxy = "http://a:b@x/" } }', "no room for a name and a password"),
        ('routes = { "/" = { wsgi = "application" } }', "wanted a module and a name"),
        ('routes = { "/" = { wsgi = "no_such_module:app" } }', "there is no module"),
        ('routes = { "/" = { path = "htdocs", realm = "a\\"b" } }', "without quotes"),
        ('routes = { "/" = { path = "htdocs", cred = "nobody" } }', "no table [cred.nobody]"),
        ('path = "htdocs"\nheaders = { "a b" = "c" }', "is no name of a header field"),
        ('path = "htdocs"\nheaders = { a = "b\\r\\nc: d" }', "wanted text of one line"),
        ('path = "htdocs"\nheaders = { Content-Length = "3" }', "says where a message ends"),
        ('path = "htdocs"\ntrusted-proxies = "here"', "wanted an address or network"),
        ('path = "htdocs"\naccess-log = "no/where/log"', "the folder"),
        ('path = "htdocs"\nlimits = { head = 1 }', "256"),
        ('hosts = { "A b" = { routes = "htdocs" } }', "is no name of a host"),
        (
            'hosts = { a = { routes = "htdocs", aliases = "b" }, b = { routes = "htdocs" } }',
            "stands here twice",
        ),
    ],
)
def test_whatIsWrongIsSaidWhereItStands(folder: Path, options: str, wanted: str) -> None:
    (wrong,) = mistakesIn(options, folder)
    assert wanted in wrong
    assert not wrong.startswith("0:")


def test_equalTablesAreEqualSettings(folder: Path) -> None:
    text = f'{CRED}[services.www]\ntype = "web"\n{ROUTES}'
    assert settingsOf(text, folder) == settingsOf(text, folder)
    assert hash(settingsOf(text, folder)) == hash(settingsOf(text, folder))
    assert settingsOf(text, folder) != settingsOf(text.replace('"/" =', '"/x" ='), folder)


def test_whereNothingIsSaidAPageSaysThatTheServerWorks() -> None:
    page = Served("")
    assert page.settings.listen[0].port == 8080
    assert page.ask("/").code == 200 and b"<h1>" in page.ask("/").body


def test_noPasswordOfARouteIsShown(folder: Path) -> None:
    from twisted.web._site.routes import Routes

    table = {"/": {"path": "x", "cred": {"users": {"alice": "wonder"}}}}
    assert "wonder" not in repr(Routes().masked(table))
    text = '[services.www]\ntype = "web"\nroutes = { "/" = { path = "htdocs", '
    settings = settingsOf(text + 'cred = { users = { alice = "wonder" } } } }', folder)
    assert "wonder" not in repr(settings)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", ()),
        ("/a", (b"a",)),
        ("/a/b/", (b"a", b"b")),
        ("/a%20b", (b"a b",)),
        ("/ä", ("ä".encode(),)),
        ("", None),
        ("a", None),
        ("//a", (b"a",)),
        ("/a//b", None),
        ("/a%2fb", None),
        ("/a\nb", None),
    ],
)
def test_pathsOfRoutes(path: str, wanted: tuple[bytes, ...] | None) -> None:
    assert segmentsOf(path) == wanted


def test_treesShowWhatTheyHold() -> None:
    assert repr(RouteTree({(): 1, (b"a", b"b"): 2})) == "<routes /, /a/b>"
    assert repr(HostTree({"a.b": 1})) == "<hosts b'a.b'>"
