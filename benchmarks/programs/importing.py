"""
The time of one import in a fresh process.

    python importing.py MODULE...

Prints the milliseconds that all of them take: of the wall, and of the processor.
"""

from __future__ import annotations

import sys
from importlib import import_module
from time import perf_counter, process_time

wall, processor = perf_counter(), process_time()
for name in sys.argv[1:]:
    import_module(name)
print((perf_counter() - wall) * 1000, (process_time() - processor) * 1000)
