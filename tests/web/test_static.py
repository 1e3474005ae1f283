"""Files as resources: what is found, what of it is sent, and what nobody gets."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.filepath import FilePath
from twisted.web import http, resource, server, static
from twisted.web._static.ranges import mostRanges, parseRange, spansOf
from twisted.web._static.sending import _goesOutAsItIs

from .serving import ask, asking, fetch, get

letters = b"abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory that is served, with something beside it that is not."""
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "rooted").mkdir()
    (tmp_path / "rooted" / "secret.txt").write_bytes(b"secret")
    served = tmp_path / "root"
    served.mkdir()
    (served / "a.txt").write_bytes(letters)
    (served / "sub").mkdir()
    (served / "sub" / "b.html").write_bytes(b"<p>")
    return served


def serve(root: Path, **words: Any) -> static.File:
    return static.File(str(root), **words)


# What is found


nowhere = [
    b"/..",
    b"/../secret.txt",
    b"/sub/../../secret.txt",
    b"/%2e%2e/secret.txt",
    b"/%2E%2E/secret.txt",
    b"/%2e%2e%2fsecret.txt",
    b"/..%2fsecret.txt",
    b"/..%5csecret.txt",
    b"/..%2frooted%2fsecret.txt",
    b"/a.txt%00",
    b"/%00",
    b"/a.txt%00.html",
    b"/..%00/secret.txt",
    b"/sub%2fb.html",
    b"//etc/passwd",
    b"/%2fetc%2fpasswd",
    b"/./a.txt/x",
    b"/a.txt/",
    b"/a.txt/..",
    b"/%ff",
    b"/%c0%ae%c0%ae/secret.txt",
    b"/nothing",
    b"/" + b"a" * 5000,
]


@pytest.mark.parametrize("target", nowhere)
def test_aNameThatLeadsOutOrNowhereIsNotFound(root: Path, target: bytes) -> None:
    answer = ask(serve(root), get(target))
    assert answer.code == 404, answer
    assert b"secret" not in answer.body


@given(st.lists(st.sampled_from(["..", ".", "", "sub", "%2e%2e", "%2f", "a", "%00"]), max_size=8))
def test_noPathLeavesTheRoot(pieces: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "secret").write_bytes(b"secret")
        (Path(folder) / "root" / "sub").mkdir(parents=True)
        target = "/" + "/".join([*pieces, "secret"])
        answer = ask(serve(Path(folder) / "root"), get(target.encode()))
        assert answer.code == 404


def test_aLinkIsFollowed(root: Path) -> None:
    (root / "link").symlink_to(root.parent / "secret.txt")
    assert ask(serve(root), get(b"/link")).body == b"secret"


def test_aPipeIsNotOpened(root: Path) -> None:
    """Opening one waits for somebody who writes to it."""
    os.mkfifo(root / "pipe")
    assert ask(serve(root), get(b"/pipe")).code == 403


def test_aFileHasItsTypeAndLength(root: Path) -> None:
    answer = ask(serve(root), get(b"/a.txt"))
    assert (answer.code, answer.body) == (200, letters)
    assert answer.headers[b"content-type"] == b"text/plain"
    assert answer.headers[b"content-length"] == b"26"
    assert answer.headers[b"accept-ranges"] == b"bytes"


def test_anEncodedFileHasTheTypeOfWhatIsInIt(root: Path) -> None:
    (root / "a.tar.gz").write_bytes(b"x")
    answer = ask(serve(root), get(b"/a.tar.gz"))
    assert answer.headers[b"content-type"] == b"application/x-tar"
    assert answer.headers[b"content-encoding"] == b"gzip"


def test_headHasTheHeadersOfGetAndNoBody(root: Path) -> None:
    answer = ask(serve(root), get(b"/a.txt", b"Range: bytes=1-2", method=b"HEAD"))
    assert (answer.code, answer.body) == (200, b"")
    assert answer.headers[b"content-length"] == b"26"


def test_otherMethodsAreNotAllowed(root: Path) -> None:
    answer = ask(serve(root), get(b"/a.txt", method=b"POST"))
    assert answer.code == 405
    assert set(answer.headers[b"allow"].split(b", ")) == {b"GET", b"HEAD"}


def test_whatTheClientHasIsNotSentAgain(root: Path) -> None:
    known = ask(serve(root), get(b"/a.txt")).headers[b"last-modified"]
    answer = ask(serve(root), get(b"/a.txt", b"If-Modified-Since: " + known))
    assert (answer.code, answer.body) == (304, b"")


