"""References: what they stand for gets into the plan, and never into anything that is shown."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from twisted.application._config.mistakes import Mistakes
from twisted.application._config.secrets import Secret, Unresolved, maxSecretBytes, resolve
from twisted.application._config.site import readSite
from twisted.application._config.source import Source

_KNOWN = {"NAME": "x", "EMPTY": "", "PORT_OF_ECHO": "7007"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("${NAME}", "x"),
        ("a ${NAME} b ${NAME}", "a x b x"),
        ("${EMPTY}", ""),
        ("${NONE:-words: more}", "words: more"),
        ("${NONE:-}", ""),
        ("${NAME:-unused}", "x"),
        ("$${NAME}", "${NAME}"),
        ("$NAME {NAME} $ {}", "$NAME {NAME} $ {}"),
    ],
)
def test_referencesStandForWhatTheEnvironmentHas(text: str, wanted: str) -> None:
    assert resolve(text, "", _KNOWN) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${NAM}", "the environment has no 'NAM'. Did you mean 'NAME'?"),
        ("${QQQQ}", "Set it before: export QQQQ=..."),
        ("${}", "'' is no name of the environment"),
        ("${a b}", "'a b' is no name"),
        ("${NAME", "'}' is to end it"),
        ("${fil:x}", "'${fil:x}' is no reference"),
        ("${file:}", "wants the path of a file"),
        ("${file:missing}", "cannot be read: No such file"),
    ],
)
def test_aReferenceThatLeadsNowhereIsExplained(text: str, said: str) -> None:
    with pytest.raises(Unresolved) as caught:
        resolve(text, "", _KNOWN)
    assert said in str(caught.value)


def test_aFilesLastLineEndIsNotPartOfTheSecret(tmp_path: Path) -> None:
    for contents in (b"s3cret", b"s3cret\n", b"s3cret\r\n"):
        (tmp_path / "secret").write_bytes(contents)
        assert resolve("${file:secret}", str(tmp_path)) == "s3cret"
    (tmp_path / "secret").write_bytes(b"\xff")
    with pytest.raises(Unresolved, match="no UTF-8"):
        resolve("${file:secret}", str(tmp_path))


def test_theFileOfASecretIsBounded(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x" * maxSecretBytes)
    assert len(resolve("${file:secret}", str(tmp_path))) == maxSecretBytes
    (tmp_path / "secret").write_bytes(b"x" * (maxSecretBytes + 1))
    with pytest.raises(Unresolved, match="more than"):
        resolve("${file:secret}", str(tmp_path))


def test_aSecretIsTextThatDoesNotShowItself() -> None:
    secret = Secret("s3cret", "${file:x}")
    assert secret == "s3cret"
    for each in (secret, copy.copy(secret), pickle.loads(pickle.dumps(secret))):
        assert (each, each.reference, repr(each)) == ("s3cret", "${file:x}", "<secret ${file:x}>")


def test_aReferenceMayStandForANumber(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_PORT", "7")
    monkeypatch.setenv("ECHO_BACKLOG", "9")
    text = (
        '[services.a]\ntype = "echo"\nlisten = ["${ECHO_PORT}", '
        '{ tcp = "${ECHO_PORT}", host = "192.0.2.1", backlog = "${ECHO_BACKLOG}" }]\n'
    )
    (plan,) = readSite(Source("s.toml", text)).services
    assert [listen.words for listen in plan.settings.listen][-1] == "192.0.2.1:7"
    assert plan.settings.listen[-1].backlog == 9


def test_onlyTheReferenceIsToldOfAValueThatIsWrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_PORT", "s3cret")
    text = (
        '[services.a]\ntype = "qotd"\nlisten = { tcp = "${ECHO_PORT}" }\norder = "${ECHO_PORT}"\n'
        'file = "${ECHO_PORT}"\nquotes = "${MISSING_QUOTES}"\n[site]\ngrace = "${ECHO_PORT}"\n'
    )
    with pytest.raises(Mistakes) as caught:
        readSite(Source("s.toml", text))
    said = str(caught.value)
    assert "s3cret" not in said
    assert [each.line for each in caught.value.found] == [3, 4, 5, 6, 8]
    assert said.count("${ECHO_PORT}") >= 4
    assert "the environment has no 'MISSING_QUOTES'" in said
