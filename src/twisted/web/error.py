"""The errors of `twisted.web`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twisted.web._responses import RESPONSES

if TYPE_CHECKING:
    from traceback import StackSummary

    from twisted.web.template import Element

__all__ = [
    "Error",
    "ExcessiveBufferingError",
    "FlattenerError",
    "InfiniteRedirection",
    "MissingRenderMethod",
    "MissingTemplateLoader",
    "PageRedirect",
    "RedirectWithNoLocation",
    "RenderError",
    "SchemeNotSupported",
    "UnexposedMethodError",
    "UnfilledSlot",
    "UnsupportedMethod",
    "UnsupportedSpecialHeader",
    "UnsupportedType",
]


def _codeToMessage(code: int | bytes) -> bytes | None:
    try:
        return RESPONSES.get(int(code))
    except ValueError:
        return None


class Error(Exception):
    """
    A response that says that something went wrong.

    Attributes:
        status: its code, as bytes.
        message: what stands behind it, or None.
        response: its body, or None.
    """

    status: bytes
    message: bytes | None
    response: bytes | None

    def __init__(
        self, code: int | bytes, message: bytes | None = None, response: bytes | None = None
    ) -> None:
        int(code)  # a ValueError for what is no code
        message = message or _codeToMessage(code)
        super().__init__(code, message, response)
        if isinstance(code, int):
            code = b"%d" % code
        self.status, self.message, self.response = code, message, response

    def __str__(self) -> str:
        shown = self.status
        if self.message:
            shown += b" " + self.message
        return shown.decode("utf-8", "backslashreplace")


class PageRedirect(Error):
    """
    A response that sends the client elsewhere.

    Attributes:
        location: where to, or None.
    """

    location: bytes | None

    def __init__(
        self,
        code: int | bytes,
        message: bytes | None = None,
        response: bytes | None = None,
        location: bytes | None = None,
    ) -> None:
        super().__init__(code, _withLocation(code, message, location), response)
        self.location = location


class InfiniteRedirection(Error):
    """
    A client was sent elsewhere too often.

    Attributes:
        location: where it was sent the last time, or None.
    """

    location: bytes | None

    def __init__(
        self,
        code: int | bytes,
        message: bytes | None = None,
        response: bytes | None = None,
        location: bytes | None = None,
    ) -> None:
        super().__init__(code, _withLocation(code, message, location), response)
        self.location = location


def _withLocation(code: int | bytes, message: bytes | None, location: bytes | None) -> bytes | None:
    said = message or _codeToMessage(code)
    return b"%b to %b" % (said, location) if said and location else said


class RedirectWithNoLocation(Error):
    """
    A response sends the client elsewhere, and does not say where.

    Attributes:
        uri: what was asked for.
    """

    message: bytes
    uri: bytes

    def __init__(self, code: bytes | int, message: bytes, uri: bytes) -> None:
        super().__init__(code, message)
        said = self.message or b""
        self.message = b"%b to %b" % (said, uri) if said else uri
        self.uri = uri


class UnsupportedMethod(Exception):
    """
    A resource does not know the method of a request.

    Attributes:
        allowedMethods: those that it knows.
    """

    allowedMethods: Sequence[bytes] = ()

    def __init__(self, allowedMethods: Sequence[bytes], *args: Any) -> None:
        super().__init__(allowedMethods, *args)
        if not isinstance(allowedMethods, (list, tuple)):
            raise TypeError(
                f"the allowed methods were given as {type(allowedMethods).__name__}: "
                "they are a list or a tuple of bytes"
            )
        self.allowedMethods = allowedMethods

    def __str__(self) -> str:
        return f"Expected one of {self.allowedMethods!r}"


class SchemeNotSupported(Exception):
    """A client cannot do what the scheme of an URL asks for."""


class RenderError(Exception):
    """Something could not be rendered."""


class MissingRenderMethod(RenderError):
    """
    A template names a renderer that its element does not have.

    Attributes:
        element: it.
        renderName: the name.
    """

    element: Element
    renderName: str

    def __init__(self, element: Element, renderName: str) -> None:
        super().__init__(element, renderName)
        self.element, self.renderName = element, renderName

    def __repr__(self) -> str:
        return f"{self.element!r} has no renderer named {self.renderName!r}"

    __str__ = __repr__


class MissingTemplateLoader(RenderError):
    """
    An element has nothing to load its template with.

    Attributes:
        element: it.
    """

    element: Element

    def __init__(self, element: Element) -> None:
        super().__init__(element)
        self.element = element

    def __repr__(self) -> str:
        return f"{self.element!r} has no loader"

    __str__ = __repr__


class UnexposedMethodError(Exception):
    """A method was asked for that is not to be called from outside."""


class UnfilledSlot(Exception):
    """A template has a slot that was given nothing."""


class UnsupportedType(Exception):
    """Something in a template is of a type that cannot be flattened."""


class ExcessiveBufferingError(Exception):
    """A protocol would have had to keep more than it may."""


class UnsupportedSpecialHeader(Exception):
    """A message has a header that begins with a colon and means nothing."""


class FlattenerError(Exception):
    """
    A template could not be flattened.

    Args:
        exception: what went wrong.
        roots: what was being flattened, from the outside in, or None.
        traceback: of the exception, as `traceback.extract_tb` gives it, or None.
    """

    def __init__(
        self,
        exception: BaseException,
        roots: Sequence[Any] | None,
        traceback: Sequence[Any] | StackSummary | None,
    ) -> None:
        self._exception = exception
        self._roots = list(roots or ())
        self._traceback = list(traceback or ())
        super().__init__(exception, roots, traceback)

    def _formatRoot(self, root: Any) -> str:
        """One of the roots: where it comes from, or a short form of what it is."""
        from twisted.web.template import Tag

        if isinstance(root, (str, bytes)):
            if len(root) > 40:
                cut: Any = "<...>" if isinstance(root, str) else b"<...>"
                root = root[:20] + cut + root[-20:]
            return ascii(root)
        if isinstance(root, Tag):
            if root.filename is None:
                return f"Tag <{root.tagName}>"
            return (
                f'File "{root.filename}", line {root.lineNumber}, column {root.columnNumber}, '
                f'in "{root.tagName}"'
            )
        return repr(root)

    def __repr__(self) -> str:
        lines = ["Exception while flattening:"]
        lines += ["  " + self._formatRoot(root) for root in self._roots]
        if self._traceback:
            from traceback import format_list

            lines += [each.rstrip("\n") for each in format_list(self._traceback)]
        lines.append(f"{type(self._exception).__name__}: {self._exception}")
        return "\n".join(lines) + "\n"

    __str__ = __repr__
