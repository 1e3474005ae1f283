"""Failures that cross to the other side: their words do, and, if allowed, where they happened."""

from __future__ import annotations

from typing import Any, NoReturn

from twisted._faces import handOn
from twisted.python.failure import Failure
from twisted.python.reflect import qual, safe_str
from twisted.spread._jelly.registry import setUnjellyableForClass
from twisted.spread.flavors import Copyable, RemoteCopy

from .common import RemoteError

__all__ = ["CopiedFailure", "CopyableFailure", "failure2Copyable"]

_heldByFailure: Any = vars(Failure)["__dict__"]

_UNAVAILABLE = "Traceback unavailable\n"


def _words(value: Any) -> str:
    """The words of an exception, as they can be sent."""
    return safe_str(value).encode("utf-8", "backslashreplace").decode("utf-8")


class CopyableFailure(Failure, Copyable):
    """
    A failure that can be sent.

    Attributes:
        unsafeTracebacks: whether the other side is told in which files and lines it happened.
    """

    unsafeTracebacks: Any = 0

    def getStateToCopy(self) -> dict[str, Any]:
        """Returns: the name of the exception's class and of its bases, and its words."""
        value: Any = self.value
        if isinstance(value, Failure):
            value = failure2Copyable(value, self.unsafeTracebacks)
        else:
            value = _words(value)
        state = dict(self.__dict__)
        for private in ("_frames", "_parents", "tb"):
            state.pop(private, None)
        kind: Any = self.type
        return {
            **state,
            "type": qual(kind).encode("utf-8") if isinstance(kind, type) else kind,
            "value": value,
            "captureVars": False,
            "tb": None,
            "unsafeTracebacks": bool(self.unsafeTracebacks),
            "parents": list(self.parents),
            "frames": [],
            "stack": [],
            "traceback": _words(self.getTraceback()) if self.unsafeTracebacks else _UNAVAILABLE,
        }


class CopiedFailure(RemoteCopy, Failure):
    """
    A failure that was received.

    Attributes:
        type: the full name of the exception's class, as bytes.
        value: its words.
        traceback: where it happened, as text, if the other side tells.
    """

    type: Any
    value: Any
    traceback: str = _UNAVAILABLE

    # RemoteCopy has a plain dictionary, but a Failure keeps more than that.
    __dict__ = _heldByFailure

    def setCopyableState(self, state: Any) -> None:
        """Take what `CopyableFailure.getStateToCopy` gave, but nothing that replaces a method."""
        if not isinstance(state, dict):
            raise TypeError(f"the state of a failure is a dictionary, not {state!r:.100}")
        told = {
            name: value
            for name, value in state.items()
            if isinstance(name, str) and not name.startswith("_") and not hasattr(RemoteCopy, name)
            if not callable(getattr(Failure, name, None))
        }
        told.pop("stack", None)
        told.pop("frames", None)
        parents = told.pop("parents", None)
        kind = told.get("type")
        told["type"] = kind if isinstance(kind, bytes) else safe_str(kind).encode("utf-8")
        count = told.get("count")
        told["count"] = count if isinstance(count, int) else 0
        told.setdefault("value", "")
        told["tb"] = None
        told["captureVars"] = False
        told["_frames"] = []
        told["_parents"] = [safe_str(name) for name in parents] if isinstance(parents, list) else []
        told["traceback"] = safe_str(told.get("traceback", _UNAVAILABLE))
        self.__dict__ = told

    def __setstate__(self, state: Any) -> None:
        """Without a connection too, a state comes from anybody."""
        self.setCopyableState(state)

    def _asException(self) -> RemoteError:
        return RemoteError(self.type, self.value, self.traceback)

    def raiseException(self) -> NoReturn:
        """Raises: RemoteError: the exception's own class may not even be known here."""
        raise self._asException()

    def throwExceptionIntoGenerator(self, g: Any) -> Any:
        """Raise a `RemoteError` inside a generator or coroutine. Returns: what it yields next."""
        return g.throw(self._asException())

    def cleanFailure(self) -> None:
        """There is nothing to let go of."""

    def __repr__(self) -> str:
        return f"<{qual(type(self))} {safe_str(self.type)}: {self.getErrorMessage()}>"

    def printTraceback(
        self, file: Any = None, elideFrameworkCode: Any = 0, detail: str = "default"
    ) -> None:
        """
        Write what is known of it in one line.

        Args:
            file: where to; None writes to the log.
            elideFrameworkCode, detail: make no difference.
        """
        if file is None:
            from twisted.python.log import logerr

            file = logerr
        file.write(f"Traceback from remote host -- {safe_str(self.type)}: {safe_str(self.value)}\n")

    def printBriefTraceback(
        self, file: Any = None, elideFrameworkCode: Any = 0, detail: str = "default"
    ) -> None:
        """The same as `printTraceback`."""
        self.printTraceback(file)

    def printDetailedTraceback(
        self, file: Any = None, elideFrameworkCode: Any = 0, detail: str = "default"
    ) -> None:
        """The same as `printTraceback`."""
        self.printTraceback(file)


def failure2Copyable(fail: Failure, unsafeTracebacks: Any = 0) -> CopyableFailure:
    """
    Args:
        fail: a failure.
        unsafeTracebacks: whether the other side is told in which files and lines it happened.
    Returns: one that says the same and can be sent.
    """
    made = CopyableFailure.__new__(CopyableFailure)
    made.__dict__ = fail.__dict__
    made.unsafeTracebacks = unsafeTracebacks
    return made


handOn("twisted.spread.pb", CopiedFailure, CopyableFailure, failure2Copyable)
setUnjellyableForClass(CopyableFailure, CopiedFailure)
