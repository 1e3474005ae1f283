"""
Tests run by several processes at once.

A worker is a process that is told, over a pipe, which test to run, and tells over another one what
comes of it.
"""

from __future__ import annotations

#: The descriptors, in a worker, of the pipes that it is told things by and tells things by.
_WORKER_AMP_STDIN = 3
_WORKER_AMP_STDOUT = 4
