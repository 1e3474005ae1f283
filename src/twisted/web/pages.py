"""Pages that say what went wrong."""

from __future__ import annotations

from html import escape
from typing import Any

from zope.interface import implementer

from twisted.web._responses import FORBIDDEN, NOT_FOUND
from twisted.web.resource import IResource, Resource

__all__ = ["errorPage", "forbidden", "notFound"]


@implementer(IResource)
class _ErrorPage(Resource):
    """A page of one heading and one paragraph, for itself and all that is below it."""

    def __init__(self, code: int, brief: str, detail: str) -> None:
        super().__init__()
        self._code = code
        brief, detail = escape(brief, quote=False), escape(detail, quote=False)
        self._page = (
            f"<!DOCTYPE html>\n<html><head><title>{code} - {brief}</title></head>"
            f"<body><h1>{brief}</h1><p>{detail}</p></body></html>"
        ).encode()

    def render(self, request: Any) -> bytes:
        request.setResponseCode(self._code)
        request.setHeader(b"content-type", b"text/html; charset=utf-8")
        return self._page

    def getChild(self, path: bytes, request: Any) -> Any:
        return self


def errorPage(code: int, brief: str, detail: str) -> IResource:
    """
    Args:
        code: of the response.
        brief: a heading.
        detail: a paragraph; neither is HTML, and both are quoted.
    Returns: a resource that says this, also for all that is below it.
    """
    return _ErrorPage(code, brief, detail)


def notFound(
    brief: str = "No Such Resource", message: str = "Sorry. No luck finding that resource."
) -> IResource:
    """Returns: a resource that says 404. Args: as `errorPage`."""
    return _ErrorPage(NOT_FOUND, brief, message)


def forbidden(
    brief: str = "Forbidden Resource", message: str = "Sorry, resource is forbidden."
) -> IResource:
    """Returns: a resource that says 403. Args: as `errorPage`."""
    return _ErrorPage(FORBIDDEN, brief, message)
