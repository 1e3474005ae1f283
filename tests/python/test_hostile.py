"""
Names and command lines that somebody made up to do harm.

Few are tried in ordinary runs; ``TORSION_EXAMPLES=10000`` tries that many (see
`tests.support.examples`).
"""

from __future__ import annotations

import errno
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from twisted.python.filepath import FilePath, InsecurePath
from twisted.python.usage import Options, UsageError

pieces = st.sampled_from(
    [
        *("..", ".", "...", "/", "//", "\\", "~", "~root", "\0", "", " ", "\n", "%2e%2e", "%2f"),
        *(
            "a",
            "sub",
            "out",
            "up",
            "loop",
            "secret",
            "etc/passwd",
            "/etc/passwd",
            "C:",
            "C:\\",
            "::$DATA",
        ),
        *(
            "con",
            "NUL",
            "aux.txt",
            "com1",
            "LPT\xb9",
            "prn ",
            "\uff0e\uff0e",
            "\u2215",
            "\udc2f",
            "\udcff",
        ),
        *("a\u0301", "-rf", "$HOME", "*", "`id`", "x" * 300),
    ]
)
names = st.lists(pieces | st.text(max_size=4), max_size=8).map("".join)


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A directory with links that lead out of it, next to a secret."""
    top = tmp_path_factory.mktemp("hostile")
    (top / "secret").write_text("secret")
    (top / "insidelike").mkdir()
    here = top / "inside"
    (here / "sub").mkdir(parents=True)
    (here / "out").symlink_to("/etc")
    (here / "up").symlink_to("..")
    (here / "loop").symlink_to("loop")
    return str(here)


def assertInside(path: FilePath[Any], inside: str) -> None:
    """It lies in there by its name, which has nothing in it that a system would still work out."""
    text = os.fsdecode(path.path)
    assert text == inside or text.startswith(inside + os.sep)
    assert os.path.normpath(text) == text
    assert "\0" not in text
    if text != inside:
        parents = [os.fsdecode(each.path) for each in path.parents()]
        assert inside in parents


def ways(here: FilePath[Any], name: Any) -> list[Any]:
    """The ways down that promise to stay inside."""
    return [
        lambda: here.child(name),
        lambda: here.preauthChild(name),
        lambda: here.descendant([name]),
        lambda: here.descendant([name, name]),
        lambda: here.child("sub").sibling(name),
        lambda: here.child("sub").child(name),
        lambda: here.child("out").preauthChild(name),
        lambda: here.child("up").child(name),
    ]


@settings(
    max_examples=examples(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=names, bytesHere=st.booleans(), bytesName=st.booleans())
def test_noNameEverLeadsOut(inside: str, name: str, bytesHere: bool, bytesName: bool) -> None:
    here: FilePath[Any] = FilePath(os.fsencode(inside) if bytesHere else inside)
    given: Any = name
    if bytesName:
        try:
            given = os.fsencode(name)
        except UnicodeEncodeError:
            return
    for way in ways(here, given):
        try:
            path = way()
        except (InsecurePath, UnicodeError):
            # What cannot be written in the system's encoding names no file at all.
            continue
        assertInside(path, inside)


def test_aLinkIsNoWayUpForThePathsThatFollowIt(inside: str) -> None:
    """``up/../secret`` is worked out before the system sees it: it never goes through ``up``."""
    here = FilePath(inside)
    assert here.preauthChild("up/../secret").path == os.path.join(inside, "secret")
    for path in ("up/../../secret", "out/../../secret"):
        with pytest.raises(InsecurePath):
            here.preauthChild(path)
    assert not here.child("loop").exists()


@pytest.fixture
def ordinaryUser() -> Iterator[None]:
    """Not root, for whom no folder is closed."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_anUnreadableFolderIsAnErrorOfTheSystem(ordinaryUser: None) -> None:
    with tempfile.TemporaryDirectory() as top:
        closed = os.path.join(top, "closed")
        os.mkdir(closed, mode=0)
        here = FilePath(closed)
        for ask in (here.children, here.listdir, lambda: list(here.walk())):
            with pytest.raises(OSError) as raised:
                ask()
            assert raised.value.errno == errno.EACCES
            assert raised.value.filename == closed


class Inner(Options):
    optParameters = [["depth", "d", 3, "How deep.", int]]

    def parseArgs(self, first: str, *more: str) -> None:
        self["args"] = (first, *more)


class Tool(Options):
    optFlags = [["verbose", "v", "Say more."], ["quiet", None, "Say less."]]
    optParameters = [
        ["port", "p", 80, "The port.", int],
        ["name", None, "", "The name."],
        ["ratio", "r", 0.5, "The ratio.", float],
    ]
    subCommands = [["inner", "i", Inner, "Go on."]]

    def opt_mode(self, value: str) -> None:
        """Set the mode."""
        try:
            self["mode"] = int(value, 8)
        except ValueError as error:
            raise UsageError(f"--mode: {error}") from error

    def opt_strange(self) -> None:
        """Refuse."""
        raise UsageError("strange indeed")


words = st.sampled_from(
    [
        *(
            "-v",
            "-vv",
            "-p",
            "-p80",
            "-px",
            "--port",
            "--port=",
            "--port=80",
            "--port=\0",
            "--por",
            "--prot",
        ),
        *(
            "--verbose",
            "--verbose=1",
            "--name",
            "--name=",
            "--name==",
            "--mode",
            "--mode=8",
            "--strange",
        ),
        *(
            "--help",
            "--version",
            "--",
            "-",
            "---",
            "--=",
            "-=",
            "=",
            "",
            "inner",
            "i",
            "iner",
            "-d",
            "--depth",
        ),
        *(
            "--ratio=nan",
            "-r",
            "1e999",
            "0x10",
            "\u0663",
            "--\udcff",
            "\udcff",
            "9" * 5000,
            "--" + "x" * 5000,
        ),
    ]
)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(words | st.text(max_size=6), max_size=8))
def test_aCommandLineIsUnderstoodOrExplained(line: list[str]) -> None:
    options = Tool()
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            options.parseOptions(line)
    except UsageError as error:
        # It is shown to a person, on a terminal that may not take every character.
        assert str(error)
        str(error).encode(sys.getfilesystemencoding(), "backslashreplace")
    except SystemExit as ending:
        assert ending.code in (0, None)
    else:
        assert isinstance(options["port"], int)
        assert isinstance(options["ratio"], float)
        assert options["verbose"] in (0, 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--port"], "port"),
        (["--port", "many"], "port"),
        (["--prot=1"], "did you mean --port"),
        (["--verbose=1"], "verbose"),
        (["-x"], "-x|option x"),
        (["--mode=9"], "mode"),
        (["iner", "x"], "did you mean inner"),
        (["inner"], "argument"),
    ],
    ids=" ".join,
)
def test_aMistakeNamesTheOption(line: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Tool().parseOptions(line)
