"""Files that cannot be read, or are not TOML: what is said, and where it points."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.application._config.mistakes import Mistake, Mistakes
from twisted.application._config.source import Source, maxFileBytes


def onlyMistake(text: str) -> Mistake:
    with pytest.raises(Mistakes) as caught:
        Source("site.toml", text)
    (mistake,) = caught.value.found
    return mistake


@pytest.mark.parametrize(
    ("text", "line", "column", "told"),
    [
        ("a = tcp:1 # x", 1, 5, 'Text stands in quotes: "tcp:1"'),
        ("a = True", 1, 5, "Write true or false"),
        ("a = yes", 1, 5, "Write true or false"),
        ("\na 1", 2, 3, "A line reads: key = value"),
        ("a: 1", 1, 2, "A line reads: key = value"),
        ("a = 1 2", 1, 7, "several values go into a list"),
        ("a = [1 2]", 1, 8, "separated by commas"),
        ("a = [1,\n2", 2, 2, "end with a bracket"),
        ('a = "x', 1, 7, "unterminated string"),
        ("a = 1\na = 2", 2, 6, "Each key is written once"),
        ("[a]\n[b]\n[a]", 3, 3, "The table [a] is written twice (first in line 1)".lower()),
        ("[a.b]\n\n[a.b]", 3, 5, "[a.b] is written twice (first in line 1)"),
    ],
)
def test_whatIsNotTomlIsAnsweredWithItsPlaceAndARemedy(
    text: str, line: int, column: int, told: str
) -> None:
    mistake = onlyMistake(text)
    assert (mistake.line, mistake.column) == (line, column)
    assert told.lower() in mistake.text.lower()
    assert mistake.text.startswith("this is not TOML: ")


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = 2026-13-45"])
def test_whatTheReaderCannotHoldIsAMistakeToo(text: str) -> None:
    assert onlyMistake(text).place == "site.toml"


@given(st.text("a=[]{}\"'\\\n\r\t #.,1", max_size=30))
def test_anyTextIsEitherReadOrAMistakeInALineThatIsThere(text: str) -> None:
    try:
        source = Source("site.toml", text)
    except Mistakes as mistakes:
        (mistake,) = mistakes.found
        assert 0 <= mistake.line <= len(text.replace("\r\n", "\n").split("\n"))
        assert str(mistake)
    else:
        assert isinstance(source.data, dict)


def readMistake(path: Path | str) -> Mistake:
    with pytest.raises(Mistakes) as caught:
        Source.fromFile(str(path))
    (mistake,) = caught.value.found
    return mistake


def test_aFileThatIsNotThereIsAnsweredWithTheNearestOne(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("")
    (tmp_path / "other.toml").write_text("")
    said = readMistake(tmp_path / "sit.toml").text
    assert said.startswith("cannot be read: No such file")
    assert f"Did you mean '{tmp_path}/site.toml'?" in said


def test_aFolderIsNoFile(tmp_path: Path) -> None:
    assert "Is a directory" in readMistake(tmp_path).text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_aFileThatMayNotBeReadIsSaidSo(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.touch(mode=0)
    assert "Permission denied" in readMistake(path).text


def test_aFileThatIsNoTextIsAnsweredWithLineAndColumn(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes('# ä\nname = "ä'.encode() + b'\xff"')
    mistake = readMistake(path)
    assert (mistake.line, mistake.column) == (2, 10)
    assert "UTF-8" in mistake.text


def test_aFileThatIsFarTooLargeIsNotReadToItsEnd(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"#" * (maxFileBytes + 1))
    assert "does not look like a configuration" in readMistake(path).text
    path.write_bytes(b"#" * maxFileBytes)
    assert Source.fromFile(str(path)).data == {}


def test_aByteOrderMarkAndForeignLineEndsAreNoMistake(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    source = Source.fromFile(str(path))
    assert source.data == {"a": 1, "b": 2}
    assert source.mistake(("b",), "x").line == 2


def test_theMarkStandsUnderWhatIsWrong() -> None:
    source = Source("site.toml", 'a = 1\n\tbc = "de"\n')
    assert str(source.mistake(("bc",), "wrong", atValue=True)) == (
        'site.toml:2:7: wrong\n  2 | \tbc = "de"\n    | \t     ^^^^'
    )


def test_ofALongLineThePartIsShownThatIsWrong() -> None:
    source = Source("site.toml", "a = [" + "1, " * 200 + "true]")
    said = str(source.mistake(("a", 200), "wrong")).splitlines()
    assert all(len(line) < 80 for line in said)
    assert said[2][said[2].index("^") :] == "^^^^"
    assert said[1][said[2].index("^") :].startswith("true")


def test_aPathThatIsNotInTheFileIsShownAtItsParent() -> None:
    source = Source("site.toml", "[a]\nb = 1\n")
    mistake = source.mistake(("a", "missing"), "x")
    assert (mistake.line, mistake.source) == (1, "[a]")
    assert source.mistake(("nothing",), "x").line == 1


def test_mistakesAreToldInTheOrderOfTheFile() -> None:
    found = Mistakes([Mistake("f", "c", 3), Mistake("f", "a", 1, 5), Mistake("f", "b", 1, 9)])
    assert [mistake.text for mistake in found.found] == ["a", "b", "c"]
    assert str(found) == "f:1:5: a\nf:1:9: b\nf:3: c"
