"""The latest messages of a site: bounded, as text, and shown to whoever follows."""

from __future__ import annotations

from typing import Any

from twisted.application._site.journal import Journal
from twisted.logger import Logger, LogLevel, LogPublisher, PredicateResult


def journalAndLog(**more: Any) -> tuple[Journal, Logger]:
    journal = Journal(**more)
    return journal, Logger(namespace="echo", observer=LogPublisher(journal))


def test_messagesAreKeptAsText() -> None:
    journal, log = journalAndLog()
    log.info("{who} came", who="Ann")
    log.warn("hm", service="other")
    first, second = journal.latest(10)
    assert (first["text"], first["level"], first["service"]) == ("Ann came", "info", "echo")
    assert (second["level"], second["from"], second["service"]) == ("warn", "echo", "other")
    assert first["time"] <= second["time"]


def test_whatIsLessImportantOrUnwantedIsNotKept() -> None:
    journal, log = journalAndLog(level=LogLevel.warn)
    log.info("not this")
    assert journal.latest(10) == []
    journal, log = journalAndLog(told=lambda event: PredicateResult.no)
    log.error("nor this")
    assert journal.latest(10) == []


def test_aFailureIsKeptWithItsTrace() -> None:
    journal, log = journalAndLog()
    try:
        1 / 0  # noqa: B018  # raises
    except ZeroDivisionError:
        log.failure("oops")
    assert "oops\nTraceback" in journal.latest(1)[0]["text"]
    assert "ZeroDivisionError" in journal.latest(1)[0]["text"]


def test_onlyTheLatestAreKeptAndNoneIsTooLong() -> None:
    journal, log = journalAndLog()
    for number in range(Journal.maxEntries + 5):
        log.info("{number}", number=number)
    log.info("x" * 100000)
    assert len(journal.latest(10**6)) == Journal.maxEntries
    assert journal.latest(10**6)[0]["text"] == "6"
    assert len(journal.latest(1)[0]["text"]) == Journal.maxTextCharacters


def test_messagesOfOneServiceCanBeHad() -> None:
    journal, log = journalAndLog()
    for number in range(4):
        log.info("{number}", number=number, service="even" if number % 2 == 0 else "odd")
    assert [each["text"] for each in journal.latest(10, "odd")] == ["1", "3"]
    assert [each["text"] for each in journal.latest(1, "odd")] == ["3"]
    assert journal.latest(0) == []


def test_followersSeeWhatComesUntilTheyEndIt() -> None:
    journal, log = journalAndLog()
    seen: list[Any] = []
    end = journal.follow(seen.append)
    log.info("one")
    end()
    end()
    log.info("two")
    assert [each["text"] for each in seen] == ["one"]
