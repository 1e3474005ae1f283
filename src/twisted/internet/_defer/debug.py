"""What is remembered of a Deferred that failed, or of any in debug mode."""

from __future__ import annotations

from twisted.python.failure import Failure


class DebugInfo:
    """
    Knows what a Deferred's last error was, and logs it if nobody took it.

    It goes when its Deferred goes. That the Deferred itself has no ``__del__`` keeps those that
    end well free of this.
    """

    failResult: Failure | None = None
    creator: list[str] | None = None
    invoker: list[str] | None = None

    def _getDebugTracebacks(self) -> str:
        told = ""
        for letter, title, lines in (
            ("C", "Deferred was created:", self.creator),
            ("I", "First Invoker was:", self.invoker),
        ):
            if lines is not None:
                text = "".join(lines).rstrip("\n")
                told += f" {letter}: {title}\n {letter}:"
                told += text.replace("\n", f"\n {letter}:") + "\n"
        return told

    def __del__(self) -> None:
        if self.failResult is None:
            return
        try:
            from twisted.logger import Logger

            log = Logger(namespace="twisted.internet.defer", source=self)
            log.critical("Unhandled error in Deferred:", isError=True)
            where = self._getDebugTracebacks()
            log.failure("(debug: {debugInfo})" if where else "", self.failResult, debugInfo=where)
        except ImportError:
            # The interpreter is being taken down; there is nobody left to tell.
            pass


def _whereNow() -> list[str]:
    """The callers, as text, without what stands in this package."""
    import traceback

    own = __file__.rpartition("debug.py")[0]
    return traceback.format_list(
        [frame for frame in traceback.extract_stack() if not frame.filename.startswith(own)]
    )
