"""What is remembered of a Deferred that failed, or of any in debug mode."""

from __future__ import annotations

from twisted.python.failure import Failure


class DebugInfo:
    """
    Knows what a Deferred's last error was, and logs it if nobody took it.

    It goes when its Deferred goes. That the Deferred itself has no ``__del__`` keeps those that
    end well free of this.
    """

    #: Steps that are kept of one Deferred or one error, the latest ones.
    mostSteps = 50

    failResult: Failure | None = None
    creator: list[str] | None = None
    invoker: list[str] | None = None
    steps: tuple[str, ...] = ()

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
            words = "(debug: {debugInfo})" if where else ""
            told = _story(self.failResult) if where or _stepsOf(self.failResult.value) else ""
            if told:
                words += "\n{story}"
            log.failure(words, self.failResult, debugInfo=where, story=told)
        except ImportError:
            # The interpreter is being taken down; there is nobody left to tell.
            pass


def _stepsOf(error: BaseException) -> tuple[str, ...]:
    """The callbacks that an exception came through, the first one first."""
    steps: tuple[str, ...] = getattr(error, "_deferredSteps", ())
    return steps


def _noteSteps(error: BaseException, steps: tuple[str, ...]) -> None:
    try:
        error._deferredSteps = (*_stepsOf(error), *steps)[-DebugInfo.mostSteps :]  # type: ignore[attr-defined]  # an attribute of our own
    except AttributeError:
        pass  # an exception that takes no attributes


def _story(failure: Failure) -> str:
    """How it came to an error, in the order of reading: callbacks, and who awaited whom."""
    lines = []
    steps = _stepsOf(failure.value)
    if steps:
        lines += ["The callbacks that led here, the first one first:"]
        lines += [f"  {number}. {step}" for number, step in enumerate(steps, 1)]
    coroutines = _coroutinesOf(failure)
    if coroutines:
        lines += ["The coroutines that it came through, each awaits the one below:"]
        lines += [f"  {place}" for place in coroutines]
    return "\n".join(lines)


def _coroutinesOf(failure: Failure) -> list[str]:
    places = []
    traceback = failure.tb
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_flags & _suspendable and not code.co_filename.startswith(_ownFolder):
            name = getattr(code, "co_qualname", code.co_name)
            places.append(f"{name} ({code.co_filename}:{traceback.tb_lineno})")
        traceback = traceback.tb_next
    return places


# The flags of a code object that is a generator, a coroutine, or either of the kinds between.
_suspendable = 0x20 | 0x80 | 0x100 | 0x200
_ownFolder = __file__.rpartition("debug.py")[0]


def _whereNow() -> list[str]:
    """The callers, as text, without what stands in this package."""
    import traceback

    return traceback.format_list(
        [frame for frame in traceback.extract_stack() if not frame.filename.startswith(_ownFolder)]
    )
