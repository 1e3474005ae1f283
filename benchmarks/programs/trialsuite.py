"""
The time of the command ``trial`` on a suite of tests that do next to nothing.

    python trialsuite.py KIND COUNT

KIND is ``plain`` (synchronous tests), ``fired`` (tests that give Deferreds with a result) or
``later`` (tests that wait for one turn of the reactor). Prints the milliseconds from before the
first import to the end of the run: of the wall, and of the processor.
"""

from __future__ import annotations

import os
import sys
import tempfile
from time import perf_counter, process_time

perClass = 50

head = """\
from twisted.internet import defer, reactor, task
from twisted.trial import unittest
"""
bodies = {
    "plain": ("SynchronousTestCase", "self.assertEqual({0}, {0})"),
    "fired": ("TestCase", "return defer.succeed({0}).addCallback(self.assertEqual, {0})"),
    "later": ("TestCase", "return task.deferLater(reactor, 0, self.assertEqual, {0}, {0})"),
}


def suite(kind: str, count: int) -> str:
    """The source of a module with that many tests."""
    base, body = bodies[kind]
    lines = [head]
    for number in range(count):
        if number % perClass == 0:
            lines.append(f"class Case{number}(unittest.{base}):")
        lines.append(f"    def test_{number}(self):\n        {body.format(number)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    kind, count = sys.argv[1], int(sys.argv[2])
    report = os.dup(1)
    with tempfile.TemporaryDirectory(prefix="torsion-bench-") as folder:
        os.chdir(folder)
        with open("test_suite.py", "w") as file:
            file.write(suite(kind, count))
        sys.path.insert(0, folder)
        sys.argv = ["trial", "--reporter=bwverbose", "test_suite"]
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        wall, processor = perf_counter(), process_time()
        try:
            from twisted.scripts.trial import run

            run()
        except SystemExit as exit:
            if exit.code:
                raise
        wall, processor = perf_counter() - wall, process_time() - processor
        os.chdir("/")
    os.write(report, f"{wall * 1000} {processor * 1000}\n".encode())


if __name__ == "__main__":
    main()
