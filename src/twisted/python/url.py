"""
Web addresses: handed on from `hyperlink`, where the class has its home since 17.5.
"""

from __future__ import annotations

from hyperlink import URL as URL

__all__ = ["URL"]
