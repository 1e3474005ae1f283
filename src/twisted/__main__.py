"""
The command ``twist``, as ``python -m twisted``.
"""

from __future__ import annotations

if __name__ == "__main__":
    import sys

    from twisted.application.twist.cli import main

    if {"--help", "-h"} & set(sys.argv[1:2]):
        print("Usage: python -m twisted [options] plugin [plugin_options]\n\nIt is the same as:\n")
    raise SystemExit(main())
