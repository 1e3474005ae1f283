"""
The pages of a small site: a form, a session, a live clock by WebSocket, and an upload.

``twist up site.toml`` serves them. Nothing is kept but in memory.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from zope.interface import Attribute, Interface, implementer

from twisted.internet.task import LoopingCall
from twisted.python.components import registerAdapter
from twisted.python.filepath import FilePath
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import Session
from twisted.web.template import Element, Tag, XMLFile, renderElement, renderer, tags
from twisted.web.websocket import WebSocketResource

if TYPE_CHECKING:
    from twisted.python.failure import Failure
    from twisted.web.iweb import IRequest
    from twisted.web.websocket import WebSocketTransport

here = FilePath(__file__).parent()

NAVIGATION = (
    ("/", "Home"),
    ("/guestbook", "Guestbook"),
    ("/visit", "Your visit"),
    ("/upload", "Upload"),
)


# What is remembered of a visitor, for as long as their session lasts


class IVisit(Interface):
    """One visitor."""

    pages = Attribute("How many pages they have seen.")
    began = Attribute("When they came.")
    token = Attribute("What our own forms send back, and those of other sites cannot know.")
    notice = Attribute("What the next page says first.")


@implementer(IVisit)
class Visit:
    def __init__(self, session: Session) -> None:
        self.pages = 0
        self.began = now()
        self.token = secrets.token_hex(16)
        self.notice = ""


registerAdapter(Visit, Session, IVisit)


def now() -> str:
    """The time, as programs and most people read it."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


# Pages


class Page(Element):
    """What all pages have: a head, a way around, and something in the middle."""

    loader = XMLFile(here.child("pages").child("layout.xml"))

    def __init__(self, path: str, title: str, content: Element, notice: str) -> None:
        super().__init__()
        self.path, self.titled, self.inside, self.notice = path, title, content, notice

    @renderer
    def title(self, request: IRequest, tag: Tag) -> Tag:
        return tag(f"{self.titled} · Lantern")

    @renderer
    def navigation(self, request: IRequest, tag: Tag) -> Tag:
        for path, name in NAVIGATION:
            link = tags.a(name, href=path)
            if path == self.path:
                link(**{"aria-current": "page"})
            tag(tags.li(link))
        return tag

    @renderer
    def flash(self, request: IRequest, tag: Tag) -> Any:
        return tag(self.notice) if self.notice else ""

    @renderer
    def content(self, request: IRequest, tag: Tag) -> Element:
        return self.inside


class Content(Element):
    """
    The middle of a page.

    Args:
        template: its name.
        slots: what fills it.
    """

    def __init__(self, template: str, **slots: Any) -> None:
        super().__init__(loader=XMLFile(here.child("pages").child(f"{template}.xml")))
        self.slots = slots

    @renderer
    def fill(self, request: IRequest, tag: Tag) -> Tag:
        return tag.fillSlots(**self.slots)


class PageResource(Resource):
    """
    A page, which counts who looks at it.

    Attributes:
        path, title: of the page.
    """

    isLeaf = True
    path = "/"
    title = "Home"

    def content(self, visit: Visit) -> Element:
        """Override: the middle of the page."""
        return Content("home", time=now())

    def show(self, request: Any, content: Element | None = None) -> Any:
        visit: Visit = request.getSession(IVisit)
        visit.pages += 1
        notice, visit.notice = visit.notice, ""
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        request.setHeader(b"cache-control", b"no-store")
        shown = self.content(visit) if content is None else content
        return renderElement(request, Page(self.path, self.title, shown, notice))

    def render_GET(self, request: Any) -> Any:
        return self.show(request)


class FormResource(PageResource):
    """A page with a form. It is answered by a redirect, so that reloading sends nothing twice."""

    def render_POST(self, request: Any) -> Any:
        visit: Visit = request.getSession(IVisit)
        if not hmac.compare_digest(field(request, b"token").encode(), visit.token.encode()):
            request.setResponseCode(403)
            wrong = "This form is too old, or came from elsewhere. Please send it again."
            return self.show(request, self.form(visit, wrong))
        wrong = self.take(request, visit)
        if wrong:
            request.setResponseCode(422)
            return self.show(request, self.form(visit, wrong, request))
        request.setResponseCode(303)
        request.setHeader(b"location", self.path.encode())
        return b""

    def content(self, visit: Visit) -> Element:
        return self.form(visit, "")

    def form(self, visit: Visit, wrong: str, request: Any = None) -> Element:
        """Override: the middle of the page, with what was wrong with what was sent."""
        raise NotImplementedError

    def take(self, request: Any, visit: Visit) -> str:
        """Override: use what was sent. Returns: what is wrong with it; nothing if all is right."""
        raise NotImplementedError


