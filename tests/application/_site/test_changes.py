"""What differs between two plans, for the site and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.application._config.addresses import Listen, TCPListen
from twisted.application._config.options import option
from twisted.application._config.site import Lookups, Restart, ServicePlan, SitePlan
from twisted.application._site.changes import differences, mostShown, untilNextStart
from twisted.application._site.listening import Listening


@dataclass(frozen=True)
class Settings(Listening):
    greeting: str = option(help="What to say.", default="Hello")


def service(
    name: str, kind: str = "greeter", after: Any = (), delay: float = 1.0, **options: Any
) -> ServicePlan:
    listen: tuple[Listen, ...] = options.pop("listen", (TCPListen("127.0.0.1", 7, 50),))
    made = Settings(listen=listen, **options)
    return ServicePlan(name, kind, made, after, Restart(delay=delay))


def plan(*services: ServicePlan, **site: Any) -> SitePlan:
    return SitePlan("site", services=services, **{"grace": 5.0, **site})


def test_equalPlansDoNotDiffer() -> None:
    changes = differences(plan(service("a")), plan(service("a")))
    assert not changes.any
    assert changes.kept == ("a",)


def test_eachDifferenceIsALineWithBothValues() -> None:
    old = plan(
        service("same"),
        service("gone"),
        service("told"),
        service("moved"),
        service("eased"),
        service("other"),
    )
    new = plan(
        service("same"),
        service("told", greeting="Good " + "morning " * 20),
        service("moved", listen=(TCPListen("127.0.0.1", 8, 50),)),
        service("eased", after=("same",), delay=2.0),
        service("other", kind="echo"),
        service("new"),
        grace=1.0,
        workers=4,
        callbackContext=True,
        lookups=Lookups(atOnce=4),
    )
    changes = differences(old, new)
    assert changes.added == ("new",)
    assert changes.removed == ("gone",)
    assert changes.changed == ("told", "moved", "other")
    assert changes.eased == ("eased",)
    assert changes.kept == ("same",)
    assert changes.later == ("workers", "callback-context")
    shown = ('"Good ' + "morning " * 20)[: mostShown - 3] + "..."
    assert changes.lines == (
        "~ site workers: 1 -> 4 (from the next start on)",
        "~ site callback-context: False -> True (from the next start on)",
        "~ site grace: 5 -> 1",
        "~ site lookups at-once: 32 -> 4",
        "- gone (greeter)",
        f'~ told greeting: "Hello" -> {shown}',
        "~ moved listen: TCP 127.0.0.1:7 -> TCP 127.0.0.1:8",
        "~ eased after: none -> same",
        "~ eased restart: changed",
        "~ other type: greeter -> echo",
        "+ new (greeter)",
    )


def test_settingsOfAnotherKindAreComparedAsAWhole() -> None:
    @dataclass(frozen=True)
    class Plain:
        value: int

    old = plan(ServicePlan("a", "x", Plain(1)))
    new = plan(ServicePlan("a", "x", Plain(2)))
    assert differences(old, new).lines == ("~ a its options changed",)


def test_whatTakesEffectAtTheStartStaysUntilThen() -> None:
    running = plan(service("a"), workers=2, callbackContext=True)
    now = untilNextStart(plan(service("b"), control=False, lookups=Lookups(atOnce=3)), running)
    assert (now.workers, now.callbackContext, now.control) == (2, True, None)
    assert (now.services, now.lookups.atOnce) == ((service("b"),), 3)
