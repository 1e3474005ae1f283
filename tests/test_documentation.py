"""The programs and sites that the documentation shows, read from its pages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

root = Path(__file__).parent.parent
pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def blocks(language: str) -> list[Any]:
    return [
        pytest.param(text, id=f"{page.relative_to(root)}-{number}")
        for page in pages
        if "_build" not in page.parts
        for number, text in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
        )
    ]


@pytest.mark.parametrize("text", blocks("python"))
def test_aProgramOfThePagesImportsWhatThereIs(text: str) -> None:
    tree = ast.parse(text)
    imports = [each for each in ast.walk(tree) if isinstance(each, (ast.Import, ast.ImportFrom))]
    program = "\n".join(ast.unparse(each) for each in imports if ast.unparse(each))
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("text", blocks("toml"))
def test_aSiteOfThePagesIsRight(text: str, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(text)
    ended = subprocess.run(
        [sys.executable, "-m", "twisted.application.twist", "check", site],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_asyncioProgramsOfThePagesRunToTheirEnd() -> None:
    page = (root / "docs" / "howto" / "asyncio.md").read_text()
    programs = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    runnable = [text for text in programs if "react(" in text or "asyncio.run(" in text]
    assert len(runnable) == 2
    for text in runnable:
        ended = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, timeout=60
        )
        assert ended.returncode == 0, ended.stderr