def field(request: Any, name: bytes, most: int = 1000) -> str:
    """One field of a form, as text."""
    given: bytes = request.args.get(name, [b""])[0]
    return given.decode("utf-8", "replace").strip()[:most]


def problem(wrong: str) -> Any:
    """What is wrong, where a person and their screen reader find it first."""
    return tags.p(wrong, id="problem", role="alert", class_="problem") if wrong else ""


class Entry(NamedTuple):
    """What somebody wrote."""

    name: str
    message: str
    time: str


class Guestbook(FormResource):
    """The last twenty entries, and a form for the next."""

    path, title = "/guestbook", "Guestbook"
    mostLetters = 280

    def __init__(self) -> None:
        super().__init__()
        self.entries: deque[Entry] = deque(maxlen=20)

    def form(self, visit: Visit, wrong: str, request: Any = None) -> Element:
        entries = [
            tags.li(
                tags.p(each.message, class_="message"),
                tags.p(tags.strong(each.name), " · ", tags.time(each.time, datetime=each.time)),
            )
            for each in reversed(self.entries)
        ]
        return Content(
            "guestbook",
            token=visit.token,
            problem=problem(wrong),
            name=field(request, b"name") if request else "",
            message=field(request, b"message") if request else "",
            entries=tags.ol(entries, class_="entries") if entries else tags.p("Nobody yet."),
        )

    def take(self, request: Any, visit: Visit) -> str:
        name, message = field(request, b"name", 40), field(request, b"message")
        if not name or not message:
            return "Please give a name and a message."
        if len(message) > self.mostLetters:
            return f"The message has {len(message)} letters, and {self.mostLetters} is the most."
        self.entries.append(Entry(name, message, now()))
        visit.notice = f"Thank you, {name}."
        return ""


class YourVisit(PageResource):
    """What the session knows."""

    path, title = "/visit", "Your visit"

    def content(self, visit: Visit) -> Element:
        pages = "one page" if visit.pages == 1 else f"{visit.pages} pages"
        return Content("visit", pages=pages, began=visit.began, token=visit.token)

    def render_POST(self, request: Any) -> bytes:
        """Forget the visitor."""
        visit: Visit = request.getSession(IVisit)
        if hmac.compare_digest(field(request, b"token").encode(), visit.token.encode()):
            request.getSession().expire()
        request.setResponseCode(303)
        request.setHeader(b"location", b"/visit")
        return b""


class Upload(FormResource):
    """Takes a file, tells its size and its checksum, and keeps nothing of it."""

    path, title = "/upload", "Upload"

    def form(self, visit: Visit, wrong: str, request: Any = None) -> Element:
        return Content("upload", token=visit.token, problem=problem(wrong))

    def take(self, request: Any, visit: Visit) -> str:
        data: bytes = request.args.get(b"file", [b""])[0]
        if not data:
            return "Please choose a file that is not empty."
        checksum = hashlib.sha256(data).hexdigest()
        visit.notice = f"Received {len(data):,} bytes, SHA-256 {checksum}."
        return ""


# The clock


class Clock:
    """Tells one browser the time, once a second, for as long as it listens."""

    def __init__(self) -> None:
        self.ticking = LoopingCall(self.tick)

    def negotiationStarted(self, transport: WebSocketTransport) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        self.ticking.start(1)

    def tick(self) -> None:
        self.transport.sendTextMessage(now())

    def textMessageReceived(self, message: str) -> None:
        """A clock does not listen."""

    def bytesMessageReceived(self, data: bytes) -> None:
        """A clock does not listen."""

    def pongReceived(self, payload: bytes) -> None:
        """Nobody was asked."""

    def connectionLost(self, reason: Failure) -> None:
        if self.ticking.running:
            self.ticking.stop()


class ClockFactory:
    def buildProtocol(self, request: IRequest) -> Clock:
        return Clock()


# All of it


class Root(Resource):
    """Finds the pages by their names."""

    def getChild(self, path: bytes, request: Any) -> Any:
        return notFound("Not found", "There is no such page here.")


def root() -> Resource:
    """Returns: where paths begin."""
    made = Root()
    made.putChild(b"", PageResource())
    made.putChild(b"guestbook", Guestbook())
    made.putChild(b"visit", YourVisit())
    made.putChild(b"upload", Upload())
    made.putChild(b"clock", WebSocketResource(ClockFactory()))
    return made
