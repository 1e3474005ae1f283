"""
The reporter that draws a tree of modules, classes and tests, in colour where there is any.
"""

from __future__ import annotations

import sys
from typing import Any

from ._reports import MarkingReporter

# Of ECMA-48, "select graphic rendition".
_colours = {
    name: str(30 + number)
    for number, name in enumerate(
        ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
    )
}


class _AnsiColorizer:
    """
    Writes coloured text to a terminal.

    Args:
        stream: the terminal.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    @classmethod
    def supported(cls, stream: Any = sys.stdout) -> bool:
        """Whether a stream is a terminal that has more than two colours."""
        if not stream.isatty():
            return False
        try:
            import curses
        except ImportError:
            return False
        try:
            try:
                count = curses.tigetnum("colors")
            except curses.error:
                # It was not asked before which terminal this is.
                curses.setupterm()
                count = curses.tigetnum("colors")
        except Exception:
            return False
        return count > 2

    def write(self, text: str, color: str) -> None:
        """Write a text in a colour."""
        self.stream.write(f"\x1b[{_colours[color]};1m{text}\x1b[0m")


class _NullColorizer:
    """
    Writes text as it is.

    Args:
        stream: where to.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    @classmethod
    def supported(cls, stream: Any = sys.stdout) -> bool:
        """Every stream will do."""
        return True

    def write(self, text: str, color: str) -> None:
        """Write a text."""
        self.stream.write(text)


class TreeReporter(MarkingReporter):
    """
    Draws a tree, with a line for each test.

    Attributes:
        columns: how many characters a line of a test has.
    """

    columns = 79
    indent = "  "
    currentLine = ""

    FAILURE = "red"
    ERROR = "red"
    TODO = "blue"
    SKIP = "blue"
    TODONE = "red"
    SUCCESS = "green"

    def __init__(self, stream: Any = sys.stdout, *args: Any, **kwargs: Any) -> None:
        super().__init__(stream, *args, **kwargs)
        self._lastTest: list[str] = []
        kind: Any = _NullColorizer
        if hasattr(stream, "isatty") and _AnsiColorizer.supported(stream):
            kind = _AnsiColorizer
        self._colorizer = kind(stream)

    def getDescription(self, test: Any) -> str:
        """What a test is called within its class: its name."""
        name: str = test.id()
        return name.rpartition(".")[2]

    # Kind of result: the word for it, and the attribute that has its colour.
    _marks = {
        "success": ("[OK]", "SUCCESS"),
        "failure": ("[FAIL]", "FAILURE"),
        "error": ("[ERROR]", "ERROR"),
        "skip": ("[SKIPPED]", "SKIP"),
        "todo": ("[TODO]", "TODO"),
        "unexpected": ("[SUCCESS!?!]", "TODONE"),
    }

    def _mark(self, kind: str) -> None:
        word, colour = self._marks[kind]
        self.endLine(word, getattr(self, colour))

    def upDownError(  # type: ignore[override]  # the API gives no defaults here
        self, method: Any, error: Any, warn: bool, printStatus: bool
    ) -> None:
        """A line of its own."""
        self._colorizer.write(f"  {error}\n", self.ERROR)

    def cleanupErrors(self, errs: Any) -> None:
        """A line of its own."""
        self._colorizer.write("    cleanup errors", self.ERROR)
        self.endLine("[ERROR]", self.ERROR)
        super().cleanupErrors(errs)

    def startTest(self, test: Any) -> None:
        """The beginning of a line, below those of its module and class if they are new."""
        depth = self._writeBranches(test.id())
        self.currentLine = f"{self.indent * depth}{self.getDescription(test)} ... "
        self._write("%s", self.currentLine)
        super().startTest(test)

    def _getPreludeSegments(self, testID: str) -> list[str]:
        """
        Give the names of module and class in a test's name.
        """
        segments = testID.split(".")[:-1]
        if len(segments) < 2:
            return segments
        return [".".join(segments[:-1]), segments[-1]]

    def _writeBranches(self, testID: str) -> int:
        """
        Write the names above a test that are not those above the test before it.

        Returns: how deep in the tree the test is.
        """
        segments = self._getPreludeSegments(testID)
        isNew = False
        for depth, name in enumerate(segments):
            isNew = isNew or self._lastTest[depth : depth + 1] != [name]
            if isNew:
                self._writeln("%s%s", self.indent * depth, name)
        self._lastTest = segments
        return len(segments)

    def endLine(self, message: str, color: str) -> None:
        """
        Write a word at the right end of the present line.

        Args:
            message: the word.
            color: the name of its colour.
        """
        self._write(" " * (self.columns - len(self.currentLine) - len(message)))
        self._colorizer.write(message, color)
        self._write("\n")
        # What follows, for the same test, has a line of its own.
        self.currentLine = ""

    def _printSummary(self) -> None:
        passed = self.wasSuccessful()
        self._colorizer.write(
            "PASSED" if passed else "FAILED", self.SUCCESS if passed else self.FAILURE
        )
        self._write("%s\n", self._getSummary())
