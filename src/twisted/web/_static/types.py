"""What a file is by its name: its media type, and how it is encoded."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["LazyTypes", "getTypeAndEncoding", "loadMimeTypes"]

# What pages on the web are made of, and systems' tables do not all have.
_known = {
    **dict.fromkeys([".conf", ".diff", ".java", ".patch"], "text/plain"),
    ".flac": "audio/x-flac",
    ".oz": "text/x-oz",
    ".swf": "application/x-shockwave-flash",
    ".wml": "text/vnd.wap.wml",
    ".xul": "application/vnd.mozilla.xul+xml",
}


def loadMimeTypes(
    mimetype_locations: Sequence[str] | None = None,
    init: Callable[[Any], object] = mimetypes.init,
) -> dict[str, str]:
    """
    Args:
        mimetype_locations: more files to read, in the form of ``/etc/mime.types``.
        init: reads them into the table of `mimetypes`.
    Returns: media types by the ends of names, with their dot.
    """
    init(mimetype_locations)
    return {**mimetypes.types_map, **_known}


class LazyTypes:
    """
    The attribute of a class that is `loadMimeTypes`' result, loaded when it is first asked for:
    importing a module opens no files. Another value may be assigned.
    """

    def __init__(self) -> None:
        self._types: dict[str, str] | None = None

    def __get__(self, instance: object, owner: type | None = None) -> dict[str, str]:
        if self._types is None:
            self._types = loadMimeTypes()
        return self._types


def getTypeAndEncoding(
    filename: str, types: Mapping[str, str], encodings: Mapping[str, str], defaultType: Any
) -> tuple[Any, str | None]:
    """
    Args:
        filename: its end says what it is: ``.tar.gz`` is a tar, by gzip.
        types, encodings: of ends of names, in lower case, with their dot.
        defaultType: of a name that says nothing.
    Returns: the media type, and the encoding or None.
    """
    base, extension = os.path.splitext(os.path.basename(os.fsdecode(filename)))
    encoding = encodings.get(extension.lower())
    if encoding is not None:
        extension = os.path.splitext(base)[1]
    return types.get(extension.lower(), defaultType), encoding
