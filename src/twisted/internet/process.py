"""
Child processes, at the place where the API has them.

Everything is made in the rooms of ``_engine/processes``. Programs start children with
``reactor.spawnProcess``. Importing this handles no signal and starts nothing.
"""

from __future__ import annotations

from twisted._faces import handOn

from ._engine.processes.base import _BaseProcess as _BaseProcess
from ._engine.processes.descriptors import _getFileActions as _getFileActions
from ._engine.processes.descriptors import _listOpenFDs as _listOpenFDs
from ._engine.processes.descriptors import detector as detector
from ._engine.processes.piped import Process as Process
from ._engine.processes.pipes import ProcessReader as ProcessReader
from ._engine.processes.pipes import ProcessWriter as ProcessWriter
from ._engine.processes.reaping import reapAllProcesses as reapAllProcesses
from ._engine.processes.reaping import reapProcessHandlers as reapProcessHandlers
from ._engine.processes.reaping import registerReapProcessHandler as registerReapProcessHandler
from ._engine.processes.reaping import unregisterReapProcessHandler as unregisterReapProcessHandler
from ._engine.processes.terminal import PTYProcess as PTYProcess
from .error import ProcessExitedAlready as ProcessExitedAlready

# The name by which interfaces are documented; `_BaseProcess` is what programs import.
BaseProcess = _BaseProcess

__all__ = [
    "PTYProcess",
    "Process",
    "ProcessExitedAlready",
    "ProcessReader",
    "ProcessWriter",
    "detector",
    "reapAllProcesses",
    "reapProcessHandlers",
    "registerReapProcessHandler",
    "unregisterReapProcessHandler",
]

handOn(
    __name__,
    PTYProcess,
    Process,
    ProcessReader,
    ProcessWriter,
    _BaseProcess,
    reapAllProcesses,
    registerReapProcessHandler,
    unregisterReapProcessHandler,
)
