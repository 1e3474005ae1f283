"""What tests of resources and pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import NOT_DONE_YET

if TYPE_CHECKING:
    from twisted.web.template import Flattenable

__all__ = ["FlattenTestCase", "_render", "assertIsFilesystemTemporary"]


def _render(resource: Any, request: Any) -> Deferred[Any]:
    """
    Let a resource answer a request.

    Returns: fires when the request is finished.
    Raises: ValueError if the resource gives back what is no answer.
    """
    return _answer(resource.render(request), request)


def _answer(body: Any, request: Any) -> Deferred[Any]:
    if isinstance(body, bytes):
        request.write(body)
        request.finish()
        return succeed(None)
    if body is NOT_DONE_YET:
        return succeed(None) if request.finished else request.notifyFinish()
    if hasattr(type(body), "__await__"):
        return ensureDeferred(_awaited(body)).addCallback(_answer, request)
    raise ValueError(f"a resource rendered {body!r}: it is neither bytes nor NOT_DONE_YET")


async def _awaited(body: Any) -> Any:
    return await body


class FlattenTestCase(SynchronousTestCase):
    """Has assertions on what becomes of a page."""

    def assertFlattensTo(self, root: Flattenable, target: bytes) -> Deferred[bytes]:
        """Returns: fires with the page; fails if it is not ``target``."""
        # Here, for who only renders resources needs no templates.
        from twisted.web.template import flattenString

        def compare(page: bytes) -> bytes:
            self.assertEqual(page, target)
            return page

        return flattenString(None, root).addCallback(compare)

    def assertFlattensImmediately(self, root: Flattenable, target: bytes) -> bytes:
        """Returns: the page. Fails if it has to wait, or is not ``target``."""
        page: bytes = self.successResultOf(self.assertFlattensTo(root, target))
        return page

    def assertFlatteningRaises(self, root: Flattenable, exn: type[Exception]) -> None:
        """Fails unless the page cannot be made, because of an ``exn``."""
        from twisted.web.error import FlattenerError

        failure = self.failureResultOf(self.assertFlattensTo(root, b""), FlattenerError)
        self.assertIsInstance(failure.value._exception, exn)  # type: ignore[attr-defined]  # trapped


def assertIsFilesystemTemporary(case: SynchronousTestCase, fileObj: Any) -> None:
    """Fails unless ``fileObj`` is a file of the operating system, not one in memory."""
    case.assertIsInstance(fileObj.fileno(), int)
