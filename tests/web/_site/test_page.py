"""The files that the page on web sites shows are right, and serve what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from twisted.application._config.site import readSite
from twisted.application._config.source import Source
from twisted.internet.testing import MemoryReactorClock

_page = Path(__file__).parents[3] / "docs" / "web" / "site.md"
_blocks = re.findall(r"^```\{code-block\} toml\n(.*?)^```", _page.read_text(), re.DOTALL | re.M)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All that the files of the page name."""
    from twisted.internet._tls.selfsigned import selfSignedCertificate

    for name in ("htdocs/.well-known", "staff", "static"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "passwords").write_text("")
    (tmp_path / "blog.py").write_text("def application(environ, start_response): pass\n")
    certificate, key = selfSignedCertificate(("localhost",), str(tmp_path))
    both = Path(certificate).read_bytes() + (Path(key).read_bytes() if key else b"")
    (tmp_path / "site.pem").write_bytes(both)
    return tmp_path


def test_thePageHasFiles() -> None:
    assert len(_blocks) >= 6


@pytest.mark.parametrize("number", range(len(_blocks)))
def test_aFileOfThePageIsRightAndMakesASite(folder: Path, number: int) -> None:
    plan = readSite(Source(str(folder / "site.toml"), _blocks[number]))
    for service in plan.services:
        settings: Any = service.settings
        reactor: Any = MemoryReactorClock()
        reactor.getThreadPool = lambda: None
        site, _ = settings._site(reactor)
        assert site.resource.isLeaf is False


def test_thePageNamesEveryKindOfRoute() -> None:
    from twisted.web._site.routes import Routes

    page = _page.read_text()
    assert [key for key in Routes().tables if f"`{key} = " not in page] == []
