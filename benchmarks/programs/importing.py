"""
The time of one import in a fresh process.

    python importing.py MODULE...

Prints the milliseconds that all of them take.
"""

from __future__ import annotations

import sys
from importlib import import_module
from time import perf_counter

begun = perf_counter()
for name in sys.argv[1:]:
    import_module(name)
print((perf_counter() - begun) * 1000)
