"""Several files are one configuration, and each mistake is told with the file that has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted.application._config import files
from twisted.application._config.mistakes import Mistakes
from twisted.application._config.site import SitePlan, readSite
from twisted.application._config.source import Source

_ECHO = 'type = "echo"\nlisten = 0\n'


def _site(folder: Path, **texts: str) -> SitePlan:
    for name, text in texts.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".toml").write_text(text)
    return readSite(Source.fromFile(str(folder / "main.toml")))


def _mistakes(folder: Path, **texts: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        _site(folder, **texts)
    return [str(each).replace(f"{folder}/", "") for each in caught.value.found]


def test_servicesComeFromEveryFile(tmp_path: Path) -> None:
    plan = _site(
        tmp_path,
        main=f'include = ["more.toml", "sub/*.toml"]\n[services.a]\n{_ECHO}',
        more=f'[services.b]\n{_ECHO}after = "c"\n',
        sub__one=f'include = "../last.toml"\n[services.c]\n{_ECHO}',
        last=f"[services.d]\n{_ECHO}",
    )
    assert [each.name for each in plan.services] == ["a", "b", "c", "d"]
    assert [Path(each).name for each in plan.files] == [
        "main.toml",
        "more.toml",
        "one.toml",
        "last.toml",
    ]


def test_pathsStartFromTheFolderOfTheirOwnFile(tmp_path: Path) -> None:
    plan = _site(
        tmp_path,
        main='include = "sub/one.toml"\n',
        sub__one='[services.c]\ntype = "echo"\nlisten = { unix = "c.sock" }\n',
    )
    assert plan.services[0].settings.listen[0].path == str(tmp_path / "sub" / "c.sock")


def test_loginsAreSharedAmongFiles(tmp_path: Path) -> None:
    plan = _site(
        tmp_path,
        main=f'include = "people.toml"\n[services.a]\n{_ECHO}',
        people='[cred.staff]\nusers = { alice = "x" }\n',
    )
    assert len(plan.files) == 2


def test_theFolderIsNoPattern(tmp_path: Path) -> None:
    folder = tmp_path / "a[b]*"
    folder.mkdir()
    plan = _site(
        folder, main=f'include = "m*.toml"\n[services.a]\n{_ECHO}', more=f"[services.b]\n{_ECHO}"
    )
    assert len(plan.services) == 2


def test_aPatternMayFindNothingAndFindAFileTwice(tmp_path: Path) -> None:
    plan = _site(
        tmp_path,
        main=f'include = ["no/*.toml", "m*.toml", "mo*.toml"]\n[services.a]\n{_ECHO}',
        more=f"[services.b]\n{_ECHO}",
    )
    assert len(plan.services) == 2


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            {"main": f'include = ["none.toml"]\n[services.a]\n{_ECHO}'},
            "main.toml:1:12: 'none.toml' cannot be read: No such file or directory.",
        ),
        (
            {"main": f"include = 3\n[services.a]\n{_ECHO}"},
            "main.toml:1:11: wanted the path of a file, in quotes, or a pattern",
        ),
        (
            {"main": f'include = "main.toml"\n[services.a]\n{_ECHO}'},
            "main.toml:1:11: a file that is being read already cannot be included.",
        ),
        (
            {"main": f'include = "b.toml"\n[services.a]\n{_ECHO}', "b": 'include = "main.toml"\n'},
            "b.toml:1:11: a file that is being read already",
        ),
        (
            {
                "main": f'include = "b.toml"\n[services.a]\n{_ECHO}',
                "b": f"\n[services.a]\n{_ECHO}",
            },
            "b.toml:2:1: [services.a] stands in another file too: main.toml:2:1.",
        ),
        (
            {"main": f'include = "b.toml"\n[services.a]\n{_ECHO}', "b": "[site]\ngrace = 1\n"},
            "b.toml:1:1: [site] stands in the main file only",
        ),
        (
            {"main": f'include = "b.toml"\n[services.a]\n{_ECHO}', "b": "[services\n"},
            "b.toml:1:10: this is not TOML",
        ),
        (
            {
                "main": f'include = "b.toml"\n[services.a]\n{_ECHO}',
                "b": '[services.b]\ntype = "echoo"\n',
            },
            "b.toml:2:8: there is no service type 'echoo'. Did you mean 'echo'?",
        ),
    ],
)
def test_aMistakeIsToldWithTheFileThatHasIt(
    tmp_path: Path, texts: dict[str, str], said: str
) -> None:
    found = _mistakes(tmp_path, **texts)
    assert len(found) == 1
    assert said in found[0]


def test_theNumberOfFilesIsBounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "maxFiles", 3)
    texts = {f"x{n}": f"[services.x{n}]\n{_ECHO}" for n in range(3)}
    found = _mistakes(tmp_path, main='include = "x*.toml"\n', **texts)
    assert "there are more than 3 files here." in found[0]
