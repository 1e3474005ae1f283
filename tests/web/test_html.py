"""HTML from before templates is still there, with a warning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twisted.web import html


@pytest.mark.parametrize(
    ("function", "argument", "wanted"),
    [
        (html.PRE, "<a&", "<pre>&lt;a&amp;</pre>"),
        (html.UL, ["a", "b"], "<ul>\n<li> a</li>\n<li> b</li>\n</ul>"),
        (html.linkList, [("/x", "y")], '<ul>\n<li> <a href="/x">y</a></li>\n</ul>'),
        (html.output, lambda: "x", "x"),
        (html.output, lambda: 1 / 0, "<pre>An error occurred.</pre>"),
    ],
)
def test_itSaysWhatToUseInstead(function: Callable[..., Any], argument: Any, wanted: str) -> None:
    with pytest.warns(DeprecationWarning, match="twisted.web.template"):
        assert function(argument) == wanted
