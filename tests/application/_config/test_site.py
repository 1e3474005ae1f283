"""A whole file: whatever it says, it is a plan or a list of mistakes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twisted.application._config.mistakes import Mistakes
from twisted.application._config.site import Lookups, ServicePlan, readSite
from twisted.application._config.source import Source

from .test_locate import _VALUES, _value

_OTHERS = [
    "users",
    "idle",
    "delay",
    "policy",
    "grace",
    "workers",
    "control",
    "include",
    "anonymous",
    "checkers",
    "staff",
]
_KEYS = st.sampled_from(
    [
        *_OTHERS,
        "type",
        "listen",
        "quotes",
        "order",
        "file",
        "backlog",
        "lisen",
        "after",
        "restart",
        "service",
        "cred",
    ]
)
_LISTENS = st.one_of(
    st.integers(-1, 70000),
    st.sampled_from(["tcp:0", "unix:/tmp/x", "tcp", "ssl:7", "7", "", ":", "\\"]),
    st.dictionaries(
        st.sampled_from(["tcp", "tls", "unix", "host", "certificate", "key", "mode", "tpc"]),
        st.one_of(_VALUES, st.sampled_from(["self-signed", "localhost", "*", "::1", 7, 0o600])),
        max_size=4,
    ),
)
_TABLES = st.dictionaries(
    _KEYS,
    st.one_of(
        st.sampled_from(
            ["echo", "qotd", "limited", "echoo", 3, "a", "${HOME}", "${", "${file:x}", "never"]
        ),
        _LISTENS,
        st.lists(_LISTENS),
        _VALUES,
    ),
    max_size=4,
)


# The first file finds the plugins, which takes its time.
@settings(deadline=None)
@given(st.data(), st.dictionaries(st.sampled_from(["a", "b", "a.b", "é"]), _TABLES, max_size=3))
def test_noFileBreaksTheReader(data: st.DataObject, tables: dict[str, Any]) -> None:
    text = "[site]\ngrace = 1\n"
    for name, table in tables.items():
        text += f'[services."{name}"]\n'
        text += "".join(f'"{key}" = {_value(each, data.draw)}\n' for key, each in table.items())
    source = Source("site.toml", text)
    try:
        plan = readSite(source)
    except Mistakes as mistakes:
        assert mistakes.found
        for mistake in mistakes.found:
            assert 1 <= mistake.line <= len(source.lines)
            assert 1 <= mistake.column <= len(source.lines[mistake.line - 1]) + 1
            assert mistake.text and str(mistake)
    else:
        assert {service.name for service in plan.services} == set(tables)


@settings(deadline=None)
@given(
    st.data(),
    st.dictionaries(
        st.sampled_from(["include", "site", "cred", "services", "servces", "a"]),
        st.one_of(_VALUES, _TABLES, st.dictionaries(_KEYS, _TABLES, max_size=2)),
        max_size=4,
    ),
)
def test_noTopOfAFileBreaksTheReader(data: st.DataObject, top: dict[str, Any]) -> None:
    text = "".join(f'"{key}" = {_value(each, data.draw)}\n' for key, each in top.items())
    source = Source("/nonexistent/site.toml", text)
    try:
        readSite(source)
    except Mistakes as mistakes:
        for mistake in mistakes.found:
            assert mistake.place == source.name
            assert 1 <= mistake.line <= len(source.lines)
            assert 1 <= mistake.column <= len(source.lines[mistake.line - 1]) + 1


def test_aPlanHasWhatTheFileSays() -> None:
    plan = readSite(
        Source(
            "folder/home.toml",
            '[services.a]\ntype = "echo"\nlisten = { tcp = 7, host = ["127.0.0.1", "127.0.0.2"] }\n'
            '[services.b]\ntype = "qotd"\nlisten = "tcp:8"\nquotes = "One."\norder = "in-turn"\n'
            "[site]\ngrace = 2\n",
        )
    )
    assert (plan.name, plan.grace) == ("home", 2.0)
    first, second = plan.services
    assert isinstance(first, ServicePlan)
    assert [listen.words for listen in first.settings.listen] == ["127.0.0.1:7", "127.0.0.2:7"]
    assert (second.settings.quotes, second.settings.order) == (("One.",), "in-turn")


def test_equalFilesMakeEqualPlans() -> None:
    text = '[services.a]\ntype = "qotd"\nlisten = [7, { unix = "/tmp/x" }]\n'
    assert readSite(Source("a.toml", text)) == readSite(Source("a.toml", f"# again\n{text}"))


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "x" * 65, "a\\nb"])
def test_aServicesNameIsFitForLogsAndCommands(name: str) -> None:
    with pytest.raises(Mistakes) as caught:
        readSite(Source("a.toml", f'[services."{name}"]\ntype = "echo"\nlisten = 7\n'))
    assert "is no name for a service" in caught.value.found[0].text


_ECHO = '\n[services.echo]\ntype = "echo"\nlisten = 7007\n'


def test_theSiteSaysHowNamesAreLookedUpAndWhereCallbacksRun() -> None:
    def read(words: str) -> Any:
        plan = readSite(Source("s.toml", f"[site]\n{words}{_ECHO}"))
        return plan.lookups, plan.callbackContext

    assert read("") == (Lookups(atOnce=32, threads=128, patience=60.0), False)
    assert read("callback-context = true\nlookups = 4") == (Lookups(atOnce=4), True)
    table = "lookups = { at-once = 2, threads = 3, patience = 0.5 }"
    assert read(table)[0] == Lookups(atOnce=2, threads=3, patience=0.5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("lookups = 0", "s.toml:2:11: wanted"),
        ("lookups = { at-once = 10, threads = 9 }", "is less than at-once, which is 10"),
        ("lookups = { pateince = 9 }", "Did you mean 'patience'?"),
        ('callback-context = "yes"', "s.toml:2:20: wanted true or false"),
    ],
)
def test_aWrongLimitIsAMistakeInItsPlace(words: str, said: str) -> None:
    with pytest.raises(Mistakes) as caught:
        readSite(Source("s.toml", f"[site]\n{words}{_ECHO}"))
    assert said in str(caught.value)


def test_aKeyOfTheSiteInAServiceIsToldWhereItBelongs() -> None:
    with pytest.raises(Mistakes, match="site"):
        readSite(Source("s.toml", f"{_ECHO}callback-context = true\n"))
