"""
What a worker tells: what comes of its tests, and what it logs.
"""

from __future__ import annotations

from twisted.protocols.amp import Boolean, Command, Integer, Unicode

_success = [(b"success", Boolean())]


class Report(Command):
    """
    Something happened in the test that runs.

    ``kind`` is the name of a method of `IReporter`, such as ``addError``. Where there is more to
    say, it is a JSON document in a stream that was sent before: see `workerreporter`.
    """

    arguments = [
        (b"testName", Unicode()),
        (b"kind", Unicode()),
        (b"streamId", Integer(optional=True)),
    ]
    response = _success


class TestWrite(Command):
    """
    A line for the log.
    """

    arguments = [(b"out", Unicode())]
    response = _success