def test_aFileThatMustNotBeReadIsForbidden(root: Path, monkeypatch: Any) -> None:
    def refuse(self: object) -> Any:
        raise PermissionError(13, "no")

    monkeypatch.setattr(static.File, "openForReading", refuse)
    assert ask(serve(root), get(b"/a.txt")).code == 403


def test_anIndexIsShownForADirectory(root: Path) -> None:
    (root / "sub" / "index.html").write_bytes(b"index")
    assert ask(serve(root), get(b"/sub/")).body == b"index"


def test_anExtensionMayBeLeftOut(root: Path) -> None:
    assert ask(serve(root, ignoredExts=[".txt"]), get(b"/a")).body == letters


# Directories


def test_aDirectoryWithoutASlashIsRedirected(root: Path) -> None:
    answer = ask(serve(root), get(b"/sub?a=b"))
    assert (answer.code, answer.headers[b"location"]) == (302, b"/sub/?a=b")


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        (b"//sub", b"/sub/"),
        (b"///evil.example/sub", b"/evil.example/sub/"),
        (b"/\\evil.example/sub", b"/%5Cevil.example/sub/"),
        (b"/sub#a?b", b"/sub/#a?b"),
        (b"http://a.example/sub?x", b"http://a.example/sub/?x"),
    ],
)
def test_noRedirectLeadsToAnotherHost(uri: bytes, location: bytes) -> None:
    class Asked:
        pass

    asked: Any = Asked()
    asked.uri = uri
    assert static.Redirect(asked).url == location


def test_aListingQuotesWhatItShows(root: Path) -> None:
    name = "<script>\"&'x.html"
    (root / "sub" / name).write_bytes(b"")
    answer = ask(serve(root), get(b"/sub/?<script>alert(1)</script>"))
    assert answer.code == 200
    page = answer.body.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;&quot;&amp;&#x27;x.html" in page
    assert 'href="%3Cscript%3E%22%26%27x.html"' in page


def test_aLinkOfAListingLeadsToItsFile(root: Path) -> None:
    names = ["a b", "ä", "x%2fy", "q?r#s", "javascript:x"]
    for name in names:
        (root / "sub" / name).write_bytes(name.encode())
    page = ask(serve(root), get(b"/sub/")).body.decode()
    links = re.findall(r'href="([^"]*)"', page)
    found = {ask(serve(root), get(b"/sub/" + each.encode())).body.decode() for each in links}
    assert set(names) <= found


def test_theColumnsOfAListingHaveTheNamesThatProgramsLookFor(root: Path) -> None:
    """Scrapy's tests find the table of files by the title of its first column."""
    page = ask(serve(root), get(b"/sub/")).body.decode()
    titles = re.findall("<th>(.*?)</th>", page)
    assert titles == ["Filename", "Size", "Content type", "Content encoding"]


def test_aNameThatIsNoUTF8DoesNotBreakAListing(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root / "sub") + b"/\xff")).write_bytes(b"")
    answer = ask(serve(root), get(b"/sub/"))
    assert answer.code == 200
    assert b"%FF" in answer.body


def test_linksToNowhereAreNotListed(root: Path) -> None:
    (root / "sub" / "dangling").symlink_to("nowhere")
    assert b"dangling" not in ask(serve(root), get(b"/sub/")).body


# Ranges


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (b"bytes=0-3", letters[:4]),
        (b"bytes=3-", letters[3:]),
        (b"bytes=-3", letters[-3:]),
        (b"bytes=20-100", letters[20:]),
        (b"bytes=25-25", b"z"),
        (b"bytes=-100", letters),
        (b"bytes=0-", letters),
        (b" bytes = 1 - 2 ", letters[1:3]),
    ],
)
def test_aRangeIsSent(root: Path, asked: bytes, wanted: bytes) -> None:
    answer = ask(serve(root), get(b"/a.txt", b"Range: " + asked))
    assert (answer.code, answer.body) == (206, wanted)
    first = letters.index(wanted)
    last = first + len(wanted) - 1
    assert answer.headers[b"content-range"] == b"bytes %d-%d/26" % (first, last)
    assert answer.headers[b"content-length"] == b"%d" % len(wanted)


