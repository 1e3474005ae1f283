"""The page that shows what is in a directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote, unquote

from twisted.web import resource

from .types import getTypeAndEncoding

__all__ = ["DirectoryLister", "formatFileSize"]

_Row = dict[str, str]


def formatFileSize(size: int) -> str:
    """Returns: bytes in the largest unit that leaves a whole one: ``4K``, rounded down."""
    for shift, unit in ((30, "G"), (20, "M"), (10, "K")):
        if size >> shift:
            return f"{size >> shift}{unit}"
    return f"{size}B"


_titles = ("Filename", "Size", "Content type", "Content encoding")


class DirectoryLister(resource.Resource):
    """
    Shows what is in a directory, as HTML.

    Attributes:
        template: the page; it is given ``header`` and ``tableContent``.
        linePattern: a row; it is given ``class``, ``href``, ``text``, ``size``, ``type`` and
            ``encoding``. All that is inserted is quoted already.

    Args:
        pathname: the directory.
        dirs: the names to be shown; None for all.
        contentTypes, contentEncodings, defaultType: as of `twisted.web.static.File`.
    """

    template = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>%(header)s</title>
<style>
  body { font-family: sans-serif; max-width: 60em; margin: 1em auto; padding: 0 1em; }
  table { width: 100%%; border-collapse: collapse; }
  th, td { text-align: left; padding: .2em .5em; }
  tr.even { background: #f3f3f3; }
</style>
</head>
<body>
<h1>%(header)s</h1>
<table>
<thead><tr>%(titles)s</tr></thead>
<tbody>
%(tableContent)s
</tbody>
</table>
</body>
</html>
"""

    linePattern = """<tr class="%(class)s">
    <td><a href="%(href)s">%(text)s</a></td>
    <td>%(size)s</td>
    <td>%(type)s</td>
    <td>%(encoding)s</td>
</tr>
"""

    path: Any
    dirs: Iterable[str] | None
    contentTypes: Mapping[str, str]
    contentEncodings: Mapping[str, str]
    defaultType: str

    def __init__(
        self,
        pathname: Any,
        dirs: Iterable[str] | None = None,
        contentTypes: Mapping[str, str] | None = None,
        contentEncodings: Mapping[str, str] | None = None,
        defaultType: str = "text/html",
    ) -> None:
        super().__init__()
        if contentTypes is None or contentEncodings is None:
            from twisted.web.static import File

            contentTypes = File.contentTypes if contentTypes is None else contentTypes
            contentEncodings = (
                File.contentEncodings if contentEncodings is None else contentEncodings
            )
        self.contentTypes = contentTypes
        self.contentEncodings = contentEncodings
        self.defaultType = defaultType
        self.dirs = dirs
        self.path = pathname

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.path!r}>"

    __str__ = __repr__

    def _getFilesAndDirectories(self, directory: Iterable[Any]) -> tuple[list[_Row], list[_Row]]:
        """
        Args: directory: the names in it.
        Returns: what is shown of directories, and of files. What cannot be looked at, such as a
            link to nowhere, is left out.
        """
        folders: list[_Row] = []
        files: list[_Row] = []
        for name in directory:
            name = os.fsdecode(name)
            # A name that is no UTF-8 is shown with marks; its link has the bytes as they are.
            link = quote(os.fsencode(name), safe="")
            shown = escape(name.encode("utf-8", "replace").decode("utf-8"))
            path = os.path.join(os.fsdecode(self.path), name)
            if os.path.isdir(path):
                folders.append(
                    {
                        "text": shown + "/",
                        "href": link + "/",
                        "size": "",
                        "type": "[Directory]",
                        "encoding": "",
                    }
                )
                continue
            try:
                size = os.stat(path).st_size
            except OSError:
                continue
            mediaType, encoding = getTypeAndEncoding(
                name, self.contentTypes, self.contentEncodings, self.defaultType
            )
            files.append(
                {
                    "text": shown,
                    "href": link,
                    "type": f"[{escape(mediaType)}]",
                    "encoding": f"[{escape(encoding)}]" if encoding else "",
                    "size": formatFileSize(size),
                }
            )
        return folders, files

    def _buildTableContent(self, elements: Iterable[_Row]) -> list[str]:
        """Returns: a row for each element; they take turns in being odd and even."""
        return [
            self.linePattern % {**element, "class": "even" if number % 2 else "odd"}
            for number, element in enumerate(elements)
        ]

    def render(self, request: Any) -> bytes:
        """Returns: the page. Args: request: its URI is shown above it."""
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        names = self.dirs
        if names is None:
            try:
                names = os.listdir(self.path)
            except OSError:
                # Removed, or not to be read, since it was found.
                forbidden: bytes = resource._forbidden().render(request)
                return forbidden
        folders, files = self._getFilesAndDirectories(sorted(names))
        uri = request.uri.decode("utf-8", "replace")
        header = f"Directory listing for {escape(unquote(uri))}"
        page = self.template % {
            "header": header,
            "titles": "".join(f"<th>{title}</th>" for title in _titles),
            "tableContent": "".join(self._buildTableContent(folders + files)),
        }
        return page.encode("utf-8", "replace")
