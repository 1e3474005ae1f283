"""A service type of one's own is listed, run and judged like those of the house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import twisted.application.servicetypes as face
from tests.examples.running import Program, call, readAll
from twisted.application._config import listens
from twisted.application._config.kinds import WRONG
from twisted.application._config.listens import Listens
from twisted.application._config.toml import loads

_MODULE = '''
from dataclasses import dataclass

from twisted.application.service import Service
from twisted.application.servicetypes import CannotStart, Listening, option
from twisted.internet.defer import fail
from twisted.internet.protocol import Factory, Protocol


class Greeter(Protocol):
    def connectionMade(self):
        self.transport.write(self.factory.greeting * self.factory.times)
        self.transport.loseConnection()


@dataclass(frozen=True)
class GreeterSettings(Listening):
    """Greet whoever connects."""

    greeting: str = option(help="What to say first.", default="Hello")
    timesToSay: int = option(help="How often.", default=1, minimum=1, maximum=9)
    loud: bool = option(help="In capitals?", default=False)

    def makeFactory(self):
        factory = Factory.forProtocol(Greeter)
        factory.greeting = self.greeting.upper() if self.loud else self.greeting
        factory.times = self.timesToSay
        return factory


class NeverReady(Service):
    def startService(self):
        super().startService()
        return fail(CannotStart(["the moon is not full"]))


@dataclass(frozen=True)
class MoodySettings:
    def makeService(self, reactor):
        return NeverReady()
'''

_PLUGIN = """
from twisted.application.servicetypes import ServiceType

greeter = ServiceType("greeter", "mine.GreeterSettings", "Greets whoever connects.")
moody = ServiceType("moody", "mine.MoodySettings", "Does not start.")
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on Python's path with a plugin in it."""
    (tmp_path / "mine.py").write_text(_MODULE)
    plugins = tmp_path / "twisted" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "mine_services.py").write_text(_PLUGIN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    return tmp_path


def twist(folder: Path, *words: str) -> tuple[int, str]:
    with Program("-m", "twisted.application.twist", *words, folder=folder) as program:
        return program.ended(), program.output


def test_aPluginIsListedAndExplained(mine: Path) -> None:
    status, output = twist(mine, "services")
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert (status, "greeter Greets whoever connects." in lines) == (0, True)
    status, output = twist(mine, "services", "greeter")
    assert status == 0
    for key in ("listen", "greeting", "times-to-say", "loud"):
        assert f"\n{key} " in output


def test_itsFlagsComeFromItsDeclaration(mine: Path) -> None:
    words = ("greeter", "--listen", '{ tcp = 0, host = "127.0.0.1" }', "--greeting", "Hi.")
    more = ("--times-to-say", "2", "--loud")
    with Program("-m", "twisted.application.twist", *words, *more, folder=mine) as program:
        port = int(program.until(r"TCP +127\.0\.0\.1:(\d+)")[1])
        with call(port) as connection:
            assert readAll(connection) == b"HI.HI."


def test_itsKeysComeFromItsDeclaration(mine: Path) -> None:
    (mine / "site.toml").write_text(
        '[services.a]\ntype = "greeter"\nlisten = 0\ntimesToSay = 2\n'
        '[services.b]\ntype = "greeter"\nlisten = 0\ntimes-to-say = 10\nloud = "yes"\n'
    )
    status, output = twist(mine, "check", "site.toml")
    assert status == 2
    assert "site.toml:4:1: 'timesToSay' is not a key of a service of type 'greeter'" in output
    assert "Did you mean 'times-to-say'?" in output
    assert "site.toml:8:16: wanted a whole number from 1 to 9, got 10." in output
    assert 'site.toml:9:8: wanted true or false, got the text "yes".' in output


def test_whatItSaysAboutNotStartingIsToldAndStopsTheOthers(mine: Path) -> None:
    (mine / "site.toml").write_text(
        '[services.a]\ntype = "greeter"\nlisten = { unix = "a.sock" }\n'
        '[services.b]\ntype = "moody"\n'
    )
    status, output = twist(mine, "up", "site.toml")
    assert status == 1
    assert "twist: b: the moon is not full\nNothing was started." in output
    assert not (mine / "a.sock").exists()


def test_theFaceHandsOnEachNameOnceAndAsItsOwn() -> None:
    assert len(set(face.__all__)) == len(face.__all__)
    for name in face.__all__:
        thing: Any = getattr(face, name)
        if name not in ("IServiceType", "IEndingService"):
            assert thing.__module__ == "twisted.application.servicetypes"


@pytest.mark.parametrize("example", [example for example, _ in Listens.examples])
def test_theFormsOfListenThatAreShownAreRight(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listens, "hasIPv6", lambda: False)

    class Report:
        folder = str(tmp_path)

        def wrong(self, path: object, text: str, *, atValue: bool = True) -> None:
            raise AssertionError(text)

    made = Listens().read(loads(f"listen = {example}")["listen"], (), Report())
    assert made is not WRONG and len(made) >= 1