@pytest.mark.parametrize("asked", [b"bytes=26-", b"bytes=-0", b"bytes=30-40"])
def test_aRangeBeyondTheEndCannotBeSatisfied(root: Path, asked: bytes) -> None:
    answer = ask(serve(root), get(b"/a.txt", b"Range: " + asked))
    assert (answer.code, answer.body) == (416, b"")
    assert answer.headers[b"content-range"] == b"bytes */26"


@pytest.mark.parametrize(
    "asked",
    [
        b"bytes",
        b"lines=1-2",
        b"bytes=",
        b"bytes=,",
        b"bytes=-",
        b"bytes=5-4",
        b"bytes=+1-2",
        b"bytes=1-0x2",
        b"bytes=--1",
        b"bytes=1_0-20",
        b"bytes=1-2-3",
        b"bytes=" + b"9" * 5000 + b"-",
        b"bytes=" + b",".join([b"0-1"] * (mostRanges + 1)),
        b"bytes=\xb2-3",
    ],
)
def test_whatIsNoRangeGetsTheWholeFile(root: Path, asked: bytes) -> None:
    answer = ask(serve(root), get(b"/a.txt", b"Range: " + asked))
    assert (answer.code, answer.body) == (200, letters)


def served(reactor: Any, root: Path, *requests: tuple[str, dict[str, str]]) -> list[Any]:
    def client(port: int) -> list[Any]:
        return [fetch(port, target, headers=headers) for target, headers in requests]

    found: list[Any] = asking(reactor, serve(root), client)
    return found


def test_severalRangesAreSentAsParts(reactor: Any, root: Path) -> None:
    asked = {"Range": "bytes=0-1,5-5,-2"}
    [(code, headers, body)] = served(reactor, root, ("/a.txt", asked))
    assert code == 206
    assert int(headers["content-length"]) == len(body)
    found = re.fullmatch(r'multipart/byteranges; boundary="([0-9a-f]+)"', headers["content-type"])
    assert found is not None
    first, *parts, last = body.split(b"\r\n--" + found[1].encode())
    assert (first, last) == (b"", b"--\r\n")
    heads, bodies = zip(*[part.split(b"\r\n\r\n") for part in parts], strict=True)
    assert bodies == (b"ab", b"f", b"yz")
    assert b"Content-Range: bytes 24-25/26" in heads[2]
    assert b"Content-Type: text/plain" in heads[0]


def test_rangesThatOverlapAgainAndAgainGetTheFileOnce(root: Path) -> None:
    """CVE-2011-3192 of another server: a small request for many times the file."""
    asked = b"Range: bytes=" + b",".join([b"0-"] * 50)
    answer = ask(serve(root), get(b"/a.txt", asked))
    assert (answer.code, answer.body) == (200, letters)


def test_severalRangesBeyondTheEndCannotBeSatisfied(reactor: Any, root: Path) -> None:
    [(code, headers, body)] = served(reactor, root, ("/a.txt", {"Range": "bytes=50-60,70-"}))
    assert (code, headers["content-range"], body) == (416, "bytes */26", b"")


def test_ifRangeDecidesWhetherThePartStillFits(root: Path) -> None:
    state = ask(serve(root), get(b"/a.txt")).headers[b"last-modified"]
    for validator, code in [
        (state, 206),
        (b"Sun, 06 Nov 1994 08:49:37 GMT", 200),
        (b"Sun, 06 Nov 2094 08:49:37 GMT", 200),
        (b'"an-etag"', 200),
        (b'W/"an-etag"', 200),
        (b"nonsense", 200),
    ]:
        asked = get(b"/a.txt", b"Range: bytes=0-1", b"If-Range: " + validator)
        assert ask(serve(root), asked).code == code, validator


@given(
    st.integers(0, 60),
    st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70)), min_size=1, max_size=5),
)
def test_spansLieInTheFile(size: int, pairs: list[tuple[int, int]]) -> None:
    header = ",".join(f"{min(pair)}-{max(pair)}" for pair in pairs)
    data = bytes(range(size))
    for span in spansOf(parseRange(b"bytes=" + header.encode()), size):
        assert 0 < span.size <= size
        assert 0 <= span.offset < size
        assert len(data[span.offset : span.offset + span.size]) == span.size


# How it is sent


def test_largeFilesArriveWhole(eachReactor: Any, root: Path) -> None:
    data = os.urandom(3_000_001)
    (root / "large").write_bytes(data)
    (_, headers, whole), (code, _, part), (_, _, again) = served(
        eachReactor,
        root,
        ("/large", {}),
        ("/large", {"Range": "bytes=1000-2900000"}),
        ("/large", {"Range": "bytes=100000-"}),
    )
    assert whole == data
    assert headers["content-length"] == "3000001"
    assert (code, part) == (206, data[1000:2900001])
    assert again == data[100000:]


