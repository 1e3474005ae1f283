"""The command's surface: help, listings, and the answers to mistakes. Nothing is started here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twisted.application.twist import cli, names
from twisted.logger._formats import logFormats

Twist = Callable[..., tuple[int, str, str]]
Write = Callable[[str], str]


@pytest.fixture
def twist(capsys: pytest.CaptureFixture[str]) -> Twist:
    def run(*words: str) -> tuple[int, str, str]:
        status = cli.main(words)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> str:
        (tmp_path / "site.toml").write_text(text)
        return "site.toml"

    return write


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_helpNamesEveryCommandAndService(twist: Twist, flag: str) -> None:
    status, out, err = twist(flag)
    assert (status, err) == (0, "")
    for word in (
        "up [FILE]",
        "check [FILE]",
        "services",
        "status",
        "reload",
        "echo",
        "qotd",
        "daytime",
        "discard",
    ):
        assert f"\n  {word}" in out


def test_withoutACommandTheHelpGoesToStandardError(twist: Twist) -> None:
    status, out, err = twist()
    assert (status, out) == (2, "")
    assert "Commands:" in err


@pytest.mark.parametrize("command", ["up", "check", "services", "echo", "qotd"])
def test_everyCommandHasHelp(twist: Twist, command: str) -> None:
    status, out, err = twist(command, "--help")
    assert (status, err) == (0, "")
    assert f"usage: twist {command}" in out


def test_theVersionTellsOursAndTheLevelOfTheAPI(twist: Twist) -> None:
    import twisted

    status, out, _ = twist("--version")
    assert status == 0
    assert twisted.__version__ in out and twisted.torsion_version in out


def test_theServicesAreListed(twist: Twist) -> None:
    status, out, _ = twist("services")
    assert status == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "echo Sends back whatever comes." in lines


def test_aServiceIsExplainedWithEveryOptionItDeclares(twist: Twist) -> None:
    status, out, _ = twist("services", "qotd")
    assert status == 0
    lines = {line.split("  ")[0]: line for line in out.splitlines() if "  " in line}
    assert "required" in lines["listen"]
    assert 'random|in-turn  "random"' in lines["order"]
    assert 'type = "qotd"' in out
    assert "twist qotd --listen 7000" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("upp",), "there is no command or service 'upp'. Did you mean 'up'?"),
        (("ehco",), "there is no command or service 'ehco'. Did you mean 'echo'?"),
        (("--reacto", "select"), "there is no flag '--reacto'. Did you mean '--reactor'?"),
        (("up",), "site.toml: cannot be read: No such file"),
        (("up", "a", "b"), "'b' is one word too many"),
        (("up", "a", "--log-level"), "--log-level needs a value"),
        (("up", "--log-level", "loud", "a"), "there is no log level 'loud'"),
        (("--log-format", "jsn", "up", "a"), "format 'jsn'. Did you mean 'json'?"),
        (("up", "--log-l", "info", "a"), "there is no flag '--log-l'"),
        (("services", "ehco"), "there is no service 'ehco'. Did you mean 'echo'?"),
        (("echo",), "'listen' is missing"),
        (("echo", "--lisen", "7"), "there is no flag '--lisen'. Did you mean '--listen'?"),
        (("echo", "--listen", "99999"), "--listen tcp: wanted a whole number from 0 to 65535"),
        (("echo", "--listen", "{ tpc = 7 }"), "Did you mean 'tcp'?"),
        (("echo", "--listen", "tpc:7"), "'tcp'"),
        (("qotd", "--listen", "0", "--order", "x"), '--order: wanted one of "random" or "in-turn"'),
        (("echo", "--listen", "0", "--grace", "long"), "--grace: wanted a number from 0 to 3600"),
        (("echo", "--listen", "0", "--grace", "-1"), "--grace: wanted a number from 0 to 3600"),
        (("up", "nowhere.toml"), "nowhere.toml: cannot be read: No such file"),
    ],
)
def test_aMistakeOnTheCommandLineIsAnsweredAndNothingStarts(
    twist: Twist, site: Write, words: tuple[str, ...], told: str
) -> None:
    status, out, err = twist(*words)
    assert (status, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_aRightFileIsCheckedAndListed(twist: Twist, site: Write) -> None:
    name = site(
        '[services.a]\ntype = "echo"\nlisten = [{ tcp = 7, host = "127.0.0.1" }]\n'
        '[services.b]\ntype = "qotd"\nlisten = "unix:b.sock"\n'
    )
    status, out, err = twist("check", name)
    assert (status, err) == (0, "")
    assert "a        echo  TCP 127.0.0.1:7" in out.splitlines()
    assert "site.toml is right." in out


@pytest.mark.parametrize("command", ["check", "up"])
def test_everyMistakeOfAFileIsToldAtOnceWithItsLine(
    twist: Twist, site: Write, command: str
) -> None:
    name = site(
        "[site]\ngrace = -1\n"
        '[services.a]\ntype = "ehco"\n'
        '[services.b]\ntype = "echo"\nlisten = { tcp = 70000 }\n'
        '[services.c]\ntype = "echo"\nlisen = 7\n'
        '[services."d e"]\ntype = "echo"\nlisten = 0\n'
        "[services.f]\nlisten = 0\n"
        '[services.g]\ntype = "echo"\nlisten = 7\ngrace = 3\n'
        '[services.h]\ntype = "echo"\nlisten = 7\n'
        '[echo]\ntype = "echo"\n[sit]\n'
    )
    status, out, err = twist(command, name)
    assert (status, out) == (2, "")
    for told in (
        "site.toml:2:9: wanted a number from 0 to 3600, got -1.",
        "site.toml:4:8: there is no service type 'ehco'. Did you mean 'echo'?",
        "site.toml:7:18: wanted a whole number from 0 to 65535, got 70000.",
        "site.toml:8:1: 'listen' is missing",
        "site.toml:10:1: 'lisen' is not a key of a service of type 'echo'. Did you mean 'listen'?",
        "site.toml:11:1: 'd e' is no name for a service",
        "site.toml:14:1: 'type' is missing: it says what the service does. Known: ",
        "site.toml:19:1: 'grace' is not a key of a service of type 'echo'. "
        "It belongs into the table [site].",
        "site.toml:23:1: a service stands below [services]: write [services.echo]",
        "site.toml:25:1: 'sit' is not known here. Did you mean 'site'?",
        "10 mistakes; nothing was started.",
    ):
        assert told in err


@pytest.mark.parametrize("text", ["", "[site]\n", "[services]\n", "services = 3\n"])
def test_aFileWithoutServicesIsAMistake(twist: Twist, site: Write, text: str) -> None:
    status, _, err = twist("check", site(text))
    assert status == 2
    assert "there is no service in this file" in err


def test_twoServicesCannotShareAnAddress(twist: Twist, site: Write) -> None:
    name = site(
        '[services.a]\ntype = "echo"\nlisten = { tcp = 7, host = "127.0.0.1" }\n'
        '[services.b]\ntype = "qotd"\n'
        'listen = { tls = 7, host = "127.0.0.1", certificate = "self-signed" }\n'
    )
    status, _, err = twist("check", name)
    assert status == 2
    assert "site.toml:6:10: TCP 127.0.0.1:7 is taken by the service 'a' already." in err


def test_twoTablesOfOneNameAreAMistake(twist: Twist, site: Write) -> None:
    table = '[services.a]\ntype = "echo"\nlisten = 0\n'
    status, _, err = twist("check", site(table + table))
    assert status == 2
    assert "site.toml:4:12: this is not TOML: the table [services.a] is written twice" in err
    assert "(first in line 1)" in err


def test_quotesComeFromAFileThatIsReadBeforeAnythingStarts(
    twist: Twist, site: Write, tmp_path: Path
) -> None:
    name = site('[services.a]\ntype = "qotd"\nlisten = 0\nfile = "quotes.txt"\n')
    assert "site.toml:4:8: the file 'quotes.txt' cannot be read" in twist("check", name)[2]
    (tmp_path / "quotes.txt").write_bytes(b"\n\n")
    assert "site.toml:4:8: there is no quote here" in twist("check", name)[2]
    (tmp_path / "quotes.txt").write_bytes(b"\xff")
    assert "site.toml:4:8: cannot be read as text" in twist("check", name)[2]
    (tmp_path / "quotes.txt").write_bytes(b"Know thyself.\n")
    assert twist("check", name)[0] == 0


def test_theFormatsOfTheLogAreThoseThatTheLoggerHas() -> None:
    assert sorted(names.formatNames) == sorted(logFormats)


def test_aServiceTypeThatCannotBeLoadedIsAMistakeAndNoTraceback(
    twist: Twist, site: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twisted.application._config import catalogue
    from twisted.application._config.catalogue import ServiceType

    broken = ServiceType("broken", "no.such.module", "Nothing.")
    monkeypatch.setattr(catalogue, "serviceTypes", lambda: {"broken": broken})
    for words in (("broken",), ("services", "broken")):
        status, _, err = twist(*words)
        assert status == 2
        assert "'broken' is installed but cannot be loaded" in err
