"""Pieces of HTML as text, from before `twisted.web.template`. All of it is deprecated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from twisted.python.deprecate import deprecated
from twisted.python.versions import Version

__all__ = ["PRE", "UL", "linkList", "output"]

_since = deprecated(Version("Twisted", 15, 3, 0), "twisted.web.template")


@_since
def PRE(text: str) -> str:
    """Returns: HTML that shows ``text`` as it is."""
    return f"<pre>{escape(text)}</pre>"


@_since
def UL(lst: Iterable[str]) -> str:
    """Returns: a list. Args: lst: HTML, which is not quoted."""
    return _list(lst)


@_since
def linkList(lst: Iterable[tuple[str, str]]) -> str:
    """Returns: a list of links. Args: lst: pairs of address and HTML, neither of them quoted."""
    return _list(f'<a href="{address}">{shown}</a>' for address, shown in lst)


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li> {item}</li>\n" for item in items)
    return f"<ul>\n{lines}</ul>"


@_since
def output(func: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """Returns: what ``func`` does, or a sentence where it raises, which is logged."""
    try:
        return func(*args, **kw)
    except Exception:
        from twisted.logger import Logger

        Logger().failure("What was to be shown failed")
        return "<pre>An error occurred.</pre>"
