"""Plugins of twistd in a file: their flags and parameters are keys, and the plugin has its say."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.application._config.makers import MakerSettings, MakerType
from twisted.application._config.mistakes import Mistakes
from twisted.application._config.nesting import Nested
from twisted.application._config.options import describe
from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.application.service import Service
from twisted.application.servicetypes import serviceTypes
from twisted.python import usage


def _aPort(text: str) -> int:
    return int(text)


class _Options(usage.Options):
    optFlags = [["verbose", "v", "Say more."], ["type", None, "Of all names."]]
    optParameters = [
        ["port", "p", 80, "Where to listen.", _aPort],
        ["log_name", None, None, "What to call it."],
    ]

    def opt_add(self, value: str) -> None:
        """Add one."""
        self.setdefault("added", []).append(value)

    def opt_help_all(self) -> None:
        """Tell everything, and end."""
        raise SystemExit(0)

    def parseArgs(self, *words: str) -> None:
        self["words"] = words

    def postOptions(self) -> None:
        if self["log_name"] == "bad":
            raise usage.UsageError(f"{self['log_name']} is taken")


class _Maker:
    tapname = "old"
    description = "An older plugin."
    options = _Options

    def makeService(self, options: Any) -> Service:
        service = Service()
        service.options = options  # type: ignore[attr-defined]
        return service


def _read(text: str) -> MakerSettings:
    types: Any = {"old": MakerType(_Maker())}
    plan = readSite(Source("s.toml", f'[services.a]\ntype = "old"\n{text}'), types)
    settings = plan.services[0].settings
    assert isinstance(settings, MakerSettings)
    return settings


def test_flagsParametersAndArgumentsAreKeys() -> None:
    settings = _read(
        'verbose = true\nport = 8080\nlog_name = "-x"\nadd = ["1", "2"]\narguments = ["a", "b"]\n'
        'type-option = false\nafter = []\nrestart = "never"\n'
    )
    options = settings.makeService(None).options
    assert options["verbose"] == 1
    assert (options["port"], options["log_name"], options["added"]) == (8080, "-x", ["1", "2"])
    assert options["words"] == ("a", "b")
    assert options["type"] == 0


def test_everyServiceHasOptionsOfItsOwn() -> None:
    settings = _read('add = "1"')
    first, second = settings.makeService(None).options, settings.makeService(None).options
    assert first["added"] == second["added"] == ["1"]
    assert first is not second


def test_keysAreListedWithTheWordsOfThePlugin() -> None:
    listed = {each.key: each for each in describe(MakerType(_Maker()).settings)}
    assert list(listed) == ["verbose", "type-option", "port", "log_name", "add", "arguments"]
    assert listed["port"].help == "Where to listen."
    assert listed["port"].shownDefault == "80"
    assert listed["add"].help == "Add one."


def test_settingsAreComparedByWhatTheySay() -> None:
    assert _read("port = 1") == _read("port = 1")
    assert _read("port = 1") != _read("port = 2")
    assert len({_read("port = 1"), _read("port = 1")}) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 'x'", "s.toml:3:8: the plugin does not take this: invalid literal"),
        ("prot = 1", "s.toml:3:1: 'prot' is not a key of a service of type 'old'. Did you mean"),
        ("verbose = 1", "s.toml:3:11: wanted true or false"),
        ("log_name = []", "s.toml:3:12: wanted text in quotes, or a number, got a list."),
        ("log_name = 'bad'", "s.toml:1:1: the plugin says: bad is taken"),
        ("help = true", "'help' is not a key"),
    ],
)
def test_whatThePluginRefusesIsAMistakeOfTheFile(text: str, said: str) -> None:
    with pytest.raises(Mistakes) as caught:
        _read(text)
    assert len(caught.value.found) == 1
    assert said in str(caught.value)


def test_whatAPluginSaysOfASecretHidesIt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_NAME", "bad")
    with pytest.raises(Mistakes) as caught:
        _read('log_name = "${A_NAME}"')
    assert "the plugin says: ${A_NAME} is taken" in str(caught.value)


def test_aServiceThatListensMayStandInsideAnother() -> None:
    class Report:
        folder = ""
        found: list[str] = []

        def wrong(self, path: Any, text: str, *, atValue: bool = True) -> None:
            self.found.append(f"{path}: {text}")

    report = Report()
    kind = Nested()
    inner = kind.read({"type": "qotd", "order": "in-turn"}, ("service",), report)
    assert (inner.type, inner.settings.order, inner.settings.listen) == ("qotd", "in-turn", ())
    assert inner.makeFactory().buildProtocol(None) is not None
    assert inner == kind.read({"type": "qotd", "order": "in-turn"}, ("service",), report)
    assert kind.read("echo", (), report).type == "echo"
    assert report.found == []
    kind.read({"type": "echoo"}, ("service",), report)
    kind.read({"type": "echo", "listen": 7}, ("service",), report)
    kind.read({}, ("service",), report)
    assert "Did you mean 'echo'?" in report.found[0]
    assert "'listen' is not a key of a service of type 'echo' inside another" in report.found[1]
    assert "'type' is missing" in report.found[2]
    assert "echo" in serviceTypes()
