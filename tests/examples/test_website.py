"""
The small site: its pages as programs see them, and as a person does in a browser.

The browser is Debian's chromium, driven by selenium. Where one of both is not there, those tests
are skipped.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import socket
import struct
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from .running import Program, examples, patienceSeconds


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, int]]:
    """The site on a port that the system chooses."""
    folder = tmp_path_factory.mktemp("website") / "website"
    shutil.copytree(
        examples / "website", folder, ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    file = folder / "site.toml"
    file.write_text(file.read_text().replace("listen = 8080 ", "listen = 0 "))
    words = ("-m", "twisted.application.twist", "up", "--log-level", "debug")
    with Program(*words, folder=folder) as program:
        port = int(program.until(r"^www +TCP +127\.0\.0\.1:(\d+)")[1])
        yield program, port
        program.signal()
        assert program.ended() == 0


class Visitor:
    """Somebody who keeps cookies."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(
        self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str, Any]:
        """Returns: the code, the page and the headers, after redirects."""
        request = Request(self.base + path, data, headers or {})
        try:
            with self._opener.open(request, timeout=patienceSeconds) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.headers

    def token(self, path: str) -> str:
        """Returns: what the form of a page sends back."""
        found = re.search(r'name="token" value="(\w+)"', self.open(path)[1])
        assert found is not None
        return found[1]

    def send(self, path: str, **fields: str) -> tuple[int, str, Any]:
        return self.open(path, urlencode(fields).encode())


@pytest.fixture
def visitor(site: tuple[Program, int]) -> Visitor:
    return Visitor(site[1])


def test_everyPageIsThereAndLoadsNothingFromElsewhere(visitor: Visitor) -> None:
    for path in ("/", "/guestbook", "/visit", "/upload"):
        code, page, headers = visitor.open(path)
        assert code == 200
        assert page.startswith("<!DOCTYPE html>")
        assert page.count("<h1") == 1 and 'lang="en"' in page and page.count("aria-current") == 1
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert visitor.open("/static/style.css")[2]["Content-Type"].startswith("text/css")
    assert visitor.open("/favicon.ico")[2]["Content-Type"] == "image/svg+xml"
    assert visitor.open("/nowhere")[0] == 404
    assert visitor.open("/static/")[0] == 403


def test_theGuestbookShowsWhatItIsSentAsText(visitor: Visitor) -> None:
    token = visitor.token("/guestbook")
    code, page, _ = visitor.send(
        "/guestbook", token=token, name="<b>Ann</b>", message='"5 > 3" & <script>alert(1)</script>'
    )
    assert code == 200
    assert "Thank you, &lt;b&gt;Ann&lt;/b&gt;." in page
    assert "&amp; &lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert "Thank you" not in visitor.open("/guestbook")[1]


@pytest.mark.parametrize(
    ("name", "message", "wanted"),
    [("", "hello", "a name and a message"), ("Ann", "x" * 281, "has 281 letters")],
)
def test_theGuestbookSaysWhatIsWrong(
    visitor: Visitor, name: str, message: str, wanted: str
) -> None:
    token = visitor.token("/guestbook")
    code, page, _ = visitor.send("/guestbook", token=token, name=name, message=message)
    assert code == 422
    assert re.search(rf'role="alert"[^>]*>[^<]*{wanted}', page)
    assert message in page


def test_aFormOfAnotherSiteIsRefused(visitor: Visitor) -> None:
    visitor.open("/guestbook")
    code, _, _ = visitor.send("/guestbook", token="0" * 32, name="Eve", message="spam")
    assert code == 403
    assert "Eve" not in visitor.open("/guestbook")[1]


def test_aSessionCountsAndForgets(visitor: Visitor) -> None:
    assert "one page" in visitor.open("/visit")[1]
    assert "2 pages" in visitor.open("/visit")[1]
    _, page, _ = visitor.send("/visit", token=visitor.token("/visit"))
    assert "one page" in page
    assert "one page" in Visitor(int(visitor.base.rpartition(":")[2])).open("/visit")[1]


def _upload(visitor: Visitor, data: bytes) -> tuple[int, str, Any]:
    token = visitor.token("/upload")
    body = (
        b'--xyz\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + token.encode() + b"\r\n"
        b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--xyz--\r\n"
    )
    return visitor.open("/upload", body, {"Content-Type": "multipart/form-data; boundary=xyz"})


def test_anUploadIsMeasured(visitor: Visitor) -> None:
    data = bytes(range(256)) * 40
    code, page, _ = _upload(visitor, data)
    assert code == 200
    assert "Received 10,240 bytes" in page and hashlib.sha256(data).hexdigest() in page
    assert _upload(visitor, b"")[0] == 422


