"""The reference page has every key, and its cells stay cells whatever words they hold."""

from __future__ import annotations

import re

from twisted.application._config.catalogue import allTypes
from twisted.application._config.options import describe
from twisted.application._config.reference import referencePage


def test_everyTypeAndEveryKeyIsThere() -> None:
    page = referencePage(allTypes())
    for name, each in allTypes().items():
        section = page.partition(f"### `{name}`\n")[2].partition("\n### ")[0]
        for option in describe(each.settings):
            assert f"| `{option.key}` |" in section, (name, option.key)
    for key in ("grace", "workers", "control", "file", "users", "after", "restart", "limit"):
        assert f"| `{key}` |" in page


def test_everyRowHasFourCells() -> None:
    rows = [line for line in referencePage(allTypes()).splitlines() if line.startswith("|")]
    assert len(rows) > 50
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 5, row


def test_aTypeThatCannotBeLoadedIsNamed() -> None:
    class Broken:
        description = "Is broken"

        @property
        def settings(self) -> object:
            raise ImportError("no")

    page = referencePage({"broken": Broken()})
    assert "### `broken`\n\nIs broken.\n\nIt cannot be loaded here (ImportError)." in page
