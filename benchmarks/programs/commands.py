"""
The time of one command in a fresh process, Python's own start included.

    python commands.py twistd|twist WORD...
    python commands.py ready FILE       until a site says that it is up

Prints the milliseconds that it takes: of the wall, and of the processor.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from time import perf_counter

_STARTS = {
    "twistd": "from twisted.scripts.twistd import run; run()",
    "twist": "from twisted.application.twist.cli import main; raise SystemExit(main())",
}


def main(command: str, words: list[str]) -> None:
    begun = perf_counter()
    start = _STARTS["twist" if command == "ready" else command]
    if command == "ready":
        words = ["up", *words]
    with subprocess.Popen(
        [sys.executable, "-c", start, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if command == "ready" and " is up: " in line:
                took = perf_counter() - begun
                with open(f"/proc/{child.pid}/schedstat", encoding="ascii") as file:
                    processor = int(file.read().split()[0]) / 1e9
                child.terminate()
                child.communicate()
                print(took * 1000, processor * 1000)
                return
        if child.wait():
            raise SystemExit(f"{command} {words} ended with {child.returncode}")
    took = perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(took * 1000, (used.ru_utime + used.ru_stime) * 1000)


main(sys.argv[1], sys.argv[2:])
