"""
Command lines, declared as classes.

A subclass of `Options` says which flags, parameters and commands there are; it reads the words of
a command line, holds the values as a dictionary, and prints the help.

    class Fetch(Options):
        optFlags = [["quiet", "q", "Print nothing but errors."]]
        optParameters = [["port", "p", 80, "Where to connect to.", portCoerce]]

        def parseArgs(self, host):
            self["host"] = host
"""

from __future__ import annotations

from twisted._faces import handOn as _handOn
from twisted.python._usage.coerce import CoerceParameter, flagFunction, portCoerce
from twisted.python._usage.completers import (
    _BASH,
    _ZSH,
    CompleteDirs,
    CompleteFiles,
    CompleteGroups,
    CompleteHostnames,
    CompleteList,
    CompleteMultiList,
    CompleteNetInterfaces,
    Completer,
    CompleteUserAtHost,
    CompleteUsernames,
    Completions,
)
from twisted.python._usage.errors import UsageError
from twisted.python._usage.help import docMakeChunks
from twisted.python._usage.options import Options

__all__ = [
    "_BASH",
    "_ZSH",
    "CoerceParameter",
    "CompleteDirs",
    "CompleteFiles",
    "CompleteGroups",
    "CompleteHostnames",
    "CompleteList",
    "CompleteMultiList",
    "CompleteNetInterfaces",
    "CompleteUserAtHost",
    "CompleteUsernames",
    "Completer",
    "Completions",
    "Options",
    "UsageError",
    "docMakeChunks",
    "error",
    "flagFunction",
    "portCoerce",
]

error = UsageError

_handOn(
    __name__,
    CoerceParameter,
    CompleteDirs,
    CompleteFiles,
    CompleteGroups,
    CompleteHostnames,
    CompleteList,
    CompleteMultiList,
    CompleteNetInterfaces,
    CompleteUserAtHost,
    CompleteUsernames,
    Completer,
    Completions,
    Options,
    UsageError,
    docMakeChunks,
    flagFunction,
    portCoerce,
)
