"""The old place of the class for web addresses."""

from __future__ import annotations

from hyperlink import URL as itsHome

from twisted.python.url import URL


def test_theClassIsHyperlinks() -> None:
    assert URL is itsHome
    assert URL.fromText("http://a.example/b").child("c").asText() == "http://a.example/b/c"
