"""The small parser of XML, strict and lenient."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.web import sux
from twisted.web.sux import ParseError, XMLParser


class Keeping(XMLParser):
    def __init__(self, lenient: bool = False) -> None:
        self.beExtremelyLenient = lenient
        self.found: list[Any] = []
        self.connectionMade()

    def gotTagStart(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append(("<", name, attributes) if attributes else ("<", name))

    def gotTagEnd(self, name: str) -> None:
        self.found.append((">", name))

    def gotText(self, data: str) -> None:
        if data:
            self.found.append(data)

    def gotComment(self, comment: str) -> None:
        self.found.append(("comment", comment))

    def gotCData(self, cdata: str) -> None:
        self.found.append(("section", cdata))

    def gotDoctype(self, doctype: str) -> None:
        self.found.append(("doctype", doctype))

    def gotEntityReference(self, entityRef: str) -> None:
        self.found.append(("&", entityRef))


def found(text: str | bytes, lenient: bool = False) -> list[Any]:
    parser = Keeping(lenient)
    parser.dataReceived(text)
    parser.connectionLost(None)
    return parser.found


WELL_FORMED: list[tuple[str, list[Any]]] = [
    ("<a/>", [("<", "a"), (">", "a")]),
    (" \n<a>x</a>", [("<", "a"), "x", (">", "a")]),
    ("<a >x</a >", [("<", "a"), "x", (">", "a")]),
    ("<a b='c' d = \"e\"/>", [("<", "a", {"b": "c", "d": "e"}), (">", "a")]),
    ("<a b='\"<>&amp;'></a>", [("<", "a", {"b": '"<>&amp;'}), (">", "a")]),
    ("<a:b c:d='e'></a:b>", [("<", "a:b", {"c:d": "e"}), (">", "a:b")]),
    ("<a>x&amp;y&#60;</a>", [("<", "a"), "x", ("&", "amp"), "y", ("&", "#60"), (">", "a")]),
    ("<a><!-- x -- > --></a>", [("<", "a"), ("comment", " x -- > "), (">", "a")]),
    ("<a><![CDATA[<x>]]]></a>", [("<", "a"), ("section", "<x>]"), (">", "a")]),
    ("<a><![CDATA[]]></a>", [("<", "a"), ("section", ""), (">", "a")]),
    ("<!DOCTYPE html><a/>", [("doctype", "html"), ("<", "a"), (">", "a")]),
    ("<!doctype html><a/>", [("doctype", "html"), ("<", "a"), (">", "a")]),
    ("<?xml version='1.0'?><a/>", [("<", "a"), (">", "a")]),
    ("<\xe9 \xe8='\N{SNOWMAN}'/>", [("<", "\xe9", {"\xe8": "\N{SNOWMAN}"}), (">", "\xe9")]),
]


@pytest.mark.parametrize(("text", "wanted"), WELL_FORMED, ids=[text for text, _ in WELL_FORMED])
@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_whatIsWellFormedIsFound(text: str, wanted: list[Any], lenient: bool) -> None:
    assert found(text, lenient) == wanted


@pytest.mark.parametrize(("text", "wanted"), WELL_FORMED, ids=[text for text, _ in WELL_FORMED])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_howItIsCutDoesNotMatter(text: str, wanted: list[Any], encoding: str) -> None:
    data = text.encode(encoding)
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    if not encoding.startswith("utf-16"):
        parser = Keeping()
        for at in range(3 if encoding == "utf-8-sig" else 0, len(data)):
            parser.dataReceived(data[at : at + 1])
        parser.connectionLost(None)
        # A piece of text may come in one piece or in several.
        assert "".join(map(str, parser.found)) == "".join(map(str, wanted))
    assert found(data) == wanted


@pytest.mark.parametrize(
    ("text", "column", "lenient"),
    [
        ("x<a/>", 1, ["x", ("<", "a"), (">", "a")]),
        ("<a b>", 5, [("<", "a", {"b": "True"})]),
        ("<a b c='d'>", 6, [("<", "a", {"b": "True", "c": "d"})]),
        ("<a b=c d=e/>", 6, [("<", "a", {"b": "c", "d": "e"}), (">", "a")]),
        ("<a b/>", 5, [("<", "a", {"b": "True"}), (">", "a")]),
        ("<a b />", 6, [("<", "a", {"b": "True"}), (">", "a")]),
        ("<a b=>", 6, [("<", "a", {"b": "True"})]),
        ("<a b=/>", 6, [("<", "a", {"b": ""}), (">", "a")]),
        ("<a b'c'>", 5, [("<", "a", {"b": "c"})]),
        ("<a/b>", 4, [("<", "a"), (">", "a")]),
        ("<a!b>", 3, [("<", "ab")]),
        ("<a+b>", 3, ["<a+b", ">"]),
        ("<a><</a>", 5, [("<", "a"), "<</", "a>"]),
        ("<a>& b</a>", 5, [("<", "a"), ("&", "amp"), " b", (">", "a")]),
        ("<a>&b c</a>", 6, [("<", "a"), ("&", "amp"), "b c", (">", "a")]),
        ("<a>&b<c>", 6, [("<", "a"), ("&", "amp"), ("<", "c")]),
        ("<a><![CDX[x]]></a>", 9, [("<", "a"), (">", "a")]),
        (
            "<script>a<b</p></scr></SCRIPT >c",
            12,
            [("<", "script"), "a<b</p></scr>", (">", "script"), "c"],
        ),
    ],
)
def test_whatIsNotIsAnErrorOrMadeTheBestOf(text: str, column: int, lenient: list[Any]) -> None:
    with pytest.raises(ParseError) as caught:
        found(text)
    assert (caught.value.line, caught.value.col) == (1, column)
    assert found(text, True) == lenient


@pytest.mark.parametrize("text", ["< a>", "<a[b>"])
def test_someThingsNobodyCanRead(text: str) -> None:
    for lenient in (False, True):
        with pytest.raises(ParseError):
            found(text, lenient)


def test_anErrorNamesItsPlace() -> None:
    with pytest.raises(ParseError) as caught:
        found("<a b='\n\n'>\n  &c d")
    error = caught.value
    assert str(error).startswith("<xml />:4:5: ")
    assert (error.filename, error.line, error.col) == ("<xml />", 4, 5)
    assert error.message in str(error)


@pytest.mark.parametrize(
    "text", ["<a", "<a b='c", "<!--x", "<a>x", "<![CDATA[x", "<!DOCTYPE x", "&x"]
)
def test_theEndMayComeAnywhere(text: str) -> None:
    assert isinstance(found(text, True), list)


def test_whoTakesCharactersHimselfIsGivenEachOfThem() -> None:
    seen: list[str] = []

    class Own(XMLParser):
        def do_bodydata(self, byte: str) -> Any:
            seen.append(byte)
            return super().do_bodydata(byte)

    parser = Own()
    parser.connectionMade()
    parser.dataReceived("<a>xyz")
    assert seen == ["x", "y", "z"]


@pytest.mark.parametrize(
    "text",
    [
        "<a>" + "x" * 10**6,
        '<a b="' + "'x" * 10**5,
        "<!--" + "x>" * 10**5,
        "<a><![CDATA[" + "x>" * 10**5,
        "<script>" + "x<" * 10**5,
        "<script></script" + " " * 10**5,
        "<a b=" + "x" * 10**6,
    ],
    ids=lambda text: text[:12],
)
def test_timeGrowsNoFasterThanTheText(text: str) -> None:
    begun = time.process_time()
    found(text, True)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("start", ["<", "<a ", "<a>&"])
def test_aNameHasABound(start: str) -> None:
    with pytest.raises(ParseError, match="4096"):
        found(start + "x" * 5000, True)


@given(st.text("<>/!?=&;'\"[]-ab \n", max_size=40))
def test_whateverComesIsReadOrAnError(text: str) -> None:
    for lenient in (False, True):
        try:
            found(text, lenient)
        except ParseError as error:
            assert error.line >= 1


class TestTools:
    def test_unionsAndZips(self) -> None:
        assert list(sux.unionlist([1, 2], [2, 3])) == [1, 2, 3]
        assert sux.zipfndict({1: "a"}, {1: "b", 2: "c"}) == {1: ("a", "b"), 2: (sux.nop, "c")}
        assert sux.nop(1, a=2) is None  # type: ignore[func-returns-value]  # that is all it does

    def test_methodsByPrefix(self) -> None:
        parser = XMLParser()
        assert sux.prefixedMethodClassDict(XMLParser, "gotTag")["End"] is XMLParser.gotTagEnd
        assert sux.prefixedMethodObjDict(parser, "gotTag")["End"] == parser.gotTagEnd
