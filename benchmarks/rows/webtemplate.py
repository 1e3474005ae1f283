"""Pages from templates."""

from __future__ import annotations

from ..measuring import Inside
from .model import Bar, Row


def _inside(what: str, size: int = 0) -> Inside:
    return Inside(what, size, program="webtemplate")


rows = (
    Row(
        "template-small",
        "a small page from a template",
        "pages/s",
        _inside("small"),
        (Bar(2.0),),
    ),
    Row(
        "template-rows",
        "a page with 100 rows, cloned and filled",
        "pages/s",
        _inside("rows", 100),
        (Bar(2.0),),
    ),
    Row(
        "template-tags",
        "1,000 cells, from tags that are there",
        "pages/s",
        _inside("cells", 1000),
        (Bar(2.0),),
    ),
    Row(
        "template-made",
        "1,000 cells, from tags made for it",
        "pages/s",
        _inside("madeCells", 1000),
        (Bar(2.0),),
    ),
    Row(
        "template-text",
        "1,000 texts to quote",
        "texts/s",
        _inside("texts", 1000),
        (Bar(2.0),),
    ),
    Row(
        "template-waiting",
        "a page that waits for 100 Deferreds",
        "Deferreds/s",
        _inside("waiting", 100),
        (Bar(2.0),),
    ),
    Row(
        "template-loading",
        "reading a template of 100 tags",
        "templates/s",
        _inside("loading", 100),
        (Bar(1.0),),
    ),
)
