"""
``twist worker``: one of the processes of a site that has several. Nobody but `twist up` runs it.
"""

from __future__ import annotations

import argparse
import os
import sys

from .parser import Parser, addFile, addRunningFlags

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    parser = Parser(prog="twist worker", description="One process of a site that has several.")
    addFile(parser)
    addRunningFlags(parser)
    given = parser.parse(words, argparse.Namespace())
    from twisted.application._workers.channel import channelDescriptor
    from twisted.application._workers.member import runMember

    from .logs import notToldBefore, startLogging
    from .running import chooseReactor

    if not _isSocket(channelDescriptor):
        print("twist worker: this is for twist up, which starts workers itself", file=sys.stderr)
        return 2
    reactor = chooseReactor(given.reactor)
    startLogging(given.log_level, given.log_format, given.log_file)
    return runMember(reactor, notToldBefore)


def _isSocket(descriptor: int) -> bool:
    import stat

    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False