def test_theSystemSendsWhatIsLarge(reactor: Any, root: Path, monkeypatch: Any) -> None:
    sent: list[int] = []

    def counted(*words: Any) -> int:
        sent.append(os_sendfile(*words))
        return sent[-1]

    os_sendfile = os.sendfile
    monkeypatch.setattr(os, "sendfile", counted)
    (root / "large").write_bytes(b"x" * 200_000)
    served(reactor, root, ("/a.txt", {}), ("/large", {}), ("/large", {"Range": "bytes=9-8"}))
    assert sum(sent) == 400_000


def test_responsesOfOneConnectionFollowEachOther(eachReactor: Any, root: Path) -> None:
    """Pipelined: what the system sends and what we write do not overtake each other."""
    large = os.urandom(500_000)
    (root / "large").write_bytes(large)

    def client(port: int) -> bytes:
        asked = [
            get(b"/a.txt"),
            get(b"/large"),
            get(b"/a.txt"),
            get(b"/large", b"Connection: close"),
        ]
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(b"".join(asked))
            got = b""
            while data := connection.recv(65536):
                got += data
            return got

    got = asking(eachReactor, serve(root), client)
    bodies = []
    while got:
        head, _, got = got.partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]  # is there
        bodies.append(got[:length])
        got = got[length:]
    assert bodies == [letters, large, letters, large]


def test_aClientThatLeavesInTheMiddleLeavesNothingOpen(eachReactor: Any, root: Path) -> None:
    with open(root / "large", "wb") as file:
        file.truncate(100_000_000)
    requests: list[Any] = []
    lost: Deferred[None] = Deferred()

    class Watched(server.Request):
        def process(self) -> None:
            requests.append(self)
            self.notifyFinish().addErrback(lambda _: lost.callback(None))
            super().process()

    site = server.Site(serve(root), Watched, reactor=eachReactor)

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    def client(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(get(b"/large"))
            assert len(connection.recv(1000)) > 0

    before: list[int] = []

    def twice(port: int) -> None:
        before.append(descriptors())
        client(port)

    asking(eachReactor, None, twice, site)
    from tests.support import drive

    drive(eachReactor, lambda: lost)
    assert requests[0].channel is None
    # The port and both ends are closed, and so is the file.
    assert descriptors() <= before[0]


def test_aFileThatGrowsIsCutWhereItsLengthSaid(root: Path) -> None:
    """What follows would be taken for the next response."""

    class Grown(static.File):
        def getFileSize(self) -> int:
            return 10

    answer = ask(Grown(str(root)), get(b"/a.txt"))
    assert (answer.headers[b"content-length"], answer.body) == (b"10", letters[:10])


@pytest.mark.parametrize("size", [1_000, 1_000_000])
def test_aFileThatShrinksEndsTheConnection(reactor: Any, root: Path, size: int) -> None:
    (root / "large").write_bytes(b"x" * (size - 500))

    class Shrunk(static.File):
        def getFileSize(self) -> int:
            return size

    def client(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.sendall(get(b"/large") + get(b"/a.txt"))
            got = b""
            while data := connection.recv(65536):
                got += data
            return got

    got = asking(reactor, Shrunk(str(root)), client)
    assert got.count(b"HTTP/1.1") == 1
    assert got.endswith(b"x" * (size - 500))


def test_aRequestThatChangesItsBodyGetsTheFileByIt(reactor: Any, root: Path) -> None:
    class Loud(server.Request):
        def write(self, data: bytes) -> None:
            super().write(data.upper())

    site = server.Site(serve(root), Loud, reactor=reactor)
    answer = asking(reactor, None, lambda port: fetch(port, "/a.txt"), site)
    assert answer[2] == letters.upper()
    channel = site.buildProtocol(None)
    channel.makeConnection(StringTransport())
    assert not _goesOutAsItIs(Loud(channel, False))


def test_theLogTellsWhatWasSent(reactor: Any, root: Path, tmp_path: Path) -> None:
    (root / "large").write_bytes(b"a" * 200_000)
    site = server.Site(serve(root), logPath=str(tmp_path / "log"), reactor=reactor)
    asking(reactor, None, lambda port: fetch(port, "/large"), site)
    assert '" 200 200000 "' in (tmp_path / "log").read_text()


def test_aMultipartProducerEndsTheConnectionWhereTheFileDoes(root: Path) -> None:
    class Asked(http.Request):
        def __init__(self) -> None:
            self.got: list[bytes] = []
            self.ends: list[str] = []

        def registerProducer(self, producer: Any, streaming: bool) -> None:
            while not self.ends:
                producer.resumeProducing()

        def unregisterProducer(self) -> None:
            pass

        def write(self, data: bytes) -> None:
            self.got.append(data)

        def finish(self) -> None:
            self.ends.append("finish")

        def loseConnection(self) -> None:
            self.ends.append("lose")

    asked = Asked()
    file = (root / "a.txt").open("rb")
    producer = static.MultipleRangeStaticProducer(asked, file, [(b"<", 20, 100), (b">", 0, 0)])
    producer.bufferSize = 4
    producer.start()
    assert asked.ends == ["lose"]
    assert b"".join(asked.got) == b"<" + letters[20:]


# The parts


def test_importingOpensNoTableOfTypes() -> None:
    words = "import twisted.web.static, mimetypes; print(mimetypes.inited)"
    import sys

    ended = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True)
    assert ended.stdout.strip() == "False", ended.stderr


def test_theTypesOfAClassCanBeReplacedOrChanged(root: Path) -> None:
    class Mine(static.File):
        contentTypes = {".txt": "text/mine"}

    assert ask(Mine(str(root)), get(b"/a.txt")).headers[b"content-type"] == b"text/mine"
    assert static.File.contentTypes is static.File.contentTypes
    assert static.File.contentTypes[".patch"] == "text/plain"


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0B"), (1023, "1023B"), (1024, "1K"), (5 << 20, "5M"), (3 << 30, "3G")]
)
def test_sizesAreShownInTheLargestUnit(size: int, text: str) -> None:
    assert static.formatFileSize(size) == text


