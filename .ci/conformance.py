"""
Run the published tests of the areas that are done, and compare with the recorded numbers.

``conformance.json`` holds, for each module, how many tests passed when it was last recorded. A
drop below that fails; a rise is told, so that somebody records it (``--record``).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
recordFile = root / ".ci" / "conformance.json"
tool = root.parent / "shared" / "tools" / "conformance"


def run(modules: list[str]) -> dict[str, int]:
    """How many tests of each module pass now."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results.json"
        command = [
            tool,
            "--json",
            out,
            "--fail-under",
            "0",
            "--test-timeout",
            "8",
            "--brief",
            "--quiet",
            *modules,
        ]
        subprocess.run(command, cwd=root, check=True)
        results = json.loads(out.read_text())
    return {name: results["modules"][name]["passed"] for name in modules}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the numbers seen now")
    arguments = parser.parse_args()
    recorded: dict[str, int] = json.loads(recordFile.read_text())
    found = run(list(recorded))
    if arguments.record:
        recordFile.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n")
        return 0
    below = [name for name, now in found.items() if now < recorded[name]]
    if below:
        # Some published tests race with the clock of a busy machine: a second failure counts.
        print(f"again, for fewer passed than recorded: {', '.join(below)}", flush=True)
        found |= run(below)
    dropped = {name: (recorded[name], now) for name, now in found.items() if now < recorded[name]}
    for name, now in found.items():
        if now > recorded[name]:
            print(f"{name}: {now} pass, {recorded[name]} recorded: record it with --record")
    for name, (before, now) in dropped.items():
        print(f"{name}: only {now} pass, {before} were recorded", file=sys.stderr)
    return 1 if dropped else 0


if __name__ == "__main__":
    sys.exit(main())
