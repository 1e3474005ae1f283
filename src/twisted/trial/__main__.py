"""
The ``trial`` command, as ``python -m twisted.trial``.
"""

from __future__ import annotations

if __name__ == "__main__":
    from twisted.scripts.trial import run

    run()
