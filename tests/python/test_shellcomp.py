"""Completion scripts for zsh: what they say, and that zsh itself understands them."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import Any

import pytest

from twisted.python import usage
from twisted.python._shellcomp import ZshArgumentsGenerator, escape


class Serve(usage.Options):
    optFlags = [["fast", "f", "Don't $wait [at all]"]]


class Shop(usage.Options):
    optFlags = [["verbose", "v", "Say more."], ["quiet", "q", "Say less."], ["dry", None, None]]
    optParameters = [["port", "p", 80, "The port."], ["x", "x", None, "One letter."]]
    subCommands = [["serve", "s", Serve, "Serve customers"], ["a:b", None, Serve, 'Say "`x`"']]
    compData = usage.Completions(
        multiUse=["verbose"],
        mutuallyExclusive=[["dry", "quiet"]],
        optActions={"port": lambda: usage.CompleteList(["80", "443"])},
        extraActions=[usage.CompleteFiles("*.toml", repeat=True)],
    )

    def opt_log_file(self, name: str) -> None:
        """
        Where the log goes,
        if anywhere.

        More of that.
        """


def script(*words: str, place: int | None = None) -> str:
    options = Shop()
    options._shellCompFile = io.BytesIO()
    with pytest.raises(SystemExit) as ending:
        options.parseOptions([*words, "--_shell-completion", f"zsh:{place or len(words) + 1}"])
    assert ending.value.code == 0
    return options._shellCompFile.getvalue().decode()


def test_eachFormOfAnOptionIsALine() -> None:
    lines = script("-").splitlines()
    assert lines[0].startswith("#compdef ")
    for wanted in (
        "'*: (*.toml):_files -g \"*.toml\"' \\",
        "'*-v[Say more.]' \\",
        "'*--verbose[Say more.]' \\",
        "'(--dry --quiet)-q[Say less.]' \\",
        "'(--quiet -q)--dry[dry]' \\",
        "'(--port)-p[The port.]:port:(80 443)' \\",
        "'(-p)--port=[The port.]:port:(80 443)' \\",
        "'--log-file=[Where the log goes, if anywhere.]:log-file:_files' \\",
        "'--help[Display this help and exit.]' \\",
    ):
        assert wanted in lines


def test_subCommandsAreListedWhereOneMayStand() -> None:
    listed = '"serve:Serve customers"\n"a\\\\:b:Say \\"\\`x\\`\\""\n'
    assert listed in script("")
    assert listed in script("--port", "80", "se")
    assert "_describe" not in script("--v")
    assert "_describe" not in script("nosuchcommand", "")
    assert "_describe" not in script("--nosuchoption", "")


def test_theOptionsOfASubCommandFollow() -> None:
    text = script("-v", "serve", "-")
    assert text.count("_arguments") == 2
    assert "(-f)--fast[Don't \\$wait [at all\\\\]]" in text
    assert "--fast" in script("s", "")


def test_whatCannotBeCompletedIsStillNoError() -> None:
    assert script("serve", place=99)
    options = Shop()
    options._shellCompFile = io.BytesIO()
    for request in ("bash:2", "zsh:", "zsh:x", "zsh:-4", ""):
        with pytest.raises(SystemExit):
            options.parseOptions(["--_shell-completion", request])
    assert options._shellCompFile.getvalue() == b""


@pytest.mark.parametrize(
    ("hints", "said"),
    [
        ({"descriptions": {"prot": "x"}}, "'prot'"),
        ({"mutuallyExclusive": [["a", "b"]]}, "'a'"),
        ({"extraActions": [usage.CompleteFiles(repeat=True), usage.CompleteDirs()]}, "repeat"),
    ],
)
def test_hintsThatContradictTheOptionsAreAMistake(hints: dict[str, Any], said: str) -> None:
    class Wrong(Shop):
        compData = usage.Completions(**hints)

    with pytest.raises(ValueError, match=said):
        ZshArgumentsGenerator(Wrong(), "shop", io.BytesIO())


def test_textsAreQuoted() -> None:
    assert escape("$x") == "'$x'"
    assert escape('it\'s $x `y` \\ "z"') == '"it\'s \\$x \\`y\\` \\\\ \\"z\\""'


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
@pytest.mark.parametrize("words", [("",), ("-",), ("serve", "-")])
def test_zshUnderstandsIt(words: tuple[str, ...]) -> None:
    ended = subprocess.run(["zsh", "-fn"], input=script(*words), capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    # What stands in quotes reaches _arguments as it was meant.
    shown = (
        '_arguments() { print -rl -- "$@"; return 1 }\n_describe() { print -rl -- "${(@P)2}" }\n'
    )
    told = shown + "f() {\n" + script(*words) + "}; f\n"
    ended = subprocess.run(["zsh", "-f"], input=told, capture_output=True, text=True)
    assert ended.stderr == ""
    lines = ended.stdout.splitlines()
    assert "(-p)--port=[The port.]:port:(80 443)" in lines
    if words == ("serve", "-"):
        assert "(-f)--fast[Don't $wait [at all\\]]" in lines
