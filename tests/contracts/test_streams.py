"""The contract of stream transports, for each kind of stream on each kind of loop."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.streams import Connect, kinds
from twisted.internet import task

from .sockets import *  # noqa: F403  # they run here
from .streams import *  # noqa: F403  # they run here


@pytest.fixture(params=list(kinds))
def link(
    request: pytest.FixtureRequest, eachReactor: Any, monkeypatch: pytest.MonkeyPatch
) -> Connect:
    """Connects two protocols, given or new."""
    # TLS asks pull producers by a cooperative task, and those run on the installed reactor.
    cooperator = task.Cooperator(scheduler=lambda step: eachReactor.callLater(0, step))
    monkeypatch.setattr(task, "cooperate", cooperator.cooperate)
    return Connect(kinds[request.param], eachReactor)
