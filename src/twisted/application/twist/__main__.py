"""
``python -m twisted.application.twist`` is the command ``twist``.
"""

from __future__ import annotations

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
