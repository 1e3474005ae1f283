"""Deferreds, coroutines and what stands on them."""

from __future__ import annotations

from ..measuring import Inside
from .model import Bar, Row

rows = (
    Row(
        "deferred",
        "Deferred, one callback",
        "Deferreds/s",
        Inside("deferred", 1, program="deferreds"),
        (Bar(2.0),),
    ),
    Row(
        "deferred-five",
        "Deferred, five callbacks",
        "Deferreds/s",
        Inside("deferred", 5, program="deferreds"),
    ),
    Row(
        "yield",
        "inlineCallbacks, fired Deferreds",
        "yields/s",
        Inside("yieldReady", 1000, program="deferreds"),
    ),
    Row(
        "yield-waiting",
        "inlineCallbacks, Deferreds to come",
        "yields/s",
        Inside("yieldWaiting", 1000, program="deferreds"),
    ),
)