def test_theClockTellsTheTimeByWebSocket(site: tuple[Program, int]) -> None:
    key = base64.b64encode(b"0123456789abcdef").decode()
    with socket.create_connection(("127.0.0.1", site[1]), patienceSeconds) as connection:
        connection.sendall(
            f"GET /clock HTTP/1.1\r\nHost: 127.0.0.1:{site[1]}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Origin: http://127.0.0.1:{site[1]}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        with connection.makefile("rb") as stream:
            assert b"101" in stream.readline()
            while stream.readline() != b"\r\n":
                pass
            times = []
            for _ in range(2):
                first, length = struct.unpack("BB", stream.read(2))
                assert (first, length) == (0x81, 20)
                times.append(stream.read(length))
        assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", times[0])
        assert times[0] < times[1]


def test_aClockThatNobodyLooksAtAnyMoreIsGone(site: tuple[Program, int]) -> None:
    key = base64.b64encode(b"0123456789abcdef").decode()
    with socket.create_connection(("127.0.0.1", site[1]), patienceSeconds) as connection:
        mine = connection.getsockname()[1]
        connection.sendall(
            f"GET /clock HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 101 ")
    site[0].until(rf"127\.0\.0\.1:{mine} left after")


def test_requestsAreLoggedAsJSON(site: tuple[Program, int], visitor: Visitor) -> None:
    visitor.open("/upload?seen", headers={"X-Request-Id": "r-7"})
    line = site[0].until(r'(\{.*"target":"/upload\?seen".*\})')[1]
    logged = json.loads(line)
    assert (logged["status"], logged["trace"], logged["client"]) == (200, "r-7", "127.0.0.1")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("Debian's chromium and chromium-driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    folder = tmp_path_factory.mktemp("browser")
    for argument in (
        "--headless=new",
        # The sandbox wants rights that containers and the user root have not; all pages are ours.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-proxy-server",
        "--window-size=1100,900",
        f"--user-data-dir={folder}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        made.set_page_load_timeout(patienceSeconds)
        yield made
    finally:
        made.quit()


class Person:
    """Somebody in front of a browser."""

    def __init__(self, browser: Any, port: int) -> None:
        self.browser = browser
        self.base = f"http://localhost:{port}"

    def go(self, path: str) -> None:
        self.browser.get(self.base + path)

    def find(self, selector: str) -> Any:
        return self.browser.find_element("css selector", selector)

    def wait(self, condition: Any) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.browser, patienceSeconds).until(lambda _: condition())

    def complaints(self) -> list[str]:
        """Returns: what the browser has to say against the pages so far."""
        return [each["message"] for each in self.browser.get_log("browser")]


@pytest.fixture
def person(site: tuple[Program, int], browser: Any) -> Person:
    return Person(browser, site[1])


def test_aPersonSeesALiveClock(person: Person) -> None:
    person.go("/")
    person.wait(lambda: person.find("#clock-state").text == "live")
    first = person.find("#clock").text
    person.wait(lambda: person.find("#clock").text != first)
    assert person.find("h1").is_displayed()
    assert person.complaints() == []


def test_aPersonSignsTheGuestbook(person: Person) -> None:
    person.go("/")
    person.find('nav a[href="/guestbook"]').click()
    person.find("#name").send_keys("Grace")
    person.find("#message").send_keys("Hello <i>there</i>")
    person.find("form button").click()
    person.wait(lambda: person.find(".notice").text == "Thank you, Grace.")
    assert person.find(".entries .message").text == "Hello <i>there</i>"
    assert person.complaints() == []


def test_aPersonUploadsAFile(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("dear all")
    person.go("/upload")
    person.find("#file").send_keys(str(file))
    person.find("form button").click()
    wanted = f"Received 8 bytes, SHA-256 {hashlib.sha256(b'dear all').hexdigest()}."
    person.wait(lambda: person.find(".notice").text == wanted)
    person.go("/visit")
    assert "pages" in person.find("#pages").text
    assert person.complaints() == []


def test_thePagesCanBeUsedWithTheKeyboardAndOnANarrowScreen(person: Person) -> None:
    from selenium.webdriver.common.keys import Keys

    for path in ("/", "/guestbook", "/upload"):
        person.go(path)
        person.find("body").send_keys(Keys.TAB)
        assert person.browser.switch_to.active_element.text == "Skip to the content"
        unnamed = person.browser.execute_script(
            "return [...document.querySelectorAll('input:not([type=hidden]), textarea, button')]"
            ".filter(e => !(e.labels && e.labels.length) && !e.textContent.trim()).length"
        )
        assert unnamed == 0
    person.browser.set_window_size(500, 800)
    try:
        for path in ("/", "/guestbook", "/upload"):
            person.go(path)
            wide = "return document.documentElement.scrollWidth - innerWidth"
            assert person.browser.execute_script(wide) <= 0
    finally:
        person.browser.set_window_size(1100, 900)
