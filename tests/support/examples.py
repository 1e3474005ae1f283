"""
How many examples a test of hypothesis tries.

An ordinary run tries few. With ``TORSION_EXAMPLES=10000`` in the environment, those tests whose
claim is "never" try that many.
"""

from __future__ import annotations

import os

__all__ = ["examples"]


def examples(ordinarily: int) -> int:
    """
    Args:
        ordinarily: how many, unless the environment says otherwise.
    """
    return int(os.environ.get("TORSION_EXAMPLES", ordinarily))
