"""
The assertions that tests make.
"""

from __future__ import annotations

import unittest as pyunit
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import NoReturn

    from incremental import Version

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure
