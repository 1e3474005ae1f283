"""One answer made of those of all workers."""

from __future__ import annotations

from typing import Any

from twisted.application._workers.merging import mergedEntries, mergedRow, mergedServices


def row(name: str = "a", state: str = "running", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": "echo",
        "state": state,
        "since": 5.0,
        "restarts": 0,
        "problem": "",
        "addresses": [],
        **more,
    }


def test_whatIsCountedIsAdded() -> None:
    counts: dict[str, Any] = {"open": 1, "total": 2, "received": 3, "sent": 4, "errors": 5}
    merged = mergedRow([row(**counts, restarts=1), row(**counts, since=3.0)])
    assert {key: merged[key] for key in counts} == {key: 2 * counts[key] for key in counts}
    assert (merged["state"], merged["since"], merged["restarts"]) == ("running", 3.0, 1)


def test_statesThatDifferAreCounted() -> None:
    merged = mergedRow([row(), row(state="failed", problem="oops"), row()])
    assert merged["state"] == "2 running, 1 failed"
    assert merged["problem"] == "oops"


def test_addressesAreTheFirstThatAnyoneHas() -> None:
    address = [{"by": "TCP", "at": "127.0.0.1:7"}]
    assert mergedRow([row(), row(addresses=address)])["addresses"] == address


def test_aServiceThatOneWorkerHasIsShownAsItIs() -> None:
    answers = [{"services": [row("b"), row("a")]}, {"services": [row("b")]}]
    merged = mergedServices(["a", "b", "c"], answers)
    assert [each["name"] for each in merged] == ["a", "b"]
    assert merged[0] == row("a")


def test_messagesAreInTheOrderOfTheirTimes() -> None:
    journals = [[{"time": 1.0}, {"time": 4.0}], [{"time": 2.0}], []]
    assert [each["time"] for each in mergedEntries(journals, 10)] == [1.0, 2.0, 4.0]
    assert [each["time"] for each in mergedEntries(journals, 2)] == [2.0, 4.0]
    assert mergedEntries(journals, 0) == []
