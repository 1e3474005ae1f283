"""
The command line of a worker.
"""

from __future__ import annotations

from twisted.python.filepath import FilePath
from twisted.python.usage import Options
from twisted.trial._options import _BasicOptions


class WorkerOptions(_BasicOptions, Options):
    """
    What a worker must know before it runs a test.
    """

    def coverdir(self) -> FilePath[str]:
        """Where ``--coverage`` writes to: within the worker's own folder."""
        return FilePath("coverage")
