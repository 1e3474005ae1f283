"""
What a worker is told.
"""

from __future__ import annotations

from twisted.protocols.amp import Boolean, Command, Unicode

_success = [(b"success", Boolean())]


class Start(Command):
    """
    Work in this folder from now on.
    """

    arguments = [(b"directory", Unicode())]
    response = _success


class Run(Command):
    """
    Run one test. The answer comes when all that is to be said about it was said.

    The name is that of its ``id()``; the path, of the file that its class is in, helps to find a
    module that is in no folder where imports look.
    """

    arguments = [(b"testCase", Unicode()), (b"path", Unicode(optional=True))]
    response = _success
