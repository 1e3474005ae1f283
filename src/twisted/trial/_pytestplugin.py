"""
What pytest must be told to run trial's tests; it finds this plugin by its entry point.

pytest knows trial, and asks the metadata of the distribution ``Twisted`` which version it is. Where
only ours is installed there is none, and without an answer pytest ends with an internal error at
the first test. (``packaging/twisted`` is such a distribution; with it nothing is done here.)
"""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


def pytest_configure() -> None:
    """
    Give pytest the answer, if it has a question that nothing else answers.
    """
    try:
        metadata.version("twisted")
    except metadata.PackageNotFoundError:
        pass
    else:
        return
    import _pytest.unittest

    itsRoom: Any = _pytest.unittest
    kinds = getattr(itsRoom, "TwistedVersion", None)
    if kinds is None:
        return

    def version() -> Any:
        # Our Failures are exceptions with a traceback, as they are there since 24.10.
        return kinds.Version25 if "twisted.trial.unittest" in sys.modules else kinds.NotInstalled

    itsRoom._get_twisted_version = version
