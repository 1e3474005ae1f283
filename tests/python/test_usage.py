"""Command lines that are declared as classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from twisted.python import usage
from twisted.python.usage import Options, UsageError


class Inner(Options):
    optParameters = [["depth", "d", 1, "How deep.", int]]

    def parseArgs(self, first: str, second: str = "none", *rest: str) -> None:
        self["arguments"] = (first, second, rest)


class Outer(Options):
    """A command with one of everything."""

    synopsis = "Usage: outer [options]"
    longdesc = "First paragraph.\n\nSecond paragraph."
    optFlags = [["quiet", "q", "Say nothing."], ["bare"]]
    optParameters = [
        ["name", "n", "nobody", "Who."],
        ["port", "p", None, "Where", usage.portCoerce],
        ["x", "y", "z"],
    ]
    subCommands = [["inner", "i", Inner, "Go inside."], ["other", None, Options, "Do nothing."]]

    def opt_set_value(self, value: str) -> None:
        """Set a value,
        whatever it is."""
        self["value"] = value

    opt_s = opt_set_value

    def opt_v(self) -> None:
        """Be verbose."""
        self["verbose"] = True


def parsed(*words: str, kind: type[Options] = Outer) -> Options:
    options = kind()
    options.parseOptions(list(words))
    return options


@pytest.mark.parametrize(
    "words, key, value",
    [
        ([], "quiet", 0),
        ([], "name", "nobody"),
        ([], "port", None),
        (["--quiet"], "quiet", 1),
        (["-q"], "quiet", 1),
        (["--bare"], "bare", 1),
        (["-n", "Ann"], "name", "Ann"),
        (["--name=Ann"], "name", "Ann"),
        (["--na", "Ann"], "name", "Ann"),
        (["-qp80"], "port", 80),
        (["--x", "1"], "x", "1"),
        (["-y", "1"], "x", "1"),
        (["--set-value", "5"], "value", "5"),
        (["-s", "5"], "value", "5"),
        (["-v"], "verbose", True),
    ],
)
def test_valuesComeFromTheCommandLine(words: list[str], key: str, value: object) -> None:
    assert parsed(*words)[key] == value


def test_optsIsTheObjectItself() -> None:
    options = Outer()
    assert options.opts is options
    assert isinstance(options, dict)
    assert hash(options) != hash(Outer()) or options is not Outer()


@pytest.mark.parametrize(
    "words, message",
    [
        (["-Z"], "option -Z not recognized"),
        (["--zzz"], "option --zzz not recognized"),
        (["--quite"], "option --quite not recognized; did you mean --quiet?"),
        (["--set_value", "1"], "option --set_value not recognized; did you mean --set-value?"),
        (["--name"], "option --name requires argument"),
        (["-n"], "option -n requires argument"),
        (["--quiet=1"], "option --quiet must not have an argument"),
        (
            ["--port", "x"],
            "Parameter type enforcement failed: --port: "
            "invalid literal for int() with base 10: 'x'",
        ),
        (
            ["--port", "65536"],
            "Parameter type enforcement failed: --port: Port number not in range: 65536",
        ),
        (["iner"], "Unknown command: iner; did you mean inner?"),
        (["zzz"], "Unknown command: zzz"),
        (["inner"], "Wrong number of arguments."),
        (["other", "word"], "Wrong number of arguments."),
    ],
)
def test_whatMakesNoSenseIsExplained(words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parsed(*words)
    assert str(caught.value) == message


def test_aFaultOfTheProgramIsNotBlamedOnThePerson() -> None:
    class Faulty(Options):
        optParameters = [["one", None, None, "", "not callable"]]

        def parseArgs(self, word: str) -> None:
            raise TypeError("a fault")

    with pytest.raises(TypeError, match="a fault"):
        parsed("word", kind=Faulty)
    with pytest.raises(TypeError):
        parsed("--one", "1", kind=Faulty)


def test_commandsHaveOptionsOfTheirOwn() -> None:
    for name in ("inner", "i"):
        options = parsed("-q", name, "-d", "3", "a", "b", "c")
        assert options.subCommand == "inner"
        assert isinstance(options.subOptions, Inner)
        assert options.subOptions.parent is options
        assert options.subOptions["depth"] == 3
        assert options.subOptions["arguments"] == ("a", "b", ("c",))


def test_commandsMayBeMadeOneByOne() -> None:
    loaded: list[str] = []

    class Lazy(Options):
        @property
        def subCommands(self) -> Iterator[tuple[str, None, type[Options], str]]:
            for name in ("one", "two", "three"):
                loaded.append(name)
                yield (name, None, Options, f"Do {name}.")

    assert parsed("two", kind=Lazy).subCommand == "two"
    assert loaded == ["one", "two"]
    with pytest.raises(UsageError, match="did you mean three"):
        parsed("tree", kind=Lazy)
    assert "    three      Do three.\n" in str(Lazy())


def test_withoutACommandThereIsNoneUnlessOneIsUsual() -> None:
    options = parsed("-q")
    assert options.subCommand is None
    assert not hasattr(options, "subOptions")

    class Usual(Outer):
        defaultSubCommand = "other"

    assert parsed("-q", kind=Usual).subCommand == "other"


def test_optionsEndAtTheFirstArgument() -> None:
    class Takes(Options):
        def parseArgs(self, *words: str) -> None:
            self["words"] = words

    assert parsed("a", "--help", kind=Takes)["words"] == ("a", "--help")
    assert parsed("--", "--help", kind=Takes)["words"] == ("--help",)


def test_postOptionsComesLast() -> None:
    seen: list[str] = []

    class Sub(Options):
        def postOptions(self) -> None:
            seen.append("sub")

    class Top(Options):
        subCommands = [["sub", None, Sub, ""]]

        def postOptions(self) -> None:
            seen.append("top")

    parsed("sub", kind=Top)
    assert seen == ["sub", "top"]


def test_declarationsAddUpAlongTheInheritance() -> None:
    class Base(Options):
        optParameters = [["one", "o", "1", "One."]]

    class Derived(Base):
        optParameters = [["two", "t", "2", "Two."], ["one", "e", "uno", "Another one."]]

        def opt_two(self, value: str) -> None:
            """Two, by hand."""
            self["two"] = value * 2

    options = parsed("-t", "ab", "-o", "x", kind=Derived)
    assert options == {"one": "x", "two": "abab"}
    assert "Two, by hand. [default: 2]" in str(options)
    assert "-e, --one=" in str(options)


def test_helpShowsEverything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    assert str(Outer()) == (
        "Usage: outer [options]\n"
        "Options:\n"
        "      --bare\n"
        "      --help        Display this help and exit.\n"
        "  -n, --name=       Who. [default: nobody]\n"
        "  -p, --port=       Where. Must be an int between 0 and 65535.\n"
        "  -q, --quiet       Say nothing.\n"
        "  -s, --set-value=  Set a value, whatever it is.\n"
        "  -v                Be verbose.\n"
        "      --version     Display Twisted version and exit.\n"
        "  -y, --x=          [default: z]\n"
        "\n"
        "First paragraph.\n"
        "\n"
        "Second paragraph.\n"
        "\n"
        "Commands:\n"
        "    inner      Go inside.\n"
        "    other      Do nothing.\n"
    )


def test_helpFitsTheTerminal() -> None:
    for width in (30, 40, 60, 100):
        lines = Outer().getUsage(width).splitlines()
        assert max(map(len, lines)) <= width


def test_theSynopsisOfACommandBeginsWithThatOfTheProgram() -> None:
    options = parsed("other")
    assert options.subOptions.getSynopsis() == "Usage: outer [options] other [options]"


@pytest.mark.parametrize(
    "word, shown", [("--help", "Usage: outer"), ("--version", "Twisted version: ")]
)
def test_helpAndVersionArePrinted(
    word: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed(word)
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith(shown)


@pytest.mark.parametrize("given", ["", "-1", "65536", "x", "1.5"])
def test_whatIsNoPortIsRefused(given: str) -> None:
    with pytest.raises(ValueError):
        usage.portCoerce(given)


def test_aPortIsANumber() -> None:
    assert [usage.portCoerce(each) for each in ("0", "80", "65535")] == [0, 80, 65535]


def test_flagsAreToldFromParametersByWhatTheirHandlersTake() -> None:
    class Handlers:
        def none(self) -> None: ...

        def one(self, value: str) -> None: ...

        def two(self, value: str, more: str) -> None: ...

    assert usage.flagFunction(Handlers().none) is True
    assert usage.flagFunction(Handlers().one) is False
    with pytest.raises(UsageError, match="two"):
        usage.flagFunction(Handlers().two)
    with pytest.raises(UsageError, match="named"):
        usage.flagFunction(Handlers().two, "named")


@pytest.mark.parametrize(
    "completer, code",
    [
        (usage.Completer(), ":opt:"),
        (usage.Completer(descr="what", repeat=True), "*:what:"),
        (usage.CompleteFiles("*.py"), ':opt (*.py):_files -g "*.py"'),
        (usage.CompleteDirs(), ":opt:_directories"),
        (usage.CompleteList("AB"), ":opt:(A B)"),
        (usage.CompleteMultiList("AB", descr="d"), ":d:_values -s , 'd' A B"),
        (usage.CompleteUsernames(), ":opt:_users"),
        (usage.CompleteGroups(), ":group:_groups"),
        (usage.CompleteHostnames(), ":opt:_hosts"),
        (usage.CompleteNetInterfaces(), ":opt:_net_interfaces"),
    ],
)
def test_hintsForZsh(completer: Any, code: str) -> None:
    assert completer._shellCode("opt", usage._ZSH) == code
    with pytest.raises(NotImplementedError):
        completer._shellCode("opt", "dosh")
