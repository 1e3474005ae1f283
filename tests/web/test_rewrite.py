"""Rules for paths."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.web import resource
from twisted.web.rewrite import RewriterResource, alias, tildeToUsers

from .serving import ask, get


class Path(resource.Resource):
    """Shows where the request led."""

    def getChild(self, path: bytes, request: Any) -> Any:
        return self

    def render_GET(self, request: Any) -> bytes:
        shown: bytes = b"/".join(request.prepath) + b" " + request.path
        return shown


@pytest.mark.parametrize(
    ("rule", "target", "wanted"),
    [
        (tildeToUsers, b"/~ada/x", b"users/ada/x /users/ada/x"),
        (tildeToUsers, b"/ada/~x", b"ada/~x /ada/~x"),
        (alias("new/name", "old"), b"/new/name/x", b"old/x /old/x"),
        (alias(b"new", b"very/old"), b"/new", b"very/old /very/old"),
        (alias("new", "old"), b"/newer", b"newer /newer"),
    ],
)
def test_aRuleChangesWhereARequestLeads(rule: Any, target: bytes, wanted: bytes) -> None:
    assert ask(RewriterResource(Path(), rule), get(target)).body == wanted


def test_rulesAreAppliedInTheirOrder() -> None:
    rules = alias("a", "b"), alias("b", "c")
    assert ask(RewriterResource(Path(), *rules), get(b"/a/x")).body == b"c/x /c/x"
