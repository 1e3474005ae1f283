"""A file with everything wrong in it is answered in one go, each mistake in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted.application._config.mistakes import Mistakes
from twisted.application._config.site import readSite
from twisted.application._config.source import Source

_FILE = """\
include = ["none.toml", 3]
[site]
grace = "long"
wrokers = 2
control = true
[cred.staff]
file = "no-passwords"
users = { "" = "x" }
[cred.empty]
[services.echo]
type = "ehco"
[services.front]
type = "echo"
listen = [70000, { tcp = 7, tls = 8 }, "tpc:9", { tls = 9, certificate = "none.pem" }]
after = ["back", "fouth"]
[services.back]
type = "qotd"
listen = 7001
order = "backwards"
file = "${file:none}"
quotes = ["${NO_SUCH_NAME_HERE}"]
after = "front"
[services.third]
type = "daytime"
listen = { tcp = 7001, host = "localhost" }
[services.fourth]
type = "limited"
service = { type = "ecko" }
restart = { policy = "on-faliure", delay = -1 }
[services."no name"]
type = "discard"
listen = { unix = "no/such/folder/x.sock" }
[serivces.x]
type = "echo"
"""

_WANTED = [
    (1, 12, "'{folder}/none.toml' cannot be read: No such file"),
    (1, 25, "wanted the path of a file"),
    (3, 9, "wanted a number from 0 to 3600"),
    (4, 1, "'wrokers' is not a key of the table [site]. Did you mean 'workers'?"),
    (5, 11, "wanted the path of a file, in quotes, or false"),
    (7, 8, "Make it: twist passwd"),
    (8, 11, "'' is no name for a user"),
    (9, 1, "nobody could log in"),
    (11, 8, "there is no service type 'ehco'. Did you mean 'echo'?"),
    (14, 11, "wanted a whole number from 0 to 65535, got 70000."),
    (14, 18, "exactly one of the keys tcp, tls and unix; this one has tcp and tls."),
    (14, 40, "is no description to listen on"),
    (14, 74, "cannot be read: No such file or directory"),
    (15, 9, "there is no service 'fouth'. Did you mean 'fourth'?"),
    (15, 9, "could ever start: 'front', which waits for 'back', which waits for 'front'."),
    (19, 9, 'wanted one of "random" or "in-turn"'),
    (20, 8, "the file '{folder}/none' cannot be read"),
    (21, 11, "the environment has no 'NO_SUCH_NAME_HERE'"),
    (26, 1, "'listen' is missing"),
    (28, 20, "no type 'ecko' fits here. Did you mean 'echo'?"),
    (29, 22, "Did you mean 'on-failure'?"),
    (29, 44, "wanted a number from 0 to 86400, got -1."),
    (30, 1, "'no name' is no name for a service"),
    (32, 19, "the folder '{folder}/no/such/folder' for the socket is not there"),
    (33, 1, "'serivces' is not known here. Did you mean 'services'?"),
]


def test_everyMistakeIsToldAtOnceInItsPlace(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(_FILE)
    with pytest.raises(Mistakes) as caught:
        readSite(Source.fromFile(str(tmp_path / "site.toml")))
    found = [(each.line, each.column, each.text) for each in caught.value.found]
    places = [(line, column) for line, column, _ in found]
    assert places == [(line, column) for line, column, _ in _WANTED]
    for (_, _, text), (_, _, said) in zip(found, _WANTED, strict=True):
        assert said.replace("{folder}", str(tmp_path)) in text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[services.a\n", (1, 12)),
        ('a = "x\n', (1, 7)),
        ("[a]\n[a]\n", (2, 3)),
        ("a = 1\na = 2\n", (2, 6)),
        ("x = tcp:7000\n", (1, 5)),
        ("just words\n", (1, 6)),
        ("a = [1, 2\n", (1, 10)),
        ("x = 99999999999999999999999999999999999999999999999\n", (1, 1)),
        ("", (1, 1)),
    ],
)
def test_whatIsNoTOMLHasAPlaceToo(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(Mistakes) as caught:
        readSite(Source("s.toml", text))
    assert (caught.value.found[0].line, caught.value.found[0].column) == place
