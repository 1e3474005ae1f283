"""
Workers: who does a job, and in which thread.

The public ways to threads are `twisted.internet.threads` and `twisted.python.threadpool`; they
stand on this.
"""

from __future__ import annotations

from ._ithreads import AlreadyQuit as AlreadyQuit
from ._ithreads import IWorker as IWorker
from ._memory import createMemoryWorker as createMemoryWorker
from ._pool import pool as pool
from ._team import Team as Team
from ._threadworker import LockWorker as LockWorker
from ._threadworker import ThreadWorker as ThreadWorker

__all__ = [
    "AlreadyQuit",
    "IWorker",
    "LockWorker",
    "Team",
    "ThreadWorker",
    "createMemoryWorker",
    "pool",
]
