"""The commands around a file: what it may say, what it says, a first one, and its passwords."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.application._config import toml
from twisted.application._config.catalogue import allTypes
from twisted.application._config.kinds import Kind
from twisted.application._config.mistakes import Mistakes
from twisted.application._config.options import Option, describe
from twisted.application._config.schema import siteSchema
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.application.twist import _doctor, cli
from twisted.cred.passwords import PasswordFile, verifyPassword
from twisted.plugin import getPlugins

Twist = Callable[..., tuple[int, str, str]]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def twist(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Twist:
    monkeypatch.chdir(tmp_path)

    def run(*words: str, answers: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        status = cli.main(words)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    schema = siteSchema(allTypes())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


class TestSchema:
    def test_itIsJSON(self, twist: Twist) -> None:
        status, out, err = twist("schema")
        assert (status, err) == (0, "")
        assert "service-echo" in json.loads(out)["definitions"]

    @pytest.mark.parametrize(
        "text",
        [
            '[services.a]\ntype = "echo"\nlisten = 0\n',
            '[services.a]\ntype = "echo"\nlisten = ["tcp:0", 0, { tcp = 0, host = ["*"] }]\n',
            '[services.a]\ntype = "echo"\nlisten = "${XX:-0}"\nafter = "b"\nrestart = "never"\n'
            '[services.b]\ntype = "qotd"\nlisten = { unix = "b.sock", mode = 0o600 }\n'
            'quotes = "x"\nrestart = { delay = 2.5, limit = 0 }\n',
            "[site]\ngrace = 1\nworkers = 2\ncontrol = false\n"
            '[cred.staff]\nusers = { a = "b" }\nanonymous = true\n'
            '[services.a]\ntype = "daytime"\nlisten = 0\n',
        ],
    )
    def test_whatIsRightFitsTheSchema(self, validator: Any, text: str) -> None:
        readSite(Source("s.toml", text))
        assert [each.message for each in validator.iter_errors(toml.loads(text))] == []

    @pytest.mark.parametrize(
        "text",
        [
            '[services.a]\ntype = "echoo"\nlisten = 0\n',
            '[services.a]\ntype = "echo"\n',
            '[services.a]\ntype = "echo"\nlisten = 65536\n',
            '[services.a]\ntype = "echo"\nlisten = { tpc = 1 }\n',
            '[services.a]\ntype = "echo"\nlisten = 0\nlisen = 1\n',
            '[services.a]\ntype = "echo"\nlisten = 0\nrestart = "no"\n',
            '[services.a]\ntype = "qotd"\nlisten = 0\norder = 3\n',
            "[site]\ngrace = -1\n",
            "[site]\nworkers = 0\n",
            "[cred.a]\nusers = 3\n",
            "stray = 1\n",
        ],
    )
    def test_whatIsWrongDoesNot(self, validator: Any, text: str) -> None:
        with pytest.raises(Mistakes):
            readSite(Source("s.toml", text))
        assert not validator.is_valid(toml.loads(text))

    def test_everyKindOfTheHouseHasASchema(self) -> None:
        for name, each in allTypes().items():
            for option in describe(each.settings):
                assert option.kind.schema(), (name, option.key)
        assert Kind().schema() == {}


class TestShow:
    _FILE = (
        '[cred.staff]\nusers = { a = "pa55", b = "${B_PASSWORD}", "c d" = "x${B_PASSWORD}" }\n'
        'checkers = ["memory:u:pa55", "anonymous"]\n'
        '[services.a]\ntype = "echo"\nlisten = [{ tcp = 0 }, "tcp:0"]\n'
        '[site]\nname = "${SITE_NAME}"\n'
    )

    def test_itShowsReferencesAndDefaultsAndNoSecrets(
        self, twist: Twist, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("B_PASSWORD", "s3cret")
        monkeypatch.setenv("SITE_NAME", "home")
        Path("site.toml").write_text(self._FILE)
        status, out, err = twist("show")
        assert (status, err) == (0, "")
        assert "pa55" not in out
        assert "s3cret" not in out
        assert 'users = { a = "********", b = "${B_PASSWORD}", "c d" = "********" }' in out
        assert 'checkers = ["memory:********", "anonymous"]' in out
        assert 'name = "${SITE_NAME}"\n# grace = 5\n# workers = 1\n' in out
        assert 'type = "echo"\nlisten = [{ tcp = 0 }, "tcp:0"]\n# restart = "on-failure"' in out

    def test_whatItShowsIsTOMLAgain(self, twist: Twist, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("B_PASSWORD", "s3cret")
        monkeypatch.setenv("SITE_NAME", "home")
        Path("site.toml").write_text(self._FILE)
        shown = toml.loads(twist("show")[1])
        assert shown["services"] == toml.loads(self._FILE)["services"]

    def test_everyFileIsShownUnderItsName(self, twist: Twist) -> None:
        Path("site.toml").write_text('include = "b.toml"\n')
        Path("b.toml").write_text('[services.a]\ntype = "echo"\nlisten = 0\n')
        status, out, _ = twist("show")
        assert status == 0
        assert "# b.toml\n\n[services.a]" in out

    def test_aWrongFileIsNotShown(self, twist: Twist) -> None:
        Path("site.toml").write_text('[services.a]\ntype = "ehco"\n')
        status, out, err = twist("show")
        assert (status, out) == (2, "")
        assert "Did you mean 'echo'?" in err

    @given(
        st.recursive(
            st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
            lambda each: st.lists(each) | st.dictionaries(st.text(), each),
        )
    )
    def test_everyValueIsSpelledAsTOMLReadsIt(self, value: object) -> None:
        try:
            assert toml.loads(f"it = {toml.valueText(value)}")["it"] == value
        except UnicodeEncodeError:
            pass


class TestServices:
    def test_siteAndCredAreExplainedToo(self, twist: Twist) -> None:
        status, out, _ = twist("services", "site")
        assert status == 0
        assert "workers" in out
        status, out, _ = twist("services", "cred")
        assert "passwords" in out
        assert "anonymous" in out

    def test_everyTypeIsListedAndExplained(self, twist: Twist) -> None:
        _, listed, _ = twist("services")
        for name in allTypes():
            assert f"\n{name} " in f"\n{listed}"
            status, out, _ = twist("services", name)
            assert status == 0
            for word in ("after", "restart", f'type = "{name}"', "maximum-delay"):
                assert word in out, name

    def test_optionsHaveHelp(self) -> None:
        for name, each in allTypes().items():
            for option in describe(each.settings):
                assert isinstance(option, Option)
                assert option.help, (name, option.key)


class TestInit:
    def test_theAnswersBecomeAFileThatIsRight(self, twist: Twist) -> None:
        status, out, err = twist(
            "init",
            answers="echo\nhello\n7443\neveryone\nyes\n\nyes\nqotd\n\n\n\n\nno\n",
        )
        assert (status, err) == (0, "")
        assert "twist check site.toml\n  twist up site.toml" in out
        plan = readSite(Source.fromFile("site.toml"))
        assert [(each.name, each.type) for each in plan.services] == [
            ("hello", "echo"),
            ("qotd", "qotd"),
        ]
        assert {listen.transport for listen in plan.services[0].settings.listen} == {"TLS"}
        assert plan.services[1].settings.listen[0].port == 7001
        assert plan.name == Path.cwd().name
        assert twist("check", "site.toml")[0] == 0

    def test_whatIsLeftOutStandsThereAsAComment(self, twist: Twist) -> None:
        twist("init", "my.toml", answers="qotd\n\n\n\n\n\n")
        text = Path("my.toml").read_text()
        assert "# How the next quote is chosen.\n# order =" in text
        assert 'name = "my"' in text

    def test_aWrongAnswerIsExplainedAndAskedAgain(self, twist: Twist) -> None:
        status, out, _ = twist(
            "init",
            answers="ehco\necho\na b\na\n99999\nx\n80\n3\n1\nmaybe\ny\n/none.pem\nself-signed\nn\n",
        )
        assert status == 0
        for said in (
            "There is no service 'ehco'. Did you mean 'echo'?",
            "'a b' is no name for a service",
            "Wanted a whole number from 1 to 65535.",
            "Ports below 1024",
            "Wanted a number from 1 to 2.",
            "Wanted yes or no.",
            "'/none.pem' cannot be read",
        ):
            assert said in out

    def test_aFileThatIsThereStays(self, twist: Twist) -> None:
        Path("site.toml").write_text("mine")
        status, _, err = twist("init", answers="\n" * 9)
        assert status == 2
        assert "is there already" in err
        assert Path("site.toml").read_text() == "mine"

    def test_nothingIsWrittenWithoutAllAnswers(self, twist: Twist) -> None:
        status, _, err = twist("init", answers="echo\n")
        assert status == 2
        assert "nothing was written" in err
        assert not Path("site.toml").exists()


class TestPasswd:
    def test_aUserIsAddedChangedListedAndTakenOut(self, twist: Twist) -> None:
        table = PasswordFile("people")
        assert twist("passwd", "people", "alice", "--scheme", "scrypt", answers="one\n")[:2] == (
            0,
            "alice has been added in people\n",
        )
        assert verifyPassword("one", table(b"alice") or b"")
        _, out, _ = twist("passwd", "people", "alice", "--scheme", "scrypt", answers="two\n")
        assert out == "alice has a new password in people\n"
        assert verifyPassword("two", table(b"alice") or b"")
        assert twist("passwd", "people")[1] == "alice\n"
        assert twist("passwd", "people", "alice", "--delete")[0] == 0
        status, _, err = twist("passwd", "people", "alice", "--delete")
        assert status == 1
        assert "there is no user 'alice'" in err

    def test_aHashIsPrintedForATable(self, twist: Twist) -> None:
        status, out, _ = twist("passwd", answers="one\n")
        assert status == 0
        assert verifyPassword("one", out.strip())

    def test_aTerminalIsAskedTwice(self, twist: Twist, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = ["one", "two", "one", "one"]
        monkeypatch.setattr("io.StringIO", _Terminal)
        monkeypatch.setattr("getpass.getpass", lambda _: answers.pop(0))
        status, _, err = twist("passwd", "people", "alice", "--scheme", "scrypt")
        assert status == 1
        assert "the two differ; nothing was changed" in err
        assert not Path("people").exists()
        assert twist("passwd", "people", "alice", "--scheme", "scrypt")[0] == 0

    @pytest.mark.parametrize(
        ("words", "said", "status"),
        [
            (("passwd", "people", "a:b"), "is no name for a user", 2),
            (("passwd", "none/people", "a"), "No such file", 1),
            (("passwd", "none"), "No such file", 1),
            (("passwd", "people", "a", "--scheme", "md5"), "there is no scheme 'md5'", 2),
            (("passwd", "--delete"), "--delete wants FILE and NAME", 2),
        ],
    )
    def test_mistakesAreExplained(
        self, twist: Twist, words: tuple[str, ...], said: str, status: int
    ) -> None:
        found, _, err = twist(*words, answers="one\n")
        assert found == status
        assert said in err

    def test_anEmptyPasswordIsRefused(self, twist: Twist) -> None:
        assert twist("passwd", "people", "a", answers="\n")[0] == 2
        assert not Path("people").exists()


class TestDoctor:
    def test_thisMachineIsWell(self, twist: Twist) -> None:
        status, out, _ = twist("doctor")
        assert status == 0
        for word in ("Python", "event loop", "TLS", "open files", "other Twisted"):
            assert word in out

    def test_aLookThatFailsIsTold(self, twist: Twist, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(_doctor._LOOKS, "TLS", lambda: ("bad", str(1 / 0)))
        status, out, _ = twist("doctor")
        assert status == 1
        assert "cannot be looked at: ZeroDivisionError" in out
        assert "1 of these is broken." in out

    def test_filesOfTheGenuineTwistedAmongOursAreFound(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import twisted

        folder = Path(twisted.__file__ or "").parent.parent

        class Genuine:
            metadata = {"Name": "Twisted"}
            version = "26.10.0"
            files = [
                "twisted/__init__.py",
                "twisted/copyright.py",
                "Twisted-26.10.0.dist-info/RECORD",
            ]

            def __init__(self, where: Path) -> None:
                self._where = where

            def locate_file(self, file: object) -> Path:
                return self._where / str(file)

        found = [Genuine(folder)]
        monkeypatch.setattr("importlib.metadata.distributions", lambda: found)
        verdict, said = _doctor._clash()
        assert verdict == "bad"
        assert "lie among these (2 of them)" in said
        assert "pip uninstall" in said
        found[:] = [Genuine(Path("/elsewhere"))]
        assert _doctor._clash()[0] == "look"
        found[0].version = "26.10.0+torsion"
        assert _doctor._clash()[0] == "ok"

    def test_pluginsAreFoundAtAll(self) -> None:
        from twisted.application._config.catalogue import IServiceType

        assert list(getPlugins(IServiceType))
