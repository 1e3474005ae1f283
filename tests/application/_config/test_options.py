"""One declaration gives keys, judgement and messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from twisted.application._config.kinds import WRONG, FilePath, ListOf, Number, Whole, YesNo, kindFor
from twisted.application._config.mistakes import Path, nearest, orList, suggestion
from twisted.application._config.options import WrongOption, describe, option, readOptions
from twisted.application._config.tables import TableOf


class Notes:
    """Remembers what was found wrong."""

    folder = "/base"

    def __init__(self) -> None:
        self.said: list[tuple[Path, str]] = []

    def wrong(self, path: Path, text: str, *, atValue: bool = True) -> None:
        self.said.append((path, text))


@dataclass(frozen=True)
class Base:
    old: bool = option(help="Old.", default=False)


@dataclass(frozen=True)
class Greeter(Base):
    greeting: str = option(help="What to say.", example='"Hi"')
    maxLength: int = option(help="At most.", default=80, minimum=1, maximum=100)
    pause: float | None = option(help="Seconds.", default=None, minimum=0)
    tone: Literal["warm", "cool"] = option(help="How.", default="warm")
    names: tuple[str, ...] = option(help="Whom.", default=("you",))
    unseen: int = 3

    def __post_init__(self) -> None:
        if self.greeting == "odd":
            raise WrongOption("maxLength", "too odd for that.")
        if self.greeting == "worse":
            raise ValueError("no good")


def read(**table: Any) -> tuple[Greeter | None, list[tuple[Path, str]]]:
    notes = Notes()
    made = readOptions(
        Greeter, {k.replace("_", "-"): v for k, v in table.items()}, ("s",), notes, of="a greeter"
    )
    return made, notes.said


def test_aDeclarationIsListedWithWhatIsRequiredFirstAndWhatIsInheritedLast() -> None:
    listed = [(each.key, each.kind.short, each.shownDefault) for each in describe(Greeter)]
    assert listed == [
        ("greeting", "text", "required"),
        ("max-length", "number", "80"),
        ("pause", "number", ""),
        ("tone", "warm|cool", '"warm"'),
        ("names", "list of text", '["you"]'),
        ("old", "true/false", "false"),
    ]


def test_aTableBecomesAnObject() -> None:
    made, said = read(greeting="Hi", max_length=7, pause=2, names=["a", "b"], old=True)
    assert made == Greeter(greeting="Hi", maxLength=7, pause=2.0, names=("a", "b"), old=True)
    assert said == []


def test_aSingleValueStandsForAListOfOne() -> None:
    made, _ = read(greeting="Hi", names="me")
    assert made is not None and made.names == ("me",)


@pytest.mark.parametrize(
    ("table", "path", "told"),
    [
        ({}, ("s",), "'greeting' is missing: What to say. For instance: greeting = \"Hi\""),
        ({"greeting": 3}, ("s", "greeting"), "wanted text in quotes, got 3."),
        (
            {"greeting": "x", "max_length": 0},
            ("s", "max-length"),
            "wanted a whole number from 1 to 100, got 0.",
        ),
        (
            {"greeting": "x", "max_length": 101},
            ("s", "max-length"),
            "wanted a whole number from 1 to 100, got 101.",
        ),
        (
            {"greeting": "x", "max_length": True},
            ("s", "max-length"),
            "wanted a whole number from 1 to 100, got true.",
        ),
        (
            {"greeting": "x", "max_length": "7"},
            ("s", "max-length"),
            'wanted a whole number from 1 to 100, got the text "7".',
        ),
        (
            {"greeting": "x", "pause": -0.5},
            ("s", "pause"),
            "wanted a number, 0 or more, got -0.5.",
        ),
        (
            {"greeting": "x", "pause": float("nan")},
            ("s", "pause"),
            "wanted a number, 0 or more, got nan.",
        ),
        (
            {"greeting": "x", "tone": "wram"},
            ("s", "tone"),
            'wanted one of "warm" or "cool", got the text "wram". Did you mean \'warm\'?',
        ),
        (
            {"greeting": "x", "names": ["a", {}]},
            ("s", "names", 1),
            "wanted text in quotes, got a table.",
        ),
        ({"greeting": "x", "old": 1}, ("s", "old"), "wanted true or false, got 1."),
        (
            {"greeting": "x", "greetin": "y"},
            ("s", "greetin"),
            "'greetin' is not a key of a greeter. Did you mean 'greeting'?",
        ),
        (
            {"greeting": "x", "zzz": "y"},
            ("s", "zzz"),
            "'zzz' is not a key of a greeter. "
            "Known: greeting, max-length, names, old, pause and tone.",
        ),
        ({"greeting": "odd"}, ("s", "max-length"), "too odd for that."),
        ({"greeting": "worse"}, ("s",), "no good"),
    ],
)
def test_aWrongValueIsAnsweredWithItsKeyAndWhatWasWanted(
    table: dict[str, Any], path: Path, told: str
) -> None:
    made, said = read(**table)
    assert made is None
    assert said == [(path, told)]


def test_allMistakesAreFoundAtOnce() -> None:
    _, said = read(max_length=0, pause="x", bogus=1)
    assert len(said) == 4


def test_anAnnotationThatNoKindFitsIsRefusedWithWhatToDo() -> None:
    with pytest.raises(TypeError, match="name one with kind="):
        kindFor(dict[str, int])


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Whole(), "7", 7),
        (Whole(), "0o17", 15),
        (Whole(), "seven", "seven"),
        (Number(), "2.5", 2.5),
        (Number(), "x", "x"),
        (YesNo(), "True", True),
        (YesNo(), "maybe", "maybe"),
        (ListOf(Whole()), "3", 3),
    ],
)
def test_aFlagsTextBecomesWhatAFileWouldHold(kind: Any, text: str, value: object) -> None:
    assert kind.fromText(text) == value


def test_aRelativePathStartsFromTheFilesFolder() -> None:
    assert FilePath().read("a/b", (), Notes()) == "/base/a/b"
    assert FilePath().read("/a/b", (), Notes()) == "/a/b"
    for bad in ("", "a\0b", 3):
        assert FilePath().read(bad, (), Notes()) is WRONG


def test_aFileThatMustBeReadableIsOpened() -> None:
    notes = Notes()
    assert FilePath(mustBeReadable=True).read("nothing", (), notes) is WRONG
    assert "'/base/nothing' cannot be read: No such file" in notes.said[0][1]


def test_theNearestNameIsFoundAndAFarOneIsNot() -> None:
    assert nearest("lisen", ["listen", "quotes"]) == "listen"
    assert nearest("LISTEN", ["listen", "quotes"]) == "listen"
    assert nearest("x" * 10_000, ["listen"]) is None
    assert suggestion("lisen", ["listen"]) == "Did you mean 'listen'?"
    assert suggestion("zzz", ["b", "a"]) == "Known: a and b."
    assert [orList("abc"[:n]) for n in range(4)] == ["", "a", "a or b", "a, b or c"]


@dataclass(frozen=True)
class Span:
    longest: int = option(help="At most.", default=80)
    shortest: int = option(help="At least.", default=10)

    def __post_init__(self) -> None:
        if self.longest < 0:
            raise ValueError("nothing is as short as that.")
        if self.longest < self.shortest:
            raise WrongOption("shortest", "is more than the longest.")


@pytest.mark.parametrize(
    ("value", "path", "told"),
    [
        (7, ("span", "shortest"), "is more than the longest."),
        (-1, ("span",), "nothing is as short as that."),
        ({"longest": 7}, ("span", "shortest"), "is more than the longest."),
        ("x", ("span",), "wanted a whole number"),
    ],
)
def test_aTableInShortIsJudgedAsAWhole(value: object, path: Path, told: str) -> None:
    notes = Notes()
    assert TableOf(Span, "longest").read(value, ("span",), notes) is WRONG
    [(where, said)] = notes.said
    assert where == path
    assert told in said


def test_aTableInShortThatLacksAnotherKeyIsAMistake() -> None:
    notes = Notes()
    assert TableOf(Greeter, "max-length").read(7, ("span",), notes) is WRONG
    assert [path for path, _ in notes.said] == [("span",)]
    assert "'greeting' is missing" in notes.said[0][1]


def test_aTableInShortIsItsMainKey() -> None:
    notes = Notes()
    assert TableOf(Span, "longest").read(70, ("span",), notes) == Span(longest=70)
    assert notes.said == []
