"""What a shell completes of a command line: asked of the shells themselves, where they are."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from twisted.python import usage
from twisted.scripts._completion import completionScript, shells


class Command(usage.Options):
    optFlags = [["quiet", "q", "Print [nothing]: it's \\ quiet."]]
    optParameters = [
        ["colour", "c", None, "Of what."],
        ["folder", None, None, "Where."],
        ["file", "f", None, "Which."],
        ["number", "n", None, "How many."],
    ]
    compData = usage.Completions(
        optActions={
            "colour": usage.CompleteList(["red", "green", "grey"]),
            "folder": usage.CompleteDirs(),
            "file": usage.CompleteFiles("*.py"),
        }
    )


def bash(tmp_path: Path, script: str, *words: str) -> list[str]:
    (tmp_path / "script").write_text(script)
    quoted = " ".join(f"'{word}'" for word in words)
    ask = (
        f"source ./script; compopt() {{ :; }}; COMP_WORDS=({quoted}); "
        f'COMP_CWORD={len(words) - 1}; _paint_completion; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    output = subprocess.run(
        ["bash", "--norc", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert output.stderr == ""
    return sorted(output.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    "words, wanted",
    [
        (["--q"], ["--quiet"]),
        (["--c"], ["--colour="]),
        (["--colour", "gr"], ["green", "grey"]),
        (["-c", "r"], ["red"]),
        (["--colour", "=", "gr"], ["green", "grey"]),
        (["--colour", "="], ["green", "grey", "red"]),
        (["--number", ""], []),
        (["--folder", "so"], ["some"]),
        (["so"], ["some", "sort.py"]),
    ],
)
def test_bashCompletes(tmp_path: Path, words: list[str], wanted: list[str]) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "sort.py").touch()
    script = completionScript(Command(), "paint", "bash")
    assert bash(tmp_path, script, "paint", *words) == wanted


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
@pytest.mark.parametrize(
    "line, wanted",
    [
        ("paint --q", ["--quiet"]),
        ("paint --colour gr", ["green", "grey"]),
        ("paint -c r", ["red"]),
        ("paint --folder so", ["some/"]),
        ("paint --number ", []),
    ],
)
def test_fishCompletes(tmp_path: Path, line: str, wanted: list[str]) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "sort.py").touch()
    (tmp_path / "script").write_text(completionScript(Command(), "paint", "fish"))
    ended = subprocess.run(
        ["fish", "--no-config", "-c", f"source ./script; complete -C '{line}'"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(row.split("\t")[0] for row in ended.stdout.splitlines()) == wanted


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zshCompletes(tmp_path: Path) -> None:
    folder = tmp_path / "functions"
    folder.mkdir()
    (folder / "_paint").write_text(completionScript(Command(), "paint", "zsh"))
    # A shell within a shell, which types, and shows what it has typed so far.
    (tmp_path / "ask").write_text(
        "zmodload zsh/zpty\n"
        "zpty -b inner zsh -f -i\n"
        f'zpty -w inner "PS1= ; fpath=({folder} \\$fpath); autoload -U compinit; compinit -D -u"\n'
        'zpty -w -n inner "paint --colour=re\t --qu\t\n"\n'
        "zpty -w inner exit\n"
        "zpty -r inner text '*--quiet*'\n"
        'print -r -- "$text"\n'
    )
    ended = subprocess.run(
        ["zsh", "-f", str(tmp_path / "ask")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "paint --colour=red" in ended.stdout, ended
    assert "--quiet" in ended.stdout


@pytest.mark.parametrize("shell", shells)
def test_trialWritesScriptsWithWhatPluginsBring(shell: str) -> None:
    command = [sys.executable, "-m", "twisted.trial", "--completion", shell]
    script = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for word in ("bwverbose", "toptobottom", "asyncio", "until-failure"):
        assert word in script


def test_anotherShellIsAMistakeThatNamesThoseThereAre() -> None:
    with pytest.raises(usage.UsageError, match="'rc', but for bash, fish, zsh"):
        completionScript(Command(), "paint", "rc")
