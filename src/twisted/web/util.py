"""Redirects, resources that are found later, and failures as pages."""

from __future__ import annotations

from html import escape

from twisted._faces import handOn
from twisted.web._failures import (
    FailureElement,
    _FrameElement,
    _SourceFragmentElement,
    _SourceLineElement,
    _StackElement,
    formatFailure,
)
from twisted.web._redirects import DeferredResource, ParentRedirect, Redirect, redirectTo

__all__ = [
    "DeferredResource",
    "FailureElement",
    "ParentRedirect",
    "Redirect",
    "_FrameElement",
    "_PRE",
    "_SourceFragmentElement",
    "_SourceLineElement",
    "_StackElement",
    "formatFailure",
    "redirectTo",
]

handOn(
    __name__,
    DeferredResource,
    FailureElement,
    ParentRedirect,
    Redirect,
    formatFailure,
    redirectTo,
)


def _PRE(text: str) -> str:
    """Returns: HTML that shows ``text`` as it is."""
    return f"<pre>{escape(text)}</pre>"
