"""
Context variables for plain callbacks, for those who ask.

A coroutine keeps its context variables (PEP 567) by itself; a callback runs in the context of
whoever fires its Deferred, and programs count on that. `setCallbackContext` lets each callback
run in the context in which it was added instead. It costs nothing while it is off.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

from .adding import hasWrapper, setWrapper
from .deferred import Deferred


def _inContext(_: Deferred[Any], function: Callable[..., Any], __: bool) -> Callable[..., Any]:
    return partial(copy_context().run, function)


def setCallbackContext(on: bool) -> None:
    """
    Say in which context callbacks run that are added from now on.

    Args:
        on: true for the context variables of where the callback was added; false, as at first,
            for those of where the Deferred is fired.
    """
    setWrapper(_inContext, bool(on))


def getCallbackContext() -> bool:
    """Tell what `setCallbackContext` was last told."""
    return hasWrapper(_inContext)
