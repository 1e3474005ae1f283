"""
The command ``pyhtmlizer``: writes a Python program as a page of HTML, beside it.
"""

from __future__ import annotations

import html
import os
import sys
from typing import Any

from twisted import copyright
from twisted.python import htmlizer, usage

__all__ = ["Options", "alternateLink", "footer", "header", "run", "styleLink"]

header = """\
<html><head>
<title>%(title)s</title>
<meta name="Generator" content="%(generator)s" />
%(alternate)s
%(stylesheet)s
</head>
<body>
"""
footer = "</body>"

styleLink = '<link rel="stylesheet" href="%s" type="text/css" />'
alternateLink = '<link rel="alternate" href="%(source)s" type="text/x-python" />'


class Options(usage.Options):
    """
    The options of ``pyhtmlizer``: the program to write, and the page's stylesheet.
    """

    synopsis = f"{os.path.basename(sys.argv[0])} [options] source.py"

    optParameters = [
        ["stylesheet", "s", None, "The address of a stylesheet for the page."],
    ]

    compData: Any = usage.Completions(
        extraActions=[usage.CompleteFiles("*.py", descr="source python file")]
    )

    def parseArgs(self, filename: str) -> None:
        self["filename"] = filename


def run() -> None:
    """
    Run the command, with the words of this process's command line.

    Raises: SystemExit with status 1 after saying what is wrong with them.
    """
    options = Options()
    try:
        options.parseOptions()
    except usage.UsageError as error:
        print(error)
        raise SystemExit(1) from None
    source = options["filename"]
    name = html.escape(source)
    link = options["stylesheet"]
    head = header % {
        "title": name,
        "generator": f"htmlizer/{copyright.longversion}",
        "alternate": alternateLink % {"source": name},
        "stylesheet": styleLink % html.escape(link) if link else "",
    }
    with open(source, "rb") as program, open(f"{source}.html", "wb") as page:
        page.write(head.encode())
        htmlizer.filter(program, page, htmlizer.SmallerHTMLWriter)
        page.write(footer.encode())
