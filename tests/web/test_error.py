"""The errors of `twisted.web` say what went wrong."""

from __future__ import annotations

import traceback

import pytest

from twisted.web.error import (
    Error,
    FlattenerError,
    MissingRenderMethod,
    MissingTemplateLoader,
    RedirectWithNoLocation,
    UnsupportedMethod,
)
from twisted.web.template import Element, Tag


@pytest.mark.parametrize(
    ("code", "message", "shown"),
    [
        pytest.param(404, None, "404 Not Found", id="number"),
        pytest.param(b"404", None, "404 Not Found", id="bytes"),
        pytest.param(404, b"Gone Fishing", "404 Gone Fishing", id="message"),
        pytest.param(999, None, "999", id="unknown"),
    ],
)
def test_anErrorIsACodeAndWhatStandsBehindIt(
    code: int | bytes, message: bytes | None, shown: str
) -> None:
    assert str(Error(code, message)) == shown


def test_whatIsNoCodeIsRefused() -> None:
    with pytest.raises(ValueError, match="four"):
        Error(b"four")


def test_aRedirectWithoutLocationNamesThePage() -> None:
    error = RedirectWithNoLocation(302, b"Found", b"https://example.com/")
    assert error.message == b"Found to https://example.com/"
    assert error.uri == b"https://example.com/"


def test_theMethodsThatAreAllowedAreAList() -> None:
    with pytest.raises(TypeError, match="list or a tuple"):
        UnsupportedMethod(b"GET")  # type: ignore[arg-type]  # the mistake


def test_whatAnElementLacksIsNamed() -> None:
    element = Element()
    assert repr(element) in str(MissingTemplateLoader(element))
    missing = str(MissingRenderMethod(element, "news"))
    assert repr(element) in missing
    assert "'news'" in missing


class TestFlattenerError:
    @pytest.mark.parametrize(
        ("root", "shown"),
        [
            pytest.param("short", "'short'", id="text"),
            pytest.param("\N{SNOWMAN}", r"'\u2603'", id="notASCII"),
            pytest.param("a" * 30 + "z" * 30, f"'{'a' * 20}<...>{'z' * 20}'", id="longText"),
            pytest.param(b"a" * 30 + b"z" * 30, f"b'{'a' * 20}<...>{'z' * 20}'", id="longBytes"),
            pytest.param(Tag("em"), "Tag <em>", id="tag"),
            pytest.param(
                Tag("em", filename="page.xml", lineNumber=3, columnNumber=5),
                'File "page.xml", line 3, column 5, in "em"',
                id="tagOfAFile",
            ),
            pytest.param([1], "[1]", id="other"),
        ],
    )
    def test_eachRootIsALine(self, root: object, shown: str) -> None:
        text = str(FlattenerError(KeyError("why"), ["first", root], []))
        assert text == f"Exception while flattening:\n  'first'\n  {shown}\nKeyError: 'why'\n"

    def test_itsTracebackLooksLikeOne(self) -> None:
        try:
            raise KeyError("why")
        except KeyError as caught:
            trace = traceback.extract_tb(caught.__traceback__)
            error = FlattenerError(caught, None, trace)
        lines = str(error).splitlines()
        assert lines[1].startswith('  File "')
        assert lines[2] == '    raise KeyError("why")'
        assert lines[-1] == "KeyError: 'why'"

    def test_neitherRootsNorTracebackAreNeeded(self) -> None:
        assert str(FlattenerError(KeyError("why"), None, None)).count("\n") == 2
