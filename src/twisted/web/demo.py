"""A page that shows that a server works."""

from __future__ import annotations

from twisted import copyright
from twisted.web import static

__all__ = ["Test"]

_page = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>It works</title></head>
<body>
<h1>It works</h1>
<p>This is the demonstration page of <code>twisted.web</code> %s. A server shows it when it was
not told what to serve: <code>twist web --path /srv/www</code> serves files, and
<code>twist web --help</code> says what else there is.</p>
</body>
</html>
"""


class Test(static.Data):
    """A page that is shown wherever a request leads."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__((_page % copyright.version).encode("utf-8"), "text/html")
