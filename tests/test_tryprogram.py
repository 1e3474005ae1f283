"""The script that tries published programs: what it knows of them, and how it reads results."""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

tools = Path(__file__).parent.parent / "tools"
programs: dict[str, Any] = tomllib.loads((tools / "programs.toml").read_text())
keys = {
    "version": str,
    "about": str,
    "install": str,
    "requires": list,
    "copy": list,
    "where": str,
    "runner": str,
    "tests": list,
    "arguments": list,
    "timeout": int,
    "environment": dict,
    "missing": list,
    "append": dict,
}


@pytest.fixture(scope="module")
def script() -> Any:
    loader = SourceFileLoader("tryprogram", str(tools / "try-program"))
    spec = spec_from_loader("tryprogram", loader)
    assert spec is not None
    module = module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


@pytest.mark.parametrize("name", programs)
def test_whatIsKnownOfAProgramIsWhatTheScriptReads(name: str) -> None:
    facts = programs[name]
    assert {key: type(value) for key, value in facts.items() if key in keys} == {
        key: keys[key] for key in facts
    }
    assert facts["version"] and facts["about"] and facts["tests"]
    assert facts.get("runner", "pytest") in ("pytest", "trial")


def test_thePageNamesEachProgram() -> None:
    page = (tools.parent / "docs" / "programs.md").read_text()
    assert [name for name in programs if f"| {name} " not in page] == []


def test_verdictsOfTrialAreRead(script: Any) -> None:
    said = """\
a.test_one ... [OK]
a.test_two ... something that the test wrote
and more of it [FAIL]
a.test_three ... [SKIPPED]
a.test_four ... [ERROR]
a.test_five ... [TODO]
a.test_dies ...
===============================================================================
[FAIL]
a.test_one ... [ERROR]
"""
    assert script.verdictsOfTrial(said) == {
        "a.test_one": "pass",
        "a.test_two": "fail",
        "a.test_three": "skip",
        "a.test_four": "fail",
        "a.test_five": "skip",
        "a.test_dies": "fail",
    }


def test_verdictsOfPytestAreRead(script: Any, tmp_path: Path) -> None:
    verdicts = tmp_path / "verdicts.xml"
    assert script.verdictsOfPytest(verdicts) == {}
    verdicts.write_text(
        '<testsuites><testsuite><testcase classname="a" name="one"/>'
        '<testcase classname="a" name="two"><failure/></testcase>'
        '<testcase classname="a" name="two"/>'
        '<testcase classname="a" name="three"><error/></testcase>'
        '<testcase classname="a" name="four"><skipped/></testcase></testsuite></testsuites>'
    )
    read = {"a.one": "pass", "a.two": "fail", "a.three": "fail", "a.four": "skip"}
    assert script.verdictsOfPytest(verdicts) == read
    assert script.count(read) == "1 pass, 2 fail, 1 skip"


def test_theScriptListsItsPrograms(script: Any, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["try-program", "--list"])
    assert script.main() == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(programs)
