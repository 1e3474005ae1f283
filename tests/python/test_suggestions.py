"""What was probably meant by a word that is not known."""

from __future__ import annotations

import time

import pytest

from twisted.internet._endpoints import mistakes
from twisted.python._suggestions import didYouMean, nearest
from twisted.python.usage import Options, UsageError


@pytest.mark.parametrize(
    ("word", "guess"),
    [
        ("verbsoe", "verbose"),
        ("VERBOSE", "verbose"),
        ("verbos", "verbose"),
        ("vrbs", None),
        ("prot", "port"),
        ("", None),
        ("port" * 5000, None),
    ],
)
def test_aSlipFindsItsWordAndOtherWordsDoNot(word: str, guess: str | None) -> None:
    assert nearest(word, iter(["verbose", "port", "interface"])) == guess


def test_aLongTextFromAStrangerCostsNothing() -> None:
    begun = time.process_time()
    assert nearest("x" * 1_000_000, ["listen"] * 1000) is None
    assert time.process_time() - begun < 0.5


def test_theGuessIsSaidWithWhatStandsBeforeIt() -> None:
    assert didYouMean("prot", ["port"], "--") == "; did you mean --port?"
    assert didYouMean("zzzz", ["port"], "--") == ""


def test_optionsAndEndpointsGuessAlike() -> None:
    class Listening(Options):
        optFlags = [["interface", None, "Which one."]]

    assert mistakes.nearest is nearest
    with pytest.raises(UsageError, match="did you mean --interface"):
        Listening().parseOptions(["--interfcae"])
