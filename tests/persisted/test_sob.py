"""Objects in files, in two styles."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from twisted.persisted import sob, styles


class Dated(styles.Versioned):
    persistenceVersion = 0
    fresh = False

    def upgradeToVersion1(self) -> None:
        self.fresh = True


@pytest.mark.parametrize(("style", "ending"), [("pickle", "tap"), ("source", "tas")])
def test_anObjectComesBackFromItsFile(
    style: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = sob.Persistent([1, "\u1010", {"a": b"b"}], "thing")
    kept.setStyle(style)
    kept.save()
    kept.save(tag="tagged")
    kept.save(filename="named")
    names = {f"thing.{ending}", f"thing-tagged.{ending}", "named"}
    assert set(os.listdir(".")) == names
    for name in names:
        assert sob.load(name, style) == kept.original


def test_anOldObjectIsBroughtUpToDate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(tmp_path / "file")
    sob.Persistent(Dated(), "x").save(filename=file)
    monkeypatch.setattr(Dated, "persistenceVersion", 1)
    assert sob.load(file, "pickle").fresh


def test_aPassphraseIsRefused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="passphrase"):
        sob.Persistent([], "x").save(filename=str(tmp_path / "x"), passphrase="p")  # type: ignore[arg-type]  # this is the point
    assert os.listdir(tmp_path) == []


def test_whatIsLoadedSeesTheMainModuleButDoesNotChangeIt(tmp_path: Path) -> None:
    main = sys.modules["__main__"]
    file = tmp_path / "file"
    file.write_text(
        "import __main__\n"
        "__main__.changed = 1\n"
        "from tests.persisted import test_sob\n"
        "test_sob.seen = __main__\n"
        "app = __main__.__name__\n"
    )
    assert sob.load(str(file), "source") == main.__name__
    assert sys.modules["__main__"] is main
    assert not hasattr(main, "changed")
    assert isinstance(globals()["seen"].anything, styles.Ephemeral)
    file.write_text("raise KeyError('x')\n")
    with pytest.raises(KeyError):
        sob.load(str(file), "source")
    assert sys.modules["__main__"] is main
