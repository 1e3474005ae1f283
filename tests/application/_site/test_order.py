"""Services in ranks: each waits for the ranks before it only."""

from __future__ import annotations

import pytest

from twisted.application._site.order import ranks


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({}, []),
        ({"a": (), "b": ()}, [["a", "b"]]),
        ({"a": ("b",), "b": ()}, [["b"], ["a"]]),
        ({"a": ("b", "c"), "b": ("c",), "c": (), "d": ()}, [["c", "d"], ["b"], ["a"]]),
        ({"a": ("elsewhere",)}, [["a"]]),
        ({"a": ("b",), "b": ("a",), "c": ()}, [["c"], ["a", "b"]]),
    ],
)
def test_eachNameStandsBehindThoseThatItNames(
    after: dict[str, tuple[str, ...]], found: list[list[str]]
) -> None:
    assert ranks(after) == found


def test_aLongChainIsNoTrouble() -> None:
    after = {str(number): (str(number - 1),) for number in range(500)}
    assert [rank[0] for rank in ranks(after)] == [str(number) for number in range(500)]
