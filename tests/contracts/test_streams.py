"""The contract of stream transports, for each kind of stream on each kind of loop."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.streams import Connect, kinds

from .sockets import *  # noqa: F403  # they run here
from .streams import *  # noqa: F403  # they run here


@pytest.fixture(params=list(kinds))
def link(request: pytest.FixtureRequest, eachReactor: Any) -> Connect:
    """Connects two protocols, given or new."""
    return Connect(kinds[request.param], eachReactor)
