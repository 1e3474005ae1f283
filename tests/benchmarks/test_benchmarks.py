"""The harness of the benchmarks, with counts so small that its figures mean nothing."""

from __future__ import annotations

import io
import json
import shutil

import pytest
from benchmarks.cli import main, measureAll
from benchmarks.contestants import contestants
from benchmarks.measuring import Measure, Plan, Sample
from benchmarks.processes import ChildFailed, Running, chooseCores
from benchmarks.results import Result
from benchmarks.rows import Bar, Row, rows, selected
from benchmarks.workshop import Workshop
from rich.console import Console

from benchmarks import report

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="the load needs a C compiler")

tiny = Plan(seconds=0.02, warmSeconds=0.01, idleConnections=20, timers=50, imports=1)
# Genuine Twisted would have to be fetched first, and so would other people's servers.
atHand = [each for each in contestants if each.key != "twisted" and each.kind != "peer"]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    made = Workshop(tmp_path_factory.mktemp("workshop"))
    made.prepare(genuine=False)
    return made


@pytest.mark.parametrize("row", rows, ids=lambda row: row.key)
def test_eachRowGivesAFigureForWhoeverHasSuchAThing(row: Row, workshop: Workshop) -> None:
    (result,) = measureAll([row], atHand, workshop, chooseCores(), tiny, rounds=1)
    assert "torsion" in result.samples
    if "memory" not in row.key:  # so few connections may need no new page, or give some back
        samples = [sample for found in result.samples.values() for sample in found]
        assert all(sample.wall >= 0 and sample.processor >= 0 for sample in samples)


def test_aRatioIsTheMedianOfThoseOfTheRounds() -> None:
    result = Result(rows[0])
    for ours, theirs in [(10, 5), (30, 10), (80, 10)]:
        result.add("torsion", Sample(ours, 7))
        result.add("twisted", Sample(theirs, 7))
    assert result.ratio("twisted") == 3
    assert result.figure("torsion") == 30
    assert result.ratio("uvloop") is None
    assert Result(rows[0], "processor", result.samples).ratio("twisted") == 1


@pytest.mark.parametrize(
    ("bar", "found", "reached"),
    [
        (Bar(2.0), 2.0, True),
        (Bar(2.0), 1.99, False),
        (Bar(0.6, atMost=True), 0.6, True),
        (Bar(0.6, atMost=True), 0.61, False),
        (Bar(2000, None, atMost=True), 1999, True),
    ],
)
def test_aBarIsReachedAtItsLimit(bar: Bar, found: float, reached: bool) -> None:
    assert bar.isReached(found) is reached


def test_aBarThatWasNotMeasuredIsNotReached() -> None:
    result = Result(rows[0])
    result.add("torsion", Sample(1.0, 1.0))
    assert [result.verdict(bar) for bar in rows[0].bars] == [None, None]


def test_everyBarShowsItsVerdictInEachForm() -> None:
    result = Result(rows[0])
    for key, value in [("torsion", 100.0), ("twisted", 50.0), ("uvloop", 100.0)]:
        result.add(key, Sample(value, value, loadBusy=0.99))
    console = Console(width=200, record=True, file=io.StringIO())
    report.showTable(console, [result], contestants)
    assert "missed" in console.export_text()
    markdown = report.asMarkdown([result], contestants, tiny)
    assert "missed, reached" in markdown
    assert len({line.count("|") for line in markdown.splitlines()[:3]}) == 1
    bars = json.loads(report.asJSON([result], tiny, 1))["results"][0]["bars"]
    assert [bar["reached"] for bar in bars] == [False, True]


def test_aColumnIsOnlyForThoseWhoWereMeasured() -> None:
    result = Result(rows[0])
    for key, value in [("torsion", 100.0), ("granian", 50.0)]:
        result.add(key, Sample(value, value))
    (head, *_) = report.asMarkdown([result], contestants, tiny).splitlines()
    assert [cell.strip() for cell in head.split("|")][2:5] == ["Torsion", "granian", "by granian"]


def test_aSampleThatOthersDisturbedIsRepeated(workshop: Workshop) -> None:
    disturbed = iter([0.5, 0.3, 0.4, 0.0])

    class Scripted(Measure):
        def sample(self, *_: object) -> Sample:
            share = next(disturbed)
            return Sample(share, share, disturbed=share)

    row = Row("scripted", "scripted", "", Scripted())
    (result,) = measureAll([row], atHand[:1], workshop, chooseCores(), tiny, 1, retries=2)
    assert result.figure("torsion") == 0.3
    assert list(disturbed) == [0.0]


def test_aRowIsFoundByItsKeyOrAPartOfIt() -> None:
    assert [row.key for row in selected(["lines"])] == ["lines"]
    assert [row.key for row in selected(["timer"])] == ["timers", "timers-at-once"]
    assert selected([]) == list(rows)


@pytest.mark.parametrize("words", [["-k", "nosuchrow"], ["-c", "torsion,nobody"]])
def test_aNameThatNothingHasIsAMistakeOfTheCaller(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert words[1].split(",")[-1] in capsys.readouterr().err


def test_aProcessThatFailsSaysWhy() -> None:
    words = ["sh", "-c", "echo no such luck >&2; exit 3"]
    with Running(words, -1) as process, pytest.raises(ChildFailed) as caught:
        process.line()
    assert "ended with 3\nno such luck" in str(caught.value)
