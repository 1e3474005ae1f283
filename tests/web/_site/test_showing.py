"""How values of a site are shown: in help, in the reference, and in what a reload tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twisted.application._config.options import describe
from twisted.web._site.routes import PathRoute
from twisted.web._site.settings import WebSettings

from .serving import Served, settingsOf


def _shown(settings: Any, name: str) -> str:
    declared = next(each for each in describe(type(settings)) if each.name == name)
    return declared.kind.show(getattr(settings, name))


def test_defaultsAreShownAsAFileHasThem() -> None:
    shown = {each.key: each.shownDefault for each in describe(WebSettings)}
    assert shown["listen"] == "8080"
    assert shown["compress"] == '"files"'
    for key in ("routes", "hosts", "headers", "trusted-proxies", "path", "asgi"):
        assert shown[key] == ""


def test_valuesAreShownAsAFileHasThem(tmp_path: Path) -> None:
    settings = settingsOf(
        '[services.www]\ntype = "web"\nlisten = 0\nheaders = { A = "b" }\n'
        'trusted-proxies = ["10.0.0.0/8", "unix"]\nlimits = { body = 5 }\n'
        '[services.www.routes]\n"/p" = { proxy = "http://[::1]:9000/x/" }\n'
        '"/q" = { proxy = "https://example.org" }\n"/r" = { wsgi = "os:getcwd" }\n'
        '[services.www.hosts.a]\nroutes = { "/" = { redirect = "/b" } }\n',
        tmp_path,
    )
    assert _shown(settings, "headers") == '{ A = "b" }'
    assert _shown(settings, "trustedProxies") == '["10.0.0.0/8", "unix"]'
    assert _shown(settings, "routes") == (
        '{ "/p" = { proxy = "http://[::1]:9000/x/" }, '
        '"/q" = { proxy = "https://example.org/" }, "/r" = { wsgi = "os:getcwd" } }'
    )
    assert '"a" = ' in _shown(settings, "hosts") and "/b" in _shown(settings, "hosts")


def test_aSecretInAHeaderIsSentAndNotShown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONT_KEY", "hunter2")
    text = 'path = "."\nheaders = { X-Key = "${FRONT_KEY}" }'
    (tmp_path / "index.html").write_text("x")
    served = Served(text, tmp_path)
    assert served.ask("/").headers["x-key"] == "hunter2"
    assert _shown(served.settings, "headers") == '{ X-Key = "${FRONT_KEY}" }'
    assert "hunter2" not in repr(served.settings)


def test_aPathIsShortForARoute(tmp_path: Path) -> None:
    settings = settingsOf('[services.www]\ntype = "web"\npath = "."\n', tmp_path)
    ((path, route),) = settings.allRoutes()
    assert (path, type(route), route.listing) == ("/", PathRoute, True)
