"""Python source as HTML."""

from __future__ import annotations

import html
import io
import re
import sys
from pathlib import Path

import pytest

from twisted.python import htmlizer


def shown(source: str, writer: type[htmlizer.HTMLWriter] = htmlizer.HTMLWriter) -> str:
    out = io.BytesIO()
    htmlizer.filter(io.BytesIO(source.encode()), out, writer)
    return out.getvalue().decode()


def kinds(source: str) -> list[tuple[str, str]]:
    """Give the kind and the text of each token that is not space."""
    found = re.findall(r'<span class="py-src-(\w+)">([^<]*)</span>', shown(source))
    return [(kind, html.unescape(text)) for kind, text in found if text.strip()]


SOURCE = """\
#!/usr/bin/python
import os.path as p
class A(B):
    def f(self, x=(1, 2), *a, **k):
        '''several
        lines <&>'''
        return x.y + 0x1F, f"{x}"
value = [1,
     2]
total = value + \\
    value
caf\xe9 = "\u2603"
"""


@pytest.mark.parametrize("writer", [htmlizer.HTMLWriter, htmlizer.SmallerHTMLWriter])
@pytest.mark.parametrize("source", [SOURCE, "", "x", "x\n\n\n# end\n", "if x:\n\ty\n"])
def test_theTextIsTheSource(source: str, writer: type[htmlizer.HTMLWriter]) -> None:
    text = html.unescape(re.sub("<[^>]*>", "", shown(source, writer)))
    assert text == source + "\n" or text == source


def test_tokensAreTold() -> None:
    found = kinds(SOURCE)
    for each in [
        ("comment", "#!/usr/bin/python"),
        ("keyword", "import"),
        ("variable", "os"),
        ("identifier", "A"),
        ("parameter", "B"),
        ("keyword", "def"),
        ("identifier", "f"),
        ("parameter", "self"),
        ("parameter", "k"),
        ("number", "2"),
        ("string", "'''several\n        lines <&>'''"),
        ("variable", "y"),
        ("number", "0x1F"),
        ("variable", "caf\xe9"),
    ]:
        assert each in found
    assert ("parameter", "y") not in found


def test_nothingIsMarkup() -> None:
    assert "<script>" not in shown('x = "<script>"  # <script>\n')


def test_emptySourceHasOnlyItsEnd() -> None:
    assert shown("") == '<pre><span class="py-src-endmarker"></span></pre>\n'


def test_theSmallerWriterLeavesOutWhatNobodyLooksFor() -> None:
    text = shown("x = (1)\n", htmlizer.SmallerHTMLWriter)
    assert text == (
        '<pre><span class="py-src-variable">x</span> = '
        '(<span class="py-src-number">1</span>)\n</pre>\n'
    )


@pytest.mark.parametrize("source", ["x = (\n", "'''open\n", "  x\n y\n"])
def test_whatIsNotWholeIsShownAsFarAsItGoes(source: str) -> None:
    assert shown(source).endswith("</pre>\n")


def test_aFileIsShown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "x.py").write_text("x\n")
    monkeypatch.setattr(sys, "argv", ["htmlizer", str(tmp_path / "x.py")])
    htmlizer.main()
    assert capfdbinary.readouterr().out.startswith(b'<pre><span class="py-src-variable">x</span>')