def test_dataIsAlwaysTheSame() -> None:
    leaf = static.Data(b"abc", "text/x")
    leaf.isLeaf = True
    answer = ask(leaf, get(b"/any/where"))
    assert (answer.body, answer.headers[b"content-type"]) == (b"abc", b"text/x")
    assert ask(leaf, get(b"/", method=b"HEAD")).headers[b"content-length"] == b"3"


def test_aWholeResponseIsSentAsItIs(root: Path) -> None:
    (root / "r.asis").write_bytes(b"HTTP/1.1 418 Mine\r\nContent-Length: 2\r\n\r\nhi")
    files = serve(root)
    files.processors = {".asis": static.ASISProcessor}  # type: ignore[misc]  # of this one
    assert ask(files, get(b"/r.asis")).whole == (root / "r.asis").read_bytes()


def test_similarFilesAreSetUpAlike(root: Path) -> None:
    files = serve(root, defaultType="text/x", ignoredExts=["*"])
    files.indexNames = ["here"]
    similar = files.createSimilarFile("/other")
    assert (similar.defaultType, similar.ignoredExts, similar.indexNames) == (
        "text/x",
        ["*"],
        ["here"],
    )
    assert similar.registry is files.registry
    assert [each.path for each in files.listEntities()] == [
        str(root / "a.txt"),
        str(root / "sub"),
    ]


def test_curlGetsFilesAndParts(reactor: Any, root: Path) -> None:
    data = os.urandom(400_000)
    (root / "large").write_bytes(data)

    def client(port: int) -> tuple[bytes, bytes]:
        url = f"http://127.0.0.1:{port}/large"
        whole = subprocess.run(["curl", "-sf", url], capture_output=True, timeout=20)
        part = subprocess.run(
            ["curl", "-sf", "-r", "9-99999", url], capture_output=True, timeout=20
        )
        return whole.stdout, part.stdout

    assert asking(reactor, serve(root), client) == (data, data[9:100_000])


def test_pathsMayBeBytesAndFilePaths(root: Path) -> None:
    assert ask(static.File(os.fsencode(root)), get(b"/a.txt")).body == letters
    assert isinstance(static.File(str(root)), FilePath)
    assert resource.IResource.providedBy(static.File(str(root)))


def test_aFileOfAClockedSiteNeedsNoReactor(root: Path) -> None:
    site = server.Site(serve(root), reactor=Clock())
    assert ask(None, get(b"/a.txt"), site).body == letters
